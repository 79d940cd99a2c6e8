/**
 * The dot codec against a specification of one line each, over all short words of the octets that matter, under every cut.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteQueue } from '../../../src/net/bytes.ts'
import { DotDecoder, DotEncoder } from '../../../src/smtp/data.ts'
import type { DecoderOptions } from '../../../src/smtp/data.ts'
import { SmtpError } from '../../../src/smtp/errors.ts'
import { NORMALIZE, REFUSE } from '../../../src/smtp/limits.ts'
import type { ContentPolicy } from '../../../src/smtp/limits.ts'
import { cutAt, splits } from '../../support/splits.ts'

/** What came of a stream. */
interface Decoded {
  readonly content: string
  /** The fault with the offset at which it was told, what was forgiven, and the end. */
  readonly told: readonly string[]
  /** What stayed in the queue. */
  readonly rest: string
}

/** Expectations take longer than all that is decoded here: one is had only where it is not met. */
function decode(pieces: readonly Uint8Array[], options: Partial<DecoderOptions> = {}): Decoded {
  const queue = new ByteQueue()
  const decoder = new DotDecoder(queue, { policy: REFUSE, maxTextLineBytes: 1000, maxMessageBytes: 10_000, ...options })
  let content = ''
  const told: string[] = []
  for (const piece of pieces) {
    queue.push(piece)
    for (let event = decoder.next(); event !== undefined && told.at(-1) !== 'end'; event = decoder.next()) {
      if (event.type === 'content') {
        if (event.bytes.length === 0) expect.unreachable('content without an octet')
        content += Buffer.from(event.bytes).toString('latin1')
      } else if (event.type === 'contentFault') {
        if (event.offset !== content.length) expect(event.offset).toBe(content.length)
        told.push(event.code)
      } else told.push(event.type === 'endOfData' ? 'end' : `forgiven ${event.code}`)
    }
  }
  if ((decoder.state === 'end') !== told.includes('end')) expect(decoder.state).toBe(told.at(-1))
  return { content, told, rest: queue.takeAll().toString('latin1') }
}

/** What a whole stream must become. */
function specified(stream: string, policy: ContentPolicy): Decoded | undefined {
  const end = `\r\n${stream}`.indexOf('\r\n.\r\n')
  if (end === -1) return undefined
  const raw = stream.slice(0, end)
  const rest = stream.slice(end + 3)
  const bad = /\0|\r(?!\n)|(?<!\r)\n/.exec(raw)
  const unstuffed = (text: string): string => text.replace(/^\.|(?<=\r\n)\./g, '')
  if (bad === null) return { content: unstuffed(raw), told: ['end'], rest }
  const codes: Record<string, string> = { '\0': 'SMTP_NUL', '\r': 'SMTP_BARE_CR', '\n': 'SMTP_BARE_LF' }
  if (policy === REFUSE) {
    return { content: unstuffed(raw.slice(0, bad.index)), told: [codes[bad[0]] as string, 'end'], rest }
  }
  const forgiven = [/\r(?!\n)/, /(?<!\r)\n/, /\0/]
    .map((kind) => kind.exec(raw)?.[0])
    .filter((found) => found !== undefined)
  const content = unstuffed(raw).replace(/\r\n|\r|\n|\0/g, (octet) =>
    octet === '\r\n' || octet === '\n' ? '\r\n' : ' ',
  )
  return { content, told: [...forgiven.map((octet) => `forgiven ${codes[octet]}`), 'end'], rest }
}

function* words(alphabet: string, maxLength: number): Generator<string> {
  let layer = ['']
  for (let length = 0; length <= maxLength; length++) {
    yield* layer
    layer = layer.flatMap((word) => Array.from(alphabet, (letter) => word + letter))
  }
}

