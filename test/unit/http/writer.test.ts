import { describe, expect, it } from 'vitest'
import { encoderFor } from '../../../src/http/encoder.ts'
import { HttpError } from '../../../src/http/errors.ts'
import type { HttpErrorCode } from '../../../src/http/errors.ts'
import type { ReceivedRequest, RequestHead, ResponseHead } from '../../../src/http/events.ts'
import type { FieldLines } from '../../../src/http/fields.ts'
import { RequestParser } from '../../../src/http/parser.ts'
import { writeInformational, writeRequest, writeResponse } from '../../../src/http/writer.ts'
import type { Slices } from '../../../src/http/writer.ts'

const HOST = ['Host', 'a'] as const

function text(slices: Slices): string {
  return Buffer.concat(slices).toString('latin1')
}

/** The code with which `act` is refused, as a fault of our own. */
function refused(act: () => unknown): HttpErrorCode | undefined {
  try {
    act()
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    expect(error.side).toBe('local')
    return error.code
  }
  return undefined
}

function request(method: string, target: string, headers: FieldLines = [HOST]): RequestHead {
  return { type: 'request', method, target, headers }
}

/** A request as a server has received it. */
function received(head: string): ReceivedRequest {
  const parser = new RequestParser()
  parser.push(Buffer.from(head))
  const event = parser.next()
  if (event?.type !== 'request') throw new Error('no request')
  return event
}

