/** A client's machine of SMTP without a socket: what it is told, and what it says. */
import { expect } from 'vitest'
import type { ClientEvent, Reply } from '../../src/smtp/events.ts'
import { ClientMachine } from '../../src/smtp/machine.ts'
import type { ClientMachineOptions } from '../../src/smtp/machine.ts'

/** MAIL from one who is somebody. */
export const MAIL: ClientEvent = { type: 'mail', path: { localPart: 'a', domain: 'x.test' }, parameters: {} }

/** RCPT to another. */
export const RCPT: ClientEvent = { type: 'rcpt', path: { localPart: 'b', domain: 'y.test' }, parameters: {} }

/** The end of a message behind DATA. */
export const END: ClientEvent = { type: 'endOfData' }

/** Octets of a message, one for each character. */
export const content = (text: string): ClientEvent => ({ type: 'content', bytes: Buffer.from(text, 'latin1') })

/** A client that is told replies and says things in turn. */
export class Talk {
  /** The machine. */
  readonly machine: ClientMachine
  /** What was said, as text. */
  said = ''

  constructor(options?: ClientMachineOptions) {
    this.machine = new ClientMachine(options)
  }

  /** The client of a server that was greeted and has these extensions. What was said so far is forgotten. */
  static greeted(extensions: readonly string[], options?: ClientMachineOptions, verb: 'ehlo' | 'lhlo' = 'ehlo'): Talk {
    const talk = new Talk(options)
    talk.hears('220 mx.test\r\n')
    talk.says({ type: verb, domain: 'c.test' })
    const lines = ['mx.test', ...extensions]
    talk.hears(lines.map((line, index) => `250${index < lines.length - 1 ? '-' : ' '}${line}\r\n`).join(''))
    talk.said = ''
    return talk
  }

  /** The server says this; answers with the replies that it is. */
  hears(text: string): Reply[] {
    const replies: Reply[] = []
    this.machine.receive(Buffer.from(text, 'latin1'))
    for (let event = this.machine.next(); event.type !== 'needData'; event = this.machine.next()) replies.push(event)
    return replies
  }

  /** Says these, one behind the other. */
  says(...events: readonly ClientEvent[]): this {
    for (const event of events) this.said += Buffer.concat(this.machine.send(event)).toString('latin1')
    return this
  }

  /** Expects that this cannot be said, and that nothing is said of it. */
  refuses(event: ClientEvent, code = 'SMTP_SEND_TURN'): this {
    const before = this.said
    expect(() => this.says(event)).toThrow(expect.objectContaining({ code, side: 'local' }))
    expect(this.said).toBe(before)
    return this
  }
}
