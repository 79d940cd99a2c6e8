/** Which way a request takes, and what it says to whom. */
import { afterEach, describe, expect, it } from 'vitest'
import { Client } from '../../../src/http/client.ts'
import type { ClientOptions, RequestOptions } from '../../../src/http/client-options.ts'
import { noProxy } from '../../../src/http/proxy-bypass.ts'
import { serve } from '../../../src/http/server.ts'
import { dial } from '../../../src/net/dial.ts'
import type { Resolver } from '../../../src/net/dial.ts'
import { CA, LOCALHOST } from '../../support/tls.ts'
import { ok, rejection, Scene } from '../../support/http-scene.ts'

const PROXY = 'http://joe:secret@proxy.test:3128'
const BASIC = 'Proxy-Authorization: Basic am9lOnNlY3JldA==\r\n'

/** The head of a request as the first connection hears it, and where that connection was to go. */
async function firstHead(url: string, options: ClientOptions, request: RequestOptions = {}): Promise<string[]> {
  const scene = new Scene(options)
  scene.client.request(url, request).catch(() => {})
  const head = await (await scene.next()).hear('\r\n\r\n')
  await scene.client.close()
  return [...scene.dialled, head]
}

describe('to an HTTP proxy', () => {
  it.each([
    ['http://a.test/b?c#d', {}, 'GET http://a.test/b?c'],
    ['http://a.test:8080', {}, 'GET http://a.test:8080/'],
    ['http://[2001:db8::1]/', {}, 'GET http://[2001:db8::1]/'],
    ['http://a.test/', { method: 'OPTIONS', target: '*' }, 'OPTIONS http://a.test'],
    ['http://a.test/', { target: '/raw' }, 'GET http://a.test/raw'],
    ['http://a.test/', { target: 'http://b.test/' }, 'GET http://b.test/'],
  ] as const)('%s with %j is asked for in absolute-form, with credentials', async (url, request, line) => {
    const { host } = new URL(url)
    expect(await firstHead(url, { proxy: PROXY }, request)).toEqual([
      'proxy.test:3128',
      `${line} HTTP/1.1\r\nHost: ${host}\r\n${BASIC}\r\n`,
    ])
  })

  it('says nothing of us where there is nothing to say, and what the caller says counts for more', async () => {
    const [, plain] = await firstHead('http://a.test/', { proxy: 'http://proxy.test' })
    expect(plain).toBe('GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\n\r\n')
    const headers = { 'proxy-authorization': 'Bearer x' }
    const [, own] = await firstHead('http://a.test/', { proxy: PROXY }, { headers })
    expect(own).toBe('GET http://a.test/ HTTP/1.1\r\nHost: a.test\r\nproxy-authorization: Bearer x\r\n\r\n')
  })

  it.each([
    ['https://a.test/', {}, 'a.test:443'],
    ['https://a.test:8443/', {}, 'a.test:8443'],
    ['http://a.test/', { method: 'CONNECT', target: 'b.test:1' }, 'a.test:80'],
    ['http://[::1]/', { headers: { upgrade: 'x', connection: 'upgrade' } }, '[::1]:80'],
  ] as const)('%s with %j is asked for through a tunnel', async (url, request, authority) => {
    expect(await firstHead(url, { proxy: PROXY }, request)).toEqual([
      'proxy.test:3128',
      `CONNECT ${authority} HTTP/1.1\r\nHost: ${authority}\r\n${BASIC}\r\n`,
    ])
  })

  it('one connection serves several origins, and a tunnel one', async () => {
    const scene = new Scene({ proxy: PROXY })
    for (const host of ['a.test', 'b.test']) {
      const asking = scene.client.request(`http://${host}/`)
      const proxy = await scene.at(0)
      expect(await proxy.answer(ok(host))).toContain(`GET http://${host}/`)
      expect(await (await asking).text()).toBe(host)
    }
    const upgrade = { headers: { upgrade: 'x', connection: 'upgrade' } }
    const offering = scene.client.request('http://a.test/', upgrade)
    const tunnel = await scene.at(1)
    await tunnel.answer('HTTP/1.1 200 OK\r\n\r\n')
    expect(await tunnel.answer(ok('no'))).toBe(
      'GET / HTTP/1.1\r\nHost: a.test\r\nupgrade: x\r\nconnection: upgrade\r\n\r\n',
    )
    expect(await (await offering).text()).toBe('no')
    await scene.client.close()
  })

  it('keeps credentials from whoever a redirect leads to', async () => {
    const scene = new Scene({ proxy: { url: PROXY, bypass: ({ hostname }) => hostname === 'inside.test' } })
    const asking = scene.client.request('http://a.test/', { redirect: 'follow' })
    const moved = 'HTTP/1.1 302 Moved\r\nLocation: http://inside.test/\r\nContent-Length: 0\r\n\r\n'
    await (await scene.next()).answer(moved)
    expect(await (await scene.next()).answer(ok('in'))).toBe('GET / HTTP/1.1\r\nHost: inside.test\r\n\r\n')
    expect(await (await asking).text()).toBe('in')
    expect(scene.dialled).toEqual(['proxy.test:3128', 'inside.test:80'])
  })

  it('gives back what the proxy answers itself, and rejects where it refuses a tunnel', async () => {
    const scene = new Scene({ proxy: PROXY })
    const asking = scene.client.request('http://a.test/')
    await (await scene.next()).answer('HTTP/1.1 407 Who?\r\nContent-Length: 0\r\n\r\n')
    expect((await asking).status).toBe(407)
    const refused = rejection(scene.client.request('https://a.test/'))
    await (await scene.next()).answer('HTTP/1.1 407 Who?\r\n\r\n')
    expect(await refused).toMatchObject({ code: 'NET_TUNNEL_REFUSED', reply: 407 })
  })
})

