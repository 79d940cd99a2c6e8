/** The light `Request` answers as the platform's does that is made of the same parts. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { Client } from '../../../src/http/client.ts'
import { serve } from '../../../src/http/server.ts'
import { exchangeOctets, facts, fieldFacts, reading, READERS } from '../../support/web-messages.ts'
import type { Reader } from '../../support/web-messages.ts'

interface Sent {
  readonly method: string
  readonly target: string
  readonly fields: readonly (readonly [string, string])[]
  readonly content: string | undefined
}

const WITHOUT = ['GET', 'HEAD']
const HOSTS = ['a.test', 'A.Test:80', '127.1:8080', '[::1]:1', 'xn--nxa.test'] as const

const segment = fc.oneof(
  fc.constantFrom('', '.', '..', '%2e', '%2E%2e', '.a', 'a.b', '%20', "it's", '[x]', 'a;b=c', '~', ':@', 'C:', '%ff'),
  fc.stringMatching(/^[a-z0-9-]{1,6}$/),
)
const target = fc
  .tuple(
    fc.array(segment, { maxLength: 4 }),
    fc.option(fc.constantFrom('', 'a=b', "q='x'", '?', '/../', 'a[]=%20', '..')),
  )
  .map(([segments, query]) => `/${segments.join('/')}${query === null ? '' : `?${query}`}`)
const field = fc.tuple(
  fc.constantFrom('Accept', 'accept', 'Cookie', 'X-A', 'x-a', 'Set-Cookie', '__proto__', 'constructor'),
  // None is empty: of joined values that begin or end with white space, copies of the platform's differ among themselves.
  fc.constantFrom('a', 'b, c', '"q"', 'k=v', '\xe9', 'a  b'),
)
const FORM = 'application/x-www-form-urlencoded'
const typed = fc.constantFrom(
  'text/plain',
  'application/json',
  FORM,
  `${FORM};charset=utf-8`,
  'nonsense',
  'multipart/form-data',
)
const sent: fc.Arbitrary<Sent> = fc.record({
  method: fc.constantFrom('GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'QUERY', 'x-Own'),
  target,
  fields: fc
    .tuple(fc.constantFrom(...HOSTS), fc.array(field, { maxLength: 5 }), fc.option(typed))
    .map(([host, fields, type]) => [
      ['Host', host] as const,
      ...fields,
      ...(type === null ? [] : [['Content-Type', type] as const]),
    ]),
  content: fc.option(fc.constantFrom('a', 'a=b&c=%20', '{"a":[1]}', '\xff\xfe', '\xef\xbb\xbfmark', 'null'), {
    nil: undefined,
  }),
})

function octetsOf({ method, target, fields, content }: Sent): Buffer {
  const length = content === undefined ? '' : `Content-Length: ${content.length}\r\n`
  const lines = fields.map(([name, value]) => `${name}: ${value}\r\n`).join('')
  return Buffer.from(
    `${method} ${target} HTTP/1.1\r\n${lines}${length}Connection: close\r\n\r\n${content ?? ''}`,
    'latin1',
  )
}

function platformOf({ method, target, fields, content }: Sent): Request {
  const length = content === undefined ? [] : [['Content-Length', String(content.length)]]
  const headers = [...fields, ...length, ['Connection', 'close']] as [string, string][]
  const body = content === undefined || WITHOUT.includes(method) ? undefined : Buffer.from(content, 'latin1')
  // The platform gives octets a type only where there is none, and a stream never.
  const stream = body === undefined ? {} : { body: new Response(body).body, duplex: 'half' as const }
  return new Request(`http://${fields[0]?.[1]}${target}`, { method, headers, ...stream })
}

/** What `look` sees of both; a look at ours, then at the platform's. */
async function seenOfBoth(message: Sent, look: (request: Request) => unknown): Promise<[unknown, unknown]> {
  let ours: unknown
  await exchangeOctets(octetsOf(message), async (request) => {
    ours = await look(request)
    return new Response()
  })
  return [ours, await look(platformOf(message))]
}

