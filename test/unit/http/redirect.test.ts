/** Redirects: the rules by themselves, and a client that follows them. */
import { describe, expect, it } from 'vitest'
import { OutgoingContent } from '../../../src/http/client-content.ts'
import { Fields } from '../../../src/http/fields.ts'
import { Place } from '../../../src/http/place.ts'
import { locationOf, Redirects, resolveLocation } from '../../../src/http/redirect.ts'
import type { RedirectRules, Trip } from '../../../src/http/redirect.ts'
import { ok, rejection, Scene } from '../../support/http-scene.ts'
import { settle } from '../../support/sockets.ts'

const RULES: RedirectRules = { maxRedirects: 20, mayDowngrade: false, circles: 'refused' }

function trip(
  method: string,
  { url = 'http://a.test/', ...extra }: Partial<Omit<Trip, 'place'>> & { url?: string } = {},
): Trip {
  return {
    method,
    headers: [],
    content: undefined,
    target: undefined,
    ...extra,
    place: new Place(new URL(url)),
  }
}

const next = (from: Trip, status: number, location: string, rules = RULES): Trip =>
  new Redirects(rules).next(from, status, location)

describe('the method (RFC 9110 §15.4)', () => {
  it.each([
    [301, 'GET', 'GET'],
    [301, 'HEAD', 'HEAD'],
    [301, 'POST', 'GET'],
    [301, 'PUT', 'PUT'],
    [301, 'DELETE', 'DELETE'],
    [302, 'POST', 'GET'],
    [302, 'PATCH', 'PATCH'],
    [302, 'HEAD', 'HEAD'],
    [303, 'GET', 'GET'],
    [303, 'HEAD', 'HEAD'],
    [303, 'POST', 'GET'],
    [303, 'PUT', 'GET'],
    [303, 'DELETE', 'GET'],
    [307, 'GET', 'GET'],
    [307, 'POST', 'POST'],
    [307, 'PUT', 'PUT'],
    [308, 'POST', 'POST'],
    [308, 'DELETE', 'DELETE'],
  ])('behind %i, %s becomes %s', (status, method, expected) => {
    expect(next(trip(method), status, '/b').method).toBe(expected)
  })

  it('loses the content, and what describes it, where it changes to GET', () => {
    const headers = [
      'Content-Type',
      'content-length',
      'Content-Digest',
      'Digest',
      'Expect',
      'Trailer',
      'Transfer-Encoding',
      'Last-Modified',
    ].map((name) => [name, 'x'] as const)
    const from = trip('POST', { headers: [...headers, ['Accept', 'a']], content: new OutgoingContent('x') })
    for (const status of [301, 302, 303]) {
      expect(next(from, status, '/b')).toMatchObject({ headers: [['Accept', 'a']], content: undefined })
    }
    for (const status of [307, 308]) {
      expect(next(from, status, '/b')).toMatchObject({ headers: from.headers, content: from.content })
    }
  })

  it('keeps content only where it can be sent again', () => {
    const once = (async function* () {})()
    const content = new OutgoingContent(once)
    expect(next(trip('PUT', { content }), 307, '/b').content).toBe(content)
    content.take()
    expect(() => next(trip('PUT', { content }), 307, '/b')).toThrow(
      expect.objectContaining({ code: 'HTTP_REDIRECT_CONTENT' }),
    )
    expect(next(trip('PUT', { content }), 303, '/b').content).toBeUndefined()
  })
})

describe('the fields', () => {
  const headers = [
    'Authorization',
    'COOKIE',
    'Cookie2',
    'Proxy-Authorization',
    'Host',
    'Origin',
    'Referer',
    'Accept',
    'X-Key',
  ].map((name) => [name, 'x'] as const)

  it.each(['http://b.test/', 'http://a.test:81/', 'https://a.test/', '//sub.a.test/', 'http://a.test./'])(
    'that belong to one origin do not go to another: %s',
    (location) => {
      expect(next(trip('GET', { headers }), 302, location).headers.map(([name]) => name)).toEqual(['Accept', 'X-Key'])
    },
  )

  it.each(['/b', '?q', 'http://a.test:80/', 'HTTP://A.test/'])('stay within the origin: %s', (location) => {
    expect(next(trip('GET', { headers, url: 'http://a.test/a' }), 302, location).headers).toEqual(headers)
  })

  it('do not come back with the origin', () => {
    const redirects = new Redirects(RULES)
    const there = redirects.next(trip('GET', { headers }), 302, 'http://b.test/')
    expect(redirects.next(there, 302, 'http://a.test/again').headers.map(([name]) => name)).toEqual(['Accept', 'X-Key'])
  })
})