describe('to a SOCKS proxy', () => {
  it('everything goes through a tunnel, to the name', async () => {
    const scene = new Scene({ proxy: 'socks5://proxy.test' })
    const asking = scene.client.request('http://a.test/b')
    const proxy = await scene.next()
    await proxy.hear('\x05\x01\x00')
    await proxy.say('\x05\x00')
    expect(await proxy.hear('\x00\x50')).toBe('\x05\x01\x00\x03\x06a.test\x00\x50')
    await proxy.say('\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00')
    expect(await proxy.answer(ok('there'))).toBe('GET /b HTTP/1.1\r\nHost: a.test\r\n\r\n')
    expect(await (await asking).text()).toBe('there')
    expect(scene.dialled).toEqual(['proxy.test:1080'])
  })
})

describe('with a guard', () => {
  const resolver: Resolver = async () => [{ host: '192.0.2.1', family: 'IPv4' }]

  it('no proxy looks up a name for us', async () => {
    const seen: unknown[] = []
    const options: ClientOptions = { proxy: PROXY, resolver, guard: (address) => seen.push(address) }
    const [place, head] = await firstHead('http://a.test/', options)
    expect([place, head]).toEqual([
      'proxy.test:3128',
      `CONNECT 192.0.2.1:80 HTTP/1.1\r\nHost: 192.0.2.1:80\r\n${BASIC}\r\n`,
    ])
    expect(seen).toEqual([{ family: 'IPv4', host: '192.0.2.1', port: 80 }])
  })

  it('nothing is asked of the proxy where it says no', async () => {
    const guard = (): never => {
      throw new Error('forbidden')
    }
    const scene = new Scene({ proxy: PROXY, resolver, guard })
    for (const url of ['http://a.test/', 'https://a.test/']) {
      expect(await rejection(scene.client.request(url))).toMatchObject({
        code: 'NET_CONNECT',
        cause: { message: 'forbidden' },
      })
    }
    expect(scene.dialled).toEqual([])
  })
})

