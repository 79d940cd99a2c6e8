/** Fields as they came, and dates and identifiers in them. */
import { describe, expect, it } from 'vitest'
import { parseDate } from '../../../../src/smtp/message/date.ts'
import type { HeaderSection } from '../../../../src/smtp/message/header-section.ts'
import { parseMessageIds } from '../../../../src/smtp/message/message-id.ts'
import { MessageParser } from '../../../../src/smtp/message/message-parser.ts'
import { lines } from '../../../support/mime.ts'

function headerOf(bytes: Buffer): HeaderSection {
  const parser = new MessageParser()
  parser.push(bytes)
  parser.pushEnd()
  const event = parser.next()
  if (event?.type !== 'part') throw new Error('no part')
  return event.header
}

describe('fields', () => {
  const header = headerOf(
    lines(
      'Received: one',
      'SUBJECT :  a',
      '\t b  ',
      'Folded:',
      '  x',
      '   ',
      '  y',
      'Empty:',
      'received: two',
      '__proto__: z',
      'To: =?utf-8?Q?J=C3=B6rg?= <a@x.test>',
      'To: b@x.test',
      'Utf8: J\xc3\xb6rg',
      'Latin: J\xf6rg',
      'Odd: a\0b\rc',
      '',
      '',
    ),
  )

  it('are in order, with the case that they had', () => {
    expect(header.size).toBe(11)
    expect([...header].slice(0, 6)).toEqual([
      ['Received', 'one'],
      ['SUBJECT', 'a\t b'],
      ['Folded', 'x     y'],
      ['Empty', ''],
      ['received', 'two'],
      ['__proto__', 'z'],
    ])
    expect(header.nameAt(1)).toBe('SUBJECT')
    expect(header.rawAt(1)).toBe('a\r\n\t b')
    expect(header.raw.startsWith('Received: one\r\nSUBJECT :')).toBe(true)
  })

  it('are found by name, without case', () => {
    expect(header.get('received')).toBe('one')
    expect(header.getAll('RECEIVED')).toEqual(['one', 'two'])
    expect(header.get('nothing')).toBeUndefined()
    expect([header.has('Folded'), header.has('folde'), header.has('toString'), header.has('')]).toEqual([
      true,
      false,
      false,
      false,
    ])
    expect(header.indexOf('received', 1)).toBe(4)
  })

  it('are decoded for people', () => {
    expect(header.get('to')).toBe('=?utf-8?Q?J=C3=B6rg?= <a@x.test>')
    expect(header.text('to')).toBe('Jörg <a@x.test>')
    expect(header.text('nothing')).toBeUndefined()
    expect(header.addresses('to').map(({ name }) => name)).toEqual(['Jörg', ''])
    expect(header.addresses('nothing')).toEqual([])
    expect([header.get('utf8'), header.get('latin')]).toEqual(['Jörg', 'Jörg'])
  })

  it('have no line ends and no NUL in them', () => {
    expect(header.get('odd')).toBe('a b c')
  })

  it('are so many and no more', () => {
    for (const index of [-1, 11, NaN]) expect(() => header.valueAt(index)).toThrow(RangeError)
    expect(() => header.nameAt(11)).toThrow('There are 11 fields')
  })
})

describe('dates', () => {
  it.each([
    ['Fri, 21 Nov 1997 09:55:06 -0600', '1997-11-21T15:55:06.000Z'],
    ['Thu, 13\t  Feb 1969 23:32  -0330 (Newfoundland Time)', '1969-02-14T03:02:00.000Z'],
    ['21 Nov 97 09:55:06 GMT', '1997-11-21T09:55:06.000Z'],
    ['Fri, 21 Nov 1997 09(comment):   55  :  06 -0600', '1997-11-21T15:55:06.000Z'],
    ['1 jan 00 00:00 EST', '2000-01-01T05:00:00.000Z'],
    ['1 Jan 49 00:00 UT', '2049-01-01T00:00:00.000Z'],
    ['1 Jan 50 00:00 Z', '1950-01-01T00:00:00.000Z'],
    ['1 Jan 100 00:00 +0000', '2000-01-01T00:00:00.000Z'],
    ['31 Dec 2016 23:59:60 +0000', '2016-12-31T23:59:59.000Z'],
    ['Tue, 1 Jul 2003 10:52:37 +0200', '2003-07-01T08:52:37.000Z'],
    ['1 Jan 2000 00:00:00', '2000-01-01T00:00:00.000Z'],
    ['(x) 1 Jan 2000 00:00:00 (y)', '2000-01-01T00:00:00.000Z'],
  ])('are points in time: %s', (text, iso) => {
    expect(parseDate(text)?.toISOString()).toBe(iso)
  })

  it.each([
    '',
    'yesterday',
    '31 Feb 2000 00:00 +0000',
    '1 Foo 2000 00:00 +0000',
    '1 Jan 2000 24:00 +0000',
    '1 Jan 2000 00:60 +0000',
    '1 Jan 2000 00:00:61 +0000',
    '1 Jan 2000 00:00:00 +000',
    '1 Jan 20000 00:00:00 +0000',
    '0 Jan 2000 00:00:00 +0000',
    `1 Jan 2000 00:00:00 +0000${'x'.repeat(100)}`,
    '('.repeat(1000),
  ])('are none: %j', (text) => {
    expect(parseDate(text)).toBeUndefined()
  })
})

describe('identifiers', () => {
  it('stand between angle brackets', () => {
    expect(parseMessageIds('<1234@local.machine.example> (x)\t<3456@example.net>')).toEqual([
      '1234@local.machine.example',
      '3456@example.net',
    ])
    expect(parseMessageIds('<a b> <> <<c>> d <e')).toEqual(['c'])
    expect(parseMessageIds('<'.repeat(200_000))).toEqual([])
  })
})
