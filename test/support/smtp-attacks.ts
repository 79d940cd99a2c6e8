/**
 * Plays attacks on an SMTP server: somebody says octets, and what must come of them is known exactly. Each attack is played over a pair in
 * memory whole, octet by octet and cut in two everywhere, and over TCP whole.
 *
 * Besides the replies that it demands, every attack must leave the session, where it goes on, in step: the next question gets its own answer, and
 * the next message arrives with its own envelope and nothing else. What was kept is compared as a whole, so nothing of an attack can have
 * become a message, a sender or a recipient unseen.
 */
import { dial } from '../../src/net/dial.ts'
import { pair } from '../../src/net/pair.ts'
import type { Socket } from '../../src/net/socket.ts'
import { writePath } from '../../src/smtp/address.ts'
import type { ServerHandlers } from '../../src/smtp/handlers.ts'
import { refuse } from '../../src/smtp/reply.ts'
import { serve, serveConnection } from '../../src/smtp/server.ts'
import type { ServerConnectionOptions } from '../../src/smtp/server.ts'
import { RawPeer } from './smtp-peer.ts'
import { splits } from './splits.ts'

/** What comes of an attack. */
interface Outcome {
  /** The codes of the replies in order, and `end` where the connection is closed behind them. */
  readonly replies: string
  /** The messages that are kept: `<a@x.test> <b@y.test>: content`. Default: none. */
  readonly kept?: readonly string[]
}

/** An attack. */
export interface Attack {
  /** Where the session stands: behind the greeting, EHLO, the envelope, or 354. */
  readonly from: 'greeting' | 'hello' | 'envelope' | 'content'
  /** What is said, one character per octet. */
  readonly bytes: string
  /** What must come of it when it comes in one piece. */
  readonly must: Outcome
  /** What else may come of it when it is cut, because what was early then is in time. */
  readonly mayWhenCut?: Outcome
  /** How the server behaves. */
  readonly server?: Partial<ServerConnectionOptions>
}

const HELLO = 'EHLO a.test\r\n'

/** How each beginning is said, and answered. */
const BEGINNINGS: Readonly<Record<Attack['from'], readonly (readonly [said: string, codes: string])[]>> = {
  greeting: [],
  hello: [[HELLO, '250']],
  envelope: [
    [HELLO, '250'],
    ['MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n', '250 250'],
  ],
  content: [
    [HELLO, '250'],
    ['MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\nDATA\r\n', '250 250 354'],
  ],
}

/** What is said behind every attack that leaves the session open. */
const AFTERWARDS: typeof BEGINNINGS.hello = [
  ['VRFY probe\r\n', '252'],
  [HELLO, '250'],
  ['MAIL FROM:<next@x.test>\r\nRCPT TO:<next@y.test>\r\nDATA\r\n', '250 250 354'],
  ['clean\r\n.\r\n', '250'],
  ['QUIT\r\n', '221 end'],
]
const CLEAN = '<next@x.test> <next@y.test>: clean\r\n'

/** Why an attack has had a success, over memory or TCP, under one of the splits; `undefined` where it has had none. */
export async function successOf(attack: Attack): Promise<string | undefined> {
  const { must, mayWhenCut, bytes } = attack
  for (const { name, pieces } of splits(Buffer.from(bytes, 'latin1'), { maxCuts: 160, random: 2 })) {
    const outcomes = pieces.length === 1 || mayWhenCut === undefined ? [must] : [must, mayWhenCut]
    const success = await inMemory(attack, pieces, outcomes)
    if (success !== undefined) return `in memory, ${name}: ${success}`
  }
  const success = await overTcp(attack)
  return success && `over TCP: ${success}`
}

async function inMemory(
  attack: Attack,
  pieces: readonly Buffer[],
  outcomes: readonly Outcome[],
): Promise<string | undefined> {
  const [client, server] = pair({ cut: (bytes) => [bytes], addresses: [LOOPBACK, LOOPBACK] })
  const inbox = new AttackedInbox()
  const session = serveConnection(server, optionsOf(attack, inbox), inbox.handlers)
  const success = await play(attack, client, pieces, outcomes, inbox)
  client.destroy()
  await session.done
  return success
}

