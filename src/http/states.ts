/**
 * The states of one exchange: what each peer may do next, as data. The idea is h11's: there is a machine for the client and one for the
 * server, each knows its own side alone, and a third table says how the state of one moves the other. Both ends of a
 * connection run all three, so that either knows whose turn it is.
 *
 * Rules of this file: everything that moves a state stands here. It knows no octets, no field names and no role of its own:
 * whether we are the client or the server is for the machines above.
 *
 * Theory of operation. An exchange is one request with its response. Each peer goes from `idle` over its message to `done`; when both
 * are done, the exchange is over and the next one may begin, if the connection persists. It persists until one peer says
 * otherwise (`close`, HTTP/1.0, a body that ends with the connection, a fault), and that cannot be taken back:
 * from then on `done` becomes `mustClose`. A client that offered to switch protocols waits in `mightSwitch`, because nobody
 * knows yet whether what it sends next is HTTP. `error` is sticky for the side that broke a rule, while the other may still say
 * its last words (a 400). RFC 9112 §9, RFC 9110 §7.8, §9.3.6.
 */
import { transition } from '../net/table.ts'
import type { Table } from '../net/table.ts'
import type { Version } from './events.ts'

/** What the client may do next. */
export type ClientState = 'idle' | 'sendBody' | 'done' | 'mightSwitch' | 'switched' | 'mustClose' | 'closed' | 'error'
/** What the server may do next. */
export type ServerState = 'idle' | 'sendResponse' | 'sendBody' | 'done' | 'switched' | 'mustClose' | 'closed' | 'error'

/** What moves a client: units of its message, its offer to switch, its FIN, its faults. */
export type ClientEvent = 'request' | 'content' | 'end' | 'offer' | 'close' | 'fault'
/** What moves a server: units of its message, its consent to switch, its FIN, its faults. */
export type ServerEvent = 'informational' | 'response' | 'content' | 'end' | 'switch' | 'close' | 'fault'

/** The client's table. */
export const CLIENT: Table<ClientState, ClientEvent> = {
  idle: { request: 'sendBody', close: 'closed', fault: 'error' },
  sendBody: { content: 'sendBody', end: 'done', fault: 'error' },
  done: { offer: 'mightSwitch', close: 'closed', fault: 'error' },
  mightSwitch: { close: 'closed', fault: 'error' },
  switched: {},
  mustClose: { offer: 'mightSwitch', close: 'closed', fault: 'error' },
  closed: {},
  error: { fault: 'error' },
}

/** The server's table. It may answer from `idle`: 408 to a request that never came, 400 to one that was none. */
export const SERVER: Table<ServerState, ServerEvent> = {
  idle: { response: 'sendBody', close: 'closed', fault: 'error' },
  sendResponse: {
    informational: 'sendResponse',
    response: 'sendBody',
    switch: 'switched',
    close: 'closed',
    fault: 'error',
  },
  sendBody: { content: 'sendBody', end: 'done', fault: 'error' },
  done: { close: 'closed', fault: 'error' },
  switched: {},
  mustClose: { close: 'closed', fault: 'error' },
  closed: {},
  error: { fault: 'error' },
}

/** When the client is in one of these states and the server in one of those, either may be moved. */
export interface JointRule {
  /** States of the client. */
  readonly client: readonly ClientState[]
  /** States of the server. */
  readonly server: readonly ServerState[]
  /** Whether the rule holds while the connection persists, or when it no longer does; both where it is not said. */
  readonly persistent?: boolean
  /** The states that follow; a peer that is not named stays where it is. */
  readonly then: { readonly client?: ClientState; readonly server?: ServerState }
}

const ANY_SERVER = Object.keys(SERVER) as ServerState[]
const ANY_CLIENT = Object.keys(CLIENT) as ClientState[]

