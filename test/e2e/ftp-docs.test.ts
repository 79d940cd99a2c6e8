/**
 * `docs/ftp.md`: its tables say what the code says (`-u` writes them), and its programs print what it says they print.
 */
import { readFile } from 'node:fs/promises'
import { expect } from 'vitest'
import * as ftp from '../../src/ftp/index.ts'
import { REFUSAL_CODES } from '../../src/ftp/refusal.ts'
import type { ErrorRow } from '../../src/net/index.ts'
import { code, describePage, membersOf, optionsTable, shown, table } from '../support/docs-page.ts'
import type { Tables } from '../support/docs-page.ts'

/** The table of numbers with their defaults, as their comments explain them. */
async function numbersTable(head: string, name: string, values: object): Promise<string> {
  const members = await membersOf('src/ftp/limits.ts', name)
  expect(members.map((member) => member.name)).toEqual(Object.keys(values))
  const known = new Map(Object.entries(values))
  const rows = members.map((member) => [code(member.name), shown(Number(known.get(member.name))), member.text])
  return table([head, 'Default', 'What it is'], rows)
}

async function leniencyTable(): Promise<string> {
  const members = await membersOf('src/ftp/limits.ts', 'Leniency')
  expect(members.map((member) => member.name)).toEqual(Object.keys(ftp.STRICT))
  return table(
    ['Leniency', 'What it forgives, and who needs it'],
    members.map(({ name, text }) => [code(name), text]),
  )
}

function commandsTable(): string {
  const rows = Object.entries(ftp.COMMANDS).map(([verb, row]) => {
    const { argument, phase, permission, replies, preliminary, then, practice, rfc } = row
    const begun = preliminary.length > 0 ? `; ${preliminary.join(', ')} > ${then.join(', ')}` : ''
    const codes = [...replies, ...practice].toSorted((one, other) => one - other).join(', ')
    return [code(`${verb}${argument.syntax}`), phase, permission === 'none' ? '' : permission, `${codes}${begun}`, rfc]
  })
  return table(['Command', 'When', 'Permission', 'Replies', 'Where'], rows)
}

/** All rows of one type. */
const ERRORS: Readonly<Record<string, ErrorRow>> = ftp.ERRORS

function errorsTable(): string {
  const rows = Object.entries(ERRORS).map(([name, { text, rfc, hint }]) => [
    code(name),
    text,
    hint === undefined ? '' : `${hint}`,
    rfc,
  ])
  return table(['Code', 'Text', 'Reply', 'Section'], rows)
}

function refusalsTable(): string {
  const reasons = Object.keys(REFUSAL_CODES) as ftp.StorageRefusal[]
  const rows = reasons.map((reason) => {
    const error = new ftp.StorageError(reason)
    return [code(reason), code(error.code), error.message, REFUSAL_CODES[reason].join(', ')]
  })
  return table(['Reason', 'Code', 'Text', 'Replies, the best first'], rows)
}

/** Files of formats that are called otherwise than their format. */
const FILES: Readonly<Record<string, string>> = {
  'as400-mdy': 'as400',
  'as400-dmy': 'as400',
  'mvs-data-sets': 'mvs',
  facts: 'mlsx',
  wfftp: 'nortel',
  vxworks: 'nortel',
}

