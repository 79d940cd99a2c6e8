/**
 * A server's machine with somebody who answers: what it would say by itself, unless the test has another opinion. All that was said
 * is kept, so that a test can compare dialogues as lists of codes.
 */
import { ProtocolError } from '../../src/net/errors.ts'
import type { Reply, ServerEvent } from '../../src/smtp/events.ts'
import { ServerMachine } from '../../src/smtp/machine.ts'
import type { ServerMachineOptions } from '../../src/smtp/machine.ts'
import { refusalFor } from '../../src/smtp/reply.ts'
import type { SmtpErrorCode } from '../../src/smtp/errors.ts'

/** What a test answers to an event; `undefined` for what the machine would. */
export type Opinion = (event: ServerEvent) => Reply | undefined

/** A server without a socket. */
export class MachineServer {
  /** The machine. */
  readonly machine: ServerMachine
  /** Each reply that was sent, by code. */
  readonly codes: number[] = []
  /** All that was written. */
  readonly output: Uint8Array[] = []
  /** All that the machine told but content. */
  readonly events: ServerEvent[] = []
  /** The content of each message, as far as it was told; the last may be on its way. */
  readonly messages: Buffer[] = []
  /** The error that ended it. */
  error: ProtocolError | undefined
  readonly #opinion: Opinion
  #parts: Uint8Array[] = []

  constructor(options: Partial<ServerMachineOptions> = {}, opinion: Opinion = () => undefined) {
    this.machine = new ServerMachine({ hostname: 'mx.example.test', ...options })
    this.#opinion = opinion
    this.#say(this.machine.defaultReply as Reply)
  }

  /** Receives pieces, and answers all that can be answered after each. */
  feed(...pieces: readonly (Uint8Array | string)[]): this {
    for (const piece of pieces) {
      if (this.error !== undefined || this.machine.state === 'closed') break
      this.machine.receive(typeof piece === 'string' ? Buffer.from(piece, 'latin1') : piece)
      this.#pump()
    }
    return this
  }

  /** The client ends its side. */
  end(): this {
    this.machine.receiveEnd()
    this.#pump()
    return this
  }

  /** All that was written, as text. */
  get text(): string {
    return Buffer.concat(this.output).toString('latin1')
  }

  #pump(): void {
    try {
      for (let event = this.machine.next(); event.type !== 'needData'; event = this.machine.next()) this.#hear(event)
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error
      this.error = error
      if (error.hint !== undefined) this.codes.push(refusalFor(error.code as SmtpErrorCode).code)
    }
  }

  #hear(event: ServerEvent): void {
    if (event.type === 'content') {
      this.#parts.push(Buffer.from(event.bytes))
      return
    }
    this.events.push(event)
    const reply = this.#opinion(event) ?? this.machine.defaultReply
    const isContent = this.machine.state === 'content' || this.machine.state === 'chunk'
    if (isContent && reply !== undefined && event.type !== 'endOfChunk') {
      this.messages.push(Buffer.concat(this.#parts))
      this.#parts = []
    }
    if (reply === undefined) return
    for (let owed = this.machine.repliesOwed; owed > 0; owed--) this.#say(reply)
  }

  #say(reply: Reply): void {
    this.output.push(...this.machine.send(reply))
    this.codes.push(reply.code)
  }
}