describe('Location', () => {
  it.each([
    ['/b?c', 'http://a.test/b?c'],
    ['b', 'http://a.test/x/b'],
    ['../b', 'http://a.test/b'],
    ['?q', 'http://a.test/x/y?q'],
    ['', 'http://a.test/x/y?z'],
    ['//b.test', 'http://b.test/'],
    ['http:b', 'http://a.test/x/b'],
    ['/caf\u00c3\u00a9', 'http://a.test/caf%c3%a9'],
  ])('%j is resolved', (location, expected) => {
    expect(resolveLocation(location, new URL('http://a.test/x/y?z')).href).toBe(expected)
  })

  it.each([
    ['/b', '#old'],
    ['/b#new', '#new'],
    ['/b#', ''],
  ])('%j inherits the fragment where it has none', (location, hash) => {
    expect(resolveLocation(location, new URL('http://a.test/#old')).hash).toBe(hash)
  })

  it.each([
    'ftp://a.test/',
    'file:///etc/passwd',
    'javascript:1',
    'http://',
    'http://u@b.test/',
    '//:p@b.test',
    'http://[::1',
  ])('%j is refused', (location) => {
    expect(() => resolveLocation(location, new URL('http://a.test/'))).toThrow(
      expect.objectContaining({ code: 'HTTP_REDIRECT_LOCATION' }),
    )
  })

  it('is looked for where it means a redirect, and is there once', () => {
    const headers = Fields.from([['Location', '/b']])
    for (const status of [301, 302, 303, 307, 308]) expect(locationOf({ status, headers })).toBe('/b')
    for (const status of [200, 201, 300, 304, 305, 306, 399]) expect(locationOf({ status, headers })).toBeUndefined()
    expect(locationOf({ status: 302, headers: Fields.from([]) })).toBeUndefined()
    const twice = Fields.from([
      ['Location', '/b'],
      ['location', '/b'],
    ])
    expect(() => locationOf({ status: 302, headers: twice })).toThrow(
      expect.objectContaining({ code: 'HTTP_REDIRECT_LOCATION' }),
    )
  })
})

describe('an end', () => {
  it('comes where redirects lead in a circle', () => {
    const redirects = new Redirects(RULES)
    const b = redirects.next(trip('GET'), 302, '/b')
    const c = redirects.next(b, 302, '/c#fragments-are-no-other-place')
    expect(() => redirects.next(c, 302, '/b')).toThrow(expect.objectContaining({ code: 'HTTP_REDIRECT_LOOP' }))
    expect(() => next(trip('GET'), 302, '/')).toThrow(expect.objectContaining({ code: 'HTTP_REDIRECT_LOOP' }))
  })

  it('comes later where circles are counted, as fetch has it', () => {
    const redirects = new Redirects({ ...RULES, circles: 'counted' })
    for (let count = 1; count <= 20; count++) redirects.next(trip('GET'), 302, '/')
    expect(() => redirects.next(trip('GET'), 302, '/')).toThrow(expect.objectContaining({ code: 'HTTP_REDIRECT_MANY' }))
  })

  it('does not come where the method has changed at the same place', () => {
    expect(next(trip('POST'), 303, '/')).toMatchObject({ method: 'GET' })
  })

  it('comes behind the twentieth', () => {
    const redirects = new Redirects(RULES)
    let at = trip('GET')
    for (let count = 1; count <= 20; count++) at = redirects.next(at, 302, `/${count}`)
    expect(() => redirects.next(at, 302, '/21')).toThrow(
      expect.objectContaining({ code: 'HTTP_REDIRECT_MANY', limit: 'maxRedirects', max: 20 }),
    )
  })

  it('comes where https would be left, unless that is allowed', () => {
    const from = trip('GET', { url: 'https://a.test/' })
    expect(() => next(from, 302, 'http://a.test/')).toThrow(
      expect.objectContaining({ code: 'HTTP_REDIRECT_DOWNGRADE' }),
    )
    expect(next(from, 302, 'http://a.test/', { ...RULES, mayDowngrade: true }).place.url.href).toBe('http://a.test/')
    expect(next(trip('GET'), 302, 'https://a.test/').place.url.href).toBe('https://a.test/')
  })
})

const moved = (location: string, content = '', status = 302): string =>
  `HTTP/1.1 ${status} Moved\r\nLocation: ${location}\r\nContent-Length: ${content.length}\r\n\r\n${content}`

