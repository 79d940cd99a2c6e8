import { describe, expect, it } from 'vitest'
import { HttpError, HttpLimitError } from '../../../src/http/errors.ts'
import { STRICT } from '../../../src/http/limits.ts'
import { RequestParser, ResponseParser } from '../../../src/http/parser.ts'
import type { ParserOptions } from '../../../src/http/parser.ts'
import { ProtocolError } from '../../../src/net/errors.ts'
import { splits } from '../../support/splits.ts'

/** An event in a line; consecutive content is one. */
type Told = string

function tell(parser: RequestParser | ResponseParser, method: string, told: Told[]): void {
  for (;;) {
    const event = parser instanceof RequestParser ? parser.next() : parser.next(method)
    if (event === undefined) return
    const last = told.at(-1)
    switch (event.type) {
      case 'request':
        told.push(
          `${event.method} ${event.target} ${event.version} ${event.form} ${event.framing.kind} [${event.options.join()}]`,
        )
        break
      case 'informational':
        told.push(`${event.status} ${event.reason} ${event.version}`)
        break
      case 'response':
        told.push(`${event.status} ${event.reason} ${event.version} ${event.framing.kind} [${event.options.join()}]`)
        break
      case 'content': {
        const text = Buffer.from(event.bytes).toString('latin1')
        if (last?.startsWith('content ') === true) told[told.length - 1] = last + text
        else told.push(`content ${text}`)
        break
      }
      case 'end':
        told.push(`end ${[...event.trailers].join()}`.trim())
        break
      case 'warning':
        told.push(`warning ${event.code} at ${event.offset}`)
    }
  }
}

/** What a parser tells of `text`, the same under every split; its error as the last line. */
function parsed(
  role: 'request' | 'response',
  text: string,
  options: ParserOptions & { isEnded?: boolean; method?: string } = {},
): Told[] {
  const bytes = Buffer.from(text, 'latin1')
  const run = (pieces: readonly Buffer[]): Told[] => {
    const parser = role === 'request' ? new RequestParser(options) : new ResponseParser(options)
    const told: Told[] = []
    try {
      for (const piece of pieces) {
        parser.push(piece)
        tell(parser, options.method ?? 'GET', told)
      }
      if (options.isEnded === true) {
        parser.pushEnd()
        tell(parser, options.method ?? 'GET', told)
      }
    } catch (error) {
      if (!(error instanceof HttpError) && !(error instanceof HttpLimitError)) throw error
      told.push(`${error.code} at ${error.offset}`)
      expect(() => tell(parser, 'GET', told)).toThrow(error)
    }
    return told
  }
  const whole = run([bytes])
  for (const { name, pieces } of splits(bytes, { maxCuts: 200 })) expect(run(pieces), name).toEqual(whole)
  return whole
}

