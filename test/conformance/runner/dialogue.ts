/**
 * Holds a conversation with a server and compares what it answers with what it must answer.
 *
 *     C: EHLO a.test\r\n          we send these octets; consecutive C lines are one burst, {FIN} ends our side
 *     S: 250                      the next reply has this code; `y` and `z` stand for any digit, `|` for "or"
 *     S:   PIPELINING             some line of that reply is this; `*` stands for anything
 *     S:   !STARTTLS              no line of that reply is this
 *     S: 250 2.1.0 *              code and demand in one
 *     S: close                    the server ends the connection, with nothing said in between
 *     S: open                     the server still listens, with nothing said in between
 *
 * Nothing here knows what the server is: `Channel` is a pair in memory, a socket to our own server, or one to anybody's.
 */
import { parseOctets, printOctets } from './notation.ts'

/** One step of a dialogue. */
export type Step =
  | { readonly type: 'send'; readonly bytes: Buffer; readonly isEnded: boolean }
  | { readonly type: 'reply'; readonly line: string; readonly code: RegExp; readonly demands: readonly string[] }
  | { readonly type: 'close' }
  | { readonly type: 'open' }

/** A reply of the server, read by the protocol's adapter. */
export interface Reply {
  /** Its three digits. */
  readonly code: string
  /** Its lines without code and line end (an HTTP response: reason, `name: value` lines, and its content). */
  readonly lines: readonly string[]
  /** How many octets it took. */
  readonly length: number
}

/** The protocol's part in a dialogue. */
export interface Speech {
  /** The first reply in what has come so far, or `undefined` where it is not whole. `requests` is all that we have sent. */
  readonly readReply: (received: Buffer, requests: Buffer) => Reply | undefined
  /** A harmless command and the code of its answer, which nothing else has: how to see that the server still listens. */
  readonly probe: { readonly send: string; readonly code: string }
}

/** A way to a server. */
export interface Channel {
  /** Sends octets as a segment of their own, as far as the channel can. A server that has hung up is no error here. */
  readonly write: (bytes: Uint8Array) => Promise<void>
  /** Ends our side. */
  readonly end: () => Promise<void>
  /** What the server says next; `undefined` where it has ended the connection. */
  readonly read: () => Promise<Uint8Array | undefined>
}

/** The steps of a dialogue. Throws on a line that it cannot read and on a dialogue without an end. */
export function parseDialogue(text: string): Step[] {
  const steps: Step[] = []
  for (const line of text.split('\n')) {
    if (line === '') continue
    const [, side, said] = /^([CS]): (.+)$/.exec(line) ?? []
    if (said === undefined) throw new Error(`neither a "C: " nor an "S: " line: ${line}`)
    const last = steps.at(-1)
    if (last?.type === 'close' || last?.type === 'open')
      throw new Error(`a line behind the end of the dialogue: ${line}`)
    if (side === 'C') steps.push(...burst(said, last, steps))
    else if (said === 'close' || said === 'open') steps.push({ type: said })
    else if (!said.startsWith('  ')) steps.push(replyStep(said))
    else if (last?.type !== 'reply') throw new Error(`a demand without a reply above it: ${line}`)
    else steps.splice(-1, 1, { ...last, demands: [...last.demands, said.trimStart()] })
  }
  const end = steps.at(-1)
  if (end?.type !== 'close' && end?.type !== 'open') throw new Error('a dialogue ends with "S: close" or "S: open"')
  return steps
}

/** All that the client says in a dialogue: what there is to cut. */
export function spoken(steps: readonly Step[]): Buffer {
  return Buffer.concat(steps.map((step) => (step.type === 'send' ? step.bytes : Buffer.alloc(0))))
}

/**
 * Holds the dialogue, with what the client says cut into these `pieces` (and at each of its turns). Answers why the server's
 * part is not as it must be, or `undefined` where it is.
 */
