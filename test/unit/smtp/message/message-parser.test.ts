/** Messages of the RFCs and others, from octets to events, under every cut. */
import { describe, expect, it } from 'vitest'
import { MimeError, MimeLimitError } from '../../../../src/smtp/message/errors.ts'
import { MessageParser } from '../../../../src/smtp/message/message-parser.ts'
import type { MessageParserOptions } from '../../../../src/smtp/message/message-parser.ts'
import { lines, read } from '../../../support/mime.ts'
import { splits } from '../../../support/splits.ts'

/** What is told of a message, which must not hang on how it is cut. */
function told(message: Buffer, options: MessageParserOptions = {}): readonly string[] {
  const whole = read([message], options)
  for (const { name, pieces } of splits(message)) {
    const cut = read(pieces, options)
    expect(cut.events, name).toEqual(whole.events)
    expect(cut.error?.code, name).toBe(whole.error?.code)
    expect(cut.error?.offset, name).toBe(whole.error?.offset)
  }
  return whole.error === undefined ? whole.events : [...whole.events, whole.error.code]
}

describe('a message without parts', () => {
  it('has content', () => {
    expect(told(lines('Subject: hello', '', 'hello', ''))).toEqual([
      'part root text/plain',
      String.raw`content root "hello\r\n"`,
      'end root',
      'end',
    ])
  })

  it.each([
    ['nothing', ''],
    ['fields alone', 'Subject: hello\r\n'],
    ['a field without its line end', 'Subject: hello'],
    ['a header and its empty line', 'Subject: hello\r\n\r\n'],
    ['an empty line', '\r\n'],
  ])('may be %s', (_, text) => {
    expect(told(Buffer.from(text))).toEqual(['part root text/plain', 'end root', 'end'])
  })

  it.each([
    ['7bit', 'a=20\r\n'],
    ['8BIT', 'a=20\r\n'],
    ['(what?) binary', 'a=20\r\n'],
    ['base64', 'i\x07\x1e'],
    ['Quoted-Printable', 'aYHi \r\n'],
  ])('is decoded: %s', (encoding, decoded) => {
    const body = { base64: 'aQce', 'Quoted-Printable': 'aY=48i=20\r\n' }[encoding] ?? 'a=20\r\n'
    expect(told(lines(`content-transfer-encoding: ${encoding}`, '', body))[1]).toBe(
      `content root ${JSON.stringify(decoded)}`,
    )
  })

  it('is kept as it is where nobody knows how it is encoded', () => {
    expect(told(lines('Content-Transfer-Encoding: x-uuencode', '', 'begin'))).toEqual([
      'part root text/plain',
      'MIME_TRANSFER_ENCODING root',
      'content root "begin"',
      'end root',
      'end',
    ])
    expect(told(lines('Content-Transfer-Encoding: ', '', 'x'))[1]).toBe('content root "x"')
  })

  it('tells what is wrong with content behind it', () => {
    const base64 = told(lines('Content-Transfer-Encoding: base64', '', 'aQ!ce', 'YQ'))
    expect(base64.slice(1, 3)).toEqual(['content root "i\\u0007\\u001ea"', 'MIME_BASE64 root'])
    const printable = told(lines('Content-Transfer-Encoding: quoted-printable', '', 'a=zz b=4'))
    expect(printable.slice(1, 3)).toEqual(['content root "a=zz b=4"', 'MIME_QUOTED_PRINTABLE root'])
  })

  it('reads lines that end in LF, and says so', () => {
    expect(told(Buffer.from('Subject: a\n b\n\nhello\n'))).toEqual([
      'part root text/plain',
      'MIME_BARE_LF root',
      String.raw`content root "hello\n"`,
      'end root',
      'end',
    ])
  })
})