describe('RequestParser', () => {
  it('tells heads, content and ends', () => {
    expect(
      parsed(
        'request',
        '\r\nPOST /a HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhello\r\n\r\n' +
          'OPTIONS * HTTP/1.1\r\nHost: a\r\nConnection: Close,\r\n\r\n' +
          'PUT http://b/ HTTP/1.2\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nY: z\r\n\r\n' +
          'GET / HTTP/1.0\r\nExpect: nonsense\r\n\r\n',
      ),
    ).toEqual([
      'POST /a 1.1 origin length []',
      'content hello',
      'end',
      'OPTIONS * 1.1 asterisk none [close]',
      'end',
      'PUT http://b/ 1.1 absolute chunked []',
      'content x',
      'end Y,z',
      'GET / 1.0 origin none []',
      'end',
    ])
  })

  it.each([
    ['get / HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP_METHOD_CASE at 0'],
    ['GET foo HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP_TARGET_FORM at 4'],
    ['GET http:///x HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP_TARGET_AUTHORITY at 4'],
    ['CONNECT / HTTP/1.1\r\nHost: a\r\n\r\n', 'HTTP_TARGET_AUTHORITY at 8'],
    ['GET / HTTP/1.1\r\n\r\n', 'HTTP_HOST_MISSING at 0'],
    ['GET / HTTP/1.1\r\nHost: a\r\nHost: a\r\n\r\n', 'HTTP_HOST_REPEATED at 16'],
    ['GET / HTTP/1.0\r\nHost: a\r\nHost: a\r\n\r\n', 'HTTP_HOST_REPEATED at 16'],
    ['GET / HTTP/1.1\r\nHost: \r\n\r\n', 'HTTP_HOST at 16'],
    ['GET / HTTP/1.1\r\nHost: a\r\nConnection: a b\r\n\r\n', 'HTTP_CONNECTION at 25'],
    ['GET / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n', 'HTTP_EXPECTATION at 25'],
    ['GET / HTTP/1.1\r\nHost: a\r\nContent-Length: x\r\n\r\n', 'HTTP_LENGTH at 25'],
    ['GET / HTTP/1.1\r\nHost: a\r\nX : y\r\n\r\n', 'HTTP_FIELD_SPACE at 26'],
    ['\r\n\r\n\r\n\r\n\r\n', 'HTTP_EMPTY_LINES at 8'],
    ['\n', 'HTTP_BARE_LF at 0'],
    ['\r\n\rX', 'HTTP_BARE_CR at 2'],
  ])('refuses %j', (text, told) => expect(parsed('request', text)).toEqual([told]))

  it('refuses what comes behind a good request, and counts from the beginning of the stream', () => {
    const good = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
    expect(parsed('request', `${good}GET  / HTTP/1.1\r\n`)).toEqual([
      'GET / 1.1 origin none []',
      'end',
      `HTTP_TARGET at ${good.length + 4}`,
    ])
  })

  it('joins the options of several Connection lines', () => {
    const head = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nConnection: X,\r\n\r\n'
    expect(parsed('request', head)).toEqual(['GET / 1.1 origin none [close,x]', 'end'])
    for (const option of ['close', 'keep-alive']) {
      expect(parsed('request', `GET / HTTP/1.1\r\nHost: a\r\nConnection: ${option}\r\n\r\n`)[0]).toContain(
        `[${option}]`,
      )
    }
  })

  it('knows a Host that it has found valid, and looks at every other one', () => {
    const get = (host: string): string => `GET / HTTP/1.1\r\nHost: ${host}\r\n\r\n`
    expect(parsed('request', get('a') + get('a') + get('a b')).at(-1)).toBe('HTTP_HOST at 70')
  })

  it.each([
    ['', []],
    ['\r\n', []],
    ['\r', ['HTTP_CUT_SHORT at 0']],
    ['GET / HTT', ['HTTP_CUT_SHORT at 0']],
    ['GET / HTTP/1.1\r\nHost: a\r\n\r\n', ['GET / 1.1 origin none []', 'end']],
    [
      'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\nhell',
      ['PUT / 1.1 origin length []', 'content hell', 'HTTP_CUT_SHORT at 50'],
    ],
  ])('at the end of the connection behind %j', (text, told) => {
    expect(parsed('request', text, { isEnded: true })).toEqual(told)
  })

  it('says what it forgives', () => {
    const leniency = {
      bareLfEndsLine: true,
      foldBecomesSpace: true,
      equalContentLengths: true,
      codingBeatsContentLength: true,
      targetMayHoldObsText: true,
    }
    expect(
      parsed(
        'request',
        '\n\r\nGET /\xe9 HTTP/1.1\r\nHost: a\r\n\r\n' +
          'GET / HTTP/1.1\nHost: a\n\n' +
          'GET /{a}|^` HTTP/1.1\r\nHost: a\r\n\r\n' +
          'PUT / HTTP/1.1\r\nHost:\r\n a\r\nContent-Length: 1\r\nContent-Length: 01\r\n\r\nx' +
          'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n',
        { leniency },
      ),
    ).toEqual([
      'warning HTTP_TARGET at 3',
      'warning HTTP_BARE_LF at 3',
      'GET /\xe9 1.1 origin none []',
      'end',
      'warning HTTP_BARE_LF at 31',
      'GET / 1.1 origin none []',
      'end',
      'warning HTTP_TARGET at 55',
      'GET /{a}|^` 1.1 origin none []',
      'end',
      'warning HTTP_FIELD_FOLD at 88',
      'warning HTTP_LENGTH_REPEATED at 88',
      'PUT / 1.1 origin length []',
      'content x',
      'end',
      'warning HTTP_LENGTH_AND_CODING at 157',
      'PUT / 1.1 origin chunked []',
      'end',
    ])
  })

  it('says so before the end whose trailers it forgives', () => {
    const head = 'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n'
    const text = `GET / HTTP/1.1\r\nHost: a\r\n\r\n${head}1\r\nx\r\n0\r\nA: b\r\n c\r\n\r\n`
    expect(parsed('request', text, { leniency: { foldBecomesSpace: true } })).toEqual([
      'GET / 1.1 origin none []',
      'end',
      'PUT / 1.1 origin chunked []',
      'content x',
      'warning HTTP_FIELD_FOLD at 27',
      expect.stringMatching(/^end.*b   c/),
    ])
    expect(parsed('request', text).at(-1)).toMatch(/^HTTP_FIELD_FOLD at /)
  })

  it('forgives nothing where it is told to', () => {
    for (const target of '{}|^`') {
      const text = `GET /${target} HTTP/1.1\r\nHost: a\r\n\r\n`
      expect(parsed('request', text, { leniency: STRICT })).toEqual(['HTTP_TARGET at 5'])
      expect(parsed('request', text)).toEqual(['warning HTTP_TARGET at 0', `GET /${target} 1.1 origin none []`, 'end'])
    }
  })

  it('names the limit that was passed', () => {
    const parser = new RequestParser({ limits: { maxTargetBytes: 3 } })
    parser.push(Buffer.from('GET /234 HTTP/1.1\r\n'))
    expect(() => parser.next()).toThrow(
      expect.objectContaining({ code: 'HTTP_TARGET_LONG', limit: 'maxTargetBytes', max: 3, hint: 414, offset: 7 }),
    )
  })

  it('takes limits that are finite, and no others', () => {
    expect(() => new RequestParser({ limits: { maxFields: Infinity } })).toThrow(RangeError)
    expect(() => new RequestParser({ limits: { maxFields: -1 } })).toThrow(RangeError)
  })

  it('takes heads with more fields than the slots of a pool', () => {
    const parser = new RequestParser({ limits: { maxFields: 3000 } })
    const fields = 'X: y\r\n'.repeat(2999)
    parser.push(Buffer.from(`GET / HTTP/1.1\r\nHost: a\r\n${fields}\r\n`))
    const head = parser.next()
    expect(head?.type === 'request' && head.headers.size).toBe(3000)
  })

  it('keeps two connections apart whose heads come by turns', () => {
    const parsers = [new RequestParser(), new RequestParser()]
    const heads = parsers.map((_, index) => `GET /${index} HTTP/1.1\r\nHost: a${index}\r\n\r\n`)
    for (let at = 0; at < 29; at++) {
      for (const [index, parser] of parsers.entries()) {
        parser.push(Buffer.from((heads[index] as string).slice(at, at + 1)))
        const head = parser.next()
        if (head?.type === 'request')
          expect([head.target, head.headers.get('host')]).toEqual([`/${index}`, `a${index}`])
      }
    }
    expect(parsers.map((parser) => parser.next()?.type)).toEqual(['end', 'end'])
  })

  it('leaves a head that was shown as it was, whatever the connections read behind it', () => {
    const parsers = Array.from({ length: 3 }, () => new RequestParser())
    const streams = parsers.map((_, of) =>
      Array.from({ length: 100 }, (_, index) => `GET /${of} HTTP/1.1\r\nHost: a\r\nX: ${index} of ${of}\r\n\r\n`).join(
        '',
      ),
    )
    const shown: string[][] = []
    const heads: (() => string[])[] = []
    for (let at = 0; at < 5000; at += 11) {
      for (const [of, parser] of parsers.entries()) {
        parser.push(Buffer.from((streams[of] as string).slice(at, at + 11)))
        for (let event = parser.next(); event !== undefined; event = parser.next()) {
          if (event.type !== 'request') continue
          const { target, headers } = event
          const read = (): string[] => [target, ...[...headers].flat()]
          shown.push(read())
          heads.push(read)
        }
      }
    }
    expect(heads.length).toBe(300)
    expect(heads.map((read) => read())).toEqual(shown)
    expect(shown.at(-1)).toEqual(['/2', 'Host', 'a', 'X', '99 of 2'])
  })

  it('counts what it holds, what it looked at, and gives back what it did not', () => {
    const parser = new RequestParser()
    parser.push(Buffer.from('PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\nabrest'))
    expect(parser.bufferedBytes).toBe(52)
    parser.next()
    expect(parser.offset).toBe(46)
    expect([parser.next(), parser.next()]).toMatchObject([{ type: 'content' }, { type: 'end' }])
    expect(String(parser.takeLeftover())).toBe('rest')
    expect(parser.bufferedBytes).toBe(0)
    expect(parser.work).toBeGreaterThan(0)
    expect(parser.isAtEnd).toBe(false)
    parser.pushEnd()
    expect(parser.isAtEnd).toBe(true)
  })

  it('tells the method of a request that it refuses, or has not read whole', () => {
    for (const [octets, known] of [
      ['HEA', undefined],
      ['HEAD ', 'HEAD'],
      ['HEAD / HTTP/1.1\r\nHost: a', 'HEAD'],
      ['\r\n\r\nPURGE \x00', 'PURGE'],
      ['HEAD * HTTP/1.1\r\nHost: a\r\n\r\n', 'HEAD'],
      ['HE\x00D', undefined],
      ['\r\n\r\n\r\n\r\n\r\n', undefined],
      ['GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/2.0', 'HEAD'],
      ['HEAD / HTTP/1.1\r\nHost: a\r\n\r\n', undefined],
    ] as const) {
      for (const { pieces } of splits(Buffer.from(octets, 'latin1'))) {
        const parser = new RequestParser()
        try {
          for (const piece of pieces) {
            parser.push(piece)
            while (parser.next() !== undefined) continue
          }
        } catch (error) {
          expect(error).toBeInstanceOf(ProtocolError)
        }
        expect(parser.method, octets).toBe(known)
      }
    }
  })
})

