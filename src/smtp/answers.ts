/**
 * Which reply may answer what (RFC 5321 §4.3.2), and which one does where nobody has another opinion. A server may not send what
 * stands not here, and a client that receives it has lost count of the replies, or talks to something that is no SMTP server.
 *
 *     to                   yes     no
 *     the greeting         220     4yz 5yz
 *     EHLO, HELO           250     4yz 5yz
 *     DATA                 354     4yz 5yz      a 250 here has once made a client send the message to nobody
 *     QUIT                 221     4yz 5yz
 *     STARTTLS, XCLIENT    220     4yz 5yz
 *     AUTH, its responses  235 334 4yz 5yz
 *     a refused command,
 *     a cancelled AUTH             4yz 5yz
 *     any other, and the
 *     end of the data      2yz     4yz 5yz
 */
import { verbs } from './commands.ts'
import type { Command, EndOfChunk, EndOfData, Fault, Hello, Reply } from './events.ts'
import { ehloLines } from './extensions.ts'
import type { Circumstances, ExtensionKeyword } from './extensions.ts'
import { constant, isRefusal, isSuccess, refusalFor, reply } from './reply.ts'

/** The beginning of a session, before any command: the first thing that is answered. */
export interface Greeting {
  /** The discriminant. */
  readonly type: 'greeting'
}

/** The one greeting. */
export const GREETING: Greeting = Object.freeze({ type: 'greeting' })

/** Code of the one reply that a server may send unasked: it is closing the connection (RFC 5321 §3.8). */
export const CLOSING = 421

/** Code of a challenge, to be answered with a line of base64 (RFC 4954 §4). */
export const CHALLENGE = 334

/** What is answered. */
export type Answerable = Greeting | Command | EndOfChunk | EndOfData | Fault

/** The codes that say yes, where not every 2yz does. */
const YES: ReadonlyMap<string, readonly number[]> = new Map<Answerable['type'], readonly number[]>([
  ['greeting', [220]],
  ['ehlo', [250]],
  ['helo', [250]],
  ['lhlo', [250]],
  ['data', [354]],
  ['quit', [221]],
  ['starttls', [220]],
  ['xclient', [220]],
  ['auth', [235, CHALLENGE]],
  ['authResponse', [235, CHALLENGE]],
  ['authCancel', []],
  ['fault', []],
])

/** Whether a reply may answer this. */
export function mayAnswer(to: Answerable, answer: Reply): boolean {
  if (isRefusal(answer)) return true
  const yes = YES.get(to.type)
  return yes?.includes(answer.code) ?? isSuccess(answer)
}

/** What a server needs to know of itself to answer. */
export interface Self extends Circumstances {
  /** Its name. */
  readonly hostname: string
  /** The extensions that it offers. */
  readonly offered: ReadonlySet<ExtensionKeyword>
  /** The mechanisms that it would offer under TLS. */
  readonly mechanismsUnderTls: readonly string[]
  /** What a client must have done before it is served. */
  readonly requires: readonly ('tls' | 'authentication')[]
}

const SENDER_OK = constant(250, '2.1.0', 'Sender OK')
const RECIPIENT_OK = constant(250, '2.1.5', 'Recipient OK')
const GO_AHEAD = constant(354, undefined, 'End data with <CR><LF>.<CR><LF>')
const MESSAGE_OK = constant(250, '2.0.0', 'Message accepted')
const RESET = constant(250, '2.0.0', 'Reset')
const NOOP_OK = constant(250, '2.0.0', 'OK')
const CANNOT_VERIFY = constant(252, '2.0.0', 'Cannot verify a user, but will take the message and attempt delivery')
const CANNOT_EXPAND = constant(252, '2.0.0', 'Cannot expand a list, but will take the message and attempt delivery')
const CHUNK_OK = constant(250, '2.0.0', 'Chunk accepted')
const READY_FOR_TLS = constant(220, '2.0.0', 'Ready to start TLS')
const NO_QUEUE = constant(251, '2.0.0', 'No messages waiting')
const ATTRIBUTES_OK = constant(250, '2.0.0', 'Attributes accepted')
const CREDENTIALS_INVALID = constant(535, '5.7.8', 'Authentication credentials invalid')

/** The reply that says yes, or that refuses what the machine refuses; its text says what it answers (RFC 2920 §3.2 (10)). */
export function defaultAnswer(to: Answerable, self: Self): Reply {
  switch (to.type) {
    case 'greeting':
    case 'xclient':
      return reply(220, undefined, `${self.hostname} ${self.protocol === 'lmtp' ? 'LMTP' : 'ESMTP'}`)
    case 'ehlo':
    case 'lhlo':
      return reply(250, undefined, self.hostname, ...ehloLines(self.offered, self))
    case 'helo':
      return reply(250, undefined, self.hostname)
    case 'help':
      return reply(214, '2.0.0', `Commands: ${verbs(self).join(' ')}`)
    case 'quit':
      return reply(221, '2.0.0', `${self.hostname} closing connection`)
    case 'fault':
      return to.reply
    default:
      return SAME[to.type]
  }
}

/** What is answered the same by every server. */
const SAME: Readonly<
  Record<Exclude<Answerable['type'], 'greeting' | 'xclient' | Hello['type'] | 'help' | 'quit' | 'fault'>, Reply>
> = {
  mail: SENDER_OK,
  rcpt: RECIPIENT_OK,
  data: GO_AHEAD,
  bdat: CHUNK_OK,
  endOfChunk: CHUNK_OK,
  endOfData: MESSAGE_OK,
  rset: RESET,
  noop: NOOP_OK,
  // Without a directory the answer is neither yes nor no (RFC 5321 §7.3).
  vrfy: CANNOT_VERIFY,
  expn: CANNOT_EXPAND,
  starttls: READY_FOR_TLS,
  // Nobody is known here: who is, a program must say.
  auth: CREDENTIALS_INVALID,
  authResponse: CREDENTIALS_INVALID,
  authCancel: refusalFor('SMTP_AUTH_CANCELLED'),
  etrn: NO_QUEUE,
  xforward: ATTRIBUTES_OK,
}
