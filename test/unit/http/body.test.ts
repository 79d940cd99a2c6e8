import { describe, expect, it } from 'vitest'
import { CloseDecoder, END, LengthDecoder } from '../../../src/http/body.ts'
import type { BodyDecoder } from '../../../src/http/body.ts'
import { ChunkedDecoder } from '../../../src/http/chunked.ts'
import { DEFAULT_LIMITS, STRICT, withLeniency } from '../../../src/http/limits.ts'
import type { Leniency, Limits } from '../../../src/http/limits.ts'
import { Window } from '../../../src/http/window.ts'
import { splits } from '../../support/splits.ts'

/** What a decoder made of its input. */
interface Decoded {
  readonly content: string
  readonly result: string
  readonly trailers: readonly (readonly [string, string])[]
  readonly rest: string
  readonly offset: number
}

function decode(create: () => BodyDecoder, pieces: readonly Buffer[], isEnded: boolean): Decoded {
  const decoder = create()
  const window = new Window()
  let content = ''
  let result = 'more'
  const pump = (isAll: boolean): void => {
    while (result === 'more') {
      const answer = decoder.next(window, isAll)
      if (answer === undefined) return
      if (typeof answer === 'string') result = answer
      else content += answer.toString('latin1')
      if (typeof answer !== 'string') expect(answer.length).toBeGreaterThan(0)
    }
  }
  for (const piece of pieces) {
    window.push(piece)
    pump(false)
  }
  if (isEnded) pump(true)
  const { offset } = window
  return { content, result, trailers: [...decoder.trailers], rest: window.takeAll().toString('latin1'), offset }
}

/** The same under every split. */
function decoded(create: () => BodyDecoder, text: string, isEnded = false): Decoded {
  const bytes = Buffer.from(text, 'latin1')
  const whole = decode(create, [bytes], isEnded)
  for (const { name, pieces } of splits(bytes)) expect(decode(create, pieces, isEnded), name).toEqual(whole)
  return whole
}

describe('LengthDecoder', () => {
  const create = (): BodyDecoder => new LengthDecoder(5)

  it('takes as many octets as were announced, and leaves the rest', () => {
    expect(decoded(create, 'helloGET')).toMatchObject({ content: 'hello', result: END, rest: 'GET' })
    expect(decoded(create, 'hell')).toMatchObject({ content: 'hell', result: 'more' })
  })

  it('is cut short by the end of the connection', () => {
    expect(decoded(create, 'hell', true)).toMatchObject({ result: 'HTTP_CUT_SHORT' })
    expect(decoded(create, 'hello', true)).toMatchObject({ result: END })
  })

  it('hands out views', () => {
    const bytes = Buffer.from('hello')
    const window = new Window()
    window.push(bytes)
    const slice = create().next(window, false) as Buffer
    expect(slice.buffer).toBe(bytes.buffer)
  })
})

describe('CloseDecoder', () => {
  it('ends with the connection', () => {
    const create = (): BodyDecoder => new CloseDecoder(10)
    expect(decoded(create, 'hello')).toMatchObject({ content: 'hello', result: 'more' })
    expect(decoded(create, 'hello', true)).toMatchObject({ content: 'hello', result: END })
    expect(decoded(create, '', true)).toMatchObject({ content: '', result: END })
    expect(decoded(create, '0123456789', true)).toMatchObject({ result: END })
  })

  it('has a limit', () => {
    expect(decoded(() => new CloseDecoder(4), 'hello')).toMatchObject({ content: 'hell', result: 'HTTP_BODY_LONG' })
    expect(decoded(() => new CloseDecoder(0), 'h')).toMatchObject({ content: '', result: 'HTTP_BODY_LONG' })
  })
})

