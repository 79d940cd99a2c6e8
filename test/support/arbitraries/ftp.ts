/**
 * FTP's control connection, built from its grammar: commands and replies as events, and as the octets that they are on the wire.
 */
import fc from 'fast-check'
import { COMMANDS, isTransfer, type Verb } from '../../../src/ftp/commands.ts'
import type { ClientOut, Command, Reply } from '../../../src/ftp/events.ts'
import { decodeText, encodeText } from '../../../src/ftp/text.ts'
import { commandLine, writeClientEvent } from '../../../src/ftp/writer.ts'
import { evilText, textOf } from './octets.ts'

/** Text as a name may be: any octets but NUL and the line ends, UTF-8 or not, 0xFF and leading spaces among them. */
const name: fc.Arbitrary<string> = fc.oneof(
  textOf('abc./ -~*"%', { minLength: 1, maxLength: 12 }),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 6 }).filter((text) => !/[\0\r\n]/.test(text)),
  fc
    .uint8Array({ minLength: 1, maxLength: 12 })
    .map((octets) =>
      decodeText(Buffer.from(octets.map((octet) => (octet === 0 || octet === 10 || octet === 13 ? 0xff : octet)))),
    ),
)

/** A moment in whole seconds, and so that it has four digits of a year. */
const moment = fc.integer({ min: 0, max: 4_000_000_000 }).map((seconds) => new Date(seconds * 1000))
const dated = fc.record({ date: moment, path: name })
const wholeOrPart = fc.oneof(
  fc.constant({ from: 0, to: undefined }),
  fc.tuple(fc.nat(), fc.nat()).map(([from, length]) => ({ from, to: from + length })),
)
const hashed = fc.record({ path: name, range: wholeOrPart })

/** An argument for a verb, drawn from a list of what may stand there. */
const ARGUMENTS: Partial<Record<Verb, fc.Arbitrary<unknown>>> = {
  TYPE: fc.oneof(
    fc.record({ code: fc.constantFrom('A', 'E'), format: fc.constantFrom('N', 'T', 'C') }),
    fc.constant({ code: 'I' }),
    fc.record({ code: fc.constant('L'), byteSize: fc.integer({ min: 1, max: 255 }) }),
  ),
  MODE: fc.constantFrom('S', 'B', 'C'),
  STRU: fc.constantFrom('F', 'R', 'P'),
  REST: fc.maxSafeNat(),
  RANG: wholeOrPart,
  ALLO: fc.record({ octets: fc.maxSafeNat(), recordSize: fc.constantFrom(undefined, 0, 80) }),
  MFMT: dated,
  MFCT: dated,
  MFF: fc.record({
    facts: fc.constantFrom(
      [{ name: 'modify', value: '20200102030405' }],
      [
        { name: 'unix.mode', value: '0644' },
        { name: 'x', value: '' },
      ],
    ),
    path: name,
  }),
  XCRC: hashed,
  XMD5: hashed,
  XSHA1: hashed,
  XSHA256: hashed,
  XSHA512: hashed,
  LANG: fc.constantFrom(undefined, 'en', 'de-ch'),
  SITE: fc.record({ name: fc.constantFrom('CHMOD', 'HELP'), options: fc.constantFrom(undefined, '640 a') }),
  PORT: fc.record({ host: fc.ipV4(), port: fc.integer({ min: 1, max: 65_535 }) }),
  EPRT: fc.oneof(
    fc.record({
      protocol: fc.constant(1),
      address: fc.record({ host: fc.ipV4(), port: fc.integer({ min: 1, max: 65_535 }) }),
    }),
    fc.constant({ protocol: 2, address: { host: '2001:db8:0:0:0:0:0:1', port: 50_000 } }),
  ),
  EPSV: fc.constantFrom(undefined, 'ALL', 1, 2),
  OPTS: fc.record({ name: fc.constantFrom('MLST', 'UTF8'), options: fc.constantFrom(undefined, 'size;modify;', 'ON') }),
  PASS: fc.oneof(name, fc.constant('')),
  PBSZ: fc.integer({ min: 0, max: 0xffff_ffff }),
  PROT: fc.constantFrom('C', 'S', 'E', 'P', 'X'),
}

/** Commands behind which the octets are another dialogue's, or none's, or that can only come in a login. */
const LAST: ReadonlySet<string> = new Set(['QUIT', 'AUTH', 'CCC', 'REIN', 'ACCT', 'HOST'])

/** Commands that may come under TLS alone. */
const SECURED: readonly Verb[] = ['PBSZ', 'PROT']

const VERBS = (Object.keys(COMMANDS) as Verb[]).filter((verb) => !LAST.has(verb))

/** What begins a transfer, breaks it off, is asked beside it, or has to wait for its end: what goes wrong, goes wrong among these. */
const TRANSFERRING: readonly Verb[] = ['RETR', 'STOR', 'LIST', 'ABOR', 'NOOP', 'STAT', 'SYST']

/** Any command of these that can be written. */
const commandOf = (verbs: readonly Verb[]): fc.Arbitrary<Command> =>
  fc
    .constantFrom(...verbs)
    .chain((verb) => fc.tuple(fc.constant(verb), argumentOf(verb)))
    .map(([verb, argument]) => ({ type: 'command', verb, argument }) as Command)
    .map((made) => (isWritable(made) ? made : { type: 'command', verb: made.verb, argument: undefined }) as Command)
    .filter(isWritable)

/** A whole session of a client: a login, commands each where it may come, QUIT. */
export const session: fc.Arbitrary<ClientOut[]> = sessionOf(VERBS.filter((verb) => !SECURED.includes(verb)))

