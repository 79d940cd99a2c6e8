/** Plays one case of a vector in the ways in which it can be played. */
import { drive } from '../../support/drive.ts'
import { splits, type Split, type SplitOptions } from '../../support/splits.ts'
import type { Adapter } from './adapter.ts'
import { memoryChannel, tcpChannel, tlsChannel } from './channels.ts'
import { hold, type Channel, type Fault } from './conversation.ts'
import { faultOfCall } from './calls.ts'
import { spoken } from './dialogue.ts'
import { difference, linesOf, misspoken } from './expectation.ts'
import { interview } from './peer.ts'
import type { Case, Vector } from './vectors.ts'

/** A way to a server, and how finely a dialogue is cut on it: each cut is a conversation of its own. */
export interface Way {
  /** For messages: `in memory`. */
  readonly name: string
  /** How finely it is cut. */
  readonly splits: SplitOptions
  /** Goes there. */
  readonly open: () => Channel | Promise<Channel>
}

/** To the adapter's server over a pair of sockets. */
export function inMemory(adapter: Adapter): Way {
  return { name: 'in memory', splits: { maxCuts: 32, random: 4 }, open: () => memoryChannel(adapter.serveSocket) }
}

/** How finely what goes over a real socket is cut. */
const SOCKET_SPLITS: SplitOptions = { maxCuts: 4, random: 1 }

/** To a server that listens. */
export function overSocket(host: string, port: number): Way {
  return { name: 'over a socket', splits: SOCKET_SPLITS, open: () => tcpChannel(host, port) }
}

/** To one that speaks TLS. */
export function overTls(host: string, port: number): Way {
  return { name: 'over TLS', splits: SOCKET_SPLITS, open: () => tlsChannel(host, port) }
}

/** Why one of the calls does not come out as it must. */
export async function faultOfCalls(adapter: Adapter, { name, calls }: Case): Promise<Fault> {
  for (const call of calls) {
    const fault = await faultOfCall(adapter.functions ?? {}, call)
    if (fault !== undefined) return `${name}:\n${fault}`
  }
  return undefined
}

/** Why a client does not do its part in the dialogue, over a real socket, under one of the splits of what it is told. */
export async function faultOfClient(adapter: Adapter, vector: Vector, played: Case): Promise<Fault> {
  const { client, identities = {} } = adapter
  if (played.interview === undefined) return undefined
  if (client === undefined) return `${vector.place}: there is no client to hold a dialogue with`
  const identity = vector.over === 'tcp' ? undefined : identities[vector.over]
  if (vector.over !== 'tcp' && identity === undefined) return `${vector.place}: nobody is ${vector.over}`
  const told = spoken(played.interview(1).steps)
  for (const { name: cut, pieces } of cuts(vector, told, SOCKET_SPLITS)) {
    const fault = await interview(client, played.interview, pieces, identity)
    if (fault !== undefined) return `${played.name}, over a socket, ${cut}:\n${fault}`
  }
  return undefined
}

/** Why the machine does not make of the wire block what it must, under one of the splits. */
export function faultOfMachine(adapter: Adapter, vector: Vector, played: Case): Fault {
  const { name, wire, sent, expect: expected, writes } = played
  if (wire === undefined || expected === undefined || vector.role === 'any') return undefined
  const player = adapter.player(vector.role, sent, vector.as)
  for (const { name: cut, pieces } of cuts(vector, wire.bytes, {})) {
    const trace = drive(player, { pieces, isEnded: wire.isEnded, script: player.script })
    const fault = difference(linesOf(trace), expected) ?? misspoken(trace, writes)
    if (fault !== undefined) return `${name}, ${cut}:\n${fault}`
  }
  return undefined
}

/** Why a server does not do its part in the dialogue, on one of the ways, under one of the splits. */
export async function faultOfServer(
  adapter: Adapter,
  vector: Vector,
  played: Case,
  ways: readonly Way[],
): Promise<Fault> {
  const { name, dialogue } = played
  if (dialogue === undefined) return undefined
  for (const way of ways) {
    for (const { name: cut, pieces } of cuts(vector, spoken(dialogue), way.splits)) {
      const fault = await hold(await way.open(), adapter.speech, dialogue, pieces)
      if (fault !== undefined) return `${name}, ${way.name}, ${cut}:\n${fault}`
    }
  }
  return undefined
}

function cuts(vector: Vector, bytes: Buffer, options: SplitOptions): Iterable<Split> {
  return vector.splits === 'none' ? [{ name: 'whole', pieces: [bytes] }] : splits(bytes, options)
}