/** RFC 2046 §5.1.1. */
const SIMPLE = lines(
  'From: Nathaniel Borenstein <nsb@bellcore.com>',
  'To: Ned Freed <ned@innosoft.com>',
  'Date: Sun, 21 Mar 1993 23:56:48 -0800 (PST)',
  'Subject: Sample message',
  'MIME-Version: 1.0',
  'Content-type: multipart/mixed; boundary="simple boundary"',
  '',
  'This is the preamble.  It is to be ignored, though it',
  'is a handy place for composition agents to include an',
  'explanatory note to non-MIME conformant readers.',
  '',
  '--simple boundary',
  '',
  'This is implicitly typed plain US-ASCII text.',
  'It does NOT end with a linebreak.',
  '--simple boundary',
  'Content-type: text/plain; charset=us-ascii',
  '',
  'This is explicitly typed plain US-ASCII text.',
  'It DOES end with a linebreak.',
  '',
  '--simple boundary--',
  '',
  'This is the epilogue.  It is also to be ignored.',
)

describe('a multipart', () => {
  it('has parts, and what is around them is dropped (RFC 2046 §5.1.1)', () => {
    expect(told(SIMPLE)).toEqual([
      'part root multipart/mixed (multipart)',
      'part 1 text/plain',
      String.raw`content 1 "This is implicitly typed plain US-ASCII text.\r\nIt does NOT end with a linebreak."`,
      'end 1',
      'part 2 text/plain',
      String.raw`content 2 "This is explicitly typed plain US-ASCII text.\r\nIt DOES end with a linebreak.\r\n"`,
      'end 2',
      'end root',
      'end',
    ])
  })

  it('has digests of messages (RFC 2046 §5.1.5)', () => {
    const message = lines(
      'Content-Type: multipart/digest; boundary="----"',
      '',
      '------',
      '',
      'Subject: one',
      '',
      'first',
      '------',
      'Content-Type: text/plain',
      '',
      'no message',
      '--------',
    )
    expect(told(message)).toEqual([
      'part root multipart/digest (multipart)',
      'part 1 message/rfc822 (message)',
      'part 1.1 text/plain',
      'content 1.1 "first"',
      'end 1.1',
      'end 1',
      'part 2 text/plain',
      'content 2 "no message"',
      'end 2',
      'end root',
      'end',
    ])
  })

  it('has multiparts, whose parts end with those around them (RFC 2046 §5.1.2)', () => {
    const message = lines(
      'Content-Type: multipart/mixed; boundary=outer',
      '',
      '--outer',
      'Content-Type: multipart/alternative; boundary=inner',
      '',
      '--inner',
      '',
      'one',
      '--inner',
      'Content-Type: message/rfc822',
      '',
      'Content-Type: multipart/mixed; boundary=innermost',
      '',
      '--innermost',
      '',
      'two',
      '--outer',
      '',
      'three',
      '--inner',
      '--outer--',
    )
    expect(told(message)).toEqual([
      'part root multipart/mixed (multipart)',
      'part 1 multipart/alternative (multipart)',
      'part 1.1 text/plain',
      'content 1.1 "one"',
      'end 1.1',
      'part 1.2 message/rfc822 (message)',
      'part 1.2.1 multipart/mixed (multipart)',
      'part 1.2.1.1 text/plain',
      'content 1.2.1.1 "two"',
      'end 1.2.1.1',
      'MIME_MULTIPART_UNCLOSED 1.2.1',
      'end 1.2.1',
      'end 1.2',
      'MIME_MULTIPART_UNCLOSED 1',
      'end 1',
      'part 2 text/plain',
      String.raw`content 2 "three\r\n--inner"`,
      'end 2',
      'end root',
      'end',
    ])
  })

  it('tells the parts around each part', () => {
    const parser = new MessageParser()
    parser.push(SIMPLE)
    const [root, first] = [parser.next(), parser.next()]
    expect(root).toMatchObject({ depth: 0, parentType: undefined, kind: 'multipart' })
    expect(first).toMatchObject({ depth: 1, parentType: 'multipart/mixed', path: [1], transferEncoding: '7bit' })
  })

  it.each([
    ['at the end of the input', ''],
    ['within a part', '--b\r\n\r\nx'],
    ['within a header', '--b\r\nSubject: x'],
    ['behind a delimiter', '--b\r\n'],
    ['within what is no delimiter yet', '--b\r\n\r\nx\r\n--'],
  ])('may end without its closing delimiter: %s', (_, body) => {
    const events = told(Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n${body}`))
    expect(events.slice(-3)).toEqual(['MIME_MULTIPART_UNCLOSED root', 'end root', 'end'])
  })

  it('has its closing delimiter at the very end, with or without a line end', () => {
    for (const end of ['--b--', '--b--\r\n', '--b--\n', '--b-- \t', '--b-- \r\n--b\r\n\r\nx', '--b--\r']) {
      const events = told(Buffer.from(`Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nx\r\n${end}`))
      expect(
        events.filter((event) => !event.includes('BARE_LF')),
        end,
      ).toEqual([
        'part root multipart/mixed (multipart)',
        'part 1 text/plain',
        'content 1 "x"',
        'end 1',
        'end root',
        'end',
      ])
    }
  })

  it('has no part where a delimiter stands inside of a header', () => {
    expect(told(lines('Content-Type: multipart/mixed; boundary=b', '', '--b', 'A: b', '--b', '--b--'))).toEqual([
      'part root multipart/mixed (multipart)',
      'part 1 text/plain',
      'MIME_HEADER_CUT 1',
      'end 1',
      'part 2 text/plain',
      'MIME_HEADER_CUT 2',
      'end 2',
      'end root',
      'end',
    ])
  })

  it.each([
    ['none', 'multipart/mixed', 'MIME_BOUNDARY_MISSING'],
    ['an empty one', 'multipart/mixed; boundary=""', 'MIME_BOUNDARY_MISSING'],
    ['blanks', 'multipart/mixed; boundary=" "', 'MIME_BOUNDARY_MISSING'],
    ['one beyond the limit', `multipart/mixed; boundary="${'b'.repeat(2049)}"`, 'MIME_BOUNDARY_SYNTAX'],
  ])('is kept as it is without a boundary that can be used: %s', (_, type, code) => {
    expect(read([lines(`Content-Type: ${type}`, '', '--', 'x')]).events).toEqual([
      'part root multipart/mixed',
      `${code} root`,
      String.raw`content root "--\r\nx"`,
      'end root',
      'end',
    ])
  })

  it.each([
    ['too long', 'b'.repeat(71)],
    ['as long as the limit', 'b'.repeat(2048)],
    ['of other octets', 'b%b'],
    ['in UTF-8', 'b\xc3\xb6b'],
    ['with a blank at its end', 'b '],
  ])('has a boundary %s, and says so', (_, boundary) => {
    const message = lines(
      `Content-Type: multipart/mixed; boundary="${boundary}"`,
      '',
      `--${boundary}`,
      '',
      'x',
      `--${boundary.trimEnd()}--`,
    )
    expect(read([message]).events.slice(1, 4)).toEqual([
      'MIME_BOUNDARY_SYNTAX root',
      'part 1 text/plain',
      'content 1 "x"',
    ])
  })

  it('has its own boundary where one around it has the same', () => {
    const message = lines(
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      '',
      'inner',
      '--b--',
      '--b',
      '',
      'outer',
      '--b--',
    )
    expect(told(message)).toEqual([
      'part root multipart/mixed (multipart)',
      'part 1 multipart/mixed (multipart)',
      'MIME_BOUNDARY_REPEATED 1',
      'part 1.1 text/plain',
      'content 1.1 "inner"',
      'end 1.1',
      'end 1',
      'part 2 text/plain',
      'content 2 "outer"',
      'end 2',
      'end root',
      'end',
    ])
  })

  it('is read all the same where it says that it is encoded, which it must not be', () => {
    const message = lines(
      'Content-Type: multipart/mixed; boundary=b',
      'Content-Transfer-Encoding: base64',
      '',
      '--b',
      '',
      'x',
      '--b--',
    )
    expect(told(message).slice(1, 4)).toEqual(['MIME_COMPOSITE_ENCODING root', 'part 1 text/plain', 'content 1 "x"'])
  })
})

describe('a message in a message', () => {
  const MESSAGE = lines('Content-Type: message/rfc822', '', 'Subject: inner', '', 'hello')

  it('is opened', () => {
    expect(told(MESSAGE)).toEqual([
      'part root message/rfc822 (message)',
      'part 1 text/plain',
      'content 1 "hello"',
      'end 1',
      'end root',
      'end',
    ])
    expect(told(lines('Content-Type: message/global', '', 'Subject: x'))[0]).toBe('part root message/global (message)')
  })

  it('is kept where the program wants its octets', () => {
    expect(told(MESSAGE, { messages: 'keep' }).slice(0, 2)).toEqual([
      'part root message/rfc822',
      String.raw`content root "Subject: inner\r\n\r\nhello"`,
    ])
  })

  it('is decoded and kept where it is encoded, which it must not be', () => {
    const encoded = lines('Content-Type: message/rfc822', 'Content-Transfer-Encoding: base64', '', 'aQce')
    expect(told(encoded).slice(0, 3)).toEqual([
      'part root message/rfc822',
      'MIME_COMPOSITE_ENCODING root',
      String.raw`content root "i\u0007\u001e"`,
    ])
  })

  it('is kept, and told, where too many are around it', () => {
    const nested = Buffer.concat([MESSAGE.subarray(0, 32), MESSAGE.subarray(0, 32), MESSAGE])
    expect(told(nested, { limits: { maxMessageDepth: 2 } })).toEqual([
      'part root message/rfc822 (message)',
      'part 1 message/rfc822 (message)',
      'part 1.1 message/rfc822',
      'MIME_MESSAGE_CLOSED 1.1',
      String.raw`content 1.1 "Subject: inner\r\n\r\nhello"`,
      'end 1.1',
      'end 1',
      'end root',
      'end',
    ])
  })

  it('ends, so that the next one may be opened', () => {
    const part = lines('--b', 'Content-Type: message/rfc822', '', 'A: b', '', 'x', '')
    const message = Buffer.concat([lines('Content-Type: multipart/mixed; boundary=b', '', ''), part, part])
    const events = told(message, { limits: { maxMessageDepth: 1 } })
    expect(events.filter((event) => event.includes('(message)'))).toHaveLength(2)
  })
})

describe('what is broken', () => {
  it.each([
    ['a field twice', ['Content-Type: text/html', 'Content-Type: text/plain'], 'text/html', ['MIME_FIELD_REPEATED']],
    ['no type', ['Content-Type: html'], 'text/plain', ['MIME_CONTENT_TYPE']],
    ['no disposition', ['Content-Disposition: ;x=y'], 'text/plain', ['MIME_DISPOSITION']],
    ['a parameter of a type', ['Content-Type: a/b; c'], 'a/b', ['MIME_PARAMETER']],
    ['a parameter of a disposition', ['Content-Disposition: a; c'], 'text/plain', ['MIME_PARAMETER']],
    ['a NUL in a field', ['Subject: a\0b'], 'text/plain', ['MIME_HEADER_CONTROL']],
    ['a CR in a field', ['Subject: a\rb'], 'text/plain', ['MIME_HEADER_CONTROL']],
    ['no UTF-8 in a field', ['Subject: a\xfcb'], 'text/plain', ['MIME_HEADER_CHARSET']],
    ['UTF-8 in a field', ['Subject: a\xc3\xbcb'], 'text/plain', []],
    ['a line of an mbox', ['From a@x.test Sat Jan  3 01:05:34 1996', 'Content-Type: a/b'], 'a/b', ['MIME_MBOX_LINE']],
  ])('is told: %s', (_, header, type, codes) => {
    const message = lines(...header, '', 'x')
    expect(told(message)).toEqual([
      `part root ${type}`,
      ...codes.map((code) => `${code} root`),
      'content root "x"',
      'end root',
      'end',
    ])
    for (const refuse of ['everything', codes as never] as const) {
      expect(told(message, { refuse }).at(-1)).toBe(codes[0] ?? 'end')
    }
    expect(told(message, { refuse: ['MIME_BASE64'] }).at(-1)).toBe('end')
  })

  it.each([
    ['hello', String.raw`content root "hello\r\nA: b\r\n\r\nx"`],
    [': b', String.raw`content root ": b\r\nA: b\r\n\r\nx"`],
    [' b', String.raw`content root " b\r\nA: b\r\n\r\nx"`],
  ])('is a line that is no field, with which the body begins: %j', (line, content) => {
    expect(told(lines(line, 'A: b', '', 'x'))).toEqual([
      'part root text/plain',
      'MIME_HEADER_LINE root',
      content,
      'end root',
      'end',
    ])
  })

  it('is a delimiter that ends in LF alone', () => {
    const message = Buffer.from('Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\n\r\nx\n--b\n\r\ny\n--b--\n')
    const events = told(message)
    expect(events.filter((event) => event.startsWith('MIME'))).toEqual(['MIME_BARE_LF root'])
    expect(events.filter((event) => event.startsWith('content'))).toEqual(['content 1 "x"', 'content 2 "y"'])
    expect(told(message, { refuse: 'everything' }).at(-1)).toBe('MIME_BARE_LF')
  })
})

describe('limits', () => {
  const parts = lines('Content-Type: multipart/mixed; boundary=b', '', '--b', '', 'x', '--b', '', 'y', '--b--', '')
  const nested = lines('Content-Type: message/rfc822', '', 'Content-Type: message/rfc822', '', 'A: b', '', 'x')

  it.each([
    ['maxMessageBytes', SIMPLE, 400, 399, 'MIME_MESSAGE_TOO_BIG'],
    ['maxHeaderBytes', lines('A: b', '', 'x'), 8, 7, 'MIME_HEADER_TOO_BIG'],
    ['maxHeaderBytes', lines('A: b'), 4, 3, 'MIME_HEADER_TOO_BIG'],
    ['maxFields', lines('A: b', 'C: d', '', 'x'), 2, 1, 'MIME_FIELDS_MANY'],
    ['maxParts', parts, 3, 2, 'MIME_PARTS_MANY'],
    ['maxDepth', nested, 2, 1, 'MIME_TOO_DEEP'],
  ] as const)('%s is kept', (limit, message, enough, tooFew, code) => {
    const bytes = limit === 'maxMessageBytes' ? message.subarray(0, enough) : message
    expect(told(bytes, { limits: { [limit]: enough } }).at(-1)).toBe('end')
    expect(told(bytes, { limits: { [limit]: tooFew } }).at(-1)).toBe(code)
    const { error } = read([bytes], { limits: { [limit]: tooFew } })
    expect(error).toBeInstanceOf(MimeLimitError)
    expect(error).toMatchObject({ limit, max: tooFew })
  })

  it('are finite', () => {
    expect(() => new MessageParser({ limits: { maxParts: Infinity } })).toThrow(RangeError)
  })
})

describe('a parser', () => {
  it('is dead behind an error, and says the same for ever', () => {
    const parser = new MessageParser({ limits: { maxFields: 1 } })
    parser.push(lines('A: b', 'C: d', 'E: f'))
    expect(() => parser.next()).toThrow(MimeLimitError)
    parser.push(lines('', ''))
    expect(() => parser.next()).toThrow('maxFields 1')
  })

  it('takes nothing behind the end', () => {
    const parser = new MessageParser()
    parser.pushEnd()
    parser.pushEnd()
    expect(() => parser.push(Buffer.from('x'))).toThrow(MimeError)
  })

  it('tells the end once', () => {
    const parser = new MessageParser()
    parser.pushEnd()
    expect([parser.next()?.type, parser.next()?.type, parser.next(), parser.next()].slice(0, 3)).toEqual([
      'part',
      'partEnd',
      { type: 'end' },
    ])
    expect(parser.next()).toBeUndefined()
  })

  it('gives views where nothing has to be decoded', () => {
    const bytes = lines('', 'hello')
    const parser = new MessageParser()
    parser.push(bytes)
    parser.next()
    const event = parser.next()
    expect(event?.type === 'content' && event.bytes.buffer === bytes.buffer).toBe(true)
  })

  it('takes arrays that are no buffers', () => {
    const parser = new MessageParser()
    parser.push(new Uint8Array(lines('', 'hello')))
    parser.next()
    expect(parser.next()).toEqual({ type: 'content', bytes: Buffer.from('hello') })
  })
})
