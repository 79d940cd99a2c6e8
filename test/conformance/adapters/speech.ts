/**
 * How replies are read off a channel in the dialogues. Written here once more and simply, instead of with our own parsers: whoever
 * judges a server should not share its misunderstandings.
 */
import type { Reply, Speech } from '../runner/conversation.ts'
import type { Heard } from '../runner/peer.ts'

/** Three digits, a hyphen on all lines but the last (RFC 5321 §4.2). */
export const smtpSpeech: Speech = {
  probe: { send: 'VRFY probe\r\n', code: '252' },
  readReply: (received) => readLines(received, (line, code) => line.startsWith(`${code} `) || line === code),
}

/** The same, but that lines in between may be anything (RFC 959 §4.2). */
export const ftpSpeech: Speech = {
  probe: { send: 'SYST\r\n', code: '215' },
  readReply: (received) =>
    readLines(
      received,
      (line, code, isFirst) => line.startsWith(`${code} `) || line === code || (isFirst && line[3] !== '-'),
    ),
  dataPort: ({ code, lines }) => {
    const numbers = (lines[0]?.match(/[0-9]+/g) ?? []).map(Number)
    const [high = 0, low = 0] = numbers.slice(-2)
    return code === '229' ? numbers.at(-1) : code === '227' ? high * 256 + low : undefined
  },
}

/** A status line, fields, and content by its length; the lines of the reply are the reason, the fields, the content, and `trailer name: value`. */
export const httpSpeech: Speech = {
  probe: { send: 'GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n', code: '418' },
  readReply: (received, { asked, index, isEnded }) => {
    const end = received.indexOf('\r\n\r\n')
    if (end === -1) return undefined
    const [status = '', ...fieldLines] = received.toString('latin1', 0, end).split('\r\n')
    const [, code = '', reason = ''] = /^HTTP\/1\.1 ([0-9]{3}) (.*)$/.exec(status) ?? [
      undefined,
      '(no status line)',
      status,
    ]
    const fields = fieldLines.map(nameFolded)
    const method = methodOf(asked, index)
    const hasNone = /^1|204|304/.test(code) || method === 'HEAD' || (method === 'CONNECT' && code.startsWith('2'))
    const content: Content | undefined = hasNone
      ? { text: '', length: 0 }
      : contentOf(fields, received.subarray(end + 4), isEnded)
    return (
      content && {
        code,
        lines: [reason, ...fields, content.text, ...(content.trailers ?? [])],
        length: end + 4 + content.length,
      }
    )
  },
}

/** The head of a request: its line and its fields, with their names in lower case. */
export function readHttpRequest(received: Buffer): Heard | undefined {
  const end = received.indexOf('\r\n\r\n')
  if (end === -1) return undefined
  const [start = '', ...fieldLines] = received.toString('latin1', 0, end).split('\r\n')
  const fields = fieldLines.map(nameFolded)
  return { lines: [start, ...fields], length: end + 4 }
}

/** A reply on one line or several; `isLast` says of a line whether it is the reply's last. */
function readLines(
  received: Buffer,
  isLast: (line: string, code: string, isFirst: boolean) => boolean,
): Reply | undefined {
  const text = received.toString('latin1')
  const code = text.slice(0, 3)
  const lines: string[] = []
  for (let from = 0, end = text.indexOf('\r\n'); end !== -1; from = end + 2, end = text.indexOf('\r\n', from)) {
    const line = text.slice(from, end)
    lines.push(line.startsWith(code) ? line.slice(4) : line)
    if (isLast(line, code, from === 0)) return { code, lines, length: end + 2 }
  }
  return undefined
}

/** The method of the request that reply number `index` answers, as far as one can tell without reading requests: by its line. */
function methodOf(asked: Buffer, index: number): string | undefined {
  const lines = asked.toString('latin1').match(/^[A-Z]+ [^\r\n]* HTTP\/1\.[01]\r$/gm) ?? []
  return lines[index]?.split(' ')[0]
}

function contentOf(fields: readonly string[], behind: Buffer, isEnded: boolean): Content | undefined {
  const length = fields.find((line) => line.startsWith('content-length:'))?.slice('content-length:'.length)
  if (length !== undefined) {
    const octets = Number(length)
    return behind.length < octets ? undefined : { text: behind.toString('latin1', 0, octets), length: octets }
  }
  if (fields.some((line) => /^transfer-encoding: *chunked$/i.test(line))) return chunksOf(behind)
  return isEnded ? { text: behind.toString('latin1'), length: behind.length } : undefined
}

function chunksOf(behind: Buffer): Content | undefined {
  let text = ''
  for (let from = 0; ;) {
    const end = behind.indexOf('\r\n', from)
    if (end === -1) return undefined
    const size = Number.parseInt(behind.toString('latin1', from, end), 16)
    from = end + 2
    if (size === 0) return trailersOf(behind, from, text)
    if (behind.length < from + size + 2) return undefined
    text += behind.toString('latin1', from, from + size)
    from += size + 2
  }
}

/** Behind the last chunk: the trailer section and its empty line. */
function trailersOf(behind: Buffer, from: number, text: string): Content | undefined {
  const end = behind.indexOf('\r\n\r\n', from - 2)
  if (end === -1) return undefined
  const lines = behind.toString('latin1', from, Math.max(from, end)).split('\r\n')
  const trailers = lines.filter((line) => line !== '').map((line) => `trailer ${nameFolded(line)}`)
  return { text, length: end + 4, trailers }
}

/** A field line with its name in lower case. */
function nameFolded(line: string): string {
  return line.replace(/^[^:]*/, (name) => name.toLowerCase())
}

/** Content, with the octets that it took on the wire. */
interface Content {
  readonly text: string
  readonly length: number
  readonly trailers?: readonly string[]
}