async function overTcp(attack: Attack): Promise<string | undefined> {
  const inbox = new AttackedInbox()
  const server = await serve(optionsOf(attack, inbox), inbox.handlers)
  const { address } = server
  const client = await dial({ host: '127.0.0.1', port: 'port' in address ? address.port : 0 })
  try {
    // What is sent in one piece may still arrive in two.
    const outcomes = attack.mayWhenCut === undefined ? [attack.must] : [attack.must, attack.mayWhenCut]
    return await play(attack, client, [Buffer.from(attack.bytes, 'latin1')], outcomes, inbox)
  } finally {
    client.destroy()
    await server.close({ graceMs: 0 })
  }
}

const LOOPBACK = { family: 'IPv4', host: '127.0.0.1', port: 1 } as const

function optionsOf({ server }: Attack, inbox: AttackedInbox): ServerConnectionOptions {
  const manners = { errorDelayMs: 0, loginDelayMs: 0 }
  return { hostname: 'mx.test', manners, onError: (error) => inbox.errors.push(error), ...server }
}

async function play(
  { from }: Attack,
  client: Socket,
  pieces: readonly Buffer[],
  outcomes: readonly Outcome[],
  inbox: AttackedInbox,
): Promise<string | undefined> {
  const peer = new RawPeer(client)
  const begun = (await peer.codes(1)) === '220' ? await converse(peer, BEGINNINGS[from]) : 'no greeting'
  if (begun !== undefined) return begun
  for (const piece of pieces) {
    // A server that has closed need not hear the rest.
    await client.write([piece]).catch(() => {})
    await client.flushed().catch(() => {})
  }
  const outcome = await hear(peer, outcomes)
  if (typeof outcome === 'string') return outcome
  const isOver = outcome.replies.endsWith('end')
  const fault = isOver ? undefined : await converse(peer, AFTERWARDS)
  if (fault !== undefined) return fault
  if (inbox.errors.length > 0) return `the server has failed: ${inbox.errors.join()}`
  const expected = JSON.stringify([...(outcome.kept ?? []), ...(isOver ? [] : [CLEAN])])
  const kept = JSON.stringify(inbox.kept)
  return kept === expected ? undefined : `kept ${kept} in place of ${expected}`
}

/** Replies until they are those of an outcome, or of none. */
async function hear(peer: RawPeer, outcomes: readonly Outcome[]): Promise<Outcome | string> {
  const codes: string[] = []
  for (;;) {
    const said = codes.join(' ')
    const outcome = outcomes.find(({ replies }) => replies === said)
    if (outcome !== undefined) return outcome
    if (!outcomes.some(({ replies }) => replies.startsWith(said))) return `the server said ${said}`
    codes.push(await peer.codes(1))
  }
}

async function converse(peer: RawPeer, turns: typeof BEGINNINGS.hello): Promise<string | undefined> {
  for (const [said, codes] of turns) {
    const answered = await peer.ask(said, codes.split(' ').length)
    if (answered !== codes) return `${JSON.stringify(said)} was answered ${answered} and not ${codes}`
  }
  return undefined
}

/** Keeps what it is given, envelope and all. */
class AttackedInbox {
  readonly kept: string[] = []
  readonly errors: Error[] = []
  readonly handlers: ServerHandlers = {
    auth: {
      password: ({ user, password }) => user === 'joe' && password === 'secret',
      secret: ({ user }) => (user === 'joe' ? 'secret' : undefined),
    },
    rcpt: ({ path }) => path.localPart !== 'nobody' || refuse(550, '5.1.1', 'No such mailbox'),
    message: async ({ envelope, body }) => {
      let text = ''
      for await (const chunk of body) text += Buffer.from(chunk).toString('latin1')
      const paths = [envelope.from, ...envelope.recipients.map(({ path }) => path)]
      this.kept.push(`${paths.map((path) => writePath(path, 'utf8')).join(' ')}: ${text}`)
    },
  }
}