describe('DotDecoder', () => {
  it.each([
    ['refused', REFUSE],
    ['normalized', NORMALIZE],
  ])('reads every short word as specified, under every cut, with bad octets %s', (_, policy) => {
    let specifiedWords = 0
    for (const word of [...words('.\r\na\0', 4), ...words('.\r\n', 5)]) {
      for (const stream of [word, `${word}\r\n.\r\nQ\r\n`]) {
        const bytes = Buffer.from(stream, 'latin1')
        const whole = decode([Buffer.from(bytes)], { policy })
        const wanted = specified(stream, policy)
        if (wanted !== undefined) {
          specifiedWords++
          if (JSON.stringify(whole) !== JSON.stringify(wanted)) expect(whole, JSON.stringify(stream)).toEqual(wanted)
        }
        for (let cut = 0; cut < bytes.length; cut++) {
          // Cut 0 is octet by octet.
          const pieces = cut === 0 ? [...bytes].map((octet) => Buffer.of(octet)) : cutAt(bytes, [cut])
          const parts = decode(pieces, { policy })
          if (JSON.stringify(parts) !== JSON.stringify(whole)) {
            expect(parts, `${JSON.stringify(stream)} cut at ${cut}`).toEqual(whole)
          }
        }
      }
    }
    expect(specifiedWords).toBeGreaterThan(1145)
  })

  it('passes on what came in where nothing is to be taken away', () => {
    const queue = new ByteQueue()
    const decoder = new DotDecoder(queue, { policy: REFUSE, maxTextLineBytes: 1000, maxMessageBytes: 10_000 })
    const bytes = Buffer.from('one\r\ntwo\r\n.\r\n')
    queue.push(bytes)
    const event = decoder.next()
    expect(event?.type === 'content' && event.bytes.buffer).toBe(bytes.buffer)
    expect(decoder.next()).toEqual({ type: 'endOfData' })
    expect(decoder.next()).toEqual({ type: 'endOfData' })
  })

  it('leaves what came in as it was', () => {
    const bytes = Buffer.from('..one\r\n..two\r\n\0..\n\r\n.\r\n')
    const before = Buffer.from(bytes)
    decode([bytes], { policy: NORMALIZE })
    expect(bytes).toEqual(before)
  })

  it('takes lines up to the limit, whose dot was not counted', () => {
    for (const line of [`${'a'.repeat(8)}\r\n`, `.${'a'.repeat(8)}\r\n`]) {
      for (const { name, pieces } of splits(Buffer.from(`${line}${line}.\r\n`))) {
        const decoded = decode(pieces, { maxTextLineBytes: 10 })
        expect(decoded, name).toEqual({ content: 'aaaaaaaa\r\naaaaaaaa\r\n', told: ['end'], rest: '' })
      }
    }
  })

  it.each([
    ['a\r\nbbbbbbbbb\r\n.\r\n', 'a\r\nbbbbbbbb'],
    ['a\r\n.bbbbbbbbb\r\n.\r\n', 'a\r\nbbbbbbbb'],
    ['bbbbbbbbb\n\r\n.\r\n', 'bbbbbbbb'],
    ['bbbbbbbbb\rx\r\n.\r\n', 'bbbbbbbb'],
  ])('refuses a line that is longer: %j', (stream, content) => {
    for (const { name, pieces } of splits(Buffer.from(stream))) {
      const decoded = decode(pieces, { maxTextLineBytes: 10 })
      expect(decoded, name).toEqual({ content, told: ['SMTP_TEXT_LINE_TOO_LONG', 'end'], rest: '' })
    }
  })

  it('counts the space that stands for a bare CR, and a line that a bare LF has ended', () => {
    const options = { policy: NORMALIZE, maxTextLineBytes: 10 }
    for (const { name, pieces } of splits(Buffer.from('bbbbbbbb\rc\r\n.\r\n'))) {
      expect(decode(pieces, options).told, name).toEqual(['SMTP_TEXT_LINE_TOO_LONG', 'forgiven SMTP_BARE_CR', 'end'])
    }
    for (const { name, pieces } of splits(Buffer.from('bbbbbbbb\nbbbbbbbb\r\n.\r\n'))) {
      expect(decode(pieces, options).told, name).toEqual(['forgiven SMTP_BARE_LF', 'end'])
    }
  })

  it.each([
    ['aaaaa\r\n.\r\n', 'aaaaa\r\n', ['end']],
    ['aaaaaa\r\n.\r\n', 'aaaaaa\r', ['SMTP_MESSAGE_TOO_BIG', 'end']],
    ['..aaaa\r\n.\r\n', '.aaaa\r\n', ['end']],
    ['aaaaaaaaaaaaaa\r\n..\r\n\n\r\n.\r\n', 'aaaaaaa', ['SMTP_MESSAGE_TOO_BIG', 'end']],
    ['aaaaaaa\0\r\n.\r\n', 'aaaaaaa', ['SMTP_NUL', 'end']],
    ['aaaaaaaa\0\r\n.\r\n', 'aaaaaaa', ['SMTP_MESSAGE_TOO_BIG', 'end']],
    ['aaaaaaa\n\r\n.\r\n', 'aaaaaaa', ['SMTP_BARE_LF', 'end']],
  ])('takes seven octets of %j where no more may come', (stream, content, told) => {
    for (const { name, pieces } of splits(Buffer.from(stream))) {
      expect(decode(pieces, { maxMessageBytes: 7 }), name).toEqual({ content, told, rest: '' })
    }
  })

  it.each(['\n', '\r', '\r\n.\r', '\0', '.', '\r\n..'])(
    'looks at each octet of a flood of %j but a few times',
    (unit) => {
      const octets = 1 << 18
      const queue = new ByteQueue()
      const decoder = new DotDecoder(queue, { policy: NORMALIZE, maxTextLineBytes: 1e9, maxMessageBytes: 1e9 })
      const flood = Buffer.from(unit.repeat(Math.ceil(octets / unit.length)))
      queue.push(flood)
      const searched = octetsSearched(() => {
        while (decoder.next() !== undefined);
      })
      // For an edge as a part of four words at most, for NUL, and what is put together anew once more. A search that began anew at each
      // edge looked at 10^10.
      expect(searched).toBeLessThanOrEqual(6 * flood.length)
      expect(searched).toBeGreaterThan(flood.length)
      expect(queue.work).toBeLessThanOrEqual(5 * flood.length)
    },
  )
})

