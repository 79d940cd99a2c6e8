/**
 * A protocol made for testing the tests: a line that announces content, the content, an answer. Small as it is, it has all that the
 * laws speak of, and each law can be broken on purpose to see that it notices.
 *
 *     S: HELLO            C: SAY 5            C: hello            S: OK            C: BYE            S: BYE
 */
import { parseDecimal } from '../../../src/net/ascii.ts'
import { ByteQueue } from '../../../src/net/bytes.ts'
import { LimitError, ProtocolError } from '../../../src/net/errors.ts'
import { LineReader, type Line, type LineFault } from '../../../src/net/lines.ts'
import { NEED_RECEIVE, NEED_SEND, type Machine, type NeedData } from '../../../src/net/machine.ts'
import { transition, type Table } from '../../../src/net/table.ts'

export type Asked =
  | { readonly type: 'say'; readonly size: number }
  | { readonly type: 'text'; readonly bytes: Uint8Array }
  | { readonly type: 'end' }
  | { readonly type: 'bye' }
export type Answered = { readonly type: 'hello' } | { readonly type: 'ok' } | { readonly type: 'bye' }

type State = 'greeting' | 'ready' | 'text' | 'owing' | 'parting' | 'closed'

export const TOY: Table<State, string> = {
  greeting: { hello: 'ready' },
  ready: { say: 'text', bye: 'parting' },
  text: { text: 'text', end: 'owing' },
  owing: { ok: 'ready' },
  parting: { goodbye: 'closed' },
  closed: {},
}

/** Ways to break the server, one for each law that it can break alone. */
export type Bug = 'cuts' | 'foreign' | 'eats' | 'hoards' | 'rescans' | 'undead' | 'garbles' | 'sulks'

export const MAX_LINE_BYTES = 64
const ROW = { text: 'Not the toy protocol', rfc: 'TOY §1', hint: 500 }

/** What both ends have in common: the queue, the lines, the state and the death. */
abstract class Toy {
  state: State = 'greeting'
  readonly queue: ByteQueue = new ByteQueue()
  readonly lines: LineReader
  readonly bug: Bug | undefined
  death: ProtocolError | undefined
  looks = 0

  constructor(bug?: Bug) {
    this.bug = bug
    const maxLineBytes = bug === 'hoards' ? 1_000_000 : MAX_LINE_BYTES
    this.lines = new LineReader(this.queue, { maxLineBytes, bareLf: 'refuse', bareCr: 'refuse' })
  }

  get bufferedBytes(): number {
    return this.queue.length
  }

  get work(): number {
    return this.queue.work + this.looks
  }

  receive(bytes: Uint8Array): void {
    this.queue.push(bytes)
    if (this.bug === 'rescans') this.looks += this.queue.length
    if (this.bug === 'cuts' && bytes.at(-1) === 0x0d) this.queue.push(Buffer.of(0x0a))
  }

  receiveEnd(): void {
    if (this.lines.isMidLine) this.die('TOY_CUT', this.queue.offset)
  }

  takeLeftover(): Uint8Array {
    return this.state === 'closed' ? this.queue.takeAll() : Buffer.alloc(0)
  }

  move(event: string): void {
    const next = transition(TOY, this.state, event)
    if (next === undefined) throw new ProtocolError('TOY_STATE', ROW, { side: 'local', detail: event })
    this.state = next
  }

  die(code: string, offset: number): ProtocolError {
    this.death =
      code === 'TOY_LONG'
        ? new LimitError(code, ROW, 'maxLineBytes', MAX_LINE_BYTES, { offset })
        : new ProtocolError(code, ROW, { offset })
    return this.death
  }

  /** The words of the next line; `undefined` where it is not whole. */
  words(): { words: string[]; offset: number } | undefined {
    if (this.death !== undefined && this.bug !== 'undead') throw this.death
    const line: Line | LineFault | undefined = this.lines.next()
    if (line === undefined) return undefined
    if (line.type === 'fault') throw this.die(line.fault === 'tooLong' ? 'TOY_LONG' : 'TOY_LINE', line.offset)
    return { words: line.bytes.toString('latin1').split(' '), offset: line.offset }
  }
}

/** The end that is asked. */
export class ToyServer extends Toy implements Machine<Asked, Answered> {
  #left = 0

  next(): Asked | NeedData {
    if (this.death !== undefined && this.bug !== 'undead') throw this.death
    if (this.state === 'closed') return NEED_RECEIVE
    if (this.state === 'text') return this.#text()
    if (this.state !== 'ready') return NEED_SEND
    const line = this.words()
    if (line === undefined) return NEED_RECEIVE
    const [verb, size = ''] = line.words
    if (verb === 'BYE' && line.words.length === 1) {
      this.move('bye')
      if (this.bug === 'eats') this.queue.skip(Math.min(1, this.queue.length))
      return { type: 'bye' }
    }
    const octets = parseDecimal(size, 1_000_000)
    if (this.bug === 'foreign' && size === '') throw new TypeError('size is empty')
    if (verb !== 'SAY' || octets === undefined || line.words.length !== 2) throw this.die('TOY_VERB', line.offset)
    this.move('say')
    this.#left = octets
    return { type: 'say', size: octets }
  }

  send(event: Answered): readonly Uint8Array[] {
    this.move(event.type === 'bye' ? 'goodbye' : event.type)
    if (this.bug === 'sulks' && event.type === 'ok') return []
    return [Buffer.from(`${event.type.toUpperCase()}\r\n`)]
  }

  #text(): Asked | NeedData {
    if (this.#left === 0) {
      this.move('end')
      return { type: 'end' }
    }
    if (this.queue.length === 0) return NEED_RECEIVE
    const bytes = this.queue.takeSome(this.#left)
    this.#left -= bytes.length
    this.looks += 1
    return { type: 'text', bytes: this.bug === 'garbles' ? bytes.map((octet) => octet & 0x7f) : bytes }
  }
}

/** The end that asks. */
export class ToyClient extends Toy implements Machine<Answered, Asked> {
  next(): Answered | NeedData {
    if (this.death !== undefined) throw this.death
    if (this.state === 'ready' || this.state === 'text') return this.queue.length === 0 ? NEED_SEND : this.#refuse()
    if (this.state === 'closed') return NEED_RECEIVE
    const line = this.words()
    if (line === undefined) return NEED_RECEIVE
    const answer = line.words.join(' ')
    const wanted = { greeting: 'HELLO', owing: 'OK', parting: 'BYE' }[this.state]
    if (answer !== wanted) throw this.die('TOY_ANSWER', line.offset)
    this.move(this.state === 'parting' ? 'goodbye' : answer.toLowerCase())
    return { type: answer.toLowerCase() as Answered['type'] }
  }

  send(event: Asked): readonly Uint8Array[] {
    this.move(event.type)
    if (event.type === 'say') return [Buffer.from(`SAY ${event.size}\r\n`)]
    if (event.type === 'text') return [event.bytes]
    return event.type === 'bye' ? [Buffer.from('BYE\r\n')] : []
  }

  #refuse(): never {
    throw this.die('TOY_UNASKED', this.queue.offset)
  }
}
