/**
 * HTTP's two machines with the programs that play them in tests: a server that answers 204 behind each request and takes every
 * tunnel, and a client that says only what its script has. How each event is told, for people and for comparisons.
 */
import type { ClientIn, ClientOut, ServerIn, ServerOut } from '../../../src/http/events.ts'
import type { FieldLines } from '../../../src/http/fields.ts'
import { ClientMachine, ServerMachine } from '../../../src/http/machine.ts'
import type { Machine, Unit } from '../../../src/net/machine.ts'
import { drive, type Role, type Telling } from '../drive.ts'

/** The server's end. */
export const HTTP_SERVER: Role = {
  create: () => new ServerMachine(),
  tell: (event) => tell(event as ServerIn | ClientOut),
  answer: (event, machine) => answer(event as ServerIn, machine),
}

/** The client's end, with as many requests under way as it has to say. */
export const HTTP_CLIENT: Role = {
  create: () => new ClientMachine({ maxOutstanding: 8 }),
  tell: (event) => tell(event as ClientIn | ServerOut),
  answer: () => [],
}

/** The end under test in a vector, with what its program says unasked: nothing, or the requests that `sent` are. */
export function player(role: 'client' | 'server', sent: Buffer): Role & { readonly script: readonly Unit[] } {
  return role === 'server' ? { ...HTTP_SERVER, script: [] } : { ...HTTP_CLIENT, script: requests(sent) }
}

/** The requests that octets are: what a client's program has to say to write them. */
function requests(bytes: Buffer): Unit[] {
  const script: Unit[] = []
  const noting: Role = { ...HTTP_SERVER, answer: (...event) => (script.push(event[0]), HTTP_SERVER.answer(...event)) }
  const { error } = drive(noting, { pieces: [bytes] })
  if (error !== undefined) throw error
  return script
}

/** The method of the request that each machine has under way: what its program has to know to answer. */
const methods = new WeakMap<Machine<Unit, Unit>, string>()

function answer(event: ServerIn, machine: Machine<Unit, Unit>): readonly ServerOut[] {
  if (event.type === 'request') methods.set(machine, event.method)
  if (event.type !== 'end') return []
  if (methods.get(machine) === 'CONNECT') return [{ type: 'response', status: 200, headers: [] }]
  return [{ type: 'response', status: 204, headers: [] }, END]
}

const END: ServerOut = { type: 'end' }

function tell(event: ServerIn | ServerOut | ClientIn | ClientOut): Telling {
  switch (event.type) {
    case 'request': {
      const version = 'version' in event ? event.version : '1.1'
      return { line: `request ${event.method} ${event.target} HTTP/${version}`, details: fields(event.headers) }
    }
    case 'response':
    case 'informational': {
      const { type, status, reason = '' } = event
      const version = 'version' in event ? event.version : '1.1'
      return { line: `${type} HTTP/${version} ${status} ${reason}`, details: fields(event.headers) }
    }
    case 'content':
      return { line: 'content', content: event.bytes }
    case 'end':
      return { line: 'end', details: fields(event.trailers ?? []) }
    case 'warning':
      return { line: `warning ${event.code}` }
  }
}

function fields(lines: FieldLines): string[] {
  return Array.from(lines, ([name, value]) => `${name.toLowerCase()}: ${value}`)
}
