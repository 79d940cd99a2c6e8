/**
 * Faults by script, for people who test what sends mail: a server that is slow, refuses, or hangs up exactly where it is told to.
 *
 *     const script = faults([
 *       { on: 'greeting', times: 1, reply: refuse(421, '4.3.2', 'Not now') },
 *       { on: 'rcpt', address: 'full@y.test', reply: refuse(452, '4.2.2', 'Mailbox full') },
 *       { on: 'data', delayMs: 5_000 },
 *       { on: 'content', afterBytes: 1_000, nth: 2, hangUp: 'reset' },
 *     ])
 *     const server = await serve({ hostname: 'mx.test', faults: script }, { message: keep })
 *     script.unplayed                                   // what has not happened
 *
 * Nothing is random. The entries are looked at in their order, and the first that fits is played; each counts what it fits (`nth`, `times`)
 * by itself, over all connections of the script or, with `counted: 'session'`, anew in each.
 */
import { NetError } from '../net/errors.ts'
import { writeMailbox } from './address.ts'
import type { Command, Reply, ServerEvent } from './events.ts'
import { Refusal } from './reply.ts'

/** Which of the things that fit an entry it is played at. */
export interface Ordinal {
  /** At this one alone, counted from 1. */
  readonly nth?: number
  /** At so many, from the first (or the `nth`) on. Default: 1 with `nth`, and without it always. */
  readonly times?: number
  /** What the counting begins anew with. Default `server`: the script counts through all its connections. */
  readonly counted?: 'server' | 'session'
}

/** What happens: a delay in milliseconds first, where there is one; then a reply or a hang-up, or else what would have happened anyway. */
export type FaultEffect =
  | { readonly delayMs: number; readonly reply?: undefined; readonly hangUp?: undefined }
  | { readonly delayMs?: number; readonly reply: Reply | Refusal; readonly hangUp?: undefined }
  | { readonly delayMs?: number; readonly reply?: undefined; readonly hangUp: HangUp }

/** How a connection is dropped without a word: a FIN behind what was said before, or a RST. */
export type HangUp = 'close' | 'reset'

/**
 * Where it happens.
 *
 *     greeting           in place of 220
 *     a command          in place of its answer: `ehlo`, `mail`, `rcpt`, `data`, `quit`, …
 *     content            in the middle of a message, when `afterBytes` of it have come: a delay or a hang-up
 *     message            at its end. A `reply` refuses it unread by the handler; a `hangUp` comes behind the handler, so that the
 *                        message is kept and the sender never learns it: it will send it again
 */
export type FaultPlace =
  | { readonly on: 'greeting' | 'message' | Exclude<Command['type'], 'mail' | 'rcpt' | 'bdat'> }
  | {
      readonly on: 'mail' | 'rcpt'
      /** Only for this address (`b@y.test`, in the letters in which it is sent), or for those that match. Default: for all. */
      readonly address?: string | RegExp
    }
  | {
      readonly on: 'content'
      /** Octets of the message. Default 0: before its first. */
      readonly afterBytes?: number
      readonly reply?: undefined
    }
  | {
      /** A chunk is not answered before its end (RFC 3030 §2); `message` refuses what comes in chunks, too. */
      readonly on: 'bdat'
      readonly reply?: undefined
    }

/** An entry of a script. */
export type ScriptedFault = Ordinal & FaultPlace & FaultEffect

/** What an entry can be played at. */
export type FaultOccasion =
  { readonly type: 'greeting' | 'message' | 'content' } | Exclude<ServerEvent, { type: 'content' }>

/** The connection ends here because the script says so. Nobody is told of it. */
export class ScriptedEnd extends NetError {
  /** How. */
  readonly hangUp: HangUp

  constructor(hangUp: HangUp) {
    super('SMTP_SCRIPTED_END', 'The script hangs up here')
    this.hangUp = hangUp
  }
}

/** A script. Throws a `RangeError` where a number of it is none that can come, and where a reply stands in the middle of a message. */
export function faults(script: readonly ScriptedFault[]): FaultScript {
  return new FaultScript(script)
}

/** A script, and how often each of its entries was played. */
export class FaultScript {
  readonly #entries: readonly ScriptedFault[]
  readonly #counts: number[]
  readonly #played: Set<ScriptedFault> = new Set()

  constructor(script: readonly ScriptedFault[]) {
    for (const entry of script) check(entry)
    this.#entries = Object.freeze([...script])
    this.#counts = script.map(() => 0)
  }

  /** The entries that were never played. */
  get unplayed(): readonly ScriptedFault[] {
    return this.#entries.filter((entry) => !this.#played.has(entry))
  }

  /** The script for one more connection. */
  session(): SessionFaults {
    const counts = this.#entries.map(() => 0)
    return {
      find: (occasion) => this.#find(occasion, counts),
      hasContent: this.#entries.some(({ on }) => on === 'content'),
    }
  }

  #find(occasion: FaultOccasion, ofSession: number[]): ScriptedFault | undefined {
    return this.#entries.find((entry, index) => {
      if (!fits(entry, occasion)) return false
      const counts = entry.counted === 'session' ? ofSession : this.#counts
      const count = (counts[index] as number) + 1
      counts[index] = count
      const { nth, times = nth === undefined ? Infinity : 1 } = entry
      const isDue = count >= (nth ?? 1) && count < (nth ?? 1) + times
      if (isDue) this.#played.add(entry)
      return isDue
    })
  }
}

/** A script, as one connection plays it. */
export interface SessionFaults {
  /** What is to happen here, if anything is; whoever asks plays it. */
  readonly find: (occasion: FaultOccasion) => ScriptedFault | undefined
  /** Whether there is anything for the middle of a message. */
  readonly hasContent: boolean
}

/** What is answered where an entry has an answer. */
export function scriptedReply({ reply }: ScriptedFault): Reply | undefined {
  return reply instanceof Refusal ? reply.reply : reply
}

/** Octets of a message that come before the fault in its middle. */
export function bytesBefore(entry: ScriptedFault): number {
  return entry.on === 'content' ? (entry.afterBytes ?? 0) : 0
}

function fits(entry: ScriptedFault, occasion: FaultOccasion): boolean {
  if (entry.on !== occasion.type) return false
  if (entry.on !== 'mail' && entry.on !== 'rcpt') return true
  if (entry.address === undefined || (occasion.type !== 'mail' && occasion.type !== 'rcpt')) return true
  const address = occasion.path === null ? '' : (writeMailbox(occasion.path) ?? '')
  // A RegExp that is `g` or `y` goes on where it has matched last.
  return typeof entry.address === 'string' ? address === entry.address : address.search(entry.address) !== -1
}

function check({ nth = 1, times = 1, delayMs = 0, ...entry }: ScriptedFault): void {
  const isInTheMiddle = entry.on === 'bdat' || entry.on === 'content'
  if (isInTheMiddle && scriptedReply(entry as ScriptedFault) !== undefined) {
    throw new RangeError(`${entry.on} has no reply of its own: message has`)
  }
  const afterBytes = bytesBefore(entry as ScriptedFault)
  const isSound = [nth, times].every((value) => Number.isInteger(value) && value > 0) && delayMs >= 0 && afterBytes >= 0
  if (!isSound || !Number.isFinite(delayMs) || !Number.isFinite(afterBytes)) {
    throw new RangeError('nth and times count from 1, delayMs and afterBytes from 0')
  }
}
