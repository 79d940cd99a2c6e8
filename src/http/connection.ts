/**
 * One machine on one socket: the pump that both roles share. Octets go from the socket to the machine when somebody waits for an
 * event; what is sent is gathered and goes to the socket in one piece before anybody waits. Whose turn it is, deadlines and
 * manners are for `server-connection.ts` and `client-connection.ts`.
 *
 *     socket --take/read--> machine --next()--> event
 *     socket <----push----- gathered <-send()-- event
 */
import { areLent, giveBack, lend } from '../net/lent.ts'
import type { Machine, NeedData, Unit } from '../net/machine.ts'
import type { Reader, Socket } from '../net/socket.ts'
import { atTurnEnd } from '../net/turn-end.ts'
import type { Due } from '../net/turn-end.ts'
import { octetsOf } from './last-answer.ts'

/** Up to here what was gathered is copied into one slice: one write is cheaper than a vector of small ones. */
const FLAT_BYTES = 16_384
/** What is gathered goes out at the latest when it is this much. */
const GATHERED_BYTES = 65_536

const ROOM: Promise<void> = Promise.resolve()

/** Told of what crosses the wire; see `trace.ts`. */
export interface Tracer<In extends Unit, Out extends Unit> {
  /** An event of the peer. */
  received(event: In): void
  /** An event of ours, and what was written for it. */
  sent(event: Out, slices: readonly Uint8Array[]): void
}

/** Who waits for octets without a promise: one of the two is called, once. Neither may throw. */
export interface Receiver {
  /** The machine has octets, or the peer's end. */
  received(): void
  /** There are none: what `Connection.receive` would reject with. */
  notReceived(error: Error): void
}

/** A machine on a socket. */
export class Connection<In extends Unit, Out extends Unit> implements Reader, Due {
  /** What it runs on. */
  readonly socket: Socket
  readonly #machine: Machine<In, Out>
  readonly #tracer: Tracer<In, Out> | undefined
  #gathered: Uint8Array[] = []
  /** Behind what is gathered as octets: text of which each character is one. */
  #text = ''
  #gatheredBytes = 0
  /** @internal As `Due` has it: whether what is gathered leaves by itself when the turn ends. */
  standing: Due['standing'] = 'free'
  #hasRoom = true
  /** A read that was begun before anybody needed it, to learn of the peer's end. */
  #ahead: Promise<Buffer | undefined> | undefined
  #isEnded = false
  #receiver: Receiver | undefined

  constructor(socket: Socket, machine: Machine<In, Out>, tracer?: Tracer<In, Out>) {
    this.socket = socket
    this.#machine = machine
    this.#tracer = tracer
  }

  /** Whether the peer has ended its side. */
  get isEnded(): boolean {
    return this.#isEnded
  }

  /** Whether what was sent has to leave before more should be sent. */
  get isFull(): boolean {
    return !this.#hasRoom
  }

