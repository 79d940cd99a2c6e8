/** The standard fetch over a client whose servers are played by hand. */
import { describe, expect, it } from 'vitest'
import { ok, rejection, Scene } from '../../support/http-scene.ts'
import { settle } from '../../support/sockets.ts'

const moved = (location: string, status = 302): string =>
  `HTTP/1.1 ${status} Moved\r\nLocation: ${location}\r\nContent-Length: 0\r\n\r\n`

describe('fetch', () => {
  it('gives a standard response', async () => {
    const scene = new Scene()
    const fetching = scene.client.fetch('http://a.test/x?y#z', { headers: { 'x-a': 'b' } })
    const head = await (await scene.next()).answer(ok('hello', 'Set-Cookie: a=1', 'Set-Cookie: b=2', 'X-C: d'))
    expect(head).toBe('GET /x?y HTTP/1.1\r\nHost: a.test\r\nx-a: b\r\n\r\n')
    const response = await fetching
    expect(response).toBeInstanceOf(Response)
    expect([response.status, response.statusText, response.ok, response.redirected, response.url]).toEqual([
      200,
      'OK',
      true,
      false,
      'http://a.test/x?y',
    ])
    expect([response.headers.get('x-c'), response.headers.getSetCookie()]).toEqual(['d', ['a=1', 'b=2']])
    expect(await response.text()).toBe('hello')
  })

  it('sends what a Request holds, of known length where it can', async () => {
    const scene = new Scene()
    const fetching = scene.client.fetch('http://a.test/', { method: 'POST', body: 'hello' })
    const server = await scene.next()
    expect(await server.hear('hello')).toMatch(/content-type: text\/plain[^]*Content-Length: 5\r\n\r\nhello$/)
    await server.say(ok(''))
    expect((await fetching).status).toBe(200)
  })

  it('sends a stream as it comes', async () => {
    const scene = new Scene()
    const request = new Request('http://a.test/', {
      method: 'PUT',
      body: new Blob(['hello']).stream(),
      duplex: 'half',
    } as RequestInit)
    const fetching = scene.client.fetch(request)
    const server = await scene.next()
    expect(await server.hear('0\r\n\r\n')).toMatch(/Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n$/)
    await server.say(ok('done'))
    expect(await (await fetching).text()).toBe('done')
  })

  it.each([
    [204, 'GET', 'HTTP/1.1 204 No Content\r\n\r\n'],
    [304, 'GET', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n'],
    [205, 'GET', 'HTTP/1.1 205 Reset Content\r\nContent-Length: 5\r\n\r\nhello'],
    [200, 'HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'],
  ])('gives no body with %i to %s', async (status, method, response) => {
    const scene = new Scene()
    const fetching = scene.client.fetch('http://a.test/', { method })
    await (await scene.next()).answer(response)
    const { body, status: seen } = await fetching
    expect([seen, body]).toEqual([status, null])
    expect(scene.ends[0]?.near.state).toBe(status === 205 ? 'closed' : 'open')
  })

  it('cannot express every response, and keeps none that it cannot', async () => {
    const scene = new Scene()
    const fetching = rejection(scene.client.fetch('http://a.test/'))
    await (await scene.next()).answer('HTTP/1.1 700 Odd\r\nContent-Length: 5\r\n\r\nhello')
    expect(await fetching).toMatchObject({ name: 'TypeError', cause: { name: 'RangeError' } })
    expect(scene.ends[0]?.near.state).toBe('closed')
  })

  it('gives up what is not read', async () => {
    const scene = new Scene()
    const fetching = scene.client.fetch('http://a.test/')
    await (await scene.next()).answer('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe')
    await (await fetching).body?.cancel()
    expect(scene.ends[0]?.near.state).toBe('closed')
  })

  it('asks for content only when it is asked', async () => {
    const scene = new Scene()
    const fetching = scene.client.fetch('http://a.test/')
    const server = await scene.next()
    await server.answer('HTTP/1.1 200 OK\r\nContent-Length: 1000000\r\n\r\n')
    const response = await fetching
    let sent = 0
    void (async () => {
      for (; sent < 100; sent++) await server.say('x'.repeat(10_000))
    })()
    await settle(100)
    expect(sent).toBeLessThan(50)
    expect((await response.arrayBuffer()).byteLength).toBe(1_000_000)
  })
})

describe('redirects', () => {
  it('are followed, and show', async () => {
    const scene = new Scene()
    const fetching = scene.client.fetch('http://a.test/#f', { method: 'POST', body: 'x', headers: { cookie: 'a=1' } })
    const server = await scene.next()
    await server.hear('\r\n\r\nx')
    await server.say(moved('//b.test/b', 303))
    expect(await (await scene.next()).answer(ok('here'))).toBe('GET /b HTTP/1.1\r\nHost: b.test\r\n\r\n')
    const response = await fetching
    expect([response.redirected, response.url, await response.text()]).toEqual([true, 'http://b.test/b', 'here'])
  })

  it('are errors with redirect: error', async () => {
    const scene = new Scene()
    const fetching = rejection(scene.client.fetch('http://a.test/', { redirect: 'error' }))
    await (await scene.next()).answer(moved('/b'))
    expect(await fetching).toMatchObject({ name: 'TypeError', cause: { code: 'HTTP_REDIRECT' } })
  })

  it('are opaque with redirect: manual', async () => {
    const scene = new Scene()
    const fetching = scene.client.fetch('http://a.test/', { redirect: 'manual' })
    await (await scene.next()).answer(moved('/b'))
    const response = await fetching
    expect([response.type, response.status, response.ok, response.url, response.body, [...response.headers]]).toEqual([
      'opaqueredirect',
      0,
      false,
      'http://a.test/',
      null,
      [],
    ])
    const plain = scene.client.fetch('http://a.test/', { redirect: 'manual' })
    await scene.ends[0]?.answer(ok('plain'))
    expect(await (await plain).text()).toBe('plain')
  })

  it('with a stream are errors where it would be sent again', async () => {
    const scene = new Scene()
    const body = new Blob(['hello']).stream()
    const init: RequestInit = { method: 'POST', body, duplex: 'half' }
    const fetching = rejection(scene.client.fetch('http://a.test/', init))
    const server = await scene.next()
    await server.hear('0\r\n\r\n')
    await server.say(moved('/b', 307))
    expect(await fetching).toMatchObject({ name: 'TypeError', cause: { code: 'HTTP_REDIRECT_CONTENT' } })
  })
})

describe('failures', () => {
  it('of the network are a TypeError with a cause', async () => {
    const scene = new Scene()
    const fetching = rejection(scene.client.fetch('http://a.test/'))
    const server = await scene.next()
    await server.hear('\r\n\r\n')
    server.cut()
    expect(await fetching).toMatchObject({ name: 'TypeError', message: 'fetch failed', cause: { code: 'NET_CLOSED' } })
  })

  it('of the content are one too', async () => {
    const scene = new Scene()
    const fetching = scene.client.fetch('http://a.test/')
    const server = await scene.next()
    await server.answer('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe')
    const response = await fetching
    await server.end()
    expect(await rejection(response.text())).toMatchObject({ name: 'TypeError', cause: { code: 'HTTP_CUT_SHORT' } })
  })

  it.each(['ftp://a.test/', 'data:,x', 'http://u:p@a.test/'])('of the URL are one: %s', async (url) => {
    expect(await rejection(new Scene().client.fetch(url))).toBeInstanceOf(TypeError)
  })

  it('by the signal are its reason: before, while waiting, and while reading', async () => {
    const scene = new Scene()
    const reason = new Error('changed my mind')
    expect(await rejection(scene.client.fetch('http://a.test/', { signal: AbortSignal.abort(reason) }))).toBe(reason)
    const waiting = new AbortController()
    const fetching = rejection(scene.client.fetch('http://a.test/', { signal: waiting.signal }))
    await (await scene.next()).hear('\r\n\r\n')
    waiting.abort(reason)
    expect(await fetching).toBe(reason)
    const reading = new AbortController()
    const begun = scene.client.fetch('http://a.test/', { signal: reading.signal })
    await (await scene.next()).answer('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe')
    const text = rejection((await begun).text())
    await settle()
    reading.abort(reason)
    expect(await text).toBe(reason)
  })
})