/** How many octets are looked at by all searches for an octet, and word by word, in the meantime. */
function octetsSearched(meanwhile: () => void): number {
  const { indexOf } = Buffer.prototype
  // oxlint-disable-next-line typescript/unbound-method -- called with its `this`
  const { getInt32 } = DataView.prototype
  let searched = 0
  Buffer.prototype.indexOf = function (this: Buffer, octet: number, from = 0): number {
    const found = indexOf.call(this, octet, from)
    searched += (found === -1 ? this.length : found + 1) - from
    return found
  } as typeof indexOf
  DataView.prototype.getInt32 = function (this: DataView, ...args): number {
    searched += 4
    return getInt32.apply(this, args)
  }
  try {
    meanwhile()
  } finally {
    Buffer.prototype.indexOf = indexOf
    DataView.prototype.getInt32 = getInt32
  }
  return searched
}

function encode(pieces: readonly Uint8Array[], policy?: ContentPolicy): string {
  const encoder = new DotEncoder(policy)
  return Buffer.concat([...pieces.map((piece) => encoder.encode(piece)), encoder.end()]).toString('latin1')
}

describe('DotEncoder', () => {
  it('sends only what reads back as the content, for every short word under every cut', () => {
    for (const word of [...words('.\r\na', 4), ...words('.\r\n', 5)]) {
      const bytes = Buffer.from(word, 'latin1')
      // Every kind of line end becomes CRLF, and the last line has one.
      const lines = word.replace(/\r\n|\r|\n/g, '\r\n')
      const content = lines === '' || lines.endsWith('\r\n') ? lines : `${lines}\r\n`
      for (let cut = 0; cut < Math.max(1, bytes.length); cut++) {
        const pieces = cut === 0 ? [...bytes].map((octet) => Buffer.of(octet)) : cutAt(bytes, [cut])
        const wire = encode(pieces, NORMALIZE)
        if (/\r(?!\n)|(?<!\r)\n/.test(wire) || wire.slice(0, -3).includes('\r\n.\r\n'))
          expect.unreachable(JSON.stringify(wire))
        const decoded = decode([Buffer.from(wire, 'latin1')])
        if (decoded.content !== content || decoded.rest !== '')
          expect(decoded, JSON.stringify(word)).toEqual({ content })
      }
    }
  })

  it('sends content that is in order as it is, or not at all, when told so', () => {
    for (const word of words('.\r\na', 4)) {
      const bytes = Buffer.from(word, 'latin1')
      const isInOrder = !/\r(?!\n)|(?<!\r)\n/.test(word)
      const whole = isInOrder ? encode([bytes], NORMALIZE) : undefined
      for (let cut = 0; cut < Math.max(1, bytes.length); cut++) {
        const pieces = cut === 0 ? [...bytes].map((octet) => Buffer.of(octet)) : cutAt(bytes, [cut])
        if (isInOrder) expect(encode(pieces)).toBe(whole)
        else expect(() => encode(pieces), JSON.stringify(word)).toThrow(SmtpError)
      }
    }
  })

  it.each([
    ['a\nb', 'SMTP_BARE_LF'],
    ['a\rb', 'SMTP_BARE_CR'],
    ['a\0b', 'SMTP_NUL'],
  ])('says why it does not send %j, and has changed nothing', (content, code) => {
    const encoder = new DotEncoder()
    encoder.encode(Buffer.from('x'))
    expect(() => encoder.encode(Buffer.from(content))).toThrow(expect.objectContaining({ code, side: 'local' }))
    expect(encoder.encode(Buffer.from('.')).toString()).toBe('.')
    expect(encoder.end().toString()).toBe('\r\n.\r\n')
  })

  it('refuses content that ends in a bare CR', () => {
    const encoder = new DotEncoder()
    encoder.encode(Buffer.from('x\r'))
    expect(() => encoder.end()).toThrow(expect.objectContaining({ code: 'SMTP_BARE_CR' }))
  })

  it('makes a NUL a space when told to', () => {
    expect(encode([Buffer.from('\r\n\0.\r\n')], NORMALIZE)).toBe('\r\n .\r\n.\r\n')
  })

  it('begins anew behind an end', () => {
    const encoder = new DotEncoder()
    encoder.encode(Buffer.from('x'))
    encoder.end()
    expect(encoder.encode(Buffer.from('.')).toString()).toBe('..')
    expect(encoder.end().toString()).toBe('\r\n.\r\n')
    expect(encoder.end().toString()).toBe('.\r\n')
  })

  it('passes on what came in where nothing is to be put in', () => {
    const bytes = Buffer.from('one\r\ntwo')
    expect(new DotEncoder().encode(bytes).buffer).toBe(bytes.buffer)
  })

  it('is undone by the decoder, whatever the content and the cuts', () => {
    const lines = fc.array(fc.stringMatching(/^\.{0,3}[ -~]{0,20}$/))
    fc.assert(
      fc.property(lines, fc.integer(), (texts, seed) => {
        const content = texts.map((text) => `${text}\r\n`).join('')
        for (const { pieces } of splits(Buffer.from(content), { maxCuts: 5, random: 3, seed })) {
          const wire = Buffer.from(encode(pieces), 'latin1')
          for (const cut of splits(wire, { maxCuts: 5, random: 3, seed })) {
            expect(decode(cut.pieces)).toEqual({ content, told: ['end'], rest: '' })
          }
        }
      }),
    )
  })
})
