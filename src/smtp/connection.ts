/**
 * One machine on one socket: the pump that both roles share. Octets go from the socket to the machine when somebody waits for an event;
 * what is sent is gathered, and leaves in one piece before anybody waits or when it must not be held back (RFC 2920 §3.2).
 *
 *     socket --take/read--> machine --poll()--> event
 *     socket <----push----- gathered <-send()-- event
 *
 * Whose turn it is, deadlines and manners are for `server-connection.ts` and `client.ts`.
 */
import type { Machine, NeedData, Unit } from '../net/machine.ts'
import type { Reader, Socket } from '../net/socket.ts'
import { answerInTurn, atTurnEnd } from '../net/turn-end.ts'
import type { Answering, Due } from '../net/turn-end.ts'

/** Up to here what was gathered is copied into one slice: one write is cheaper than a vector of small ones. */
const FLAT_BYTES = 16_384
/** More than this does not wait for the end of a turn: a client that says a thousand things at once would make us hold a thousand replies. */
const TURN_BYTES = 8_192

/** What is longer is content, and read at once: until it is, nothing more comes. */
const IN_TURN_BYTES = 8_192

/** One promise for all that has arrived already. */
const DONE: Promise<void> = Promise.resolve()

/** Told of what is sent, to write it down. */
export type SentListener<Out extends Unit> = (event: Out, slices: readonly Uint8Array[]) => void

/** Who waits for octets without a promise: one of the two is called, once. Neither may throw. */
export interface Receiver {
  /** The machine has octets, or the peer's end. */
  received(): void
  /** There are none: what `Connection.fill` would reject with. */
  notReceived(error: Error): void
}

/** A machine on a socket. */
export class Connection<In extends Unit, Out extends Unit> implements Reader, Answering, Due {
  readonly #socket: Socket
  readonly #machine: Machine<In, Out>
  readonly #onSent: SentListener<Out> | undefined
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0
  /** Whether the socket holds as much as it should: then nothing is read before some of it has left. */
  #outlet: 'clear' | 'full' = 'clear'
  /** @internal As `Due` has it: whether what was gathered leaves at the end of the turn. */
  standing: Due['standing'] = 'free'
  /** Who waits for octets. */
  #receiver: Receiver | undefined

  constructor(socket: Socket, machine: Machine<In, Out>, onSent?: SentListener<Out>) {
    this.#socket = socket
    this.#machine = machine
    this.#onSent = onSent
  }

  /** The machine's next event, or what it waits for. */
  poll(): In | NeedData {
    return this.#machine.next()
  }

  /** Gives the machine what has arrived already; `false` where nothing has. */
  takeArrived(): boolean {
    const bytes = this.#socket.take()
    if (bytes !== undefined) this.#machine.receive(bytes)
    return bytes !== undefined
  }

  /**
   * Lets go of what was gathered, waits until the peer has taken enough of it, then waits for more octets or for the peer's end. A
   * peer that does not read is not read either. Rejects as `Socket.read` and `Socket.drained` do.
   */
  fill(): Promise<void> {
    this.flush()
    return this.#outlet === 'full' ? this.drained().then(this.#read) : this.#read()
  }

  readonly #read = (): Promise<void> => (this.takeArrived() ? DONE : this.#socket.read().then(this.#receive))

  /** One function for the connection's whole life, as each reply is waited for here. */
  readonly #receive = (bytes: Buffer | undefined): void => {
    if (bytes === undefined) this.#machine.receiveEnd()
    else this.#machine.receive(bytes)
  }

  /**
   * Gives the machine what has arrived already; `false` where nothing has, or the peer has to take something first. What was gathered leaves
   * at the end of the turn.
   */
  fillNow(): boolean {
    this.flushAtTurnEnd()
    return this.#outlet === 'clear' && this.takeArrived()
  }

  /** The same for octets that have to come: `receiver` is told in the turn in which they do, in a row with those of other connections (`turn-end.ts`). */
  fillFor(receiver: Receiver): void {
    this.#receiver = receiver
    this.flushAtTurnEnd()
    if (this.#outlet === 'clear') return this.#socket.readFor(this)
    this.drained().then(
      () => this.#socket.readFor(this),
      (error: unknown) => this.fail(error as Error),
    )
  }

  /** @internal As `Reader` has it. */
  fulfil(bytes: Buffer | undefined): void {
    this.#receive(bytes)
    if (bytes === undefined || bytes.length > IN_TURN_BYTES) this.answers()
    else answerInTurn(this)
  }

  /** @internal As `Answering` has it. */
  answers(): void {
    this.#receiver?.received()
  }

  /** @internal As `Reader` has it. */
  fail(error: Error): void {
    this.#receiver?.notReceived(error)
  }

  /** Sends an event; its octets are gathered. Throws where the machine does not allow it. */
  send(event: Out): void {
    this.sendAnyway(event, this.#machine.send(event))
  }

  /** The same for octets that the machine has not written, because it is dead: the last words of a connection. */
  sendAnyway(event: Out, slices: readonly Uint8Array[]): void {
    this.#onSent?.(event, slices)
    // One reply is mostly all that leaves in a turn: an array that is pushed to has room for sixteen more.
    if (this.#gathered.length === 0) this.#gathered = slices.slice()
    else this.#gathered.push(...slices)
    for (const { length } of slices) this.#gatheredBytes += length
  }

  /** Lets go of what was gathered, and does not wait. */
  flush(): void {
    if (this.#gathered.length === 0) return
    const gathered = this.#gathered
    const isFlat = gathered.length === 1 || this.#gatheredBytes > FLAT_BYTES
    const slices = isFlat ? gathered : [Buffer.concat(gathered)]
    this.#gathered = []
    this.#gatheredBytes = 0
    if (!this.#socket.push(slices)) this.#outlet = 'full'
  }

  /** The same when all that has arrived in this turn is read, on whatever connection (`turn-end.ts`). */
  flushAtTurnEnd(): void {
    if (this.#gatheredBytes > TURN_BYTES) this.flush()
    else if (this.#gatheredBytes > 0) atTurnEnd(this)
  }

  /** @internal As `Due` has it. */
  turnEnds(): void {
    this.flush()
  }

  /** Lets go, and resolves when there is room for more. */
  async drained(): Promise<void> {
    this.flush()
    if (this.#outlet === 'clear') return
    await this.#socket.drained()
    this.#outlet = 'clear'
  }
}
