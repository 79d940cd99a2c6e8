/**
 * llhttp's published test cases, as data (MIT; theirs, so not in this repository): octets, and what llhttp's log says of them. Read
 * from `../shared/corpora/http/llhttp.json` where that is.
 *
 * Two things are made even, so that a case can be compared at all. llhttp knows no Host, without which no request of HTTP/1.1 is
 * one: each request line gets a Host behind it where the case has none. And what llhttp calls an error behind a message that
 * ends the connection, or leaves HTTP, is no error here: it is where reading stops.
 */
import { existsSync, readFileSync } from 'node:fs'
import { STOPS, WAITS, type Ending, type Input, type Reading, type Taken } from './http-reading.ts'

/** A case. */
export interface LlhttpCase {
  /** File and line in llhttp's `test` folder: `request/invalid.md:4`. */
  readonly id: string
  /** Its headings. */
  readonly name: string
  /** What llhttp was told to forgive. */
  readonly lenient: readonly string[]
  /** The octets, with Host. */
  readonly input: Input
  /** What the log says. */
  readonly logged: Reading
}

/** A case as it stands in the file. */
interface RawCase {
  readonly id: string
  readonly name: string
  readonly role: 'request' | 'response' | 'url'
  readonly lenient: readonly string[]
  readonly finish: boolean
  readonly skipBody: boolean
  /** Base64. */
  readonly input: string
  readonly events: readonly { readonly t: string; readonly off: number | null }[]
  readonly messages: readonly RawMessage[]
  readonly error: RawError | null
}

interface RawError {
  readonly name: string
  readonly reason: string
  readonly off: number
}

/** A message as the log has it; what was not reached is not there. */
interface RawMessage {
  readonly headersComplete: boolean
  readonly complete: boolean
  readonly method?: RawText
  readonly url?: RawText
  readonly num?: number
  readonly status?: RawText
  readonly version?: RawText
  readonly headers: RawLines
  readonly trailers: RawLines
  readonly body: RawText
  /** What llhttp says to the end of the connection here: 2 where it is not safe. */
  readonly finish?: number
}

/** Octets: as text where they are ASCII. */
type RawText = string | { readonly b64: string }
type RawLines = readonly (readonly [name: RawText, value: RawText])[]

const FILE = new URL('../../../shared/corpora/http/llhttp.json', import.meta.url)

/** The cases, or `undefined`, said aloud, where they are not on this machine. */
export function readLlhttpCases(): readonly LlhttpCase[] | undefined {
  if (!existsSync(FILE)) {
    console.warn(`SKIPPED: llhttp's published cases, which are not at ${FILE.pathname}`)
    return undefined
  }
  const { cases } = JSON.parse(readFileSync(FILE, 'utf8')) as { readonly cases: readonly RawCase[] }
  return cases.map(caseOf)
}

function caseOf(raw: RawCase): LlhttpCase {
  const { id, name, lenient, finish } = raw
  const octets = Buffer.from(raw.input, 'base64')
  // The cases about URLs are no messages; as a target each becomes one.
  const bytes =
    raw.role === 'url'
      ? Buffer.concat([Buffer.from('GET '), octets, Buffer.from(` HTTP/1.1\r\n${HOST}\r\n`)])
      : withHost(octets, raw)
  const method = raw.skipBody ? 'HEAD' : 'GET'
  const role = raw.role === 'response' ? 'response' : 'request'
  return { id, name, lenient, input: { role, pieces: [bytes], method, eof: finish }, logged: loggedIn(raw, octets) }
}

const HOST = 'Host: a\r\n'
const LF = 0x0a

/** The octets with a Host behind each request line whose message has none. */
function withHost(octets: Buffer, { role, events, messages }: RawCase): Buffer {
  if (role !== 'request') return octets
  const parts: Buffer[] = []
  let from = 0
  const versions = events.filter(({ t }) => t === 'version complete')
  for (const [index, { off }] of versions.entries()) {
    const line = octets.indexOf(LF, off ?? 0) + 1
    const message = messages[index]
    if (line === 0 || (message !== undefined && namesHost(message))) continue
    parts.push(octets.subarray(from, line), Buffer.from(HOST))
    from = line
  }
  return Buffer.concat([...parts, octets.subarray(from)])
}

function loggedIn(raw: RawCase, octets: Buffer): Reading {
  if (raw.role === 'url') {
    const messages = [
      { ...NOTHING, first: 'GET', second: octets.toString('latin1'), version: '1.1', fields: ['Host: a'] },
    ]
    return raw.error === null ? { messages, begun: undefined, ending: WAITS } : { ...EMPTY, ending: refuses(raw.error) }
  }
  const begun = raw.messages.find((message) => message.headersComplete && !message.complete)
  // The end of the connection is the end of a message that has no other (`finish` is 1 then).
  const isEnd = raw.finish && begun?.finish === 1
  const messages = raw.messages.filter((message) => message.complete || (isEnd && message === begun))
  return {
    messages: messages.map((message) => takenOf(message, raw.role)),
    begun: begun === undefined || isEnd ? undefined : takenOf(begun, raw.role),
    ending: endingOf(raw),
  }
}

const NOTHING: Taken = { first: '', second: '', version: '', fields: [], body: '', trailers: [] }
const EMPTY: Reading = { messages: [], begun: undefined, ending: WAITS }

function endingOf({ error, messages }: RawCase): Ending {
  if (messages.some(({ finish }) => finish === 2)) return refuses({ name: 'INVALID_EOF_STATE', reason: '', off: -1 })
  if (error === null) return WAITS
  return error.name === 'CLOSED_CONNECTION' || error.name === 'PAUSED_UPGRADE' ? STOPS : refuses(error)
}

function refuses({ name, reason, off }: RawError): Ending {
  return { kind: 'refuses', code: name, detail: reason, offset: off }
}

function takenOf(message: RawMessage, role: string): Taken {
  const isRequest = role === 'request'
  const fields = linesOf(message.headers)
  const hasHost = !isRequest || namesHost(message)
  return {
    first: isRequest ? textOf(message.method) : String(message.num),
    second: textOf(isRequest ? message.url : message.status),
    version: textOf(message.version),
    fields: hasHost ? fields : ['Host: a', ...fields],
    body: textOf(message.body),
    trailers: linesOf(message.trailers),
  }
}

function namesHost({ headers }: RawMessage): boolean {
  return headers.some(([name]) => textOf(name).toLowerCase() === 'host')
}

/** llhttp leaves the white space behind a value in the value; it is none of it (RFC 9110 §5.5). */
function linesOf(lines: RawLines): string[] {
  return lines.map(([name, value]) => `${textOf(name)}: ${textOf(value).replace(/[ \t]+$/, '')}`)
}

function textOf(text: RawText = ''): string {
  return typeof text === 'string' ? text : Buffer.from(text.b64, 'base64').toString('latin1')
}
