/**
 * What a parser of HTTP/1.1 makes of octets, in terms that any parser can be put in: the messages that it took, and how it ended. Two
 * readings can be laid side by side, whoever did the reading. This file has ours, by the machines; `llhttp.ts` has Node's.
 */
import type { ClientIn, ServerIn } from '../../src/http/events.ts'
import type { FieldLines } from '../../src/http/fields.ts'
import type { Leniency, Limits } from '../../src/http/limits.ts'
import { ClientMachine, ServerMachine } from '../../src/http/machine.ts'
import { ProtocolError } from '../../src/net/errors.ts'
import type { NeedData } from '../../src/net/machine.ts'

/** What is to be read. */
export interface Input {
  /** Who has sent it. */
  readonly role: 'request' | 'response'
  /** The octets, as TCP cut them. */
  readonly pieces: readonly Buffer[]
  /** The method of the requests that responses answer; GET where it is not said. */
  readonly method?: string | undefined
  /** Whether the connection ends behind the octets. */
  readonly eof?: boolean | undefined
}

/** A message as it was taken. Characters are octets (latin1). */
export interface Taken {
  /** The method; the status of a response. */
  readonly first: string
  /** The request target; the reason phrase of a response. */
  readonly second: string
  /** `1.1`. */
  readonly version: string
  /** `name: value`, in the order and the case of the wire. */
  readonly fields: readonly string[]
  /** The content, without its coding. */
  readonly body: string
  /** The trailer section, as `fields`. */
  readonly trailers: readonly string[]
}

/**
 * How a reading ended:
 *
 *     waits     for more octets; also where the peer's end has come, and ended no message
 *     stops     what follows is not read: the connection ends here, or goes over to another protocol
 *     refuses   this cannot be HTTP, and `code` says why
 */
export interface Ending {
  readonly kind: 'waits' | 'stops' | 'refuses'
  /** The error's code, where it refuses. */
  readonly code: string
  /** A few words more, where there are any. */
  readonly detail: string
  /** Octets before the offending one; -1 where there is none. */
  readonly offset: number
}

/** It waits. */
export const WAITS: Ending = { kind: 'waits', code: '', detail: '', offset: -1 }
/** It has stopped. */
export const STOPS: Ending = { ...WAITS, kind: 'stops' }

/** What came of the octets. */
export interface Reading {
  /** The messages that were taken whole. */
  readonly messages: readonly Taken[]
  /** The message that was begun: its head, and so much of its content. */
  readonly begun: Taken | undefined
  /** How it ended. */
  readonly ending: Ending
}

/** What our machines may be told for a reading. */
export interface ReadingOptions {
  readonly leniency?: Partial<Leniency>
  readonly limits?: Partial<Limits>
}

/** More responses than any input of the tests has. */
const MANY = 64

/** Reads with the machine of the role: a server that answers 204 to everything and agrees to no switch, or a client that has asked `MANY` times. */
export function readWithOurs(input: Input, options: ReadingOptions = {}): Reading {
  const { pieces, eof = false } = input
  const machine = input.role === 'request' ? new ServerMachine(options) : asked(input.method ?? 'GET', options)
  const notes = new Notes()
  let isReading = true
  const pump = (): void => {
    for (
      let event: ServerIn | ClientIn | NeedData = machine.next();
      event.type !== 'needData';
      event = machine.next()
    ) {
      notes.add(event)
      if (event.type !== 'end' || !(machine instanceof ServerMachine) || machine.clientState === 'mightSwitch') continue
      machine.send({ type: 'response', status: 204, headers: [] })
      machine.send({ type: 'end' })
    }
  }
  try {
    for (const piece of pieces) {
      machine.receive(piece)
      pump()
    }
    isReading = readsOn(machine)
    if (eof) {
      machine.receiveEnd()
      pump()
    }
  } catch (error) {
    if (!(error instanceof ProtocolError) || error.side === 'local') throw error
    return notes.ended({ kind: 'refuses', code: error.code, detail: '', offset: error.offset ?? -1 })
  }
  return notes.ended(isReading ? WAITS : STOPS)
}

function asked(method: string, options: ReadingOptions): ClientMachine {
  const machine = new ClientMachine({ ...options, maxOutstanding: MANY })
  const target = method === 'CONNECT' ? 'a:1' : '/'
  // What could switch ends the pipeline: nothing may be asked behind it.
  for (let count = 0; machine.state === 'idle' && count < MANY; count++) {
    machine.send({ type: 'request', method, target, headers: [['Host', 'a']] })
    machine.send({ type: 'end' })
  }
  return machine
}

function readsOn(machine: ServerMachine | ClientMachine): boolean {
  if (machine instanceof ServerMachine) return machine.clientState === 'idle' || machine.clientState === 'sendBody'
  return machine.serverState === 'sendResponse' || machine.serverState === 'sendBody'
}

/** Gathers events into messages. */
class Notes {
  readonly #messages: Taken[] = []
  #begun: Taken | undefined

  add(event: ServerIn | ClientIn): void {
    switch (event.type) {
      case 'request':
        this.#begun = head(event.method, event.target, event.version, event.headers)
        break
      case 'response':
        this.#begun = head(String(event.status), event.reason, event.version, event.headers)
        // Behind the head of such a response begins another protocol, and no end is told.
        if (event.framing.kind === 'tunnel') this.#end([])
        break
      case 'informational':
        this.#messages.push(head(String(event.status), event.reason, event.version, event.headers))
        break
      case 'content':
        this.#begun = { ...this.#head, body: this.#head.body + Buffer.from(event.bytes).toString('latin1') }
        break
      case 'end':
        this.#end(linesOf(event.trailers))
        break
      case 'warning':
    }
  }

  ended(ending: Ending): Reading {
    return { messages: this.#messages, begun: this.#begun, ending }
  }

  #end(trailers: readonly string[]): void {
    this.#messages.push({ ...this.#head, trailers })
    this.#begun = undefined
  }

  get #head(): Taken {
    if (this.#begun === undefined) throw new Error('content or an end without a head')
    return this.#begun
  }
}

function head(first: string, second: string, version: string, headers: FieldLines): Taken {
  return { first, second, version, fields: linesOf(headers), body: '', trailers: [] }
}

function linesOf(lines: FieldLines): string[] {
  return Array.from(lines, ([name, value]) => `${name}: ${value}`)
}
