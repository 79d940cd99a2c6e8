/**
 * `docs/ftp-server.md`: its tables say what the code says (`-u` writes them), and its programs print what it says they print.
 */
import { expect } from 'vitest'
import * as ftp from '../../src/ftp/index.ts'
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
    const begun = preliminary.length > 0 ? ` ${preliminary.join(', ')} > ${then.join(', ')}` : ''
    const codes = [...replies, ...practice].toSorted((one, other) => one - other).join(', ')
    return [code(`${verb}${argument.syntax}`), phase, permission === 'none' ? '' : permission, `${codes}${begun}`, rfc]
  })
  return table(['Command', 'When', 'Permission', 'Replies', 'Where'], rows)
}

/** The tables of the page by their names. */
const TABLES: Tables = {
  ServerHandlers: () => optionsTable('src/ftp/handlers.ts', 'ServerHandlers'),
  ServerConnectionOptions: () => optionsTable('src/ftp/server-options.ts', 'ServerConnectionOptions'),
  Limits: () => numbersTable('Limit', 'Limits', ftp.DEFAULT_LIMITS),
  Timeouts: () => numbersTable('Timeout', 'Timeouts', ftp.DEFAULT_TIMEOUTS),
  Leniency: leniencyTable,
  COMMANDS: commandsTable,
}

await describePage('ftp-server', TABLES)
