/** The functions of HTTP that the call blocks name, with arguments and results as JSON: times are dates, absent fields are left out. */
import { evaluatePreconditions, isRangeCurrent } from '../../../src/http/conditional.ts'
import type { ConditionalFields } from '../../../src/http/conditional.ts'
import { formatHttpDate, parseHttpDate } from '../../../src/http/date.ts'
import type { FieldLines } from '../../../src/http/fields.ts'
import { parseTokens } from '../../../src/http/grammar.ts'
import { ClientMachine, ServerMachine } from '../../../src/http/machine.ts'
import { formatContentRange, formatUnsatisfiedRange, parseRange } from '../../../src/http/range.ts'
import { parseAuthority } from '../../../src/http/target.ts'
import type { Functions } from '../runner/calls.ts'

/** The time at which the pages are read. */
const NOW = Date.UTC(2026, 0, 1)

/** A file as a page has it. */
interface File {
  readonly etag?: string
  readonly changed?: string
}

/** The functions by name. */
export const httpFunctions: Functions = {
  parseAuthority,
  parseTokens,
  parseRange: (field: string, size: number, maxRanges?: number) => parseRange(field, size, maxRanges),
  formatContentRange: (first: number, last: number, size: number) => formatContentRange({ first, last }, size),
  formatUnsatisfiedRange,
  parseDate: (text: string, now?: string) => {
    const time = parseHttpDate(text, now === undefined ? NOW : Date.parse(now))
    return time === undefined ? undefined : new Date(time).toISOString()
  },
  formatDate: (date: string) => formatHttpDate(Date.parse(date)),
  evaluatePreconditions: (method: string, fields: ConditionalFields, file: File) =>
    evaluatePreconditions(method, fields, validators(file), NOW),
  isRangeCurrent: (ifRange: string, file: File) => isRangeCurrent(ifRange, validators(file), NOW),
  request,
  response,
}

function validators({ etag, changed }: File): { etag: string | undefined; lastModifiedMs: number | undefined } {
  return { etag, lastModifiedMs: changed === undefined ? undefined : Date.parse(changed) }
}

/** The octets of a request, as a client writes it. */
function request(method: string, target: string, headers: FieldLines, body = ''): string {
  const machine = new ClientMachine()
  const slices = [...machine.send({ type: 'request', method, target, headers })]
  if (body !== '') slices.push(...machine.send({ type: 'content', bytes: Buffer.from(body, 'latin1') }))
  slices.push(...machine.send({ type: 'end' }))
  return Buffer.concat(slices).toString('latin1')
}

/** The octets of the response to a request, as a server writes it. `length` is what is known of the content's. */
function response(asked: string, status: number, headers: FieldLines, body?: string): string {
  const machine = new ServerMachine()
  machine.receive(Buffer.from(asked, 'latin1'))
  for (let event = machine.next(); event.type !== 'end' && event.type !== 'needData'; event = machine.next());
  const length = body === undefined ? undefined : { length: body.length }
  const slices = [...machine.send({ type: 'response', status, headers, ...length })]
  if (machine.state === 'switched') return Buffer.concat(slices).toString('latin1')
  if (body !== undefined && !asked.startsWith('HEAD') && body !== '') {
    slices.push(...machine.send({ type: 'content', bytes: Buffer.from(body, 'latin1') }))
  }
  slices.push(...machine.send({ type: 'end' }))
  return Buffer.concat(slices).toString('latin1')
}
