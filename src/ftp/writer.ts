/**
 * Events to bytes: the mirror of `parser.ts`. Whatever a caller was talked into (a name with CR LF DELE in it, A8), nothing goes
 * onto the wire that would be read back as anything but this one event: it is refused instead, and nothing is written.
 */
import { COMMANDS, type Verb } from './commands.ts'
import { localError } from './errors.ts'
import type { ClientOut, CommandOf, ServerOut } from './events.ts'
import { isVerb } from './grammar.ts'
import { writeReply } from './reply.ts'
import { doubleIac, writeInterrupt, writeTelnetOption } from './telnet.ts'
import { encodeText } from './text.ts'

// oxlint-disable-next-line no-control-regex -- exactly these control characters are meant
const UNWRITABLE = /[\0\r\n]/

/** The octets of what a client sends. Throws an `FtpError` with side `local` where it cannot be written. */
export function writeClientEvent(event: ClientOut): Buffer {
  if (event.type === 'telnet') return writeTelnetOption(event)
  if (event.type === 'interrupt') return writeInterrupt()
  const line = commandLine(event)
  const bytes = UNWRITABLE.test(line) ? undefined : encodeText(`${line}\r\n`)
  if (bytes === undefined) throw localError('FTP_COMMAND_TEXT')
  return doubleIac(bytes)
}

/** The octets of what a server sends. Throws an `FtpError` with side `local` where it cannot be written. */
export function writeServerEvent(event: ServerOut): Buffer {
  return event.type === 'telnet' ? writeTelnetOption(event) : writeReply(event)
}

/** A command's line, without its end: `RETR a.bin`. Throws as above where the argument would be read as another, or as none. */
export function commandLine(event: Exclude<ClientOut, { type: 'telnet' | 'interrupt' }>): string {
  if (event.type === 'command') return tableLine(event)
  if (!isVerb(event.verb)) throw localError('FTP_COMMAND_TEXT')
  return event.argument === undefined ? event.verb : `${event.verb} ${event.argument}`
}

function tableLine<V extends Verb>({ verb, argument }: CommandOf<V>): string {
  const grammar = COMMANDS[verb].argument
  const text = grammar.write(argument)
  // An empty path is one that is not there, and `Infinity` is no marker: what cannot be read back is not written.
  if (grammar.parse(text) === undefined) throw localError('FTP_COMMAND_TEXT')
  return text === undefined ? verb : `${verb} ${text}`
}
