/**
 * SMTP's two machines with the programs that play them in tests: a server that says yes to all that it may, and a client that says
 * only what its script has. How each event is told, for people and for comparisons.
 *
 * The server takes what comes behind EHLO and DATA before their reply: whether that was sent too early is a question of time and not
 * of octets, and everything here must come out the same however the octets are cut. The vectors' dialogues have the strict one.
 */
import type { ReversePath } from '../../../src/smtp/address.ts'
import { parseHost, writePath } from '../../../src/smtp/address.ts'
import type { ClientEvent, Reply, ServerEvent } from '../../../src/smtp/events.ts'
import { EXTENSIONS } from '../../../src/smtp/extensions.ts'
import { ClientMachine, ServerMachine } from '../../../src/smtp/machine.ts'
import type { ServerMachineOptions } from '../../../src/smtp/machine.ts'
import { encodeUtf8 } from '../../../src/smtp/utf8.ts'
import type { Unit } from '../../../src/net/machine.ts'
import { drive, type Role, type Telling } from '../drive.ts'

/** All that a server can be asked to do in the clear. */
const TALKATIVE: ServerMachineOptions = {
  hostname: 'mx.example.test',
  extensions: EXTENSIONS,
  security: 'offered',
  mechanisms: ['PLAIN', 'LOGIN'],
  peer: 'trusted',
  leniency: { earlyTalk: 'accept' },
}

/** A server's end with these options: one that lets everybody log in. */
export function smtpServer(options: Partial<ServerMachineOptions> = {}): Role {
  return {
    create: () => new ServerMachine({ ...TALKATIVE, ...options }),
    tell: (event) => tell(event as ServerEvent),
    answer: (event, machine) => {
      const { defaultReply, repliesOwed } = machine as ServerMachine
      const reply = answerToAuth(event as ServerEvent) ?? defaultReply
      return reply === undefined ? [] : Array.from({ length: repliesOwed }, () => reply)
    },
  }
}

/** A challenge where there was no initial response, and then a success. */
function answerToAuth(event: ServerEvent): Reply | undefined {
  if (event.type === 'auth' && event.initialResponse === undefined) return { type: 'reply', code: 334, text: ['YQ=='] }
  const isLogin = event.type === 'auth' || event.type === 'authResponse'
  return isLogin ? { type: 'reply', code: 235, enhanced: '2.7.0', text: ['Authentication successful'] } : undefined
}

/** The server's end. */
export const SMTP_SERVER: Role = smtpServer()

/** The client's end. */
export const SMTP_CLIENT: Role = {
  create: () => new ClientMachine(),
  tell: (event) => tell(event as Reply),
  answer: () => [],
}

/** The greeting, which a server's program says unasked. */
export const GREETING: Reply = { type: 'reply', code: 220, text: ['mx.example.test ESMTP'] }

/** The end under test in a vector, with what its program says unasked: a greeting, or the commands that `sent` are. */
export function player(
  role: 'client' | 'server',
  sent: Buffer,
  as?: string,
): Role & { readonly script: readonly Unit[] } {
  if (role === 'client') return { ...SMTP_CLIENT, script: commands(sent) }
  const options = as === undefined ? {} : GUISES[as]
  if (options === undefined) throw new Error(`no server is ${as}`)
  return { ...smtpServer(options), script: [GREETING] }
}

/** As what a server can be played. */
const GUISES: Readonly<Record<string, Partial<ServerMachineOptions>>> = {
  lmtp: { protocol: 'lmtp' },
  tls: { security: 'active' },
  // Whoever is to log in here must do it first.
  submission: {
    protocol: 'submission',
    security: 'active',
    requires: ['authentication'],
    futureRelease: { seconds: 86_400, until: '2026-12-31T00:00:00Z' },
  },
  guarded: { requires: ['tls'] },
  frugal: { limits: { maxTransactions: 2, maxRecipients: 2 }, maxRecipientDomains: 2 },
  clear: { mechanisms: ['CRAM-MD5'], mechanismsUnderTls: ['PLAIN'] },
  silent: { mechanisms: [], mechanismsUnderTls: ['PLAIN'] },
}

/** The commands that octets are: what a client's program has to say to write them. Throws where they are none. */
function commands(bytes: Buffer): Unit[] {
  const script: Unit[] = []
  const server = bytes.toString('latin1', 0, 4) === 'LHLO' ? smtpServer({ protocol: 'lmtp' }) : SMTP_SERVER
  const noting: Role = { ...server, answer: (...event) => (script.push(event[0]), server.answer(...event)) }
  drive(noting, { pieces: [bytes], script: [GREETING] })
  const strange = script.find(({ type }) => type === 'fault' || type === 'contentFault')
  if (strange !== undefined) throw new Error(`a client cannot have sent this: ${tell(strange as ServerEvent).line}`)
  return script
}

function tell(event: ServerEvent | ClientEvent | Reply): Telling {
  switch (event.type) {
    case 'ehlo':
    case 'helo':
    case 'lhlo':
      // A name's case means nothing, and is not kept.
      return { line: `${event.type} ${parseHost(event.domain) ?? event.domain}` }
    case 'mail':
    case 'rcpt':
      return {
        line: `${event.type} ${octets(event.path)}`,
        details: (Object.entries(event.parameters) as [string, NonNullable<unknown> | null][]).map(
          ([name, value]) => `${name}=${detail(value)}`,
        ),
      }
    case 'bdat':
      return { line: `bdat ${event.size}${event.isLast ? ' LAST' : ''}` }
    case 'auth':
      return { line: `auth ${event.mechanism}`, details: [`response ${event.initialResponse?.toString('hex')}`] }
    case 'authResponse':
      return { line: `authResponse ${event.response.toString('hex')}` }
    case 'vrfy':
    case 'expn':
    case 'etrn':
    case 'help': {
      const flag = 'SMTPUTF8' in event ? ' SMTPUTF8' : ''
      return { line: event.argument === '' ? event.type : encodeUtf8(`${event.type} ${event.argument}${flag}`) }
    }
    case 'xclient':
    case 'xforward':
      return { line: event.type, details: Object.entries(event.attributes).map((pair) => pair.join('=')) }
    case 'content':
      return { line: 'content', content: event.bytes }
    case 'fault':
      return { line: ['fault', event.code, event.reply.code, event.reply.enhanced].join(' ') }
    case 'contentFault':
    case 'violation':
      return { line: `${event.type} ${event.code}` }
    case 'reply': {
      const { enhanced, text } = event
      const lines = text.map((line) => (enhanced === undefined ? line : `${enhanced} ${line}`))
      return { line: `reply ${event.code}`, details: lines.filter((line) => line !== '') }
    }
    default:
      return { line: event.type }
  }
}

/** The value of a parameter, as it is decoded. */
function detail(value: NonNullable<unknown> | null): string {
  if (value === null) return '<>'
  if (Array.isArray(value)) return value.join(',')
  if (typeof value !== 'object') return String(value as string | number | boolean)
  if ('seconds' in value) return Object.values(value).join(' ')
  return encodeUtf8(Object.values(value).join(';'))
}

function octets(path: ReversePath): string {
  return encodeUtf8(writePath(path, 'utf8') ?? 'a path that cannot be written')
}
