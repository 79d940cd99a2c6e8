import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Fields } from '../../../src/http/fields.ts'
import type { Leniency } from '../../../src/http/limits.ts'
import { RequestParser, ResponseParser } from '../../../src/http/parser.ts'
import { ProtocolError } from '../../../src/net/errors.ts'
import { splits } from '../../support/splits.ts'

type Role = 'request' | 'response'
type Parser = RequestParser | ResponseParser

const ALL_FORGIVEN: Partial<Leniency> = { foldBecomesSpace: true, bareLfEndsLine: true, targetMayHoldObsText: true }

function parserFor(role: Role, leniency: Partial<Leniency>): Parser {
  return role === 'request' ? new RequestParser({ leniency }) : new ResponseParser({ leniency })
}

/** What a parser says of `pieces`, its fields in full; offsets count from `start`. */
function say(parser: Parser, pieces: readonly Uint8Array[], start: number): unknown[] {
  const said: unknown[] = []
  try {
    for (const piece of pieces) {
      parser.push(piece)
      for (let event = parser.next('GET'); event !== undefined; event = parser.next('GET')) {
        if (event.type === 'end') continue
        if (event.type === 'warning') said.push({ ...event, offset: event.offset - start })
        else if (event.type === 'content') said.push(...event.bytes)
        else said.push({ ...event, headers: event.headers.raw(), bits: event.headers.bits })
      }
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    said.push([error.code, (error.offset ?? NaN) - start])
  }
  return said
}

/** Whatever a connection has said before, a head means what it means alone. */
function expectNoMemory(role: Role, leniency: Partial<Leniency>, before: readonly string[], head: string): void {
  const bytes = Buffer.from(head, 'latin1')
  const earlier = Buffer.from(before.join(''), 'latin1')
  const alone = say(parserFor(role, leniency), [bytes], 0)
  for (const { name, pieces } of splits(bytes, { maxCuts: 60, random: 2 })) {
    const parser = parserFor(role, leniency)
    say(parser, [earlier], 0)
    expect(say(parser, pieces, earlier.length), name).toEqual(alone)
  }
}

/** Whether a connection goes on behind a head. */
function isReadable(role: Role, leniency: Partial<Leniency>, head: string): boolean {
  const parser = parserFor(role, leniency)
  return !say(parser, [Buffer.from(head, 'latin1')], 0).some(Array.isArray)
}

function fieldsOf(parser: RequestParser, head: string): Fields {
  parser.push(Buffer.from(head))
  const event = parser.next()
  parser.next()
  if (event?.type !== 'request') throw new Error('no head')
  return event.headers
}

const LINES = [
  'Host: a.test',
  'User-Agent: Mozilla/5.0 (X11; Linux x86_64)',
  'Empty:',
  'Spaced:   two words  ',
  'Connection: keep-alive',
  'Cookie: session=0123456789; seen=1',
]

function requestOf(lines: readonly string[], start = 'GET /one HTTP/1.1'): string {
  return `${[start, ...lines].join('\r\n')}\r\n\r\n`
}

/** Line `index` as something else, or as several lines, or none. */
function withLine(index: number, ...instead: string[]): string {
  return requestOf(LINES.toSpliced(index, 1, ...instead))
}

const SECOND_HEADS: Readonly<Record<string, string>> = {
  'the same': requestOf(LINES),
  'another target': requestOf(LINES, 'GET /another/one HTTP/1.1'),
  'a shorter target': requestOf(LINES, 'GET / HTTP/1.1'),
  'a target that is wrong': requestOf(LINES, 'GET /<one> HTTP/1.1'),
  'a target that is forgiven': requestOf(LINES, 'GET /\xfcne HTTP/1.1'),
  'another method': requestOf(LINES, 'POST /one HTTP/1.1'),
  'the other version': requestOf(LINES, 'GET /one HTTP/1.0'),
  'an empty line before it': `\r\n${requestOf(LINES)}`,
  'a bare LF before it': `\n${requestOf(LINES)}`,
  'another Host': withLine(0, 'Host: b.test'),
  'a Host that is none': withLine(0, 'Host: a,test'),
  'a longer Host': withLine(0, 'Host: a.test.example'),
  'no Host': withLine(0),
  'a name that begins alike': withLine(0, 'Host: a.test', 'User-Agents: many'),
  'a name in another case': withLine(1, 'user-agent: Mozilla/5.0 (X11; Linux x86_64)'),
  'a name with a space behind it': withLine(1, 'User-Agent : Mozilla/5.0 (X11; Linux x86_64)'),
  'an empty value': withLine(1, 'User-Agent:'),
  'a value where none was': withLine(2, 'Empty: no more'),
  'other white space': withLine(3, 'Spaced: two words'),
  'more behind white space': withLine(3, 'Spaced:   two words  and one'),
  'a shorter value': withLine(5, 'Cookie: session=01234'),
  'a longer value': withLine(5, 'Cookie: session=0123456789; seen=1; more=2'),
  'another value': withLine(5, 'Cookie: session=0123456788; seen=2'),
  'a value with a NUL': withLine(5, 'Cookie: session=0123456789; seen=\0'),
  'a value of octets that are no number': withLine(5, `Cookie: ${'\xff'.repeat(20)}`),
  'a bare CR': withLine(5, 'Cookie: session=0123456789; seen=1\r'),
  'a bare LF': requestOf(LINES).replace('keep-alive\r\n', 'keep-alive\n'),
  'a fold behind a line': withLine(4, 'Connection: keep-alive\r\n , close'),
  'a fold behind the last line': withLine(5, 'Cookie: session=0123456789; seen=1\r\n\tand more'),
  'a fold at the beginning': withLine(0, ' Host: a.test'),
  'a line more': requestOf([...LINES, 'More: less']),
  'a line more in the middle': withLine(2, 'More: less', 'Empty:'),
  'a line less': requestOf(LINES.slice(0, -1)),
  'a line less in the middle': withLine(3),
  'no line': requestOf([], 'GET /one HTTP/1.0'),
  'a second Host': withLine(2, 'Host: a.test'),
  'a length': withLine(2, 'Content-Length: 3') + 'abc',
  'the other options': withLine(4, 'Connection: close'),
  'all in another order': requestOf(LINES.toReversed()),
  'many lines': requestOf([...LINES, ...Array.from({ length: 60 }, (_, index) => `X-${index}: ${index}`)]),
  'a long line': withLine(5, `Cookie: ${'x'.repeat(5000)}`),
  'an end where one is forgiven, and a method too long behind it': withLine(5, `Cookie:\n\n${'x'.repeat(40)}`),
}

const NAMES = ['Host', 'TE', 'Via', 'Accept', 'Referer', 'Accept-Language', 'Sec-WebSocket-Key', 'X-Forwarded-For']

/** Lines of names of every length, with values that no other number has. */
function linesOf(number: number, names = NAMES): string[] {
  return names.map((name, index) => `${name}: ${'v'.repeat(index * 3)}${number}.test`)
}

/** The same names but for one. */
function withName(name: string, instead: string): string {
  return requestOf(
    linesOf(
      9,
      NAMES.map((other) => (other === name ? instead : other)),
    ),
  )
}

const SAME_NAMES: Readonly<Record<string, string>> = {
  'other values': requestOf(linesOf(9)),
  'other values, and a line less': requestOf(linesOf(9).slice(0, -1)),
  'other values, and a line more': requestOf([...linesOf(9), 'More: less']),
  'other values, and a line more in the middle': requestOf(linesOf(9).toSpliced(3, 0, 'More: less')),
  'a short name that is another': withName('TE', 'To'),
  'another first letter': withName('Via', 'Wia'),
  'another last letter': withName('Accept', 'Accepp'),
  'another letter in the first word': withName('Accept-Language', 'Except-Language'),
  'another letter in the last word': withName('Sec-WebSocket-Key', 'Sec-WebSocket-Ken'),
  'another letter in the middle': withName('Sec-WebSocket-Key', 'Sec-WebSucket-Key'),
  'a name that goes on': withName('Referer', 'Referer-Policy'),
  'a space behind a name': withName('Referer', 'Referer '),
  'a second Host': withName('X-Forwarded-For', 'Host'),
  'a Host that is none': requestOf(linesOf(9)).replace('9.test', '9,test'),
  'no Host': withName('Host', 'Most'),
  'an end within a name': requestOf([...linesOf(9).slice(0, 5), 'Accept-L']),
}

describe('LastHead', () => {
  for (const [name, head] of Object.entries(SAME_NAMES)) {
    it(`means nothing to the next head, which has the same names, and ${name}`, () => {
      const heads = Array.from({ length: 8 }, (_, number) => requestOf(linesOf(number)))
      for (const earlier of [1, 2, 8]) expectNoMemory('request', {}, heads.slice(0, earlier), head)
    })
  }

  it('hands out the same names again, where all values are others', () => {
    const parser = new RequestParser()
    const heads = Array.from({ length: 40 }, (_, number) => fieldsOf(parser, requestOf(linesOf(number))).raw())
    expect(heads).toEqual(heads.map((_, number) => linesOf(number).flatMap((line) => line.split(': '))))
  })

  it('knows no line beyond those for which it has a bit', () => {
    const lines = Array.from({ length: 10 }, (_, index) => `X-${index}: ${'x'.repeat(20)}`)
    const others = Array.from({ length: 30 }, (_, index) => `Y-${index}: ${index}`)
    expectNoMemory(
      'request',
      {},
      [requestOf(lines, 'GET /one HTTP/1.0')],
      requestOf([...lines, ...others, 'Host: a,b'], 'GET /one HTTP/1.0'),
    )
  })

  for (const [name, head] of Object.entries(SECOND_HEADS)) {
    it(`means nothing to the next head, which has ${name}`, () => {
      const first = requestOf(LINES)
      for (const leniency of [{}, ALL_FORGIVEN]) {
        expectNoMemory('request', leniency, [first], head)
        expectNoMemory('request', leniency, [first, first], head)
        if (!isReadable('request', leniency, head)) continue
        expectNoMemory('request', leniency, [head], first)
        expectNoMemory('request', leniency, [head, first], head)
        expectNoMemory('request', leniency, [head, head], head)
      }
    })
  }

  it('means nothing to a response, whose lines change now and then', () => {
    const first = 'HTTP/1.1 200 OK\r\nDate: Sun, 06 Nov 1994 08:49:37 GMT\r\nContent-Length: 0\r\nVary: a\r\n\r\n'
    for (const next of [
      first,
      first.replace('08:49:37', '08:49:38'),
      first.replace('200 OK', '404 Not Found'),
      first.replace('200 OK', '204'),
      first.replace('200 OK', '103 Early Hints'),
      first.replace('Length: 0', 'Length: 2') + 'ab',
      first.replace('Length: 0', 'Length: 0, 0'),
      first.replace('Vary: a', 'Vary: a\r\n b'),
    ]) {
      expectNoMemory('response', {}, [first], next)
      expectNoMemory('response', {}, [next, first, first], next)
    }
  })

  it('means nothing to a head that differs in an octet or two, wherever that is', () => {
    const octet = fc.constantFrom(...'\0\t\n\r :,/Aa~\x7f\xff'.split(''))
    const edit = fc.record({ at: fc.nat(400), cut: fc.nat(2), put: fc.array(octet, { maxLength: 2 }) })
    const edited = (head: string, edits: readonly { at: number; cut: number; put: string[] }[]): string =>
      edits.reduce((text, { at, cut, put }) => {
        const place = at % text.length
        return text.slice(0, place) + put.join('') + text.slice(place + cut)
      }, head)
    fc.assert(
      fc.property(
        fc.constantFrom(...Object.values(SECOND_HEADS)),
        fc.array(edit, { minLength: 1, maxLength: 2 }),
        fc.constantFrom({}, ALL_FORGIVEN),
        (head, edits, leniency) => expectNoMemory('request', leniency, [requestOf(LINES)], edited(head, edits)),
      ),
      { numRuns: 60 },
    )
  })

  it('tells the method of a head that begins like the last one, as soon as that is there', () => {
    const parser = new RequestParser()
    fieldsOf(parser, requestOf(LINES))
    const methods = ['GE', 'T', ' ', '/'].map((piece) => {
      parser.push(Buffer.from(piece))
      return [parser.next(), parser.method]
    })
    expect(methods).toEqual([
      [undefined, undefined],
      [undefined, undefined],
      [undefined, 'GET'],
      [undefined, 'GET'],
    ])
  })

  it('compares a long head, or one of many lines, as a whole alone', () => {
    const long = withLine(5, `Cookie: ${'x'.repeat(5000)}`)
    const wide = requestOf([...LINES, ...Array.from({ length: 26 }, (_, index) => `X-${index}: ${index}`)])
    for (const head of [long, wide]) {
      const parser = new RequestParser()
      const first = fieldsOf(parser, head)
      expect(fieldsOf(parser, head)).toBe(first)
      expect(fieldsOf(parser, head.replace('/one', '/two'))).not.toBe(first)
    }
  })

  it('does not compare with a head of more than 16 KiB', () => {
    const parser = new RequestParser()
    const head = requestOf([...LINES, `X: ${'x'.repeat(8200)}`, `Y: ${'y'.repeat(8200)}`])
    expect(fieldsOf(parser, head)).not.toBe(fieldsOf(parser, head))
  })

  it('looks at no octet twice where a head comes again in pieces', () => {
    const parser = new RequestParser()
    const head = Buffer.from(requestOf(LINES))
    for (let times = 0; times < 2; times++) {
      const before = parser.work
      for (const octet of head) {
        parser.push(Buffer.of(octet))
        while (parser.next() !== undefined) continue
      }
      if (times === 1) expect(parser.work - before).toBe(head.length)
    }
  })

  it('depends on the method that a response answers', () => {
    const parser = new ResponseParser()
    const kinds: unknown[] = []
    for (const method of ['GET', 'HEAD', 'HEAD', 'GET']) {
      parser.push(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n'))
      const head = parser.next(method)
      if (head?.type === 'response') kinds.push(head.framing.kind)
      if (method === 'GET') parser.push(Buffer.from('a'))
      while (parser.next(method) !== undefined) continue
    }
    expect(kinds).toEqual(['length', 'none', 'none', 'length'])
  })

  it('is remembered now and then only where no head is like the one before', () => {
    const parser = new RequestParser()
    const read = (head: string): Fields => fieldsOf(parser, head)
    const repeats = Array.from({ length: 60 }, (_, index) => {
      const head = requestOf([`Host: ${index}.test`, `X-${index}: ${index}`])
      return read(head) === read(head.replace('/one', '/two'))
    })
    // The second of a pair is like the first, so that strangers are never many in a row.
    expect(repeats).not.toContain(false)
    for (let index = 0; index < 10; index++) read(requestOf([`Host: ${index}.test`]))
    const repeated = Array.from({ length: 20 }, () => read(requestOf(['Host: a.test'])))
    expect(repeated[1]).not.toBe(repeated[0])
    expect(repeated.at(-1)).toBe(repeated.at(-2))
  })

  it('lends its strings and its fields, and an array of names and values to nobody', () => {
    const parser = new RequestParser()
    const read = (head: string): Fields => fieldsOf(parser, head)
    const first = read(requestOf(LINES))
    expect(read(requestOf(LINES))).toBe(first)
    expect(read(requestOf(LINES, 'GET /two HTTP/1.1'))).toBe(first)
    first.raw().fill('')
    expect(read(requestOf(LINES)).raw()).toEqual(first.raw())
    expect(first.get('cookie')).toBe('session=0123456789; seen=1')
    expect(read(withLine(5, 'Cookie: none'))).not.toBe(first)
    expect(first.get('cookie')).toBe('session=0123456789; seen=1')
  })
})