describe('a parser that rests', () => {
  const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

  it('reads on as if it had not, and counts on', () => {
    const parser = new RequestParser()
    parser.rest()
    parser.push(Buffer.from(GET))
    expect(parser.next()).toMatchObject({ type: 'request', target: '/' })
    expect(parser.next()).toMatchObject({ type: 'end' })
    const { work, offset } = parser
    parser.rest()
    expect([parser.work, parser.offset, parser.method]).toEqual([work, offset, undefined])
    parser.push(Buffer.from(GET + 'x'.repeat(3)))
    expect(parser.next()).toMatchObject({ type: 'request', target: '/' })
    expect(parser.work).toBeGreaterThan(work)
    parser.next()
    parser.push(Buffer.from(':'))
    expect(() => parser.next()).toThrowError(expect.objectContaining({ offset: 2 * GET.length + 3 }) as Error)
  })

  it.each([
    ['within a head', GET.slice(0, 9), GET.slice(9)],
    ['within content', 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 2\r\n\r\na', 'b'],
    ['behind an empty line', '\r\n', GET],
  ])('does not rest %s', (_, first, second) => {
    const parsers = [new RequestParser(), new RequestParser()] as const
    const told = parsers.map((parser) => {
      const events: unknown[] = []
      for (const part of [first, second]) {
        parser.push(Buffer.from(part))
        for (let event = parser.next(); event !== undefined; event = parser.next()) events.push(event)
        if (parser === parsers[0]) parser.rest()
      }
      return events
    })
    expect(told[0]).toEqual(told[1])
  })
})

describe('ResponseParser', () => {
  it('tells interim and final responses', () => {
    expect(
      parsed(
        'response',
        'HTTP/1.1 103 Early Hints\r\nLink: x\r\n\r\n' +
          'HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: keep-alive\r\n\r\nab' +
          'HTTP/1.0 404 \r\nContent-Length: 0\r\n\r\n' +
          'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n' +
          'HTTP/1.1 204 No Content\r\n\r\n' +
          'HTTP/1.1 200 OK\r\n\r\nall the rest',
        { isEnded: true },
      ),
    ).toEqual([
      '103 Early Hints 1.1',
      '200 OK 1.1 length [keep-alive]',
      'content ab',
      'end',
      '404  1.0 none []',
      'end',
      '200 OK 1.1 chunked []',
      'end',
      '204 No Content 1.1 none []',
      'end',
      '200 OK 1.1 close []',
      'content all the rest',
      'end',
    ])
  })

  it('has to be told the method', () => {
    const text = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'
    expect(parsed('response', text, { method: 'HEAD' })).toEqual(['200 OK 1.1 none []', 'end'])
    expect(parsed('response', `${text}tunnel`, { method: 'CONNECT' })).toEqual(['200 OK 1.1 tunnel []'])
  })

  it('leaves what is behind the head of a tunnel', () => {
    const parser = new ResponseParser()
    parser.push(Buffer.from('HTTP/1.1 200 OK\r\n\r\ntunnel'))
    parser.next('CONNECT')
    expect(parser.next('CONNECT')).toBeUndefined()
    expect(String(parser.takeLeftover())).toBe('tunnel')
  })

  it('forgives what a user agent has to, and says so', () => {
    expect(parsed('response', 'HTTP/1.1 200\r\nContent-Length: 0, 00\r\n\r\n')).toEqual([
      'warning HTTP_STATUS at 0',
      'warning HTTP_LENGTH_REPEATED at 0',
      '200  1.1 none []',
      'end',
    ])
    const strict = { leniency: { reasonMayBeAbsent: false, equalContentLengths: false } }
    expect(parsed('response', 'HTTP/1.1 200\r\n', strict)).toEqual(['HTTP_STATUS at 12'])
    expect(parsed('response', 'HTTP/1.1 200 \r\nContent-Length: 0, 00\r\n\r\n', strict)).toEqual([
      'HTTP_LENGTH_REPEATED at 15',
    ])
  })

  it.each([
    ['HTTP/1.1 200 OK\r\nConnection: a b\r\n\r\n', 'HTTP_CONNECTION at 17'],
    ['HTTP/1.1 200 OK\r\nTransfer-Encoding: x\r\n\r\n', 'HTTP_CODING at 17'],
    ['\r\nHTTP/1.1 200 OK\r\n', 'HTTP_VERSION at 0'],
  ])('refuses %j', (text, told) => expect(parsed('response', text)).toEqual([told]))
})
