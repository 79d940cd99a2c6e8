/**
 * Holds a dialogue with a server, and says where the server's part is not as it must be.
 *
 * Nothing here knows what the server is: a `Channel` is a pair in memory, a socket to our own server, or one to anybody's.
 */
import type { ReplyStep, Step } from './dialogue.ts'
import { printOctets } from './notation.ts'

/** A reply of the server, read by the protocol's adapter. */
export interface Reply {
  /** Its three digits. */
  readonly code: string
  /** Its lines without code and line end (an HTTP response: reason, `name: value` lines, and its content). */
  readonly lines: readonly string[]
  /** How many octets it took. */
  readonly length: number
}

/** The protocol's part in a conversation. */
export interface Speech {
  /** The first reply in what has come so far, or `undefined` where it is not whole. */
  readonly readReply: (received: Buffer, context: ReplyContext) => Reply | undefined
  /** A harmless command and the code of its answer, which nothing else has: how to see that the server still listens. */
  readonly probe: { readonly send: string; readonly code: string }
  /** The port for a data connection that a reply names. */
  readonly dataPort?: (reply: Reply) => number | undefined
}

/** What else a reply can hang on. */
interface ReplyContext {
  /** All that we have sent. */
  readonly asked: Buffer
  /** How many replies were read before. */
  readonly index: number
  /** Whether nothing more will come. */
  readonly isEnded: boolean
}

/** A way to a server. */
export interface Channel {
  /** Sends octets as a segment of their own, as far as the channel can. A server that has hung up is no error here. */
  readonly write: (bytes: Uint8Array) => Promise<void>
  /** Ends our side. */
  readonly end: () => Promise<void>
  /** What the server says next; `undefined` where it has ended the connection. */
  readonly read: () => Promise<Uint8Array | undefined>
  /** A second way to the same host. */
  readonly connect: (port: number) => Promise<Channel>
  /** Cuts the connection, whatever its state is. */
  readonly destroy: () => void
}

/** Why the server's part is not as it must be, or `undefined` where it is. */
export type Fault = string | undefined

/**
 * Holds the dialogue, with what the client says cut into these `pieces` (and at each of its turns), and gives the channel up.
 */
export async function hold(
  channel: Channel,
  speech: Speech,
  steps: readonly Step[],
  pieces: readonly Buffer[],
): Promise<Fault> {
  const conversation = new Conversation(channel, speech, edges(pieces))
  try {
    for (const step of steps) {
      const fault = await conversation.take(step)
      if (fault !== undefined) return fault
    }
    return undefined
  } catch (error) {
    return String(error)
  } finally {
    conversation.giveUp()
  }
}

class Conversation {
  readonly #channel: Channel
  readonly #speech: Speech
  /** Where what we say is cut. */
  readonly #cuts: ReadonlySet<number>
  #received: Buffer = Buffer.alloc(0)
  #asked: Buffer = Buffer.alloc(0)
  #replies: Reply[] = []
  #data: Channel | undefined
  #isEnded = false

  constructor(channel: Channel, speech: Speech, cuts: ReadonlySet<number>) {
    this.#channel = channel
    this.#speech = speech
    this.#cuts = cuts
  }