describe('past a proxy', () => {
  it('goes what is meant to', async () => {
    const proxy = { url: new URL(PROXY), bypass: noProxy('.inside.test') }
    expect(await firstHead('http://a.inside.test/', { proxy })).toEqual([
      'a.inside.test:80',
      'GET / HTTP/1.1\r\nHost: a.inside.test\r\n\r\n',
    ])
  })

  it.each([
    ['*', 'http://a.test/', true],
    ['', 'http://a.test/', false],
    [' , ,', 'http://a.test/', false],
    ['a.test', 'http://a.test/', true],
    ['A.TEST', 'http://a.test/', true],
    ['a.test', 'http://b.a.test/', true],
    ['.a.test', 'http://b.a.test/', true],
    ['*.a.test', 'http://b.a.test/', true],
    ['.a.test', 'http://a.test/', true],
    ['a.test.', 'http://a.test/', true],
    ['a.test', 'http://a.test./', true],
    ['a.test', 'http://ba.test/', false],
    ['a.test', 'http://a.test.evil/', false],
    ['b.test, a.test', 'http://a.test/', true],
    ['a.test:8080', 'http://a.test:8080/', true],
    ['a.test:8080', 'http://a.test/', false],
    ['a.test:80', 'http://a.test/', true],
    ['a.test:443', 'https://a.test/', true],
    ['a.test:443', 'http://a.test/', false],
    ['127.0.0.1', 'http://127.0.0.1:8080/', true],
    ['127.0.0.1', 'http://127.1/', true],
    ['127.0.0.1', 'http://1.127.0.0.1.test/', false],
    ['127.0.0.1', 'http://localhost/', false],
    ['10.0.0.0/8', 'http://10.1.2.3/', true],
    ['10.0.0.0/8', 'http://11.1.2.3/', false],
    ['10.0.0.0/8:81', 'http://10.1.2.3:81/', true],
    ['::1', 'http://[::1]/', true],
    ['[::1]:81', 'http://[::1]:81/', true],
    ['[::1]:81', 'http://[::1]/', false],
    ['[::1]', 'http://[::1]:81/', true],
    ['2001:db8::/32', 'http://[2001:db8:1::]/', true],
    ['::ffff:10.0.0.1', 'http://10.0.0.1/', true],
  ])('%j and %s: %s', (list, url, isMeant) => {
    expect(noProxy(list)(new URL(url))).toBe(isMeant)
  })

  it('takes no network that is none', () => {
    expect(() => noProxy('10.0.0.0/33')).toThrow(RangeError)
    expect(() => noProxy('a.test/8')).toThrow(RangeError)
  })
})

describe('options', () => {
  it.each([
    [{ proxy: 'ftp://proxy.test' }],
    [{ proxy: 'nonsense' }],
    [{ proxy: 'http://a%3Ab:c@proxy.test' }],
    [{ proxy: PROXY, socketPath: '/run/x' }],
  ])('%j are refused', (options) => {
    expect(() => new Client(options)).toThrow(RangeError)
  })
})

describe('a real proxy', () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  it('carries https, which is verified, over TLS with the proxy itself too', async () => {
    const origin = await serve(
      { port: 0, tls: LOCALHOST },
      { exchange: (x) => x.respond(200, {}, `hello ${x.target}`) },
    )
    const asked: string[] = []
    const proxy = await serve(
      { port: 0, tls: LOCALHOST },
      {
        exchange: async (x) => {
          asked.push(`${x.method} ${x.target} ${x.headers.get('proxy-authorization')}`)
          const there = await dial({ host: '127.0.0.1', port: Number(x.target.split(':')[1]) })
          const here = x.takeOver(200)
          const pass = async (from: typeof here, to: typeof here): Promise<void> => {
            for (let bytes = await from.read(); bytes !== undefined; bytes = await from.read()) await to.write([bytes])
            await to.end()
          }
          await Promise.allSettled([pass(here, there), pass(there, here)])
        },
      },
    )
    const { port } = new URL(origin.url)
    const client = new Client({
      proxy: { url: proxy.url.replace('https://127.0.0.1', 'https://joe:secret@localhost'), tls: { ca: CA } },
      tls: { ca: CA },
    })
    closing.push(
      () => client.close(),
      () => proxy.close({ graceMs: 0 }),
      () => origin.close({ graceMs: 0 }),
    )
    for (const path of ['a', 'b']) {
      expect(await (await client.request(`https://localhost:${port}/${path}`)).text()).toBe(`hello /${path}`)
    }
    expect(asked).toEqual([`CONNECT localhost:${port} Basic am9lOnNlY3JldA==`])
    expect(await rejection(client.request(`https://other.test:${port}/`))).toMatchObject({ code: 'NET_TLS_UNTRUSTED' })
  })
})
