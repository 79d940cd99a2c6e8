/**
 * A client's dialogue: commands are asked, and each gets its own reply, whatever else is outstanding. One loop reads the control
 * connection for as long as something is outstanding, and gives each reply to whom it belongs; which that is, the machine knows.
 *
 *     const reply = await dialogue.ask({ type: 'command', verb: 'PWD', argument: undefined }).final
 *
 * A refusal (4yz, 5yz) is a reply like any other here; `expect` makes an `FtpReplyError` of it.
 */
import { ClosedError } from '../net/errors.ts'
import type { ControlConnection } from './connection.ts'
import { FtpReplyError } from './reply.ts'
import type { ClientIn, ClientOut, Command, OtherCommand, Reply } from './events.ts'
import type { ClientMachine } from './machine.ts'
import { classOf, isNegative } from './reply.ts'
import { refusalOf } from './telnet.ts'

/** A command that was sent. Neither promise needs to be waited for: a rejection that nobody hears is no unhandled one. */
export interface Asked {
  /** The 1yz, or the final reply where none comes before it. */
  readonly first: Promise<Reply>
  /** The final reply; `undefined` where the server has left it out (a transfer and its ABOR may share one). */
  readonly final: Promise<Reply | undefined>
}

/** A command that waits for its reply, and whom to tell. */
interface Waiting {
  /** As in `Reply.to`: two of one verb are told apart by their order. */
  readonly verb: string
  readonly onFirst: (reply: Reply) => void
  readonly onFinal: (reply: Reply | undefined) => void
  readonly onLost: (error: Error) => void
}

/** Asks, and hears the replies. */
export class Dialogue {
  readonly #control: ControlConnection<ClientIn, ClientOut>
  readonly #machine: ClientMachine
  /** In the order in which they were sent. */
  #waiting: Waiting[] = []
  /** `listening` while anybody waits; `over` for good. */
  #life: 'idle' | 'listening' | 'over' = 'idle'
  /** Why it is over. */
  #reason: Error = new ClosedError()

  constructor(control: ControlConnection<ClientIn, ClientOut>, machine: ClientMachine) {
    this.#control = control
    this.#machine = machine
  }

  /** Whether anything more can be asked. */
  get isOver(): boolean {
    return this.#life === 'over'
  }

  /** Why nothing more can be asked. */
  get reason(): Error {
    return this.#reason
  }

  /** Commands that wait for their final replies. */
  get outstanding(): readonly string[] {
    return this.#machine.outstanding
  }

  /** The server's first words. Rejects with `FtpReplyError` where they send us away. */
  async greeting(): Promise<Reply> {
    const asked = this.#expectReply('greeting')
    return accepted(await asked.final)
  }

  /** Sends a command. Throws an `FtpError` with side `local`, and sends nothing, where it cannot be written or not be sent now. */
  ask(command: Command | OtherCommand): Asked {
    if (this.#life === 'idle') this.#catchUp()
    if (this.#life === 'over') throw this.#reason
    const sent = this.#control.send(command)
    const asked = this.#expectReply(command.verb)
    sent.catch((error: unknown) => this.#end(error as Error))
    return asked
  }

  /** Announces an ABOR, as RFC 959 §4.1.3 wants it. */
  interrupt(): void {
    this.#control.send({ type: 'interrupt' }).catch((error: unknown) => this.#end(error as Error))
  }

  /** Asks, and rejects with `FtpReplyError` where the answer is a refusal. */
  async expect(command: Command | OtherCommand): Promise<Reply> {
    return accepted(await this.ask(command).final)
  }

  /** From here on nothing is asked or heard; whoever waits is told `reason`. */
  close(reason: Error = new ClosedError()): void {
    this.#end(reason)
  }

  /**
   * Hears what was said since somebody last waited: a farewell, or a reply too many, which would otherwise be taken for the answer to
   * what is asked next.
   */
  #catchUp(): void {
    try {
      for (let event = this.#control.poll(); event !== undefined; event = this.#control.poll()) {
        this.#hear(event)
        // What still comes of an ABOR is no harm.
        if (event.type === 'reply' && event.to !== 'ABOR') this.#end(new FtpReplyError(event))
      }
    } catch (error) {
      this.#end(error as Error)
    }
  }

  /** A place in the queue of those who wait, and both its promises. */
  #expectReply(verb: string): Asked {
    let waiting: Waiting = { verb, onFirst: () => {}, onFinal: () => {}, onLost: () => {} }
    const first = new Promise<Reply>((resolve, reject) => {
      waiting = { ...waiting, onFirst: resolve, onLost: reject }
    })
    const { onLost } = waiting
    const final = new Promise<Reply | undefined>((resolve, reject) => {
      const lose = (error: Error): void => {
        onLost(error)
        reject(error)
      }
      waiting = { ...waiting, onFinal: resolve, onLost: lose }
    })
    // Whoever asks may wait for one of the two alone; what the other would say is the same.
    first.catch(() => {})
    final.catch(() => {})
    this.#waiting.push(waiting)
    if (this.#life === 'idle') void this.#listen()
    return { first, final }
  }

  /** Reads for as long as anybody waits. Never rejects: whoever waits does. */
  async #listen(): Promise<void> {
    this.#life = 'listening'
    try {
      while (this.#waiting.length > 0) this.#hear(await this.#control.next())
    } catch (error) {
      return this.#end(error as Error)
    }
    // `close` may have come meanwhile, and the server may have said that this was all.
    if (this.#machine.state === 'closing') this.#end(new ClosedError('The server has ended the dialogue'))
    else if (this.#life === 'listening') this.#life = 'idle'
  }

  /** Gives one event to whom it belongs. Throws at the end of the dialogue. */
  #hear(event: ClientIn): void {
    if (event.type === 'end') throw new ClosedError('The server has ended the dialogue')
    if (event.type === 'telnet') {
      const refusal = refusalOf(event)
      // Where it cannot be sent, the connection is lost, and reading tells that to everybody who waits.
      if (refusal !== undefined) this.#control.send(refusal).catch(() => {})
    }
    if (event.type !== 'reply') return
    const index = this.#waiting.findIndex(({ verb }) => verb === event.to)
    const waiting = this.#waiting[index]
    // A 421 that answers nothing: the end comes behind it. Or one more reply to an ABOR.
    if (waiting === undefined) return
    waiting.onFirst(event)
    if (classOf(event.code) === 'preliminary') return
    this.#waiting.splice(index, 1)
    waiting.onFinal(event)
    this.#dropForgotten()
  }

  /** Whoever the machine no longer expects a reply for gets none. */
  #dropForgotten(): void {
    const expected = [...this.#machine.outstanding]
    this.#waiting = this.#waiting.filter((waiting) => {
      const index = expected.indexOf(waiting.verb)
      if (index === -1) waiting.onFinal(undefined)
      else expected.splice(index, 1)
      return index !== -1
    })
  }

  /** Tells everybody who waits, and whoever asks later, why. The first reason counts. */
  #end(reason: Error): void {
    if (this.#life === 'over') return
    this.#life = 'over'
    this.#reason = reason
    for (const waiting of this.#waiting) waiting.onLost(reason)
    this.#waiting = []
  }
}

/** A reply that does not refuse. */
export function accepted(reply: Reply | undefined): Reply {
  if (reply === undefined) throw new ClosedError('The server did not answer')
  if (isNegative(reply)) throw new FtpReplyError(reply)
  return reply
}
