/** The light `Response` answers as the platform's does that is made of the same parts. */
import fc from 'fast-check'
import { afterEach, describe, expect, it } from 'vitest'
import { LightResponse } from '../../../src/http/light-response.ts'
import { PlatformResponse } from '../../../src/http/platform.ts'
import { undated } from '../../support/http-client.ts'
import { exchangeOctets, facts, fieldFacts, reading, READERS } from '../../support/web-messages.ts'
import type { Reader } from '../../support/web-messages.ts'

type Make = typeof PlatformResponse
type Init = ConstructorParameters<Make>[1]

const bodies: Record<string, () => unknown> = {
  nothing: () => undefined,
  null: () => null,
  text: () => 'héllo',
  'no text': () => '',
  'half a surrogate': () => 'a\ud800b',
  octets: () => Buffer.from('hello'),
  'a view': () => new Uint8Array(Buffer.from('xhellox')).subarray(1, 6),
  'a buffer': () => new Uint8Array([1, 2]).buffer,
  words: () => new Uint16Array([1, 2]),
  'shared octets': () => new Uint8Array(new SharedArrayBuffer(2)),
  blob: () => new Blob(['a'], { type: 'a/b' }),
  form: () => new URLSearchParams({ a: 'b c' }),
  stream: () => new PlatformResponse('stream').body,
  number: () => 7,
}
const headers: Record<string, () => unknown> = {
  none: () => undefined,
  record: () => ({ 'x-a': 'b', 'Content-Type': 'text/html' }),
  'record with another case': () => ({ 'X-A': 'b', 'x-a': 'c' }),
  pairs: () => [
    ['set-cookie', 'a=1'],
    ['Set-Cookie', 'b=2'],
    ['x-a', 'b'],
  ],
  Headers: () => new Headers({ 'x-a': 'b' }),
  Map: () => new Map([['x-a', 'b']]),
  'white space': () => ({ 'x-a': ' b\t' }),
  number: () => ({ 'x-a': 7 }),
  'no name': () => ({ 'x a': 'b' }),
  'no value': () => ({ 'x-a': 'b\r\nc: d' }),
  'beyond latin1': () => ({ 'x-a': '\u0100' }),
  null: () => null,
  text: () => 'x-a: b',
}
const statuses = [undefined, 200, 201, 204, 205, 301, 304, 404, 599, 600, 199, 101, 0, 200.5, '201', Number.NaN, null]
const reasons = [undefined, '', 'So', 'é', 'a\nb', '\u0100', 7, null]

const parts = fc.record({
  body: fc.constantFrom(...Object.keys(bodies)),
  fields: fc.constantFrom(...Object.keys(headers)),
  status: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.constantFrom(...statuses)),
  reason: fc.oneof({ weight: 3, arbitrary: fc.constant(undefined) }, fc.constantFrom(...reasons)),
  hasInit: fc.boolean(),
  isJson: fc.boolean(),
  reader: fc.constantFrom(...READERS),
})
type Parts = typeof parts extends fc.Arbitrary<infer T> ? T : never

function build(Class: Make, { body, fields, status, reason, hasInit, isJson }: Parts): Response {
  const init = {
    ...(fields !== 'none' && { headers: headers[fields]?.() }),
    ...(status !== undefined && { status }),
    ...(reason !== undefined && { statusText: reason }),
  } as Init
  const content = bodies[body]?.()
  if (isJson) return Class.json(typeof content === 'string' ? { content } : content, ...(hasInit ? [init] : []))
  return new Class(content as ConstructorParameters<Make>[0], ...(hasInit ? [init] : []))
}

/** What is seen of a response, or what making it threw. */
async function seen(Class: Make, made: Parts, look: (response: Response, reader: Reader) => unknown): Promise<unknown> {
  let response: Response
  try {
    response = build(Class, made)
  } catch (error) {
    return [(error as Error).name, (error as Error).message]
  }
  return await look(response, made.reader)
}

function holds(look: (response: Response, reader: Reader) => unknown): Promise<void> {
  return fc.assert(
    fc.asyncProperty(parts, async (made) => {
      expect(await seen(LightResponse, made, look)).toEqual(await seen(PlatformResponse, made, look))
    }),
    { numRuns: 150 },
  )
}

const GET = Buffer.from('GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')

/** What goes out: the lines of the head in no order, and the content. */
async function sent(response: Response): Promise<unknown> {
  try {
    const octets = undated(await exchangeOctets(GET, () => response))
    const end = octets.indexOf('\r\n\r\n')
    return [octets.slice(0, end).split('\r\n').toSorted(), octets.slice(end)]
  } catch (error) {
    return (error as Error).name
  }
}

describe('the light Response', () => {
  const { Response } = globalThis
  afterEach(() => {
    globalThis.Response = Response
  })

  it('has every property of the platform’s', () => holds((response) => facts(response, PlatformResponse.prototype)))

  it('has the same headers, and they can be changed', () =>
    holds(async (response) => {
      const seen = fieldFacts(response.headers, ['content-type', 'X-A', 'x-none', 'a b'])
      return [seen, response.headers === response.headers, await sent(response)]
    }))

  it('is read as the platform’s, in every way, once', () => holds((response, reader) => reading(response, reader)))

  it('goes out as the platform’s', () => holds(sent))

  it('goes out as the platform’s when that was made before', () =>
    holds(async (response, reader) => {
      const copy = response.clone()
      return [await sent(response), await reading(copy, reader)]
    }))

  it('is used when it was sent', () =>
    holds(async (response) => {
      const first = await sent(response)
      return [
        first,
        response.status,
        response.bodyUsed,
        response.body === null,
        response.body === null ? '' : await sent(response),
      ]
    }))

  it('keeps its headers when the platform’s is made', () =>
    holds((response) => {
      const kept = response.headers
      kept.set('x-early', '1')
      const copy = response.clone()
      kept.set('x-late', '2')
      return [[...copy.headers], [...response.headers], response.headers === kept]
    }))

  it('holds the octets that it was given, whatever becomes of them', async () => {
    const octets = Buffer.from('hello')
    const response = new LightResponse(octets)
    octets.fill(0)
    expect(await response.text()).toBe('hello')
  })

  it('is a Response, and the platform’s are too', () => {
    class Own extends LightResponse {}
    const [light, platform, own] = [new LightResponse(), new PlatformResponse(), new Own('a')]
    expect([light, platform, own].map((response) => response instanceof LightResponse)).toEqual([true, true, true])
    expect([light, platform, own].map((response) => response instanceof Own)).toEqual([false, false, true])
    expect([light instanceof PlatformResponse, {} instanceof LightResponse]).toEqual([true, false])
    expect([LightResponse.error().type, LightResponse.redirect('http://a/').status]).toEqual(['error', 302])
    expect(LightResponse.redirect('http://a/', 308).headers.get('location')).toBe('http://a/')
  })

  it('can take the place of the platform’s', async () => {
    globalThis.Response = LightResponse
    expect(await new globalThis.Response('a').text()).toBe('a')
    expect((await globalThis.Response.json({}).blob()).type).toBe('application/json')
    expect(
      await new PlatformResponse(new LightResponse('b').body, new LightResponse('b', { status: 201 })).text(),
    ).toBe('b')
  })
})
