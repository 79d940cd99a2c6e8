/** Messages for tests, and what a parser tells of them, with content put together so that cuts in it do not show. */
import { ProtocolError } from '../../src/net/errors.ts'
import type { MimeEvent } from '../../src/smtp/message/events.ts'
import { MessageParser } from '../../src/smtp/message/message-parser.ts'
import type { MessageParserOptions } from '../../src/smtp/message/message-parser.ts'

/** Lines with CRLF between them, as octets; a character each. */
export function lines(...text: readonly string[]): Buffer {
  return Buffer.from(text.join('\r\n'), 'latin1')
}

/** What was told, in a few words for each event: `part 1 text/plain`, `content 1 hello`, `end 1`, `MIME_BARE_LF 1`, `end`. */
export interface Told {
  readonly events: readonly string[]
  readonly work: number
  readonly maxBufferedBytes: number
  readonly error: ProtocolError | undefined
}

const at = (path: readonly number[]): string => path.join('.') || 'root'

/** Reads a message that comes in pieces. What is no error of ours is thrown on. */
export function read(pieces: readonly Uint8Array[], options: MessageParserOptions = {}): Told {
  const parser = new MessageParser(options)
  const events: string[] = []
  let path: readonly number[] = []
  let content = ''
  let maxBufferedBytes = 0
  const flush = (): void => {
    if (content !== '') events.push(`content ${at(path)} ${JSON.stringify(content)}`)
    content = ''
  }
  const take = (event: MimeEvent): void => {
    if (event.type === 'content') {
      if (event.bytes.length === 0) throw new Error('content without octets')
      content += event.bytes.toString('latin1')
      return
    }
    flush()
    if (event.type === 'part') {
      path = event.path
      events.push(`part ${at(path)} ${event.contentType.mediaType}${event.kind === 'leaf' ? '' : ` (${event.kind})`}`)
    } else if (event.type === 'partEnd') events.push(`end ${at(event.path)}`)
    else events.push(event.type === 'violation' ? `${event.code} ${at(event.path)}` : event.type)
  }
  const pull = (): void => {
    for (let event = parser.next(); event !== undefined; event = parser.next()) take(event)
    maxBufferedBytes = Math.max(maxBufferedBytes, parser.bufferedBytes)
  }
  let error: ProtocolError | undefined
  try {
    for (const piece of pieces) {
      parser.push(piece)
      pull()
    }
    parser.pushEnd()
    pull()
  } catch (thrown) {
    if (!(thrown instanceof ProtocolError)) throw thrown
    error = thrown
    flush()
  }
  return { events, work: parser.work, maxBufferedBytes, error }
}
