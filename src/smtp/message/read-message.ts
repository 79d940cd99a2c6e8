/**
 * A message as a whole, for programs that want its text and its attachments: the tree of its parts, and what most people look for in it.
 * All of it is held in memory, and no more than that: `maxMessageBytes` bounds it. Who keeps attachments elsewhere takes `MessageParser`.
 *
 * What is text and what is attached is decided by Content-Disposition alone (RFC 2183): text without one, or with `inline`, is text; all
 * else, and whatever is no text, is an attachment. A message in a message has texts and attachments of its own.
 */
import type { MessageContent } from '../message.ts'
import type { Address } from './address-list.ts'
import { decodeCharset, decodeUnnamed } from './charset.ts'
import { fileNameOf } from './content-type.ts'
import { parseDate } from './date.ts'
import type { MimeContent, MimeEvent, MimePart, MimeViolation } from './events.ts'
import type { HeaderSection } from './header-section.ts'
import { parseMessageIds } from './message-id.ts'
import { MessageParser } from './message-parser.ts'
import type { MessageParserOptions } from './message-parser.ts'
import { Ready } from './ready.ts'

/** A message, read. */
export interface ReceivedMessage {
  /** All its fields. */
  readonly header: HeaderSection
  /** Who wrote it. Anybody can say anything here. */
  readonly from: readonly Address[]
  /** Who sent it, where that is another. */
  readonly sender: readonly Address[]
  /** Where answers are to go. */
  readonly replyTo: readonly Address[]
  /** Whom it is for. */
  readonly to: readonly Address[]
  /** Who is to know of it. */
  readonly cc: readonly Address[]
  /** Whose names were to be removed. */
  readonly bcc: readonly Address[]
  /** Its subject, decoded. */
  readonly subject: string | undefined
  /** When it was written; `undefined` where that cannot be read. */
  readonly date: Date | undefined
  /** Its identifier, without angle brackets. */
  readonly messageId: string | undefined
  /** What it answers: identifiers without angle brackets. */
  readonly inReplyTo: readonly string[]
  /** What it follows, the oldest first. */
  readonly references: readonly string[]
  /** Its plain text, all parts of it, with LF as line ends; `undefined` where there is none. */
  readonly text: string | undefined
  /** The same in HTML, as it came: not fit to be shown by itself. */
  readonly html: string | undefined
  /** What is attached, in order. */
  readonly attachments: readonly Attachment[]
  /** Messages in it. */
  readonly messages: readonly ReceivedMessage[]
  /** All parts of it, from itself downwards. */
  readonly root: PartTree
  /** What was wrong with it and forgiven. */
  readonly violations: readonly MimeViolation[]
}

/** A part with what is in it. */
export interface PartTree {
  /** What it says of itself. */
  readonly part: MimePart
  /** The octets of a leaf, decoded; none for all others. */
  readonly content: Buffer
  /** The parts of a multipart; the one message of a `message`. */
  readonly parts: readonly PartTree[]
}

/** What is attached to a message. */
export interface Attachment {
  /** A name for the file, without folders; `undefined` where it has none. Not fit for every file system. */
  readonly filename: string | undefined
  /** Such as `image/png`. What the sender says, and not what the octets are. */
  readonly contentType: string
  /** `attachment`, `inline` or another; `undefined` where nothing is said. */
  readonly disposition: string | undefined
  /** What HTML calls it by, `cid:` left out; without angle brackets (RFC 2392). */
  readonly contentId: string | undefined
  /** Its octets. */
  readonly content: Buffer
}

/**
 * Reads a message whole. Throws a `MimeLimitError` where it has more of something than the limits allow, and a `MimeError` where it breaks
 * a rule that is to be refused.
 *
 *     const { subject, text, attachments } = await readMessage(createReadStream('mail.eml'))
 */
export async function readMessage(source: MessageContent, options?: MessageParserOptions): Promise<ReceivedMessage> {
  const parser = options === undefined ? PARSERS.take() : new MessageParser(options)
  const collector = COLLECTORS.take()
  if (typeof source === 'string' || source instanceof Uint8Array) collector.take(parser, source)
  else for await (const piece of source) collector.take(parser, piece)
  parser.pushEnd()
  return collector.finish(parser)
}

const NOTHING: Buffer = Buffer.alloc(0)

/** A part that is being read. */
interface Growing {
  readonly part: MimePart
  content: Buffer
  readonly parts: Growing[]
}

/** What is gathered of a message while it is being read. */
interface Gathered {
  readonly root: Growing
  readonly texts: string[]
  readonly htmls: string[]
  readonly attachments: Attachment[]
  readonly messages: ReceivedMessage[]
  /** How many violations were told before it. */
  readonly violationsBefore: number
}

