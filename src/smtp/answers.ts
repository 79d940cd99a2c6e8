/**
 * Which reply may answer what (RFC 5321 §4.3.2), and which one does where nobody has another opinion. A server may not send what
 * stands not here, and a client that receives it has lost count of the replies, or talks to something that is no SMTP server.
 *
 *     to                   yes     no
 *     the greeting         220     4yz 5yz
 *     EHLO, HELO           250     4yz 5yz
 *     DATA                 354     4yz 5yz      a 250 here has once made a client send the message to nobody
 *     QUIT                 221     4yz 5yz
 *     a refused command            4yz 5yz
 *     any other, and the
 *     end of the data      2yz     4yz 5yz
 */
import type { Command, EndOfData, Fault, Reply } from './events.ts'
import { ehloLines } from './extensions.ts'
import type { ExtensionKeyword } from './extensions.ts'
import type { Limits } from './limits.ts'
import { VERBS } from './commands.ts'
import { isRefusal, isSuccess, reply } from './reply.ts'

/** The beginning of a session, before any command: the first thing that is answered. */
export interface Greeting {
  /** The discriminant. */
  readonly type: 'greeting'
}

/** The one greeting. */
export const GREETING: Greeting = Object.freeze({ type: 'greeting' })

/** Code of the one reply that a server may send unasked: it is closing the connection (RFC 5321 §3.8). */
export const CLOSING = 421

/** What is answered. */
export type Answerable = Greeting | Command | EndOfData | Fault

/** The one code that says yes, where there is only one. */
const YES: ReadonlyMap<string, number> = new Map<Answerable['type'], number>([
  ['greeting', 220],
  ['ehlo', 250],
  ['helo', 250],
  ['data', 354],
  ['quit', 221],
])

/** Whether a reply may answer this. */
export function mayAnswer(to: Answerable, answer: Reply): boolean {
  if (isRefusal(answer)) return true
  const yes = YES.get(to.type)
  return yes === undefined ? isSuccess(answer) && to.type !== 'fault' : answer.code === yes
}

/** What a server needs to know of itself to answer. */
export interface Self {
  /** Its name. */
  readonly hostname: string
  /** The extensions that it offers. */
  readonly offered: ReadonlySet<ExtensionKeyword>
  /** How much it takes. */
  readonly limits: Limits
}

const SENDER_OK = reply(250, '2.1.0', 'Sender OK')
const RECIPIENT_OK = reply(250, '2.1.5', 'Recipient OK')
const GO_AHEAD = reply(354, undefined, 'End data with <CR><LF>.<CR><LF>')
const MESSAGE_OK = reply(250, '2.0.0', 'Message accepted')
const RESET = reply(250, '2.0.0', 'Reset')
const NOOP_OK = reply(250, '2.0.0', 'OK')
const CANNOT_VERIFY = reply(252, '2.0.0', 'Cannot verify a user, but will take the message and attempt delivery')
const COMMANDS = reply(214, '2.0.0', `Commands: ${VERBS.join(' ')}`)

/** The reply that says yes, or that refuses what the machine refuses; its text says what it answers (RFC 2920 §3.2 (10)). */
export function defaultAnswer(to: Answerable, self: Self): Reply {
  switch (to.type) {
    case 'greeting':
      return reply(220, undefined, `${self.hostname} ESMTP`)
    case 'ehlo':
      return reply(250, undefined, self.hostname, ...ehloLines(self.offered, self.limits))
    case 'helo':
      return reply(250, undefined, self.hostname)
    case 'mail':
      return SENDER_OK
    case 'rcpt':
      return RECIPIENT_OK
    case 'data':
      return GO_AHEAD
    case 'endOfData':
      return MESSAGE_OK
    case 'rset':
      return RESET
    case 'noop':
      return NOOP_OK
    // Without a directory the answer is neither yes nor no (RFC 5321 §7.3).
    case 'vrfy':
      return CANNOT_VERIFY
    case 'help':
      return COMMANDS
    case 'quit':
      return reply(221, '2.0.0', `${self.hostname} closing connection`)
    case 'fault':
      return to.reply
  }
}
