/**
 * How many of the vectors of `test/fixtures/http` each implementation refuses or takes as it must. What the others did was measured on
 * loopback and is kept as counts, with their versions; what ours does is counted anew each time.
 *
 *     refused   no request was taken to its end; of a response an error was told
 *     taken     a request was taken without an error; of a response none was told
 */
import { readFileSync } from 'node:fs'
import { readWithOurs } from '../../support/http-reading.ts'
import { octetsOf, VECTORS, type Vector } from '../../support/http-vectors.ts'

/** What an implementation kept of the vectors of one role. */
export interface Kept {
  /** How many that must be refused it refuses. */
  readonly refused: number
  /** How many that must be taken it takes. */
  readonly taken: number
}

/** One implementation. */
export interface Measured {
  readonly name: string
  readonly version: string
  /** As a server; not there for a client alone. */
  readonly request?: Kept
  /** As a client. */
  readonly response?: Kept
}

/** The others, as they were measured. */
const OTHERS: { readonly counted: string; readonly implementations: readonly Measured[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/http/measured.json', import.meta.url), 'utf8'),
) as typeof OTHERS

/** Ours, counted now. */
export function measureOurs(): Measured {
  return { name: '**wireline**', version: '', request: keptOf('request'), response: keptOf('response') }
}

/** How many vectors there are to be kept. */
export function all(role: Vector['role']): Kept {
  return { refused: having(role, 'reject').length, taken: having(role, 'accept').length }
}

function having(role: Vector['role'], verdict: Vector['verdict']): readonly Vector[] {
  return VECTORS.filter((vector) => vector.role === role && vector.verdict === verdict)
}

function keptOf(role: Vector['role']): Kept {
  return {
    refused: having(role, 'reject').filter((vector) => !isTaken(vector, true)).length,
    taken: having(role, 'accept').filter((vector) => isTaken(vector, vector.eof === true)).length,
  }
}

/** Half a message is refused when the connection ends: `eof` says whether it does. */
function isTaken(vector: Vector, eof: boolean): boolean {
  const { messages, ending } = readWithOurs({
    role: vector.role,
    method: vector.method,
    pieces: [octetsOf(vector)],
    eof,
  })
  return ending.kind !== 'refuses' && messages.length > 0
}

/** The table, as lines of Markdown. */
export function comparison(): string[] {
  const total = { request: all('request'), response: all('response') }
  const cell = (kept: Kept | undefined, of: Kept, pick: keyof Kept): string =>
    kept === undefined ? '–' : `${kept[pick]} / ${of[pick]}`
  const row = ({ name, version, request, response }: Measured): string =>
    `| ${[
      ...[`${name} ${version}`.trim(), cell(request, total.request, 'refused'), cell(request, total.request, 'taken')],
      ...[cell(response, total.response, 'refused'), cell(response, total.response, 'taken')],
    ].join(' | ')} |`
  return [
    '## HTTP beside others',
    '',
    'Of the vectors in `test/fixtures/http/vectors.json`, how many each refuses that must be refused, and takes that must be taken. What must be',
    `refused has some policy of ours in it besides the MUSTs of the RFCs. The others were measured on loopback (counted ${OTHERS.counted}).`,
    '',
    '| | requests refused | requests taken | responses refused | responses taken |',
    '| --- | ---: | ---: | ---: | ---: |',
    row(measureOurs()),
    ...OTHERS.implementations.map(row),
  ]
}