/** What the head of a format's file says of it in its first sentence. */
async function aboutFormat(name: string): Promise<string> {
  const source = await readFile(new URL(`../../src/ftp/listing/${FILES[name] ?? name}.ts`, import.meta.url), 'utf8')
  const [paragraph = ''] = source.slice('/**\n'.length).split('\n *\n')
  const text = paragraph
    .replace(/\s*\n? \* /g, ' ')
    .trim()
    .replace(/^The lines of /, '')
  return (/^.*?[A-Za-z)`0-9]{2}\.(?= |$)/.exec(text)?.[0] ?? text).replace(/:$/, '.')
}

async function formatsTable(): Promise<string> {
  const rows = Object.entries(ftp.FORMATS_NAMED).map(async ([name, formats]) => {
    const [first] = formats
    const tried = [...new Set(formats.map((format) => format.name))].map(code).join(', ')
    const about = name === 'any' ? 'Whatever comes: the default.' : await aboutFormat(first?.name ?? '')
    return [code(name), about, tried]
  })
  return table(['`listFormat`', 'Whose lines', 'Read as, in this order'], await Promise.all(rows))
}

/** What a storage has to do: its methods, each with its comment. */
async function storageTable(): Promise<string> {
  const source = await readFile(new URL('../../src/ftp/storage/storage.ts', import.meta.url), 'utf8')
  const body = /export interface Storage \{\n([^]*?)\n\}\n/.exec(source)?.[1] ?? ''
  const rows = [...body.matchAll(/\/\*\* (.*) \*\/\n {2}(?:readonly )?(.*)$/gm)].map(([, text = '', member = '']) => [
    code(member),
    text,
  ])
  expect(rows.map(([member = '']) => /\w+/.exec(member)?.[0])).toEqual([
    'capabilities',
    ...Object.getOwnPropertyNames(Object.getPrototypeOf(ftp.memory())).filter((name) => name !== 'constructor'),
  ])
  return table(['Member', 'What it does'], rows)
}

/** The table of an interface, without the members that have no say here. */
async function membersTable(head: string, path: string, name: string, without: readonly string[]): Promise<string> {
  const members = await membersOf(path, name)
  for (const each of without) expect(members.map((member) => member.name)).toContain(each)
  const rows = members
    .filter((member) => !without.includes(member.name))
    .map((member) => [code(member.name), member.text])
  return table([head, 'What it is'], rows)
}

/** The tables of the page by their names. */
const TABLES: Tables = {
  ServerHandlers: () => membersTable('Handler', 'src/ftp/handlers.ts', 'ServerHandlers', []),
  CommandRequest: () => membersTable('What is told', 'src/ftp/handlers.ts', 'CommandRequest', []),
  TransferEvent: () => membersTable('What is told', 'src/ftp/handlers.ts', 'TransferEvent', []),
  // TLS is the session's.
  ListenOptions: () => membersTable('Option', 'src/net/session.ts', 'ListenOptions', ['tls']),
  ServerConnectionOptions: () => optionsTable('src/ftp/server-options.ts', 'ServerConnectionOptions'),
  ServerTlsOptions: () => optionsTable('src/ftp/server-tls.ts', 'ServerTlsOptions'),
  Storage: storageTable,
  REFUSALS: refusalsTable,
  MemoryOptions: () => optionsTable('src/ftp/storage/memory.ts', 'MemoryOptions'),
  QuotaOptions: () => optionsTable('src/ftp/storage/quota.ts', 'QuotaOptions'),
  RateOptions: () => optionsTable('src/ftp/storage/rate.ts', 'RateOptions'),
  ConnectOptions: () => optionsTable('src/ftp/client-options.ts', 'ConnectOptions'),
  // A client has a TLS of its own, and `connectMs`.
  DialOptions: () => membersTable('Option', 'src/net/dial.ts', 'DialOptions', ['tls', 'timeoutMs']),
  CallOptions: () => optionsTable('src/ftp/client-options.ts', 'CallOptions'),
  TransferCallOptions: () => optionsTable('src/ftp/client-options.ts', 'TransferCallOptions'),
  GetOptions: () => optionsTable('src/ftp/client-options.ts', 'GetOptions'),
  PutOptions: () => optionsTable('src/ftp/client-options.ts', 'PutOptions'),
  ListOptions: () => optionsTable('src/ftp/client-options.ts', 'ListOptions'),
  ClientTlsOptions: () => optionsTable('src/ftp/client-tls.ts', 'ClientTlsOptions'),
  FORMATS: formatsTable,
  COMMANDS: commandsTable,
  Limits: () => numbersTable('Limit', 'Limits', ftp.DEFAULT_LIMITS),
  Timeouts: () => numbersTable('Timeout', 'Timeouts', ftp.DEFAULT_TIMEOUTS),
  Leniency: leniencyTable,
  ERRORS: errorsTable,
}

await describePage('ftp', TABLES)