/** How the state of one peer moves the other. */
export const JOINT: readonly JointRule[] = [
  // A request has begun: the server may answer it, also before it has ended.
  { client: ['sendBody', 'done', 'mightSwitch'], server: ['idle'], then: { server: 'sendResponse' } },
  // The offer to switch was taken, or it was answered like any request.
  { client: ['mightSwitch'], server: ['switched'], then: { client: 'switched' } },
  { client: ['mightSwitch'], server: ['sendBody', 'done'], then: { client: 'done' } },
  // Nobody begins anew on a connection that ends.
  { client: ['done'], server: ANY_SERVER, persistent: false, then: { client: 'mustClose' } },
  { client: ANY_CLIENT, server: ['done'], persistent: false, then: { server: 'mustClose' } },
  // A peer that has gone gets nothing more; one that cannot be understood gets one answer, and then the end.
  { client: ['closed'], server: ['idle', 'done'], then: { server: 'mustClose' } },
  { client: ['error'], server: ['done'], then: { server: 'mustClose' } },
  { client: ['idle', 'done', 'mightSwitch'], server: ['closed', 'error'], then: { client: 'mustClose' } },
]

type Persistence = 'persistent' | 'ending'
type Settled = Readonly<
  Record<Persistence, Readonly<Record<ClientState, Readonly<Partial<Record<ServerState, JointRule>>>>>>
>

/** The first joint rule for every pair of states, looked up once per event. */
const SETTLED: Settled = { persistent: rulesOf(true), ending: rulesOf(false) }

function rulesOf(persistent: boolean): Record<ClientState, Partial<Record<ServerState, JointRule>>> {
  const rules = JOINT.filter((rule) => rule.persistent === undefined || rule.persistent === persistent)
  const rowOf = (client: ClientState): Partial<Record<ServerState, JointRule>> => {
    const row: Partial<Record<ServerState, JointRule>> = {}
    for (const rule of rules) if (rule.client.includes(client)) for (const server of rule.server) row[server] ??= rule
    return row
  }
  return Object.fromEntries(ANY_CLIENT.map((client) => [client, rowOf(client)])) as Record<
    ClientState,
    ReturnType<typeof rowOf>
  >
}

/** Where one request with its response stands: the state of both peers, and whether the connection outlives it. */
export class ExchangeState {
  /** What the client may do next. */
  client: ClientState = 'idle'
  /** What the server may do next. */
  server: ServerState = 'idle'
  #persistence: Persistence = 'persistent'

  /** Whether another exchange may follow on this connection. */
  get isPersistent(): boolean {
    return this.#persistence === 'persistent'
  }

  /** Whether both messages are complete and the next exchange may begin. */
  get isOver(): boolean {
    return this.client === 'done' && this.server === 'done'
  }

  /** The client does something; `false`, and nothing changes, where it may not. */
  clientDoes(event: ClientEvent): boolean {
    const next = transition(CLIENT, this.client, event)
    if (next === undefined) return false
    this.client = next
    this.#settle()
    return true
  }

  /** The server does something; `false`, and nothing changes, where it may not. */
  serverDoes(event: ServerEvent): boolean {
    const next = transition(SERVER, this.server, event)
    if (next === undefined) return false
    this.server = next
    this.#settle()
    return true
  }

  /** The next exchange begins, where this one is over. */
  restart(): void {
    this.client = 'idle'
    this.server = 'idle'
  }

  /** This exchange is the last one of its connection. That cannot be taken back. */
  endPersistence(): void {
    this.#persistence = 'ending'
    this.#settle()
  }

  /** Applies the joint rules until none of them moves anybody. */
  #settle(): void {
    for (let moved = true; moved;) {
      const rule = SETTLED[this.#persistence][this.client][this.server]
      moved = rule !== undefined
      this.client = rule?.then.client ?? this.client
      this.server = rule?.then.server ?? this.server
    }
  }
}

/** Whether the connection outlives a message, by its version and its connection options (RFC 9112 §9.3). */
export function persists(message: { readonly version: Version; readonly options: readonly string[] }): boolean {
  if (message.options.includes('close')) return false
  return message.version === '1.1' || message.options.includes('keep-alive')
}
