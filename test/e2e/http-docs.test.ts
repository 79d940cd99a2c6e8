/**
 * `docs/http.md`: its tables say what the code says (`-u` writes them), and its programs print what it says they print.
 */
import { expect } from 'vitest'
import * as http from '../../src/http/index.ts'
import type { ErrorRow } from '../../src/net/index.ts'
import {
  code,
  describePage,
  membersOf,
  optionsTable,
  partsOf,
  shown,
  table,
  timeoutsTable,
} from '../support/docs-page.ts'
import type { Tables } from '../support/docs-page.ts'

/** HTTP's errors, all rows of one type. */
const ERRORS: Readonly<Record<string, ErrorRow & { readonly limit?: string }>> = http.ERRORS

async function limitsTable(): Promise<string> {
  const members = await membersOf('src/http/limits.ts', 'Limits')
  expect(members.map((member) => member.name)).toEqual(Object.keys(http.DEFAULT_LIMITS))
  const rows = members.map((member) => {
    const value = http.DEFAULT_LIMITS[member.name as keyof http.Limits]
    const { about, note } = partsOf(member, value)
    // 502 and 504 are for responses, in which the same limit may be passed.
    const hints = Object.values(ERRORS).filter(({ limit, hint = 0 }) => limit === member.name && hint < 502)
    const answers = [...new Set(hints.map(({ hint }) => hint ?? ''))].join(', ')
    const [, saidNote = note, saidAnswer = answers] = /^(.*?)\s*\b([45][0-9]{2})\.$/.exec(note) ?? []
    expect(saidAnswer, `the status of ${member.name} in its comment`).toBe(answers)
    return [code(member.name), about, shown(value), saidNote, answers]
  })
  return table(['Limit', 'What is counted', 'Default', 'Beside others, and why', 'Answer'], rows)
}

async function leniencyTable(): Promise<string> {
  const members = await membersOf('src/http/limits.ts', 'Leniency')
  expect(members.map((member) => member.name)).toEqual(Object.keys(http.STRICT))
  const forgives = (rule: http.Leniency, name: string): string =>
    rule[name as keyof http.Leniency] ? 'forgiven' : 'refused'
  const rows = members.map(({ name, text }) => {
    const [, what = text, rfc = ''] = /^(.*?)\s*(RFC [0-9]+ §[0-9.]*[0-9])\.$/.exec(text) ?? []
    expect(rfc, name).not.toBe('')
    return [code(name), forgives(http.REQUEST_LENIENCY, name), forgives(http.RESPONSE_LENIENCY, name), what, rfc]
  })
  return table(['Leniency', 'In requests', 'In responses', 'What it forgives, and who needs it', 'Section'], rows)
}

function errorsTable(): string {
  const rows = Object.entries(ERRORS).map(([name, { text, rfc, hint, limit }]) => {
    return [code(name), text, hint === undefined ? '' : `${hint}`, limit === undefined ? '' : code(limit), rfc]
  })
  return table(['Code', 'Text', 'Status', 'Limit', 'Section'], rows)
}

/** The tables of the page by their names. */
const TABLES: Tables = {
  ListenOptions: () => optionsTable('src/net/session.ts', 'ListenOptions'),
  ServerConnectionOptions: () => optionsTable('src/http/server-options.ts', 'ServerConnectionOptions'),
  SERVER_TIMEOUTS: () => timeoutsTable('src/http/server-options.ts', 'ServerTimeouts', http.SERVER_TIMEOUTS),
  ClientOptions: () => optionsTable('src/http/client-options.ts', 'ClientOptions'),
  RequestOptions: () => optionsTable('src/http/client-options.ts', 'RequestOptions'),
  CLIENT_TIMEOUTS: () => timeoutsTable('src/http/client-options.ts', 'ClientTimeouts', http.CLIENT_TIMEOUTS),
  Limits: limitsTable,
  Leniency: leniencyTable,
  ERRORS: errorsTable,
}

await describePage('http', TABLES)