describe('ChunkedDecoder', () => {
  const chunked = (
    text: string,
    limits: Partial<Limits> = {},
    leniency: Partial<Leniency> = {},
    isEnded = false,
  ): Decoded =>
    decoded(() => new ChunkedDecoder({ ...DEFAULT_LIMITS, ...limits }, withLeniency(STRICT, leniency)), text, isEnded)

  it.each([
    ['5\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['0\r\n\r\n', ''],
    ['000\r\n\r\n', ''],
    ['A\r\n0123456789\r\nb\r\nhello world\r\n0\r\n\r\n', '0123456789hello world'],
    ['5;a\r\nhello\r\n0;b=c\r\n\r\n', 'hello'],
    ['5 ; a\t=\tb;c="d;\\"e\xe9" ;f\r\nhello\r\n0\r\n\r\n', 'hello'],
    ['1;a=b;c\r\nx\r\n0\r\n\r\n', 'x'],
    ['1;a ;b\r\nx\r\n0\r\n\r\n', 'x'],
    ['1;a =b\r\nx\r\n0\r\n\r\n', 'x'],
  ])('reads %j', (text, content) => {
    expect(chunked(`${text}rest`)).toEqual({ content, result: END, trailers: [], rest: 'rest', offset: text.length })
  })

  it('reads trailers, and keeps them apart', () => {
    const text = '1\r\nx\r\n0\r\nX-Sum: 1\r\nY:\r\n\r\n'
    expect(chunked(text)).toMatchObject({
      result: END,
      trailers: [
        ['X-Sum', '1'],
        ['Y', ''],
      ],
    })
  })

  it.each([
    ['\r\n', 'HTTP_CHUNK_SIZE', 0],
    ['g\r\n', 'HTTP_CHUNK_SIZE', 0],
    ['5g', 'HTTP_CHUNK_SIZE', 1],
    ['0x5', 'HTTP_CHUNK_SIZE', 1],
    ['5\n', 'HTTP_BARE_LF', 1],
    ['5\rX', 'HTTP_BARE_CR', 2],
    ['5 \r', 'HTTP_CHUNK_EXTENSION', 2],
    ['5 x', 'HTTP_CHUNK_EXTENSION', 2],
    ['5;\r', 'HTTP_CHUNK_EXTENSION', 2],
    ['5;=', 'HTTP_CHUNK_EXTENSION', 2],
    ['5;a(', 'HTTP_CHUNK_EXTENSION', 3],
    ['5;a\n', 'HTTP_BARE_LF', 3],
    ['5;a \r', 'HTTP_CHUNK_EXTENSION', 4],
    ['5;a=\r', 'HTTP_CHUNK_EXTENSION', 4],
    ['5;a=b(', 'HTTP_CHUNK_EXTENSION', 5],
    ['5;a="\r', 'HTTP_CHUNK_EXTENSION', 5],
    ['5;a="\\\0', 'HTTP_CHUNK_EXTENSION', 6],
    ['5;a="b"c', 'HTTP_CHUNK_EXTENSION', 7],
    ['1\r\nxy', 'HTTP_CHUNK_END', 4],
    ['1\r\nx\ry', 'HTTP_CHUNK_END', 5],
    ['1\r\nx\n', 'HTTP_CHUNK_END', 4],
    ['0\r\n\n', 'HTTP_BARE_LF', 3],
    ['0\r\n\rX', 'HTTP_BARE_CR', 3],
    ['0\r\nX y', 'HTTP_FIELD_SPACE', 4],
    ['0\r\n X: y', 'HTTP_FIELD_INDENT', 3],
    ['0\r\nHost: a\r\n\r\n', 'HTTP_TRAILER_FIELD', 3],
    ['0\r\nContent-Length: 1\r\n\r\n', 'HTTP_TRAILER_FIELD', 3],
    ['0\r\nTransfer-Encoding: x\r\n\r\n', 'HTTP_TRAILER_FIELD', 3],
    ['00000000000000001', 'HTTP_CHUNK_SIZE', 16],
    ['FFFFFFFFFFFFFFFF\r\n', 'HTTP_CHUNK_LONG', 18],
    ['80000000\r\n', 'HTTP_CHUNK_LONG', 10],
  ])('%j ends with %s at %i', (text, result, offset) => expect(chunked(text)).toMatchObject({ result, offset }))

  it('has limits for extensions, trailers and the whole', () => {
    expect(chunked('1;a\r\nx\r\n1;b\r\n', { maxChunkExtensionBytes: 4 })).toMatchObject({ result: 'more' })
    expect(chunked('1;a\r\nx\r\n1;bc', { maxChunkExtensionBytes: 4 })).toMatchObject({
      result: 'HTTP_CHUNK_EXTENSIONS_LONG',
      offset: 11,
    })
    expect(chunked('0\r\nX: 12\r\n\r\n', { maxTrailerBytes: 9 })).toMatchObject({ result: END })
    expect(chunked('0\r\nX: 12\r\n\r\n', { maxTrailerBytes: 8 })).toMatchObject({ result: 'HTTP_TRAILERS_LONG' })
    expect(chunked('0\r\nX: 1\r\nY: 2\r\n\r\n', { maxFields: 1 })).toMatchObject({ result: 'HTTP_FIELDS_MANY' })
    expect(chunked('3\r\nabc\r\n2\r\nde\r\n0\r\n\r\n', { maxBodyBytes: 5 })).toMatchObject({ result: END })
    expect(chunked('3\r\nabc\r\n3\r\n', { maxBodyBytes: 5 })).toMatchObject({
      content: 'abc',
      result: 'HTTP_BODY_LONG',
    })
  })

  it('is cut short by the end of the connection, wherever that is', () => {
    const text = '5;a="b"\r\nhello\r\n0\r\nX: y\r\n\r\n'
    for (let end = 0; end < text.length; end++) {
      expect(chunked(text.slice(0, end), {}, {}, true), text.slice(0, end)).toMatchObject({ result: 'HTTP_CUT_SHORT' })
    }
    expect(chunked(text, {}, {}, true)).toMatchObject({ result: END })
  })

  it('is over for good', () => {
    const decoder = new ChunkedDecoder(DEFAULT_LIMITS, STRICT)
    const window = new Window()
    window.push(Buffer.from('0\r\n\r\n5\r\n'))
    expect([decoder.next(window, false), decoder.next(window, false)]).toEqual([END, END])
    expect(window.length).toBe(3)
  })

  it('forgives folds in trailers, and bare LF nowhere', () => {
    const leniency = { bareLfEndsLine: true, foldBecomesSpace: true }
    expect(chunked('0\r\nX: a\r\n b\r\n\r\n', {}, leniency)).toMatchObject({ trailers: [['X', 'a   b']] })
    expect(chunked('0\r\nX: a\n\r\n', {}, leniency)).toMatchObject({ result: 'HTTP_BARE_LF' })
    expect(chunked('0\n', {}, leniency)).toMatchObject({ result: 'HTTP_BARE_LF' })
  })
})
