/**
 * A wire that is not there: a client's and a server's machine, joined by two queues of octets that are cut and delayed at random.
 * On each side a small program speaks: it sends its script as the machine allows, and answers events, sooner or later.
 *
 *     client program ─ client machine ── → queue → ──  server machine ─ server program
 *                                     ── ← queue ← ──
 *
 * A side that waits for its own program is not given more to read, as a connection under backpressure would not read. When nothing
 * can move any more the talk is over; whether that was the end or a deadlock is for the test to say (law 9).
 */
import type { Machine, NeedData, Unit } from '../../src/net/machine.ts'
import { isNeedData, joinContent, MAX_EVENTS_OF_A_PIECE, sendAllowed, type Role, type Telling } from './drive.ts'

/** One side of the talk. */
export interface Side {
  /** The machine, how its events are told, and what is answered to them. */
  readonly role: Role
  /** What the program wants to say unasked, in this order, each as soon as the machine allows it. */
  readonly script: readonly Unit[]
}

/** How a side ended. */
export interface Ending {
  /** What it heard, content joined. */
  readonly heard: readonly Telling[]
  /** What its program still wanted to say: nothing, if all went well. */
  readonly unsaid: readonly Unit[]
  /** The state of its machine. */
  readonly state: string
  /** What its machine waits for. */
  readonly until: NeedData['until']
  /** Octets on their way to it that it did not take. */
  readonly undelivered: number
}

/** How a talk ended. */
export interface Talk {
  /** The client's side. */
  readonly client: Ending
  /** The server's side. */
  readonly server: Ending
}

/** More moves than any talk of the tests needs: a talk that goes on for ever is a failure too. */
const MAX_MOVES = 100_000

/** Lets two sides talk until nothing moves. `random` gives numbers in [0, 1): it decides who moves, and how far. */
export function talk(client: Side, server: Side, random: () => number): Talk {
  const left = new End(client)
  const right = new End(server)
  left.peer = right
  right.peer = left
  for (const end of [left, right]) end.begin()
  for (let move = 0; ; move++) {
    if (move > MAX_MOVES) throw new Error(`still talking after ${MAX_MOVES} moves`)
    const moves = [...left.moves(random), ...right.moves(random)]
    const chosen = moves[Math.floor(random() * moves.length)]
    if (chosen === undefined) return { client: left.ending(), server: right.ending() }
    chosen()
  }
}

class End {
  peer: End | undefined
  readonly #role: Role
  readonly #machine: Machine<Unit, Unit>
  readonly #script: Unit[]
  /** Answers that the program has not got round to. */
  readonly #due: Unit[] = []
  readonly #heard: Telling[] = []
  #arriving: Buffer = Buffer.alloc(0)
  #until: NeedData['until'] = 'receive'

  constructor(side: Side) {
    this.#role = side.role
    this.#machine = side.role.create()
    this.#script = [...side.script]
  }

  begin(): void {
    this.#pump()
  }

  /** What could happen next on this side. */
  moves(random: () => number): (() => void)[] {
    const moves: (() => void)[] = []
    const due = this.#due[0]
    if (due !== undefined) moves.push(() => this.#answer(due))
    if (this.#arriving.length > 0 && this.#until === 'receive') {
      moves.push(() => this.#deliver(1 + Math.floor(random() ** 3 * this.#arriving.length)))
    }
    return moves
  }

  ending(): Ending {
    const unsaid = [...this.#script, ...this.#due]
    const heard = joinContent(this.#heard)
    return { heard, unsaid, state: this.#machine.state, until: this.#until, undelivered: this.#arriving.length }
  }

  #answer(due: Unit): void {
    this.#due.shift()
    this.#write(this.#machine.send(due))
    this.#pump()
  }

  #deliver(count: number): void {
    const piece = Buffer.from(this.#arriving.subarray(0, count))
    this.#arriving = this.#arriving.subarray(count)
    this.#machine.receive(piece)
    this.#pump()
  }

  #pump(): void {
    this.#write(sendAllowed(this.#machine, this.#script))
    for (let count = 0; ; count++) {
      const event = this.#machine.next()
      if (isNeedData(event)) {
        this.#until = event.until
        return
      }
      if (count > MAX_EVENTS_OF_A_PIECE) throw new Error(`the machine says ${event.type} for ever`)
      const telling = this.#role.tell(event)
      this.#heard.push(telling.content === undefined ? telling : { ...telling, content: Buffer.from(telling.content) })
      this.#due.push(...this.#role.answer(event, this.#machine))
      this.#write(sendAllowed(this.#machine, this.#script))
    }
  }

  #write(slices: readonly Uint8Array[]): void {
    if (slices.length > 0 && this.peer !== undefined)
      this.peer.#arriving = Buffer.concat([this.peer.#arriving, ...slices])
  }
}
