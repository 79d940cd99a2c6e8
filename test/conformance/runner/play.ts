/** Plays one case of a vector in the ways in which it can be played. */
import { drive } from '../../support/drive.ts'
import { splits, type Split, type SplitOptions } from '../../support/splits.ts'
import type { Adapter } from './adapter.ts'
import { memoryChannel, tcpChannel } from './channels.ts'
import { hold, type Channel, type Fault } from './conversation.ts'
import { spoken } from './dialogue.ts'
import { difference, linesOf, misspoken } from './expectation.ts'
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
  return { name: 'in memory', splits: { maxCuts: 48, random: 4 }, open: () => memoryChannel(adapter.serveSocket) }
}

/** To a server that listens. */
export function overSocket(host: string, port: number): Way {
  return { name: 'over a socket', splits: { maxCuts: 4, random: 1 }, open: () => tcpChannel(host, port) }
}

/** Why the machine does not make of the wire block what it must, under one of the splits. */
export function faultOfMachine(adapter: Adapter, vector: Vector, played: Case): Fault {
  const { name, wire, sent, expect: expected, writes } = played
  if (wire === undefined || expected === undefined) return undefined
  const player = adapter.player(vector.role, sent)
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
