/**
 * Node's own parser, llhttp, as a reader to lay beside ours. `HTTPParser` is private to Node, and the same from 20 to 26: a class
 * that is fed octets and calls numbered hooks. It is used here as `node:http` uses it: a response to HEAD has no content, and CONNECT
 * leaves HTTP.
 */
import { createRequire } from 'node:module'
import { STOPS, WAITS, type Ending, type Input, type Reading, type Taken } from './http-reading.ts'

/** The version of llhttp in this Node, such as `9.4.3`. */
export const LLHTTP_VERSION: string = process.versions['llhttp'] ?? ''

type Lines = readonly string[]

/** What `kOnHeadersComplete` is called with. */
type HeadArguments = readonly [
  major: number,
  minor: number,
  headers: Lines | undefined,
  method: number | undefined,
  url: string | undefined,
  status: number | undefined,
  reason: string | undefined,
  upgrade: boolean,
  shouldKeepAlive: boolean,
]

interface NativeParser {
  initialize(type: number, resource: object, maxHeaderSize: number, leniency: number): void
  execute(bytes: Buffer): number | ParseError
  finish(): number | ParseError | undefined
  [hook: number]: (...values: never[]) => unknown
}

interface ParseError extends Error {
  readonly code: string
  readonly reason: string
  readonly bytesParsed?: number
}

interface NativeModule {
  readonly HTTPParser: {
    new (): NativeParser
    readonly REQUEST: number
    readonly RESPONSE: number
    readonly kOnHeaders: number
    readonly kOnHeadersComplete: number
    readonly kOnBody: number
    readonly kOnMessageComplete: number
  }
  readonly methods: readonly string[]
}

const { HTTPParser, methods } = createRequire(import.meta.url)('node:_http_common') as NativeModule

/** llhttp counts QUERY as 46, behind the methods of RTSP; `methods` leaves those out. */
const QUERY = 46
/** More than our limit on a head, so that ours is the one that is passed. */
const MAX_HEADER_BYTES = 262_144

/** Reads with Node's parser. */
export function readWithNode({ role, pieces, method = 'GET', eof = false }: Input): Reading {
  const parser = new HTTPParser()
  parser.initialize(role === 'request' ? HTTPParser.REQUEST : HTTPParser.RESPONSE, {}, MAX_HEADER_BYTES, 0)
  const notes = new Hooks(role, method)
  parser[HTTPParser.kOnHeaders] = (lines: Lines, url: string) => notes.lines(lines, url)
  parser[HTTPParser.kOnHeadersComplete] = (...head: HeadArguments) => notes.head(head)
  parser[HTTPParser.kOnBody] = (bytes: Buffer) => notes.content(bytes)
  parser[HTTPParser.kOnMessageComplete] = () => notes.end()
  for (const piece of pieces) {
    const answer = parser.execute(piece)
    if (typeof answer !== 'number') return notes.ended(endingOf(answer))
    if (notes.hasSwitched) return notes.ended(STOPS)
  }
  const ending = notes.isLast ? STOPS : WAITS
  const answer = eof ? parser.finish() : undefined
  return notes.ended(answer instanceof Error ? endingOf(answer) : ending)
}

/** Octets behind a message that closes the connection are an error to llhttp; it reads no further than that, like everybody. */
function endingOf({ code, reason, bytesParsed = -1 }: ParseError): Ending {
  return code === 'HPE_CLOSED_CONNECTION' ? STOPS : { kind: 'refuses', code, detail: reason, offset: bytesParsed }
}

/** Gathers what the hooks are called with. */
class Hooks {
  /** Whether the last message left HTTP. */
  hasSwitched = false
  /** Whether the last message was the last one of its connection. */
  isLast = false
  readonly #role: Input['role']
  readonly #method: string
  readonly #messages: Taken[] = []
  #begun: Taken | undefined
  /** Field lines before the head is complete (llhttp gives them in batches of 32), and then trailers. */
  #lines: string[] = []
  #url = ''
  #isSwitching = false
  #isClosing = false

  constructor(role: Input['role'], method: string) {
    this.#role = role
    this.#method = method
  }

  lines(lines: Lines, url: string): void {
    this.#lines.push(...paired(lines))
    this.#url += url
  }

  head([major, minor, headers, method, url, status, reason, upgrade, shouldKeepAlive]: HeadArguments): number {
    const isRequest = this.#role === 'request'
    this.#begun = {
      first: isRequest ? nameOf(method) : String(status),
      second: isRequest ? this.#url + (url ?? '') : (reason ?? ''),
      version: `${major}.${minor}`,
      fields: [...this.#lines, ...paired(headers ?? [])],
      body: '',
      trailers: [],
    }
    this.#lines = []
    this.#url = ''
    this.#isClosing = !shouldKeepAlive
    const isTunnel = !isRequest && this.#method === 'CONNECT' && status !== undefined && status >= 200 && status < 300
    this.#isSwitching = upgrade || isTunnel
    if (isTunnel) return 2
    return !isRequest && this.#method === 'HEAD' ? 1 : 0
  }

  content(bytes: Buffer): void {
    if (this.#begun === undefined) throw new Error('content without a head')
    this.#begun = { ...this.#begun, body: this.#begun.body + bytes.toString('latin1') }
  }

  end(): void {
    if (this.#begun === undefined) throw new Error('an end without a head')
    this.#messages.push({ ...this.#begun, trailers: this.#lines })
    this.#begun = undefined
    this.#lines = []
    this.#url = ''
    this.hasSwitched = this.#isSwitching
    this.isLast = this.#isClosing
  }

  ended(ending: Ending): Reading {
    return { messages: this.#messages, begun: this.#begun, ending }
  }
}

/** `[name, value, name, value]` as lines. */
function paired(lines: Lines): string[] {
  return lines.flatMap((name, index) => (index % 2 === 0 ? [`${name}: ${lines[index + 1]}`] : []))
}

function nameOf(method: number | undefined): string {
  return (method === QUERY ? 'QUERY' : methods[method ?? -1]) ?? `method ${method}`
}
