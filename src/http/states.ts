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

/**
 * Where one exchange stands, and where each event leads from there: the two tables and the joint rules multiplied out once, so that a
 * step is a single look-up. There are as many as there are pairs of states, twice.
 */
interface Standing {
  readonly client: ClientState
  readonly server: ServerState
  readonly isPersistent: boolean
  /** What the client may do, and where that leads; a map, because there no event of another name is found. */
  readonly byClient: Map<ClientEvent, Standing>
  /** What the server may do. */
  readonly byServer: Map<ServerEvent, Standing>
}

const PERSISTENT = standings(true)
const ENDING = standings(false)
const BEGINNING = standingIn(PERSISTENT, 'idle', 'idle')
link(PERSISTENT, true)
link(ENDING, false)

function standings(isPersistent: boolean): ReadonlyMap<string, Standing> {
  const pairs = ANY_CLIENT.flatMap((client) => ANY_SERVER.map((server) => ({ client, server })))
  return new Map(
    pairs.map((pair) => [
      `${pair.client} ${pair.server}`,
      { ...pair, isPersistent, byClient: new Map(), byServer: new Map() },
    ]),
  )
}

function standingIn(all: ReadonlyMap<string, Standing>, client: ClientState, server: ServerState): Standing {
  return all.get(`${client} ${server}`) as Standing
}

function link(all: ReadonlyMap<string, Standing>, isPersistent: boolean): void {
  for (const { client, server, byClient, byServer } of all.values()) {
    for (const [event, next] of Object.entries(CLIENT[client]) as [ClientEvent, ClientState][])
      byClient.set(event, settled(all, isPersistent, next, server))
    for (const [event, next] of Object.entries(SERVER[server]) as [ServerEvent, ServerState][])
      byServer.set(event, settled(all, isPersistent, client, next))
  }
}

/** Applies the joint rules, the first one that holds each time, until none of them moves anybody. */
function settled(
  all: ReadonlyMap<string, Standing>,
  isPersistent: boolean,
  client: ClientState,
  server: ServerState,
): Standing {
  const rule = JOINT.find(
    (one) =>
      (one.persistent === undefined || one.persistent === isPersistent) &&
      one.client.includes(client) &&
      one.server.includes(server),
  )
  if (rule === undefined) return standingIn(all, client, server)
  return settled(all, isPersistent, rule.then.client ?? client, rule.then.server ?? server)
}

/** Where one request with its response stands: the state of both peers, and whether the connection outlives it. */
export class ExchangeState {
  #at = BEGINNING

  /** What the client may do next. */
  get client(): ClientState {
    return this.#at.client
  }

  /** What the server may do next. */
  get server(): ServerState {
    return this.#at.server
  }

  /** Whether another exchange may follow on this connection. */
  get isPersistent(): boolean {
    return this.#at.isPersistent
  }

  /** Whether both messages are complete and the next exchange may begin. */
  get isOver(): boolean {
    return this.#at.client === 'done' && this.#at.server === 'done'
  }

  /** Whether the server may do this now. */
  serverMay(event: ServerEvent): boolean {
    return this.#at.byServer.has(event)
  }

  /** The client does something; `false`, and nothing changes, where it may not. */
  clientDoes(event: ClientEvent): boolean {
    const next = this.#at.byClient.get(event)
    if (next === undefined) return false
    this.#at = next
    return true
  }

  /** The server does something; `false`, and nothing changes, where it may not. */
  serverDoes(event: ServerEvent): boolean {
    const next = this.#at.byServer.get(event)
    if (next === undefined) return false
    this.#at = next
    return true
  }

  /** This exchange is the last one of its connection. That cannot be taken back. */
  endPersistence(): void {
    const { client, server, isPersistent } = this.#at
    if (isPersistent) this.#at = settled(ENDING, false, client, server)
  }

  /** The next exchange begins. */
  restart(): void {
    this.#at = BEGINNING
  }
}

/** Whether the connection outlives a message, by its version and its connection options (RFC 9112 §9.3). */
export function persists(message: { readonly version: Version; readonly options: readonly string[] }): boolean {
  if (message.options.includes('close')) return false
  return message.version === '1.1' || message.options.includes('keep-alive')
}