  async take(step: Step): Promise<Fault> {
    switch (step.type) {
      case 'send':
        await this.#say(step.bytes)
        if (step.isEnded) await this.#channel.end()
        return undefined
      case 'reply':
        return mismatch(step, await this.#listen())
      case 'octets':
        return this.#listenTo(step.bytes)
      case 'close': {
        const more = await this.#listen()
        return more === undefined ? undefined : `expected the end of the connection, but the server ${telling(more)}`
      }
      case 'open':
        return this.#probe()
      case 'connectData':
        return this.#connectData()
      case 'sendData':
        await this.#data?.write(step.bytes)
        if (step.isEnded) await this.#data?.end()
        return undefined
      case 'receiveData': {
        const bytes = await readAll(this.#data)
        if (step.pattern.test(bytes.toString('latin1'))) return undefined
        return `expected on the data connection: ${step.text}\n  it had: ${printOctets(bytes)}`
      }
    }
  }

  giveUp(): void {
    this.#data?.destroy()
    this.#channel.destroy()
  }

  async #say(bytes: Buffer): Promise<void> {
    const offset = this.#asked.length
    this.#asked = Buffer.concat([this.#asked, bytes])
    for (const piece of cutUp(bytes, offset, this.#cuts)) await this.#channel.write(piece)
  }

  /** The next reply; `undefined` at the end of the connection; a text where it ended in the middle of a reply. */
  async #listen(): Promise<Reply | string | undefined> {
    for (;;) {
      const context = { asked: this.#asked, index: this.#replies.length, isEnded: this.#isEnded }
      const reply = this.#speech.readReply(this.#received, context)
      if (reply !== undefined) {
        this.#received = this.#received.subarray(reply.length)
        this.#replies.push(reply)
        return reply
      }
      if (this.#isEnded) return this.#received.length === 0 ? undefined : `ended behind ${printOctets(this.#received)}`
      await this.#read()
    }
  }

  /** Reads as many octets as are expected, and compares. */
  async #listenTo(expected: Buffer): Promise<Fault> {
    while (this.#received.length < expected.length && !this.#isEnded) await this.#read()
    const had = this.#received.subarray(0, expected.length)
    this.#received = this.#received.subarray(had.length)
    return had.equals(expected)
      ? undefined
      : `expected the octets ${printOctets(expected)}\n  but they were ${printOctets(had)}`
  }

  async #read(): Promise<void> {
    const bytes = await this.#channel.read()
    if (bytes === undefined) this.#isEnded = true
    else this.#received = Buffer.concat([this.#received, bytes])
  }

  async #probe(): Promise<Fault> {
    const { send, code } = this.#speech.probe
    await this.#say(Buffer.from(send, 'latin1'))
    const answer = await this.#listen()
    const isListening = typeof answer === 'object' && answer.code === code
    return isListening ? undefined : `expected the server to listen still, but it ${telling(answer)}`
  }

  async #connectData(): Promise<Fault> {
    const last = this.#replies.at(-1)
    const port = last && this.#speech.dataPort?.(last)
    if (port === undefined) return `expected a port to connect to, but the server ${telling(last)}`
    this.#data = await this.#channel.connect(port)
    return undefined
  }
}

async function readAll(channel: Channel | undefined): Promise<Buffer> {
  const chunks: Uint8Array[] = []
  for (let bytes = await channel?.read(); bytes !== undefined; bytes = await channel?.read()) chunks.push(bytes)
  return Buffer.concat(chunks)
}

/** The pieces of `bytes`, which stand at `offset` of all that is said, where these are the cuts. */
export function* cutUp(bytes: Buffer, offset: number, cuts: ReadonlySet<number>): Generator<Buffer> {
  let from = 0
  for (let to = 1; to <= bytes.length; to++) {
    if (to < bytes.length && !cuts.has(offset + to)) continue
    yield bytes.subarray(from, to)
    from = to
  }
}

/** The offsets at which the pieces end. */
export function edges(pieces: readonly Buffer[]): Set<number> {
  const ends = new Set<number>()
  let end = 0
  for (const piece of pieces) ends.add((end += piece.length))
  return ends
}

function mismatch(step: ReplyStep, reply: Reply | string | undefined): Fault {
  if (typeof reply !== 'object' || !step.code.test(reply.code)) {
    return `expected ${step.line}, but the server ${telling(reply)}`
  }
  for (const { text, pattern, isRefusal } of step.demands) {
    if (reply.lines.some((line) => pattern.test(line)) === isRefusal) {
      return `expected "${text}", but the server ${telling(reply)}`
    }
  }
  return undefined
}

function telling(reply: Reply | string | undefined): string {
  if (reply === undefined) return 'ended the connection'
  return typeof reply === 'string' ? reply : `said ${reply.code} ${reply.lines.join(' | ')}`
}