/** Puts events together. */
class Collector {
  /** The parts that are open, and the messages. */
  readonly #parts: Growing[] = []
  readonly #messages: Gathered[] = []
  #pieces: Buffer[] = []
  readonly #violations: MimeViolation[] = []
  #message: ReceivedMessage | undefined

  take(parser: MessageParser, piece: string | Uint8Array): void {
    parser.push(typeof piece === 'string' ? Buffer.from(piece) : piece)
    for (let event = parser.next(); event !== undefined; event = parser.next()) this.#add(event)
  }

  finish(parser: MessageParser): ReceivedMessage {
    for (let event = parser.next(); event !== undefined; event = parser.next()) this.#add(event)
    return this.#message as ReceivedMessage
  }

  #add(event: MimeEvent): void {
    switch (event.type) {
      case 'part':
        return this.#begin(event)
      case 'content':
        return this.#addContent(event)
      case 'partEnd':
        return this.#end()
      case 'violation':
        return void this.#violations.push(event)
      case 'end':
    }
  }

  #begin(part: MimePart): void {
    const growing: Growing = { part, content: NOTHING, parts: [] }
    const parent = this.#parts.at(-1)
    parent?.parts.push(growing)
    this.#parts.push(growing)
    // The first part of all, and the one in a `message`, is a message.
    if (parent !== undefined && parent.part.kind !== 'message') return
    this.#messages.push({
      root: growing,
      texts: [],
      htmls: [],
      attachments: [],
      messages: [],
      violationsBefore: this.#violations.length,
    })
  }

  #addContent({ bytes }: MimeContent): void {
    this.#pieces.push(bytes)
  }

  #end(): void {
    const growing = this.#parts.pop() as Growing
    const gathered = this.#messages.at(-1) as Gathered
    if (growing.part.kind === 'leaf') {
      const [first = NOTHING] = this.#pieces
      growing.content = this.#pieces.length > 1 ? Buffer.concat(this.#pieces) : first
      this.#pieces = []
      addLeaf(gathered, growing)
    }
    if (growing !== gathered.root) return
    this.#messages.pop()
    const message = messageOf(gathered, this.#violations.slice(gathered.violationsBefore))
    this.#message = message
    this.#messages.at(-1)?.messages.push(message)
  }
}

const PARSERS = new Ready(() => new MessageParser())
const COLLECTORS = new Ready(() => new Collector())

/** A leaf is text, or it is attached. */
function addLeaf(gathered: Gathered, { part, content }: Growing): void {
  const { contentType, disposition, header } = part
  const { mediaType } = contentType
  const isInline = disposition === undefined || disposition.type === 'inline'
  if (isInline && mediaType === 'text/plain') gathered.texts.push(textOf(part, content))
  else if (isInline && mediaType === 'text/html') gathered.htmls.push(textOf(part, content))
  else {
    const [contentId] = parseMessageIds(header.get('content-id') ?? '')
    const filename = fileNameOf(contentType, disposition)
    gathered.attachments.push({
      filename,
      contentType: mediaType,
      disposition: disposition?.type,
      contentId,
      content,
    })
  }
}

/** The characters of a text in its charset, with LF as line ends. */
function textOf({ contentType }: MimePart, content: Buffer): string {
  const charset = contentType.parameters.get('charset') ?? 'us-ascii'
  const text = decodeCharset(charset, content) ?? decodeUnnamed(content)
  const lines = text.includes('\r') ? text.replaceAll('\r\n', '\n') : text
  return lines.startsWith('\ufeff') ? lines.slice(1) : lines
}

function messageOf(gathered: Gathered, violations: readonly MimeViolation[]): ReceivedMessage {
  const { root, texts, htmls, attachments, messages } = gathered
  const { header } = root.part
  const date = header.get('date')
  return {
    header,
    from: header.addresses('from'),
    sender: header.addresses('sender'),
    replyTo: header.addresses('reply-to'),
    to: header.addresses('to'),
    cc: header.addresses('cc'),
    bcc: header.addresses('bcc'),
    subject: header.text('subject'),
    date: date === undefined ? undefined : parseDate(date),
    messageId: parseMessageIds(header.get('message-id') ?? '')[0],
    inReplyTo: parseMessageIds(header.get('in-reply-to') ?? ''),
    references: parseMessageIds(header.get('references') ?? ''),
    text: texts.length === 0 ? undefined : texts.join('\n'),
    html: htmls.length === 0 ? undefined : htmls.join('\n'),
    attachments,
    messages,
    root,
    violations,
  }
}