const GET = received('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
const HEAD = received('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n')
const OLD = received('GET / HTTP/1.0\r\n\r\n')
const CONNECT = received('CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n')

describe('writeRequest', () => {
  it('writes the head', () => {
    const { slices, framing, isLast, offer } = writeRequest(request('GET', '/a?b', [HOST, ['X', 'é']]))
    expect(text(slices)).toBe('GET /a?b HTTP/1.1\r\nHost: a\r\nX: é\r\n\r\n')
    expect({ framing, isLast, offer }).toEqual({ framing: { kind: 'none' }, isLast: false, offer: 'none' })
  })

  it('knows the fields that matter from others of their length', () => {
    const others = ['tx', 'hosx', 'expecx', 'upgradx', 'connectiox', 'content-lengtx', 'transfer-encodinx', 'other']
    const { framing, isLast, offer } = writeRequest(
      request('GET', '/', [HOST, ...others.map((name) => [name, 'x'] as const)]),
    )
    expect({ framing, isLast, offer }).toEqual({ framing: { kind: 'none' }, isLast: false, offer: 'none' })
  })

  it('tells what the head decides', () => {
    expect(writeRequest(request('POST', '/', [HOST, ['content-length', '5']])).framing).toEqual({
      kind: 'length',
      length: 5,
    })
    expect(writeRequest(request('POST', '/', [HOST, ['transfer-encoding', 'chunked']])).framing).toEqual({
      kind: 'chunked',
    })
    expect(writeRequest(request('GET', '/', [HOST, ['connection', 'x, Close']])).isLast).toBe(true)
    expect(writeRequest(request('CONNECT', 'a:1')).offer).toBe('tunnel')
    const upgrade = [HOST, ['Upgrade', 'x'], ['Connection', 'upgrade']] as const
    expect(writeRequest(request('GET', '/', upgrade)).offer).toBe('upgrade')
    const coding = [HOST, ['TE', 'trailers, deflate;q=0.5'], ['Connection', 'TE']] as const
    expect(refused(() => writeRequest(request('GET', '/', coding)))).toBeUndefined()
    expect(refused(() => writeRequest(request('TRACE', '/', [HOST, ['X-Cookie', 'a']])))).toBeUndefined()
    const expecting = [HOST, ['Expect', '100-Continue'], ['Content-Length', '1']] as const
    expect(refused(() => writeRequest(request('PUT', '/', expecting)))).toBeUndefined()
  })

  it.each<[string, RequestHead, HttpErrorCode]>([
    ['TE without its option', request('GET', '/', [HOST, ['TE', 'trailers']]), 'HTTP_SEND_FIELD'],
    ['TE: chunked', request('GET', '/', [HOST, ['te', 'trailers,Chunked'], ['Connection', 'TE']]), 'HTTP_SEND_FIELD'],
    ['TRACE with content', request('TRACE', '/', [HOST, ['Content-Length', '1']]), 'HTTP_SEND_FRAMING'],
    ['TRACE with a cookie', request('TRACE', '/', [HOST, ['X', 'a'], ['cookie', 'b']]), 'HTTP_SEND_FIELD'],
    ['TRACE with credentials', request('TRACE', '/', [HOST, ['Authorization', 'x']]), 'HTTP_SEND_FIELD'],
    ['a method with a space', request('G T', '/'), 'HTTP_SEND_START'],
    ['no method', request('', '/'), 'HTTP_SEND_START'],
    ['a miscased method', request('get', '/'), 'HTTP_SEND_START'],
    ['a target with a line end', request('GET', '/ HTTP/1.1\r\nX: y'), 'HTTP_SEND_START'],
    ['a target of another method', request('GET', '*'), 'HTTP_SEND_START'],
    ['no target', request('GET', ''), 'HTTP_SEND_START'],
    ['no Host', request('GET', '/', []), 'HTTP_SEND_FIELD'],
    ['two Hosts', request('GET', '/', [HOST, HOST]), 'HTTP_SEND_FIELD'],
    ['an invalid Host', request('GET', '/', [['Host', 'a b']]), 'HTTP_SEND_FIELD'],
    ['a name that ends the line', request('GET', '/', [HOST, ['a\r\nb', 'c']]), 'HTTP_SEND_FIELD'],
    ['a value that ends the line', request('GET', '/', [HOST, ['a', 'b\nc']]), 'HTTP_SEND_FIELD'],
    ['a NUL', request('GET', '/', [HOST, ['a', '\0']]), 'HTTP_SEND_FIELD'],
    ['a value beyond latin1', request('GET', '/', [HOST, ['a', '€']]), 'HTTP_SEND_FIELD'],
    ['Connection that is no list', request('GET', '/', [HOST, ['Connection', 'a b']]), 'HTTP_SEND_FIELD'],
    ['another expectation', request('PUT', '/', [HOST, ['Expect', 'x'], ['Content-Length', '1']]), 'HTTP_SEND_FIELD'],
    ['an expectation without content', request('GET', '/', [HOST, ['Expect', '100-continue']]), 'HTTP_SEND_FIELD'],
    ['an upgrade that is not connected', request('GET', '/', [HOST, ['Upgrade', 'x']]), 'HTTP_SEND_FIELD'],
    [
      'both framing fields',
      request('PUT', '/', [HOST, ['Content-Length', '1'], ['Transfer-Encoding', 'chunked']]),
      'HTTP_SEND_FRAMING',
    ],
    ['a length that is none', request('PUT', '/', [HOST, ['Content-Length', 'x']]), 'HTTP_SEND_FRAMING'],
    [
      'a coding that is not implemented',
      request('PUT', '/', [HOST, ['Transfer-Encoding', 'gzip, chunked']]),
      'HTTP_SEND_FRAMING',
    ],
  ])('refuses %s', (_, head, code) => expect(refused(() => writeRequest(head))).toBe(code))
})

describe('writeResponse', () => {
  const write = (
    head: Omit<ResponseHead, 'type'>,
    context: { request?: ReceivedRequest | undefined; isPersistent?: boolean; date?: string } = {},
  ): string => {
    const request = 'request' in context ? context.request : GET
    const written = writeResponse(head, {
      version: request?.version ?? '1.0',
      method: request?.method,
      isPersistent: context.isPersistent ?? true,
      date: context.date,
    })
    return `${written.framing.kind}${written.isLast ? ' last' : ''} ${written.text}`
  }

  it.each<[string, Omit<ResponseHead, 'type'>, Parameters<typeof write>[1]]>([
    ['none HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', { status: 200, headers: [], length: 0 }, {}],
    [
      'length HTTP/1.1 200 Fine\r\nContent-Length: 5\r\n\r\n',
      { status: 200, reason: 'Fine', headers: [], length: 5 },
      {},
    ],
    [
      'length HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n',
      { status: 200, headers: [['content-length', '5']], length: 9 },
      {},
    ],
    ['chunked HTTP/1.1 299 \r\nTransfer-Encoding: chunked\r\n\r\n', { status: 299, headers: [] }, {}],
    [
      'chunked HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n',
      { status: 200, headers: [['Transfer-Encoding', 'chunked']] },
      {},
    ],
    ['close last HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n', { status: 200, headers: [] }, { request: OLD }],
    [
      'length HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: keep-alive\r\n\r\n',
      { status: 200, headers: [], length: 5 },
      { request: OLD },
    ],
    [
      'length HTTP/1.1 200 OK\r\nConnection: Keep-Alive\r\nContent-Length: 5\r\n\r\n',
      { status: 200, headers: [['Connection', 'Keep-Alive']], length: 5 },
      { request: OLD },
    ],
    [
      'length last HTTP/1.1 400 Bad Request\r\nContent-Length: 5\r\nConnection: close\r\n\r\n',
      { status: 400, headers: [], length: 5 },
      { request: undefined, isPersistent: false },
    ],
    [
      'length last HTTP/1.1 200 OK\r\nconnection: close\r\nContent-Length: 5\r\n\r\n',
      { status: 200, headers: [['connection', 'close']], length: 5 },
      {},
    ],
    ['none HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', { status: 200, headers: [], length: 5 }, { request: HEAD }],
    ['none HTTP/1.1 200 OK\r\n\r\n', { status: 200, headers: [] }, { request: HEAD }],
    ['none HTTP/1.1 204 No Content\r\n\r\n', { status: 204, headers: [], length: 0 }, {}],
    ['none HTTP/1.1 304 Not Modified\r\n\r\n', { status: 304, headers: [], length: 0 }, {}],
    [
      'none HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n',
      { status: 304, headers: [['Content-Length', '5']] },
      {},
    ],
    ['none HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', { status: 205, headers: [] }, {}],
    ['none HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n', { status: 205, headers: [], length: 0 }, {}],
    [
      'none HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n',
      { status: 205, headers: [['Content-Length', '0']] },
      {},
    ],
    ['tunnel HTTP/1.1 200 OK\r\n\r\n', { status: 200, headers: [] }, { request: CONNECT }],
    [
      'none HTTP/1.1 405 Method Not Allowed\r\nContent-Length: 0\r\n\r\n',
      { status: 405, headers: [], length: 0 },
      { request: CONNECT },
    ],
    [
      'none HTTP/1.1 200 OK\r\nContent-Length: 0\r\nDate: now\r\n\r\n',
      { status: 200, headers: [], length: 0 },
      { date: 'now' },
    ],
    [
      'none HTTP/1.1 200 OK\r\nDATE: then\r\nContent-Length: 0\r\n\r\n',
      { status: 200, headers: [['DATE', 'then']], length: 0 },
      { date: 'now' },
    ],
  ])('writes %j', (expected, head, context) => expect(write(head, context)).toBe(expected))

  it.each<[string, Omit<ResponseHead, 'type'>, ReceivedRequest, HttpErrorCode]>([
    ['a status of 1xx', { status: 100, headers: [] }, GET, 'HTTP_SEND_START'],
    ['a status of four digits', { status: 1000, headers: [] }, GET, 'HTTP_SEND_START'],
    ['a broken status', { status: 200.5, headers: [] }, GET, 'HTTP_SEND_START'],
    ['a reason that ends the line', { status: 200, reason: 'a\r\nb', headers: [] }, GET, 'HTTP_SEND_START'],
    ['a value that ends the line', { status: 200, headers: [['location', '/\r\nX: y']] }, GET, 'HTTP_SEND_FIELD'],
    ['204 with a length', { status: 204, headers: [['Content-Length', '0']] }, GET, 'HTTP_SEND_FRAMING'],
    [
      'a tunnel with a coding',
      { status: 200, headers: [['Transfer-Encoding', 'chunked']] },
      CONNECT,
      'HTTP_SEND_FRAMING',
    ],
    ['a coding to HTTP/1.0', { status: 200, headers: [['Transfer-Encoding', 'chunked']] }, OLD, 'HTTP_SEND_FRAMING'],
    ['205 with content', { status: 205, headers: [], length: 5 }, GET, 'HTTP_SEND_FRAMING'],
    ['205 that is chunked', { status: 205, headers: [['Transfer-Encoding', 'chunked']] }, GET, 'HTTP_SEND_FRAMING'],
    ['a length that is no number of octets', { status: 200, headers: [], length: -1 }, GET, 'HTTP_SEND_FRAMING'],
    ['a broken length', { status: 200, headers: [], length: 1.5 }, GET, 'HTTP_SEND_FRAMING'],
    ['a lie to HEAD', { status: 200, headers: [['Content-Length', 'x']] }, HEAD, 'HTTP_SEND_FRAMING'],
    [
      'two lengths',
      {
        status: 200,
        headers: [
          ['Content-Length', '5'],
          ['Content-Length', '5'],
        ],
      },
      GET,
      'HTTP_SEND_FRAMING',
    ],
  ])('refuses %s', (_, head, to, code) => expect(refused(() => write(head, { request: to }))).toBe(code))
})

describe('what was written last', () => {
  const CONTEXT = { version: '1.1', method: 'GET', isPersistent: true, date: 'now' } as const
  const HEAD_OF_BOTH = { status: 200, headers: { a: 'b', c: 'd' }, length: 1 }
  const TEXT = 'HTTP/1.1 200 OK\r\na: b\r\nc: d\r\nContent-Length: 1\r\nDate: now\r\n\r\n'

  it('is the same object where all is equal, in whatever shape it is said', () => {
    const first = writeResponse(HEAD_OF_BOTH, CONTEXT)
    expect(first.text).toBe(TEXT)
    expect(writeResponse({ ...HEAD_OF_BOTH, headers: { a: 'b', c: 'd' } }, { ...CONTEXT })).toBe(first)
    const lines = [
      ['a', 'b'],
      ['c', 'd'],
    ] as const
    expect(writeResponse({ ...HEAD_OF_BOTH, headers: lines }, CONTEXT)).toBe(first)
    expect(writeResponse({ ...HEAD_OF_BOTH, headers: new Map(lines) }, CONTEXT).text).toBe(TEXT)
    expect(writeResponse({ ...HEAD_OF_BOTH, headers: lines.values() }, CONTEXT).text).toBe(TEXT)
  })

  it.each<[string, object, object]>([
    ['status', { status: 201 }, {}],
    ['reason', { reason: 'Fine' }, {}],
    ['length', { length: 2 }, {}],
    ['no length', { length: undefined }, {}],
    ['version', {}, { version: '1.0' }],
    ['persistence', {}, { isPersistent: false }],
    ['date', {}, { date: 'then' }],
    ['no date', {}, { date: undefined }],
    ['another value', { headers: { a: 'b', c: 'x' } }, {}],
    ['another name', { headers: { a: 'b', x: 'd' } }, {}],
    ['a line less', { headers: { a: 'b' } }, {}],
    ['a line more', { headers: { a: 'b', c: 'd', e: 'f' } }, {}],
    ['no line', { headers: {} }, {}],
    ['several values', { headers: { a: ['b'], c: 'd' } }, {}],
    ['another line', { headers: [['a', 'x']] }, {}],
    ['another name of a line', { headers: [['x', 'b']] }, {}],
    ['a method without content', { status: 304 }, { method: 'HEAD' }],
  ])('does not show where another %s is said', (_, head, context) => {
    const write = (): string => writeResponse({ ...HEAD_OF_BOTH, ...head }, { ...CONTEXT, ...context }).text
    writeResponse(HEAD_OF_BOTH, CONTEXT)
    const behind = write()
    writeResponse({ status: 500, headers: { other: 'entirely' } }, CONTEXT)
    expect(write()).toBe(behind)
    if (!('headers' in head) || !Object.values(head.headers as object).some(Array.isArray))
      expect(behind).not.toBe(TEXT)
  })

  it('is not what somebody has written into the same objects since', () => {
    const head = { status: 200, headers: { a: 'b' } as Record<string, string>, length: 1 }
    writeResponse(head, CONTEXT)
    head.status = 404
    head.headers['a'] = 'c'
    expect(writeResponse(head, CONTEXT).text).toBe(
      'HTTP/1.1 404 Not Found\r\na: c\r\nContent-Length: 1\r\nDate: now\r\n\r\n',
    )
  })

  it('is checked where it was refused', () => {
    for (let time = 0; time < 2; time++) {
      expect(refused(() => writeResponse({ status: 200, headers: { a: 'b\r\n' } }, CONTEXT))).toBe('HTTP_SEND_FIELD')
      expect(refused(() => writeResponse({ status: 100, headers: {} }, CONTEXT))).toBe('HTTP_SEND_START')
    }
  })

  it('is not remembered where it is long', () => {
    const head = { status: 200, headers: { a: 'b'.repeat(2000) } }
    const first = writeResponse(head, CONTEXT)
    expect(writeResponse(head, CONTEXT)).not.toBe(first)
    expect(writeResponse(head, CONTEXT)).toEqual(first)
  })
})

describe('writeInformational', () => {
  const upgrade = received('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: foo/1, Bar\r\nConnection: upgrade\r\n\r\n')
  const write = (status: number, headers: FieldLines, to = upgrade): string =>
    text(writeInformational({ type: 'informational', status, headers }, to))

  it('writes the head', () => {
    expect(write(103, [['Link', '</a>']])).toBe('HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n')
    const switched = [
      ['Upgrade', 'bar'],
      ['Connection', 'Upgrade'],
    ] as const
    expect(write(101, switched)).toBe('HTTP/1.1 101 Switching Protocols\r\nUpgrade: bar\r\nConnection: Upgrade\r\n\r\n')
  })

  it.each<[string, number, FieldLines, HttpErrorCode]>([
    ['a final status', 200, [], 'HTTP_SEND_START'],
    ['a length', 103, [['Content-Length', '0']], 'HTTP_SEND_FRAMING'],
    ['a switch to nothing', 101, [], 'HTTP_SEND_FIELD'],
    [
      'a switch to what was not offered',
      101,
      [
        ['Upgrade', 'foo/1, x'],
        ['Connection', 'upgrade'],
      ],
      'HTTP_SEND_FIELD',
    ],
    ['a switch without its connection option', 101, [['Upgrade', 'bar']], 'HTTP_SEND_FIELD'],
  ])('refuses %s', (_, status, headers, code) => expect(refused(() => write(status, headers))).toBe(code))

  it('refuses a switch where nothing was offered', () => {
    const headers = [
      ['Upgrade', 'bar'],
      ['Connection', 'upgrade'],
    ] as const
    expect(refused(() => write(101, headers, GET))).toBe('HTTP_SEND_FIELD')
  })
})

describe('encoderFor', () => {
  const hello = Buffer.from('hello')

  it('passes content of a known length through by reference, and not an octet more or less', () => {
    const encoder = encoderFor({ kind: 'length', length: 10 })
    expect(encoder.content(hello)[0]).toBe(hello)
    expect(encoder.content(new Uint8Array(0))).toEqual([])
    expect(refused(() => encoder.end(undefined))).toBe('HTTP_SEND_LENGTH')
    expect(refused(() => encoder.content(Buffer.alloc(6)))).toBe('HTTP_SEND_LENGTH')
    encoder.content(hello)
    expect(refused(() => encoder.end([['x', 'y']]))).toBe('HTTP_SEND_FRAMING')
    expect(encoder.end([])).toEqual([])
    expect(encoder.end(undefined)).toEqual([])
  })

  it('sends nothing where there is no body', () => {
    const encoder = encoderFor({ kind: 'none' })
    expect(refused(() => encoder.content(hello))).toBe('HTTP_SEND_LENGTH')
    expect(encoder.end(undefined)).toEqual([])
  })

  it('sends anything up to the end of the connection', () => {
    for (const kind of ['close', 'tunnel'] as const) {
      const encoder = encoderFor({ kind })
      expect(encoder.content(hello)).toEqual([hello])
      expect(encoder.end(undefined)).toEqual([])
    }
  })

  it('makes chunks', () => {
    const encoder = encoderFor({ kind: 'chunked' })
    const large = Buffer.alloc(5000, 'x')
    expect(text(encoder.content(hello))).toBe('5\r\nhello\r\n')
    expect(encoder.content(large)[1]).toBe(large)
    expect(text(encoder.content(large))).toBe(`1388\r\n${large.toString()}\r\n`)
    expect(encoder.content(new Uint8Array(0))).toEqual([])
    expect(text(encoder.end(undefined))).toBe('0\r\n\r\n')
    expect(text(encoder.end([]))).toBe('0\r\n\r\n')
    expect(text(encoder.end([['x', 'y']]))).toBe('0\r\nx: y\r\n\r\n')
    expect(refused(() => encoder.end([['host', 'a']]))).toBe('HTTP_SEND_FIELD')
  })
})