/** The same under TLS. */
export const securedSession: fc.Arbitrary<ClientOut[]> = sessionOf(VERBS)

function sessionOf(verbs: readonly Verb[]): fc.Arbitrary<ClientOut[]> {
  return fc
    .tuple(
      name.filter(isText),
      name.filter(isText),
      fc.array(fc.oneof(commandOf(verbs), commandOf(TRANSFERRING)), { maxLength: 8 }),
    )
    .map(([user, password, commands]) => [
      { type: 'command', verb: 'USER', argument: user },
      { type: 'command', verb: 'PASS', argument: password },
      ...commands.flatMap(inItsPlace),
      { type: 'command', verb: 'QUIT', argument: undefined },
    ])
}

/** A session with a command, and a greeting, that nobody should say. */
export const hostileSession: fc.Arbitrary<{ client: ClientOut[]; server: Reply[] }> = fc
  .tuple(
    fc.oneof(
      fc.record({
        type: fc.constant('command' as const),
        verb: fc.constantFrom('USER' as const, 'HELP' as const),
        argument: evilText.filter((text) => text !== ''),
      }),
      fc.record({
        type: fc.constant('otherCommand' as const),
        verb: fc.oneof(
          fc.constantFrom('NOOP\r\nDELE', '', 'NOOP x', '1'),
          evilText.filter((text) => /[^a-z0-9]/i.test(text)).map((text) => `NOOP${text}`),
        ),
        argument: fc.oneof(evilText, fc.constant(undefined)),
      }),
    ),
    fc.array(evilText, { maxLength: 4 }),
    fc.constantFrom(220, 22, 2200, 150, -220, 2.5),
  )
  .map(([said, lines, code]) => ({ client: [said], server: [{ type: 'reply', to: 'greeting', code, lines }] }))

/** The octets of a session. */
export const commandOctets: fc.Arbitrary<Buffer> = octetsOf(session)

/** The octets of a session under TLS. */
export const securedOctets: fc.Arbitrary<Buffer> = octetsOf(securedSession)

function octetsOf(sessions: fc.Arbitrary<ClientOut[]>): fc.Arbitrary<Buffer> {
  return sessions.map((events) => Buffer.concat(events.map(writeClientEvent)))
}

/** The octets with which a server answers `USER`, `PASS`, `NOOP`: greeting and replies, on one line or several. */
export const replyOctets: fc.Arbitrary<Buffer> = fc
  .tuple(...[220, 331, 230, 200].map((code) => replyText(code)))
  .map((replies) => Buffer.from(replies.join(''), 'latin1'))

/** What a client says so that `replyOctets` answers it. */
export const ASKED: readonly ClientOut[] = [
  { type: 'command', verb: 'USER', argument: 'joe' },
  { type: 'command', verb: 'PASS', argument: 'secret' },
  { type: 'command', verb: 'NOOP', argument: undefined },
]

/** Octets and strings that mean something on the control connection. */
export const MARKS: readonly string[] = [
  ...['\xff', '\xff\xff', '\xff\xf4\xff\xf2', '\xff\xfd\x01', '\xff\xfa', '\xff\xf0', '\r\0', '\r\0\n'],
  ...[
    'QUIT\r\n',
    'PASS\r\n',
    'REST 1\r\n',
    'AUTH TLS\r\n',
    'CCC\r\n',
    'PBSZ 0\r\n',
    'PROT P\r\n',
    '220 ',
    '220-',
    '421 \r\n',
    'GET / HTTP/1.1\r\n',
  ],
]

/** An argument that the verb may have. */
function argumentOf(verb: Verb): fc.Arbitrary<unknown> {
  if (COMMANDS[verb].argument.syntax === '') return fc.constant(undefined)
  return ARGUMENTS[verb] ?? fc.oneof(name, fc.constant(undefined))
}

/** One line, or several with inner lines that try to look like ends. */
function replyText(code: number): fc.Arbitrary<string> {
  const text = textOf('abc 123-\xff\xe4', { maxLength: 12 }).map((line) => line.replaceAll('\xff', '\xff\xff'))
  const inner = fc
    .oneof(text, fc.constantFrom(`${code}-x`, `${code}x`, ` ${code} x`, '999 x'))
    .filter((line) => !line.startsWith(`${code} `) && line !== String(code))
  return fc.oneof(
    text.map((line) => `${code} ${line}\r\n`),
    fc
      .tuple(text, fc.array(inner, { maxLength: 4 }), text)
      .map(
        ([first, lines, last]) =>
          `${code}-${first}\r\n${lines.map((line) => `${line}\r\n`).join('')}${code} ${last}\r\n`,
      ),
  )
}

/** Commands that need another one in front, with that one; a login within a session takes both its halves. */
function inItsPlace(made: Command): Command[] {
  const before: Partial<Record<Verb, Command>> = {
    PASS: { type: 'command', verb: 'USER', argument: 'joe' },
    RNTO: { type: 'command', verb: 'RNFR', argument: 'a' },
    PROT: { type: 'command', verb: 'PBSZ', argument: 0 },
  }
  const first = before[made.verb]
  if (made.verb === 'USER') return [made, { type: 'command', verb: 'PASS', argument: '' }]
  return first === undefined ? [made] : [first, made]
}

function isWritable(made: Command): boolean {
  try {
    writeClientEvent(made)
    return isTransfer(made.verb) || commandLine(made).length < 200
  } catch {
    return false
  }
}

function isText(text: string): boolean {
  return encodeText(text) !== undefined
}