  /** The machine's next event. */
  next(): In | NeedData {
    const event = this.#machine.next()
    if (this.#tracer !== undefined && event.type !== 'needData') this.#tracer.received(event as In)
    return event
  }

  /** Gives the machine what has arrived already; `false` where there is nothing. */
  receiveNow(): boolean {
    const bytes = this.#ahead === undefined ? this.socket.take() : undefined
    if (bytes === undefined) return false
    this.#machine.receive(bytes)
    return true
  }

  /** Waits for octets, or for the peer's end, and gives them to the machine. Rejects as `Socket.read` does. */
  async receive(): Promise<void> {
    if (this.#isEnded) this.flush()
    else this.accept(await this.arrival())
  }

  /** The same in two: what comes next, which is to be given to `accept`. Whoever awaits it himself is spared a promise. */
  arrival(): Promise<Buffer | undefined> {
    this.flush()
    const reading = this.#ahead ?? this.socket.read()
    this.#ahead = undefined
    return reading
  }

  /** Gives the machine what `arrival` has brought. */
  accept(bytes: Buffer | undefined): void {
    if (bytes !== undefined) return this.#machine.receive(bytes)
    this.#isEnded = true
    this.#machine.receiveEnd()
  }

  /** The same without a promise: `receiver` is told in the turn in which octets come. What was gathered leaves at the end of this one. */
  receiveFor(receiver: Receiver): void {
    this.flushAtTurnEnd()
    if (this.#isEnded) return receiver.received()
    this.#receiver = receiver
    this.socket.readFor(this)
  }

  /** @internal As `Reader` has it. */
  fulfil(bytes: Buffer | undefined): void {
    this.accept(bytes)
    this.#receiver?.received()
  }

  /** @internal As `Reader` has it. */
  fail(error: Error): void {
    this.#receiver?.notReceived(error)
  }

  /**
   * Reads one piece ahead, so that the peer's end does not go unnoticed while nobody asks for octets; `onEnd` is told of it, with the
   * error if it was one, and `onOctets` that something came. What came is kept for `receive`.
   */
  watch(onEnd: (reason: unknown) => void, onOctets?: () => void): void {
    if (this.#ahead !== undefined || this.#isEnded) return
    this.#ahead = this.socket.read()
    this.#ahead.then((bytes) => (bytes === undefined ? onEnd(undefined) : onOctets?.()), onEnd)
  }

  /** Sends an event; its octets are gathered. Throws where the machine does not allow it. */
  send(event: Out): void {
    const slices = this.#machine.send(event)
    this.#tracer?.sent(event, slices)
    this.sendText('', slices)
  }

  /** Sends text of which each character is an octet, and slices behind it, all of which the machine has allowed; they are gathered. */
  sendText(text: string, slices: readonly Uint8Array[]): void {
    this.#text += text
    this.#gatheredBytes += text.length
    for (const slice of slices) {
      this.#endText()
      this.#gathered.push(slice)
      this.#gatheredBytes += slice.length
    }
    if (this.#gatheredBytes >= GATHERED_BYTES) this.flush()
  }

  /** Lets go of what was gathered. */
  flush(): void {
    if (this.#gatheredBytes === 0) return
    this.#endText()
    const slices = this.#gatheredBytes <= FLAT_BYTES ? [flat(this.#gathered, this.#gatheredBytes)] : this.#gathered
    this.#gathered = []
    this.#gatheredBytes = 0
    this.#hasRoom = this.socket.push(slices)
    if (areLent(slices)) this.#giveBackWhenFlushed(slices)
  }

  /** Where the socket fails, nobody knows who still reads them. */
  #giveBackWhenFlushed(slices: readonly Uint8Array[]): void {
    this.socket.flushed().then(
      () => giveBack(slices),
      () => {},
    )
  }

  /** The same when all that has arrived in this turn is answered, on whatever connection (`turn-end.ts`). */
  flushAtTurnEnd(): void {
    if (this.#gatheredBytes > 0) atTurnEnd(this)
  }

  /** @internal As `Due` has it. */
  turnEnds(): void {
    this.flush()
  }

  /** Turns the text to octets: once for all answers to pipelined requests, because each time costs as much as such an answer. */
  #endText(): void {
    if (this.#text === '') return
    this.#gathered.push(octetsOf(this.#text))
    this.#text = ''
  }

  /** Lets go, and resolves when there is room for more. Rejects as `Socket.drained` does. */
  drained(): Promise<void> {
    this.flush()
    if (this.#hasRoom) return ROOM
    return this.socket.drained().then(() => {
      this.#hasRoom = true
    })
  }
}

function flat(slices: readonly Uint8Array[], octets: number): Uint8Array {
  if (slices.length === 1) return slices[0] as Uint8Array
  const whole = lend(octets)
  let at = 0
  for (const slice of slices) {
    whole.set(slice, at)
    at += slice.length
  }
  giveBack(slices)
  return whole
}