describe('a client that follows', () => {
  it('goes on, over the same connection where it can, and tells where it has come', async () => {
    const scene = new Scene()
    const asking = scene.client.request('http://a.test/a#f', {
      redirect: 'follow',
      headers: { authorization: 'secret', cookie: 'c=1' },
    })
    const a = await scene.next()
    await a.answer(moved('/b', 'gone'))
    expect(await a.answer(moved('http://b.test/'))).toBe(
      'GET /b HTTP/1.1\r\nHost: a.test\r\nauthorization: secret\r\ncookie: c=1\r\n\r\n',
    )
    const b = await scene.next()
    expect(await b.answer(ok('here'))).toBe('GET / HTTP/1.1\r\nHost: b.test\r\n\r\n')
    const response = await asking
    expect([response.url.href, response.redirects, await response.text()]).toEqual(['http://b.test/#f', 2, 'here'])
    expect(scene.dialled).toEqual(['a.test:80', 'b.test:80'])
    await scene.client.close()
  })

  it('sends content again with 307 and 308', async () => {
    const scene = new Scene()
    const bodies = {
      bytes: 'hello',
      called: async function* () {
        yield Buffer.from('hel')
        yield Buffer.from('lo')
      },
    }
    for (const [kind, body] of Object.entries(bodies)) {
      const asking = scene.client.request('http://a.test/', { redirect: 'follow', method: 'POST', body })
      const server = await scene.at(0)
      const end = kind === 'bytes' ? 'hello' : '0\r\n\r\n'
      await server.hear(end)
      await server.say(moved('/b', '', 307))
      expect(await server.hear(end)).toMatch(/^POST \/b HTTP/)
      await server.say(ok('thanks'))
      expect(await (await asking).text()).toBe('thanks')
    }
  })

  it('stops where content could be read only once', async () => {
    const scene = new Scene()
    const body = (async function* () {
      yield Buffer.from('x')
    })()
    const asking = scene.client.request('http://a.test/', { redirect: 'follow', method: 'POST', body })
    const server = await scene.next()
    await server.hear('0\r\n\r\n')
    await server.say(moved('/b', '', 308))
    expect(await rejection(asking)).toMatchObject({ code: 'HTTP_REDIRECT_CONTENT' })
  })

  it('gives a redirect back where that is wanted, which is so unless it is said', async () => {
    const scene = new Scene()
    for (const redirect of ['manual', undefined] as const) {
      const asking = scene.client.request('http://a.test/', redirect === undefined ? {} : { redirect })
      const server = await scene.at(0)
      await server.answer(moved('/b', 'see there'))
      const response = await asking
      expect([response.status, response.headers.get('location'), response.redirects]).toEqual([302, '/b', 0])
      expect(await response.text()).toBe('see there')
    }
  })

  it('rejects where no redirect is wanted', async () => {
    const scene = new Scene()
    const asking = scene.client.request('http://a.test/', { redirect: 'error' })
    await (await scene.next()).answer(moved('/b'))
    expect(await rejection(asking)).toMatchObject({ code: 'HTTP_REDIRECT' })
    const fine = scene.client.request('http://a.test/', { redirect: 'error' })
    await scene.ends[0]?.answer(ok('fine'))
    expect(await (await fine).text()).toBe('fine')
  })

  it('does not read on with what a redirect says at length, or never says', async () => {
    const scene = new Scene()
    const asking = scene.client.request('http://a.test/', { redirect: 'follow' })
    const long = await scene.next()
    await long.answer(moved('/b', 'x'.repeat(70_000)))
    const slow = await scene.next()
    await slow.answer('HTTP/1.1 302 Moved\r\nLocation: /c\r\nContent-Length: 5\r\n\r\nx')
    await scene.pass(1_000)
    await (await scene.next()).answer(ok('here'))
    expect(await (await asking).text()).toBe('here')
    expect(scene.ends.map(({ near }) => near.state)).toEqual(['closed', 'closed', 'open'])
  })

  it('has one time for all of it', async () => {
    const scene = new Scene()
    const asking = rejection(
      scene.client.request('http://a.test/', { redirect: 'follow', timeouts: { totalMs: 1_000 } }),
    )
    await (await scene.next()).answer(moved('http://b.test/'))
    await scene.pass(600)
    await (await scene.next()).hear('\r\n\r\n')
    await scene.pass(400)
    expect(await asking).toMatchObject({ name: 'TimeoutError', phase: 'total', ms: 1_000 })
    await scene.client.close()
    await settle()
    expect(scene.timers.pending).toBe(0)
  })

  it('gives its connection back where it does not follow', async () => {
    const scene = new Scene()
    const asking = rejection(scene.client.request('http://a.test/', { redirect: 'follow' }))
    await (await scene.next()).answer(moved('gopher://a.test/'))
    expect(await asking).toMatchObject({ code: 'HTTP_REDIRECT_LOCATION' })
    const again = scene.client.request('http://a.test/')
    await scene.ends[0]?.answer(ok('again'))
    expect(await (await again).text()).toBe('again')
  })
})
