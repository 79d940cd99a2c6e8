/**
 * The reader of messages as a machine that nobody answers, so that it can be driven like those of the protocols. Whatever a header tells is asked
 * for with each part, since that is where hostile octets are taken apart.
 */
import type { Machine, NeedData, Unit } from '../../../src/net/machine.ts'
import { NEED_RECEIVE } from '../../../src/net/machine.ts'
import { parseDate } from '../../../src/smtp/message/date.ts'
import type { MimeEvent, MimePart } from '../../../src/smtp/message/events.ts'
import { parseMessageIds } from '../../../src/smtp/message/message-id.ts'
import type { MessageParserOptions } from '../../../src/smtp/message/message-parser.ts'
import { MessageParser } from '../../../src/smtp/message/message-parser.ts'
import type { Role, Telling } from '../drive.ts'

class MessageMachine implements Machine<Unit, Unit> {
  readonly #parser: MessageParser

  constructor(options: MessageParserOptions) {
    this.#parser = new MessageParser(options)
  }

  /** It has but one: nobody speaks but the message. */
  get state(): string {
    return 'reading'
  }

  get bufferedBytes(): number {
    return this.#parser.bufferedBytes
  }

  get work(): number {
    return this.#parser.work
  }

  receive(bytes: Uint8Array): void {
    this.#parser.push(bytes)
  }

  receiveEnd(): void {
    this.#parser.pushEnd()
  }

  next(): Unit | NeedData {
    return this.#parser.next() ?? NEED_RECEIVE
  }

  send(): readonly Uint8Array[] {
    return []
  }

  takeLeftover(): Uint8Array {
    return Buffer.alloc(0)
  }
}

/** A reader with these options. */
export function messageReader(options: MessageParserOptions): Role {
  return { create: () => new MessageMachine(options), tell: (event) => tell(event as MimeEvent), answer: () => [] }
}

function tell(event: MimeEvent): Telling {
  switch (event.type) {
    case 'content':
      return { line: 'content', content: event.bytes }
    case 'part':
      return { line: `${event.kind} ${event.path.join('.')} ${event.contentType.mediaType}`, details: detailsOf(event) }
    case 'violation':
      return { line: `${event.code} ${event.path.join('.')}` }
    case 'partEnd':
      return { line: `end ${event.path.join('.')}` }
    case 'end':
      return { line: 'over' }
  }
}

function detailsOf({ header, contentType, disposition, transferEncoding }: MimePart): string[] {
  return [
    JSON.stringify(header.raw),
    JSON.stringify([...header]),
    JSON.stringify([
      ...contentType.parameters,
      transferEncoding,
      disposition?.type,
      ...(disposition?.parameters ?? []),
    ]),
    JSON.stringify([header.text('subject'), header.addresses('from'), header.addresses('to')]),
    JSON.stringify([parseDate(header.get('date') ?? ''), parseMessageIds(header.get('message-id') ?? '')]),
  ]
}
