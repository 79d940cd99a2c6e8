/** Servers and clients in the web's own terms, over loopback. */
import { afterEach, describe, expect, it } from 'vitest'
import { Client } from '../../../src/http/client.ts'
import { LightResponse } from '../../../src/http/light-response.ts'
import { serve } from '../../../src/http/server.ts'
import type { Handler, Server } from '../../../src/http/server.ts'
import type { ServeOptions } from '../../../src/http/server-options.ts'
import { dial } from '../../../src/net/dial.ts'
import { Talker, undated } from '../../support/http-client.ts'
import { exchangeOctets } from '../../support/web-messages.ts'

const servers: Server[] = []
const client = new Client()
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.close({ graceMs: 0 })))
})

async function up(handler: Handler, options: ServeOptions = {}): Promise<Server> {
  const server = await serve(options, handler)
  servers.push(server)
  return server
}

async function talkTo({ address }: Server): Promise<Talker> {
  if (address.family !== 'IPv4') throw new Error('not on loopback')
  return new Talker(await dial({ host: address.host, port: address.port }))
}

describe('a fetch handler', () => {
  it('gets a Request, and its Response is sent', async () => {
    const server = await up(async (request) => {
      const { pathname, search } = new URL(request.url)
      const text = await request.text()
      return new Response(`${request.method} ${pathname}${search} ${request.headers.get('x-a')} ${text}`, {
        status: 201,
        headers: { 'x-b': 'c' },
      })
    })
    const response = await client.request(`${server.url}a%20b?c`, {
      method: 'POST',
      body: 'hello',
      headers: { 'x-a': 'é' },
    })
    expect([response.status, response.headers.get('x-b')]).toEqual([201, 'c'])
    expect(await response.text()).toBe('POST /a%20b?c é hello')
  })

  it('sees a URL for every form of target', async () => {
    const server = await up((request) => new Response(request.url))
    const talker = await talkTo(server)
    for (const [head, url] of [
      ['GET /a HTTP/1.1\r\nHost: h:1\r\n\r\n', 'http://h:1/a'],
      ['GET http://b/c?d HTTP/1.1\r\nHost: h\r\n\r\n', 'http://b/c?d'],
      ['OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n', 'http://h/'],
      ['GET /a HTTP/1.0\r\nConnection: close\r\nHost: h\r\n\r\n', undefined],
    ] as const) {
      await talker.say(head)
      if (url !== undefined)
        expect(await talker.hear(url)).toMatch(new RegExp(`^content-length: ${url.length}\r\n`, 'im'))
    }
    expect(await talker.hearAll()).toMatch(/http:\/\/h\/a$/)
    const old = await talkTo(server)
    await old.say('GET /a HTTP/1.0\r\n\r\n')
    expect(await old.hearAll()).toMatch(/http:\/\/localhost\/a$/)
  })

  it('is not asked what a Request cannot say', async () => {
    let calls = 0
    const server = await up(() => {
      calls++
      return new Response()
    })
    for (const [head, status] of [
      ['CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\n\r\n', 501],
      ['TRACE / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 501],
      ['GET / HTTP/1.1\r\nHost: a%zz\r\nConnection: close\r\n\r\n', 400],
      ['GET / HTTP/1.1\r\nHost: a%20\r\nConnection: close\r\n\r\n', 400],
    ] as const) {
      const talker = await talkTo(server)
      await talker.say(head)
      expect(await talker.hearAll()).toMatch(new RegExp(`^HTTP/1.1 ${status} `))
    }
    expect(calls).toBe(0)
  })

  it('may answer with nothing, and to HEAD with what is not sent', async () => {
    let isCancelled = false
    const server = await up((request) =>
      request.method === 'HEAD'
        ? new Response(new ReadableStream({ cancel: () => void (isCancelled = true) }), {
            headers: { 'content-length': '9' },
          })
        : new Response(null, { status: 204 }),
    )
    const talker = await talkTo(server)
    await talker.say('GET / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(undated(await talker.hearAll())).toBe(
      'HTTP/1.1 204 No Content\r\n\r\nHTTP/1.1 200 OK\r\ncontent-length: 9\r\nConnection: close\r\n\r\n',
    )
    expect(isCancelled).toBe(true)
  })

  it('may leave content unread, or stop reading it', async () => {
    const server = await up(async (request) => {
      if (request.method === 'PUT') await request.body?.cancel()
      return new Response('ok')
    })
    for (const method of ['GET', 'POST', 'PUT']) {
      const response = await client.request(server.url, { method, body: 'hello' })
      expect(await response.text()).toBe('ok')
    }
  })

  it.each(['octets', 'text', 'an exchange'])('keeps what it answers until it was sent: %s', async (what) => {
    const contentOf = (path: string): string => path.slice(1).repeat(400_000)
    const server = await up(
      what === 'an exchange'
        ? { exchange: (x) => x.respond(200, {}, contentOf(x.path)) }
        : ({ url }) => {
            const text = contentOf(new URL(url).pathname)
            return new LightResponse(what === 'text' ? text : Buffer.from(text))
          },
    )
    const letters = Array.from({ length: 26 }, (_, at) => String.fromCharCode(97 + at))
    const talkers = await Promise.all([talkTo(server), talkTo(server)])
    for (const talker of talkers) {
      await talker.say(letters.map((letter) => `GET /${letter} HTTP/1.1\r\nHost: h\r\n\r\n`).join(''))
      await talker.end()
    }
    // Neither has read anything yet, and memory is wanted for a third.
    await (await client.request(`${server.url}z`)).bytes()
    for (const talker of talkers) {
      const [, ...contents] = (await talker.hearAll()).split(/HTTP\/1\.1 200[^]*?\r\n\r\n/)
      expect(contents.map((content, at) => content === contentOf(`/${letters[at]}`))).toEqual(letters.map(() => true))
    }
  })

  it('sends several cookies as several lines', async () => {
    const server = await up(() => {
      const headers = new Headers()
      headers.append('set-cookie', 'a=1')
      headers.append('set-cookie', 'b=2')
      return new Response('', { headers })
    })
    const response = await client.request(server.url)
    expect(response.headers.getAll('set-cookie')).toEqual(['a=1', 'b=2'])
  })

  it('streams both ways at once', async () => {
    const server = await up((request) => new Response(request.body))
    const response = await client.fetch(server.url, {
      method: 'POST',
      body: new ReadableStream({
        pull(controller) {
          controller.enqueue(Buffer.alloc(60_000, 'x'))
          if (++pulls === 20) controller.close()
        },
      }),
      duplex: 'half',
    } as RequestInit)
    expect((await response.text()).length).toBe(1_200_000)
  })
  let pulls = 0

  it('that fails is 500, or is cut', async () => {
    const errors: Error[] = []
    const server = await up(
      (request) => {
        if (request.url.endsWith('/throw')) throw new Error('secret')
        if (request.url.endsWith('/error')) return Response.error()
        if (request.url.endsWith('/early')) return new Response(failing(0))
        return new Response(failing(1))
      },
      { onError: (error) => errors.push(error) },
    )
    expect((await client.request(`${server.url}throw`)).status).toBe(500)
    expect((await client.request(`${server.url}error`)).status).toBe(500)
    expect((await client.request(`${server.url}early`)).status).toBe(500)
    await expect(client.request(server.url).then((response) => response.text())).rejects.toThrow()
    expect(errors.map(({ message }) => message)).toEqual([
      'secret',
      expect.stringContaining('status'),
      'midway',
      'midway',
    ])
  })
})

/** A stream that breaks off behind so many slices, each of which leaves before. */
function failing(slices: number): ReadableStream<Uint8Array> {
  return new ReadableStream({
    async pull(controller) {
      if (slices-- === 0) return controller.error(new Error('midway'))
      controller.enqueue(Buffer.from('slice'))
      await new Promise((resolve) => setImmediate(resolve))
    },
  })
}

describe('a response of the platform', () => {
  /** What the server sends: the whole head, and what comes behind it. */
  async function sent(response: () => Response, method = 'GET'): Promise<string> {
    const octets = Buffer.from(`${method} / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`)
    return undated(await exchangeOctets(octets, response))
  }

  it('is sent in one piece, with its length, where all of it is there', async () => {
    const rest = 'Connection: close\r\n'
    const head = (type: string, length: number): string =>
      `HTTP/1.1 200 OK\r\n${type}${rest}Content-Length: ${length}\r\n\r\n`
    const text = 'content-type: text/plain;charset=UTF-8\r\n'
    for (const [response, expected] of [
      [() => new Response('hello'), `${head(text, 5)}hello`],
      [() => new Response(''), head(text, 0)],
      [() => new Response(Buffer.from('hello')), `${head('', 5)}hello`],
      [() => Response.json({ a: 1 }), `${head('content-type: application/json\r\n', 7)}{"a":1}`],
      [() => new Response(), head('', 0)],
      [() => new Response(ReadableStream.from([Buffer.from('hello')])), `${head('', 5)}hello`],
    ] as const) {
      const [lines, content] = split(await sent(response))
      expect([lines, content]).toEqual(split(expected))
    }
  })

  it('is sent as it comes where it is not, its head at once', async () => {
    const chunks = ReadableStream.from([Buffer.from('hel'), Buffer.from('lo')])
    expect(await sent(() => new Response(chunks))).toMatch(/chunked\r\n[^]*\r\n3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n$/)
    let feed: ReadableStreamDefaultController<Uint8Array> | undefined
    const slow = new ReadableStream<Uint8Array>({ start: (controller) => void (feed = controller) })
    const server = await up(() => new Response(slow))
    const response = await client.request(server.url)
    expect(response.headers.get('transfer-encoding')).toBe('chunked')
    feed?.enqueue(Buffer.from('late'))
    feed?.close()
    expect(await response.text()).toBe('late')
  })

  it('is cancelled where its client has gone', async () => {
    const server = await up(
      () =>
        new Response(
          new ReadableStream({ pull: (controller) => controller.enqueue(Buffer.alloc(60_000)), cancel: tell }),
        ),
    )
    let told: (reason?: unknown) => void = () => {}
    const cancelled = new Promise((resolve) => (told = resolve))
    function tell(): void {
      told()
    }
    const response = await client.request(server.url)
    response.cancel()
    await cancelled
  })
})

/** Head lines in no order, and content. */
function split(message: string): [string[], string] {
  const end = message.indexOf('\r\n\r\n')
  return [message.slice(0, end).split('\r\n').toSorted(), message.slice(end + 4)]
}

describe('serve', () => {
  it('says where it is, counts, and is disposed of', async () => {
    const server = await up({ exchange: (x) => x.respond(200, {}, 'ok') })
    expect(server.url).toMatch(/^http:\/\/127\.0\.0\.1:\d+\/$/)
    expect(await (await client.request(server.url)).text()).toBe('ok')
    expect(server.connections).toBe(1)
    await server[Symbol.asyncDispose]()
    await expect(client.request(server.url)).rejects.toMatchObject({ code: 'NET_CONNECT' })
  })

  it('finishes what runs when it is closed', async () => {
    let closed: Promise<void> | undefined
    const server = await up({
      exchange: async (x) => {
        closed = server.close({ graceMs: 5_000 })
        await new Promise((resolve) => setImmediate(resolve))
        x.respond(200, {}, 'last')
      },
    })
    const response = client.request(server.url)
    expect((await response).headers.get('connection')).toBe('close')
    expect(await (await response).text()).toBe('last')
    await closed
  })

  it('sends away whom it has no room for', async () => {
    const server = await up({ exchange: (x) => x.respond(204) }, { maxConnections: 1, whenFull: 'refuse' })
    const first = await talkTo(server)
    await first.say('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await first.hear('\r\n\r\n')
    const second = await talkTo(server)
    expect(await second.hearAll()).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\nConnection: close\r\n/)
  })

  it('listens on IPv6 and on Unix sockets', async () => {
    const six = await up({ exchange: (x) => x.respond(200, {}, x.remote.family) }, { host: '::1' })
    expect(six.url).toMatch(/^http:\/\/\[::1\]:\d+\/$/)
    expect(await (await client.request(six.url)).text()).toBe('IPv6')
    const path = `/tmp/wireline-${process.pid}-${Date.now()}.sock`
    const unix = await up({ exchange: (x) => x.respond(200, {}, x.authority) }, { path })
    expect(unix.url).toBe('')
    const over = new Client({ socketPath: path })
    expect(await (await over.request('http://name.test/')).text()).toBe('name.test')
    await over.close()
  })
})

describe('fetch', () => {
  it('is the standard one', async () => {
    const server = await up(
      (request) =>
        new Response(`${request.method} ${request.headers.get('content-type')}`, { status: 202, statusText: 'So' }),
    )
    const response = await client.fetch(`${server.url}a`, { method: 'POST', body: new URLSearchParams({ b: 'c' }) })
    expect([response.status, response.ok, response.url, response.redirected]).toEqual([
      202,
      true,
      `${server.url}a`,
      false,
    ])
    expect(await response.text()).toBe('POST application/x-www-form-urlencoded;charset=UTF-8')
    const { url: empty } = await up(() => new Response(null, { status: 204 }))
    expect((await client.fetch(new Request(empty))).body).toBeNull()
  })

  it.each([
    [301, 'POST', 'GET  -'],
    [302, 'POST', 'GET  -'],
    [303, 'PUT', 'GET  -'],
    [303, 'HEAD', ''],
    [301, 'PUT', 'PUT hello text/plain'],
    [307, 'POST', 'POST hello text/plain'],
    [308, 'POST', 'POST hello text/plain'],
  ])('follows %i after %s with what the rules say', async (status, method, expected) => {
    const server = await up(async (request) => {
      if (request.url.endsWith('/from')) return new Response('gone', { status, headers: { location: './to' } })
      return new Response(`${request.method} ${await request.text()} ${request.headers.get('content-type') ?? '-'}`)
    })
    const init = method === 'HEAD' ? { method } : { method, body: 'hello', headers: { 'content-type': 'text/plain' } }
    const response = await client.fetch(`${server.url}from`, init)
    expect([response.redirected, response.url, await response.text()]).toEqual([true, `${server.url}to`, expected])
  })

  it('takes no credentials to another origin', async () => {
    const other = await up(
      (request) =>
        new Response(
          `${request.headers.get('authorization')} ${request.headers.get('cookie')} ${request.headers.get('x')}`,
        ),
    )
    const server = await up(() => new Response(null, { status: 302, headers: { location: `${other.url}#to` } }))
    const headers = { authorization: 'a', cookie: 'b', x: 'c' }
    const response = await client.fetch(`${server.url}#from`, { headers })
    expect([response.url, await response.text()]).toEqual([other.url, 'null null c'])
    const same = await up((request) =>
      request.url.endsWith('to')
        ? new Response(request.headers.get('authorization'))
        : new Response(null, { status: 302, headers: { location: '/to' } }),
    )
    const stayed = await client.fetch(`${same.url}#from`, { headers })
    expect([stayed.url, await stayed.text()]).toEqual([`${same.url}to`, 'a'])
  })

  it('heeds what is asked about redirects, and does not run in circles', async () => {
    const server = await up(() => new Response(null, { status: 307, headers: { location: '/' } }))
    expect((await client.fetch(server.url, { redirect: 'manual' })).type).toBe('opaqueredirect')
    await expect(client.fetch(server.url, { redirect: 'error' })).rejects.toMatchObject({
      cause: { code: 'HTTP_REDIRECT' },
    })
    await expect(client.fetch(server.url)).rejects.toMatchObject({ cause: { code: 'HTTP_REDIRECT_MANY' } })
    const body = new ReadableStream({ pull: (controller) => controller.close() })
    await expect(
      client.fetch(server.url, { method: 'PUT', body, duplex: 'half' } as RequestInit),
    ).rejects.toMatchObject({ cause: { code: 'HTTP_REDIRECT_CONTENT' } })
    const nowhere = await up(() => new Response('x', { status: 302 }))
    expect((await client.fetch(nowhere.url)).status).toBe(302)
  })

  it('fails as the standard says', async () => {
    await expect(client.fetch('http://127.0.0.1:1/')).rejects.toMatchObject({
      name: 'TypeError',
      cause: { code: 'NET_CONNECT' },
    })
    await expect(client.fetch('http://127.0.0.1:1/', { signal: AbortSignal.abort('x') })).rejects.toBe('x')
    const controller = new AbortController()
    const server = await up(() => {
      controller.abort('enough')
      return new Promise<Response>(() => {})
    })
    const waiting = client.fetch(server.url, { signal: controller.signal })
    await expect(waiting).rejects.toBe('enough')
  })
})
