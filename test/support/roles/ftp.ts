/**
 * FTP's two machines with the programs that play them in tests: a server that says yes to everything, and a client that says only
 * what its script has. How each event is told, for people and for comparisons.
 */
import { COMMANDS, isTransfer, type Verb } from '../../../src/ftp/commands.ts'
import type { ClientIn, Command, OtherCommand, Reply, ServerIn, ServerOut } from '../../../src/ftp/events.ts'
import { ClientMachine, ServerMachine } from '../../../src/ftp/machine.ts'
import { encodeText } from '../../../src/ftp/text.ts'
import type { Unit } from '../../../src/net/machine.ts'
import { drive, type Role, type Telling } from '../drive.ts'

/** The greeting, which a server's program says unasked. */
export const GREETING: ServerOut = { type: 'reply', to: 'greeting', code: 220, lines: ['Ready'] }

/** Replies on several lines, with lines in between that look like other replies. */
const LINES: Readonly<Record<number, readonly string[]>> = {
  211: ['Yes', ' 211 not yet', '21', '', 'yes'],
  214: ['Yes', ''],
}

/** The server's end. */
export const FTP_SERVER: Role = {
  create: () => new ServerMachine(),
  tell: (event) => tell(event as ServerIn),
  answer: (event) => answer(event as ServerIn),
}

/** The client's end. */
export const FTP_CLIENT: Role = {
  create: () => new ClientMachine(),
  tell: (event) => tell(event as ClientIn),
  answer: () => [],
}

/** The server's end of a session whose TLS has begun with the first octet. */
export const FTPS_SERVER: Role = { ...FTP_SERVER, create: () => secured(new ServerMachine()) }

/** The client's end of such a session. */
export const FTPS_CLIENT: Role = { ...FTP_CLIENT, create: () => secured(new ClientMachine()) }

function secured<Layered extends { layerChanged(): void }>(machine: Layered): Layered {
  machine.layerChanged()
  return machine
}

/** The commands that `bytes` are: what a client's program has to say to write them. Throws where they are none. */
function ftpScript(bytes: Buffer, server: Role): Unit[] {
  const script: Unit[] = []
  const noting: Role = { ...server, answer: (...event) => (script.push(event[0]), server.answer(...event)) }
  drive(noting, { pieces: [bytes], script: [GREETING] })
  const strange = script.find(({ type }) => type !== 'command' && type !== 'telnet' && type !== 'interrupt')
  if (strange !== undefined) throw new Error(`a client cannot have sent this: ${tell(strange as ServerIn).line}`)
  return script
}

/** Yes to every command, a transfer in both its replies; the table's own answer to what it refuses; no to every option. */
function answer(event: ServerIn): readonly ServerOut[] {
  switch (event.type) {
    case 'command':
      return codesOf(event.verb).map((code) => ({ type: 'reply', to: event.verb, code, lines: LINES[code] ?? ['Yes'] }))
    case 'refused':
      return [event.reply]
    case 'telnet':
      return event.command === 'DO' || event.command === 'WILL'
        ? [{ ...event, command: event.command === 'DO' ? 'WONT' : 'DONT' }]
        : []
    default:
      return []
  }
}

/** The replies with which a command succeeds: 331 to USER, 230 to PASS, 350 to RNFR, 150 and 226 to RETR. */
function codesOf(verb: Verb): number[] {
  if (isTransfer(verb)) return [150, 226]
  const { replies } = COMMANDS[verb]
  const further = replies.find((code) => code >= 300 && code < 400 && verb !== 'PASS')
  return [further ?? replies.find((code) => code < 300) ?? 500]
}

function tell(event: ServerIn | ClientIn | OtherCommand): Telling {
  switch (event.type) {
    case 'command':
    case 'otherCommand':
      return { line: ['command', event.verb, ...argumentOf(event)].join(' ') }
    case 'refused':
      return { line: `refused ${event.reply.code}`, details: [octets(event.line)] }
    case 'reply':
      return { line: `reply ${event.code} ${event.to}`, details: linesOf(event) }
    case 'telnet':
      return { line: `telnet ${event.command} ${event.option}` }
    default:
      return { line: event.type }
  }
}

function argumentOf({ argument }: Command | OtherCommand): string[] {
  if (argument === undefined) return []
  if (typeof argument === 'string') return [octets(argument)]
  return typeof argument === 'object' ? Object.values(argument).map(valueOf) : [String(argument)]
}

/** A part of an argument. Parts of parts are told in JSON. */
function valueOf(part: unknown): string {
  return typeof part === 'string' ? part : `${JSON.stringify(part)}`
}

function linesOf({ lines }: Reply): string[] {
  return lines.filter((line) => line !== '').map(octets)
}

/** The octets that a text stands for, one character each. */
function octets(text: string): string {
  return encodeText(text)?.toString('latin1') ?? 'a text that stands for no octets'
}

/** The end under test in a vector, with what its program says unasked: a greeting, or the commands that `sent` are. `tls`: within TLS. */
export function player(
  role: 'client' | 'server',
  sent: Buffer,
  as?: string,
): Role & { readonly script: readonly Unit[] } {
  const isSecured = as === 'tls'
  if (role === 'server') return { ...(isSecured ? FTPS_SERVER : FTP_SERVER), script: [GREETING] }
  return { ...(isSecured ? FTPS_CLIENT : FTP_CLIENT), script: ftpScript(sent, isSecured ? FTPS_SERVER : FTP_SERVER) }
}
