/** The content of BDAT, under every cut of its octets and in every way to make chunks of it (RFC 3030). */
import { describe, expect, it } from 'vitest'
import { ByteQueue } from '../../../src/net/bytes.ts'
import { ChunkDecoder } from '../../../src/smtp/chunk.ts'
import { NORMALIZE, REFUSE } from '../../../src/smtp/limits.ts'
import type { ContentPolicy } from '../../../src/smtp/limits.ts'
import type { Body } from '../../../src/smtp/parameter-values.ts'
import { splits } from '../../support/splits.ts'

interface Options {
  readonly body?: Body
  readonly policy?: ContentPolicy
  readonly maxMessageBytes?: number
  readonly maxTextLineBytes?: number
}

/** The message that is sent in chunks of these sizes, the last of which is the last; and what was told but content. */
function decode(pieces: readonly Buffer[], sizes: readonly number[], options: Options = {}): [string, string[]] {
  const { body = '7BIT', policy = REFUSE, maxMessageBytes = 1000, maxTextLineBytes = 100 } = options
  const queue = new ByteQueue()
  const decoder = new ChunkDecoder(queue, { body, policy, maxMessageBytes, maxTextLineBytes })
  const content: Buffer[] = []
  const told: string[] = []
  const remaining = [...sizes]
  const begin = (): void =>
    decoder.begin({ type: 'bdat', size: remaining.shift() as number, isLast: remaining.length === 0 })
  begin()
  for (const piece of pieces) {
    queue.push(piece)
    for (let event = decoder.next(); event !== undefined; event = decoder.next()) {
      if (event.type === 'content') {
        if (event.bytes.length === 0) expect.unreachable('content without an octet')
        content.push(Buffer.from(event.bytes))
        continue
      }
      told.push('code' in event ? `${event.type} ${event.code}` : event.type)
      if (event.type === 'contentFault') told.push(String(event.offset))
      if (event.type === 'endOfData') break
      if (event.type === 'endOfChunk') begin()
    }
    if (decoder.state === 'over') break
  }
  if (decoder.state !== 'over' || !decoder.isLast) expect(decoder).toMatchObject({ state: 'over', isLast: true })
  return [Buffer.concat(content).toString('latin1'), told]
}

/** The text under every cut, in one chunk, in two of any sizes, and with an empty last one. */
function everyWay(
  text: string,
  options: Options,
  check: (content: string, told: string[], name: string) => void,
): void {
  const bytes = Buffer.from(text, 'latin1')
  const { length } = bytes
  const ways = [[length], [length, 0], [0, length], ...Array.from(bytes, (_, at) => [at, length - at])]
  for (const { name, pieces } of splits(bytes)) {
    for (const sizes of ways) {
      const [content, told] = decode([...pieces, Buffer.from('QUIT\r\n')], sizes, options)
      check(
        content,
        told.filter((line) => line !== 'endOfChunk'),
        `${name}, chunks of ${sizes.join(' and ')}`,
      )
    }
  }
}

describe('text', () => {
  it.each([
    ['lines', 'Subject: t\r\n\r\nab\r\n'],
    ['dots, which are nothing but dots', '.\r\n..\r\n.a\r\n\r\n.\r\nQUIT\r\n'],
    ['no line end behind the last line', 'a\r\nb'],
    ['octets above 0x7F', '\xe9\r\n'],
  ])('passes %s on as it came', (_, text) => {
    everyWay(text, { body: '8BITMIME' }, (content, told, name) => {
      expect(content, name).toBe(text)
      expect(told, name).toEqual(['endOfData'])
    })
  })

  it.each([
    ['a\nb\r\n', 'a', 'SMTP_BARE_LF'],
    ['ab\rc\r\n', 'ab', 'SMTP_BARE_CR'],
    ['ab\r', 'ab', 'SMTP_BARE_CR'],
    ['a\0b\r\n', 'a', 'SMTP_NUL'],
    [`${'x'.repeat(19)}\r\n`, 'x'.repeat(18), 'SMTP_TEXT_LINE_TOO_LONG'],
  ])('refuses %j', (text, told, code) => {
    everyWay(text, { maxTextLineBytes: 20 }, (content, events, name) => {
      expect(content, name).toBe(told)
      expect(events, name).toEqual([`contentFault ${code}`, String(told.length), 'endOfData'])
    })
  })

  it('repairs what it is told to, at the very end too', () => {
    everyWay('a\nb\rc\0d\r', { policy: NORMALIZE }, (content, told, name) => {
      expect(content, name).toBe('a\r\nb c d ')
      expect(told, name).toEqual([
        'violation SMTP_BARE_CR',
        'violation SMTP_BARE_LF',
        'violation SMTP_NUL',
        'endOfData',
      ])
    })
  })

  it('takes as much as a message may have, over all chunks', () => {
    everyWay('abc\r\ndef\r\n', { maxMessageBytes: 10 }, (_, told, name) => expect(told, name).toEqual(['endOfData']))
    everyWay('abc\r\ndef\r\n', { maxMessageBytes: 8 }, (content, told, name) => {
      expect(content, name).toBe('abc\r\ndef')
      expect(told, name).toEqual(['contentFault SMTP_MESSAGE_TOO_BIG', '8', 'endOfData'])
    })
    // What is put in the place of the last octet counts.
    everyWay('ab\r', { maxMessageBytes: 2, policy: NORMALIZE }, (content, told, name) => {
      expect(content, name).toBe('ab')
      expect(told.slice(0, 2), name).toEqual(['contentFault SMTP_MESSAGE_TOO_BIG', '2'])
    })
  })
})

describe('binary content', () => {
  it('is any octets', () => {
    const text = 'a\nb\rc\0\r\n.\r\n\xff\r'
    everyWay(text, { body: 'BINARYMIME' }, (content, told, name) => {
      expect(content, name).toBe(text)
      expect(told, name).toEqual(['endOfData'])
    })
  })

  it('is as much as a message may have', () => {
    everyWay('0123456789', { body: 'BINARYMIME', maxMessageBytes: 10 }, (content, told, name) => {
      expect([content, told], name).toEqual(['0123456789', ['endOfData']])
    })
    everyWay('0123456789', { body: 'BINARYMIME', maxMessageBytes: 4 }, (content, told, name) => {
      expect([content, told], name).toEqual(['0123', ['contentFault SMTP_MESSAGE_TOO_BIG', '4', 'endOfData']])
    })
  })
})