export async function hold(
  channel: Channel,
  speech: Speech,
  steps: readonly Step[],
  pieces: readonly Buffer[],
): Promise<string | undefined> {
  const listener = new Listener(channel, speech)
  const cuts = edges(pieces)
  let offset = 0
  const say = async (bytes: Buffer): Promise<void> => {
    listener.asked(bytes)
    let from = 0
    for (let to = 1; to <= bytes.length; to++) {
      if (to < bytes.length && !cuts.has(offset + to)) continue
      await channel.write(bytes.subarray(from, to))
      from = to
    }
    offset += bytes.length
  }
  for (const step of steps) {
    if (step.type === 'send') {
      await say(step.bytes)
      if (step.isEnded) await channel.end()
    } else if (step.type === 'reply') {
      const fault = mismatch(step, await listener.next())
      if (fault !== undefined) return fault
    } else if (step.type === 'close') {
      const more = await listener.next()
      if (more !== undefined) return `expected the end of the connection, but the server ${telling(more)}`
    } else {
      await say(Buffer.from(speech.probe.send, 'latin1'))
      const answer = await listener.next()
      if (answer === undefined || typeof answer === 'string' || answer.code !== speech.probe.code) {
        return `expected the server to listen still, but it ${telling(answer)}`
      }
    }
  }
  return undefined
}

/** The offsets at which the pieces end. */
function edges(pieces: readonly Buffer[]): Set<number> {
  const ends = new Set<number>()
  let end = 0
  for (const piece of pieces) ends.add((end += piece.length))
  return ends
}

/** Reads the server's replies off a channel. */
class Listener {
  readonly #channel: Channel
  readonly #speech: Speech
  #received: Buffer = Buffer.alloc(0)
  #asked: Buffer = Buffer.alloc(0)

  constructor(channel: Channel, speech: Speech) {
    this.#channel = channel
    this.#speech = speech
  }

  asked(bytes: Buffer): void {
    this.#asked = Buffer.concat([this.#asked, bytes])
  }

  /** The next reply; `undefined` at the end of the connection; a text where it ended in the middle of a reply. */
  async next(): Promise<Reply | string | undefined> {
    for (;;) {
      const reply = this.#speech.readReply(this.#received, this.#asked)
      if (reply !== undefined) {
        this.#received = this.#received.subarray(reply.length)
        return reply
      }
      const bytes = await this.#channel.read()
      if (bytes === undefined)
        return this.#received.length === 0 ? undefined : `ended behind ${printOctets(this.#received)}`
      this.#received = Buffer.concat([this.#received, bytes])
    }
  }
}

function burst(said: string, last: Step | undefined, steps: Step[]): Step[] {
  const isEnded = said.endsWith('{FIN}')
  const bytes = parseOctets(isEnded ? said.slice(0, -'{FIN}'.length) : said)
  if (last?.type !== 'send') return [{ type: 'send', bytes, isEnded }]
  if (last.isEnded) throw new Error('the client speaks on behind its {FIN}')
  steps.pop()
  return [{ type: 'send', bytes: Buffer.concat([last.bytes, bytes]), isEnded }]
}

function replyStep(said: string): Step {
  const [, codes, first] = /^((?:[0-9yz]{3})(?:\|[0-9yz]{3})*)(?: (.+))?$/.exec(said) ?? []
  if (codes === undefined) throw new Error(`not a reply's code: ${said}`)
  const code = new RegExp(`^(?:${codes.replaceAll(/[yz]/g, '[0-9]')})$`)
  return { type: 'reply', line: said, code, demands: first === undefined ? [] : [first] }
}

function mismatch(step: Step & { type: 'reply' }, reply: Reply | string | undefined): string | undefined {
  if (reply === undefined || typeof reply === 'string' || !step.code.test(reply.code)) {
    return `expected ${step.line}, but the server ${telling(reply)}`
  }
  for (const demand of step.demands) {
    const isRefusal = demand.startsWith('!')
    const wanted = pattern(isRefusal ? demand.slice(1) : demand)
    if (reply.lines.some((line) => wanted.test(line)) === isRefusal)
      return `expected "${demand}", but the server ${telling(reply)}`
  }
  return undefined
}

/** A pattern in the notation, but that `*` stands for anything (and `\\x2a` for a star). */
function pattern(text: string): RegExp {
  const parts = text.split('*').map((part) =>
    parseOctets(part)
      .toString('latin1')
      .replaceAll(/[$()+.?[\\\]^{|}*]/g, '\\$&'),
  )
  return new RegExp(`^${parts.join('[^]*')}$`)
}

function telling(reply: Reply | string | undefined): string {
  if (reply === undefined) return 'ended the connection'
  return typeof reply === 'string' ? reply : `said ${reply.code} ${reply.lines.join(' | ')}`
}
