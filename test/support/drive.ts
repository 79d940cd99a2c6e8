/**
 * Drives a machine as a connection would, without any I/O: pieces in, events told, the answers of a small fixed program sent.
 * Whatever the protocol is, the property tests (`laws.ts`) and the conformance vectors look at the same `Trace`.
 */
import { ProtocolError } from '../../src/net/errors.ts'
import type { Machine, NeedData, Unit } from '../../src/net/machine.ts'

/** How an event is told. Characters are octets (latin1), so nothing is lost and nothing is guessed. */
export interface Telling {
  /** The event in a line: `request GET / HTTP/1.1`. */
  readonly line: string
  /** All its details: `host: a`. */
  readonly details?: readonly string[]
  /** For a slice of content its octets. How many slices there are is TCP's doing, so consecutive slices are told as one. */
  readonly content?: Uint8Array
}

/** A role of a protocol with a small program that plays it. */
export interface Role {
  /** A fresh machine. */
  readonly create: () => Machine<Unit, Unit>
  /** How an event of the peer is told to people and compared with another. */
  readonly tell: (event: Unit) => Telling
  /** The events that the program sends when the machine has told `event`; often none. */
  readonly answer: (event: Unit, machine: Machine<Unit, Unit>) => readonly Unit[]
}

/** All that a machine made of its input. */
export interface Trace {
  /** What was told, with consecutive slices of content as one. */
  readonly told: readonly Telling[]
  /** What the machine wrote. */
  readonly output: Buffer
  /** The error that ended it, if one did. */
  readonly error: ProtocolError | undefined
  /** What it waits for, where no error ended it. */
  readonly until: NeedData['until'] | undefined
  /** Its state at the end. */
  readonly state: string
  /** What it keeps for whoever speaks next. */
  readonly leftover: Buffer
  /** The most that it held at any time, in octets. */
  readonly maxBufferedBytes: number
  /** Octets examined. */
  readonly work: number
}

/** What is to be played. */
export interface Play {
  /** What arrives, piece by piece. */
  readonly pieces: Iterable<Uint8Array>
  /** Whether the peer ends its side behind that. */
  readonly isEnded?: boolean
  /** What the machine's own program wants to say, in this order, each as soon as the machine allows it. */
  readonly script?: readonly Unit[]
}

/** More events than a piece can hold: a machine that never says `needData` would hang its connection. */
export const MAX_EVENTS_OF_A_PIECE = 20_000

/** Plays the pieces on a fresh machine of the role. Throws what a machine must not throw (law 3), and what it refuses to send. */
export function drive(role: Role, { pieces, isEnded = false, script = [] }: Play): Trace {
  const machine = role.create()
  const told: Telling[] = []
  const output: Uint8Array[] = []
  const still = [...script]
  let until: NeedData['until'] | undefined
  let error: ProtocolError | undefined
  let maxBufferedBytes = 0
  const pump = (): void => {
    for (let count = 0; ; count++) {
      const event = machine.next()
      if (count > MAX_EVENTS_OF_A_PIECE) throw new Error(`the machine says ${event.type} for ever`)
      maxBufferedBytes = Math.max(maxBufferedBytes, machine.bufferedBytes)
      if (isNeedData(event)) {
        until = event.until
        return
      }
      told.push(keep(role.tell(event)))
      for (const answer of role.answer(event, machine)) output.push(...machine.send(answer))
      output.push(...sendAllowed(machine, still))
    }
  }
  try {
    // What may be said changes with what was said and heard, never with octets alone: asking again behind each event is enough.
    output.push(...sendAllowed(machine, still))
    pump()
    for (const piece of pieces) {
      machine.receive(piece)
      pump()
    }
    if (isEnded) {
      machine.receiveEnd()
      pump()
    }
  } catch (thrown) {
    if (!(thrown instanceof ProtocolError) || thrown.side === 'local') throw thrown
    error = thrown
    until = undefined
  }
  return {
    told: joinContent(told),
    output: Buffer.concat(output),
    error,
    until,
    state: machine.state,
    leftover: error === undefined ? Buffer.from(machine.takeLeftover()) : Buffer.alloc(0),
    maxBufferedBytes,
    work: machine.work,
  }
}

/** A trace as text, without what may differ between two ways to cut the same input: how much was held when, and how much work it was. */
export function outcome({ told, output, error, until, state, leftover }: Trace): string {
  const lines = told.map(({ line, details = [], content }) =>
    [line, ...details, content && latin1(content)].join('\n  '),
  )
  const death = error && `${error.code} at ${error.offset}: ${error.message}`
  return [...lines, `wrote ${latin1(output)}`, `ended ${death ?? until} in ${state}`, `left ${latin1(leftover)}`].join(
    '\n',
  )
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1')
}

/** Sends what the machine allows from the front of `script`. A refused `send` changes nothing, so trying is asking. */
export function sendAllowed(machine: Machine<Unit, Unit>, script: Unit[]): Uint8Array[] {
  const output: Uint8Array[] = []
  for (let event = script[0]; event !== undefined; event = script[0]) {
    try {
      output.push(...machine.send(event))
    } catch (error) {
      if (error instanceof ProtocolError && error.side === 'local') break
      throw error
    }
    script.shift()
  }
  return output
}

/** The `ProtocolError` with which `act` ends, if it does. Any other error goes on. */
export function thrownBy(act: () => unknown): ProtocolError | undefined {
  try {
    act()
    return undefined
  } catch (error) {
    if (error instanceof ProtocolError) return error
    throw error
  }
}

/** Tellings with the content of consecutive slices of the same line put together; empty content is no content. */
export function joinContent(told: readonly Telling[]): Telling[] {
  const joined: Telling[] = []
  let slices: Uint8Array[] = []
  for (const [index, telling] of told.entries()) {
    if (telling.content === undefined) {
      joined.push(telling)
      continue
    }
    slices.push(telling.content)
    const following = told[index + 1]
    if (following?.content !== undefined && following.line === telling.line) continue
    const content = Buffer.concat(slices)
    if (content.length > 0) joined.push({ line: telling.line, content })
    slices = []
  }
  return joined
}

/** Whether a machine's answer is no event. */
export function isNeedData(event: Unit): event is NeedData {
  return event.type === 'needData'
}

/** The views of an event are valid only as long as the input stays as it is; a trace outlives that. */
function keep(telling: Telling): Telling {
  return telling.content === undefined ? telling : { ...telling, content: Buffer.from(telling.content) }
}