function holds(look: (request: Request, reader: Reader) => unknown): Promise<void> {
  return fc.assert(
    fc.asyncProperty(sent, fc.constantFrom(...READERS), async (message, reader) => {
      const [ours, theirs] = await seenOfBoth(message, (request) => look(request, reader))
      expect(ours).toEqual(theirs)
    }),
  )
}

const NAMES = [
  'host',
  'Accept',
  'COOKIE',
  'x-a',
  'set-cookie',
  '__proto__',
  'constructor',
  'x-none',
  '',
  'a b',
  'é',
  7,
  null,
]

describe('the light Request', () => {
  it('has every property of the platform’s', () => holds((request) => facts(request, Request.prototype)))

  it('has the same headers, and they can be changed', () =>
    holds((request) => [fieldFacts(request.headers, NAMES), request.headers === request.headers]))

  it('is read as the platform’s, in every way, once', () => holds((request, reader) => reading(request, reader)))

  it('is read as the platform’s where the platform’s was made before', () =>
    holds((request, reader) => [request.cache, reading(request, reader)].at(-1)))

  it('makes another Request, with its content, unless that was read', () =>
    holds(async (request, reader) => {
      const other = new Request(request, { headers: { 'x-b': 'c' } })
      const seen = [other.method, other.url, [...other.headers], await reading(other, reader), request.bodyUsed]
      try {
        return [...seen, new Request(request).url]
      } catch (error) {
        return [...seen, (error as Error).name]
      }
    }))

  it('stands for the options of another Request', () =>
    holds(async (request, reader) => {
      const other = new Request('http://other.test/', request)
      return [other.method, other.url, [...other.headers], await reading(other, reader), request.bodyUsed]
    }))

  it('keeps its headers when the platform’s is made', () =>
    holds((request) => {
      const { headers } = request
      headers.set('x-early', '1')
      const copy = request.clone()
      headers.set('x-late', '2')
      return [[...copy.headers], [...request.headers], request.headers === headers, [...new Request(request).headers]]
    }))

  it('is a Request to whoever asks, and shows itself as one', async () => {
    const message: Sent = { method: 'POST', target: '/', fields: [['Host', 'a']], content: 'x' }
    const [ours, theirs] = await seenOfBoth(message, (request) => [
      request instanceof Request,
      request.headers instanceof Headers,
      request.signal instanceof AbortSignal,
      request.signal === request.signal,
    ])
    expect(ours).toEqual(theirs)
  })

  it('says where the platform would say that it is none', async () => {
    const url = Object.getOwnPropertyDescriptor(Object.getPrototypeOf(Reflect.construct(Request, ['http://a/'])), 'url')
    await exchangeOctets(
      octetsOf({ method: 'GET', target: '/', fields: [['Host', 'a']], content: undefined }),
      (request) => {
        expect(() => Reflect.get(Object.getPrototypeOf(request) as object, 'cache')).toThrow(TypeError)
        expect(() => url?.get?.call(request)).toThrow(TypeError)
        return new Response()
      },
    )
  })

  it('is what fetch takes', async () => {
    const inner = await serve({}, async (request) => new Response(`${request.method} ${await request.text()}`))
    const outer = await serve({}, (request) => fetch(new Request(inner.url, request)))
    const direct = await serve({}, (request) => fetch(request))
    const client = new Client()
    const sending = { method: 'POST', body: 'hello' }
    expect(await (await client.request(outer.url, sending)).text()).toBe('POST hello')
    const through = await client.request(direct.url, {
      ...sending,
      target: inner.url,
      headers: { host: new URL(inner.url).host },
    })
    expect(await through.text()).toBe('POST hello')
    await client.close()
    await Promise.all([inner.close(), outer.close(), direct.close()])
  })

  it('refuses to collect more than it may, and the client is told', async () => {
    for (const reader of ['text', 'json', 'arrayBuffer', 'blob', 'formData'] as const) {
      const server = await serve({ limits: { maxCollectedBytes: 4 } }, async (request) => {
        await request[reader]()
        return new Response()
      })
      const client = new Client()
      expect((await client.request(server.url, { method: 'POST', body: 'hello' })).status).toBe(413)
      await client.close()
      await server.close({ graceMs: 0 })
    }
  })
})
