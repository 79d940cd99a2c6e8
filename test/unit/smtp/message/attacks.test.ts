/**
 * Messages that are made to use up time, memory or the stack of a reader, or to be read in two ways. Work is counted in octets, so that these
 * tests say the same on a slow machine.
 */
import { describe, expect, it } from 'vitest'
import { readMessage } from '../../../../src/smtp/message/read-message.ts'
import { read } from '../../../support/mime.ts'
import type { Told } from '../../../support/mime.ts'

const MIXED = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n'

/** A message in pieces of so many octets, under limits that do not end it. */
function readIn(piece: number, text: string): Told {
  const bytes = Buffer.from(text, 'latin1')
  const pieces: Buffer[] = []
  for (let from = 0; from < bytes.length; from += piece) pieces.push(bytes.subarray(from, from + piece))
  const most = 1_000_000
  return read(pieces, { limits: { maxParts: most, maxFields: most, maxHeaderBytes: 10 * most, maxDepth: 200 } })
}

/** What begins a message, what is repeated in it, and how often. */
const FLOODS: readonly (readonly [name: string, first: string, again: string, times: number])[] = [
  ['100,000 parts', MIXED, '--b\r\n\r\n\r\n', 100_000],
  ['100,000 parts without a header', MIXED, '--b\r\n', 100_000],
  ['lines that begin as delimiters', `${MIXED}--b\r\n\r\n`, '--c\r\n', 100_000],
  ['lines of hyphens', `${MIXED}--b\r\n\r\n`, `${'-'.repeat(78)}\r\n`, 10_000],
  ['line ends', `${MIXED}--b\r\n\r\n`, '\r\n', 100_000],
  ['LFs', `${MIXED}--b\r\n\r\n`, '\n', 100_000],
  ['a line without an end', `${MIXED}--b\r\n\r\n--b`, ' ', 200_000],
  ['half line ends', `${MIXED}--b\r\n\r\n`, '\r\n-', 100_000],
  ['a million lines of a header', '', 'a:\r\n', 100_000],
  ['folds', 'A: b\r\n', ' \r\n', 100_000],
  ['a field without an end', 'A: ', 'b', 200_000],
  ['soft line breaks', 'Content-Transfer-Encoding: quoted-printable\r\n\r\n', '=\r\n', 100_000],
  ['equals signs', 'Content-Transfer-Encoding: quoted-printable\r\n\r\n', '=', 200_000],
  ['blanks', 'Content-Transfer-Encoding: quoted-printable\r\n\r\n', ' ', 200_000],
  ['padding', 'Content-Transfer-Encoding: base64\r\n\r\n', '=', 200_000],
  ['short lines of base64', 'Content-Transfer-Encoding: base64\r\n\r\n', 'Y\n', 100_000],
  [
    'lines of base64, each with junk',
    'Content-Transfer-Encoding: base64\r\n\r\n',
    `${'YWJj'.repeat(18)}YW!j\r\n`,
    3000,
  ],
]

describe('a flood', () => {
  it.each(FLOODS)('of %s costs no more than it is long', (_, first, again, times) => {
    const few = readIn(1460, first + again.repeat(times / 10))
    const many = readIn(1460, first + again.repeat(times))
    expect(many.error).toBeUndefined()
    expect(many.work).toBeLessThan(11 * few.work + 10_000)
    expect(many.work).toBeLessThan(8 * (first.length + again.length * times))
    const isHeader = /^(?:|A: .*)$/s.test(first)
    expect(many.maxBufferedBytes).toBeLessThan(isHeader ? 10_000_000 : 5000)
  })

  it.each(FLOODS)('of %s costs no more octet by octet', (_, first, again, times) => {
    const { work, error } = readIn(1, first + again.repeat(Math.ceil(times / 40)))
    expect(error).toBeUndefined()
    expect(work).toBeLessThan(10 * (first.length + again.length * Math.ceil(times / 40)))
  })

  it('of 100,000 parts ends at the limit that is set', () => {
    expect(read([Buffer.from(MIXED + '--b\r\n\r\n\r\n'.repeat(100_000))]).error?.code).toBe('MIME_PARTS_MANY')
  })

  it('of fields ends at the limit that is set', () => {
    expect(read([Buffer.from('a:\r\n'.repeat(1_000_000))]).error?.code).toBe('MIME_FIELDS_MANY')
    expect(read([Buffer.from(`a:${' \r\n'.repeat(1_000_000)}`)]).error?.code).toBe('MIME_HEADER_TOO_BIG')
  })
})

describe('nesting', () => {
  it.each([
    ['messages', 'Content-Type: message/rfc822\r\n\r\n'],
    ['multiparts', `${MIXED}--b\r\n`],
  ])('of 100,000 %s ends at a limit', async (name, unit) => {
    const bytes = Buffer.from(unit.repeat(100_000))
    const { error, events } = read([bytes], { limits: { maxMessageDepth: 1000 } })
    expect(error?.code).toBe('MIME_TOO_DEEP')
    expect(events.length).toBeLessThan(500)
    await expect(readMessage(bytes, { limits: { maxMessageDepth: 1000 } })).rejects.toMatchObject({
      code: 'MIME_TOO_DEEP',
    })
    // By default messages are not opened for ever, so the rest of them is content.
    if (name === 'messages') expect(read([bytes]).events).toContain('MIME_MESSAGE_CLOSED 1.1.1.1.1.1.1.1.1.1')
  })

  it('of multiparts in one another costs no more than their number', () => {
    const nested = Array.from(
      { length: 100 },
      (_, depth) => `Content-Type: multipart/mixed; boundary=b${depth}\r\n\r\n--b${depth}\r\n`,
    ).join('')
    const { work, error } = readIn(1460, `${nested}\r\n${'--x\r\n'.repeat(50_000)}`)
    expect(error).toBeUndefined()
    expect(work).toBeLessThan(8 * (nested.length + 250_000))
  })
})

describe('what could be read in two ways', () => {
  it('is told, and read in the one way that the table of violations says', () => {
    const twice = 'Content-Type: multipart/mixed; boundary=a; boundary=b\r\nContent-Type: text/plain\r\n\r\n'
    const { events } = read([Buffer.from(`${twice}--a\r\n\r\nx\r\n--b\r\ny\r\n--a--`)])
    expect(events).toContain('MIME_FIELD_REPEATED root')
    expect(events).toContain('MIME_PARAMETER_REPEATED root')
    expect(events).toContain(String.raw`content 1 "x\r\n--b\r\ny"`)
  })

  it('gives nobody a line of a header', async () => {
    const { subject, from, attachments } = await readMessage(
      [
        'Subject: =?utf-8?Q?a=0D=0ABcc:_v@y.test=00?=',
        'From: =?utf-8?Q?a=0D=0A=3Cb=40y.test=3E=2C?= <c@x.test>',
        "Content-Type: a/b; name*=utf-8''%0D%0A..%2F..%2Fx%00",
        '',
        '',
      ].join('\r\n'),
    )
    expect(subject).toBe('a  Bcc: v@y.test ')
    expect(from).toEqual([{ type: 'mailbox', name: 'a  <b@y.test>,', address: 'c@x.test' }])
    expect(attachments[0]?.filename).toBe('x ')
  })
})
