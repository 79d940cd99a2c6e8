/** Requests in a row on one connection (RFC 9112 §9.3.2), against servers that are played by hand. */
import { describe, expect, it } from 'vitest'
import { Client } from '../../../src/http/client.ts'
import type { ClientOptions, RequestOptions } from '../../../src/http/client-options.ts'
import type { ClientResponse } from '../../../src/http/response.ts'
import { ok, rejection, Scene } from '../../support/http-scene.ts'
import type { ServerEnd } from '../../support/http-scene.ts'
import { settle } from '../../support/sockets.ts'

/** A client that pipelines on one connection at a time, and a server that has answered once. */
async function proven(options: ClientOptions = {}): Promise<{ scene: Scene; server: ServerEnd }> {
  const scene = new Scene({ pipelining: 4, maxConnectionsPerOrigin: 1, ...options })
  const asking = scene.client.request('http://a.test/first')
  const server = await scene.at(0)
  await server.answer(ok('first'))
  await (await asking).text()
  return { scene, server }
}

function ask(scene: Scene, path: string, options: RequestOptions = {}): Promise<ClientResponse> {
  const asking = scene.client.request(`http://a.test${path}`, options)
  asking.catch(() => {})
  return asking
}

async function text(asking: Promise<ClientResponse>): Promise<string> {
  return await (await asking).text()
}

/** The request lines of all that a server has heard and not answered. */
async function lines(server: ServerEnd, count: number): Promise<string[]> {
  const heard: string[] = []
  while (heard.length < count) heard.push((await server.hear('\r\n\r\n')).split(' HTTP', 1)[0] as string)
  return heard
}

describe('pipelining', () => {
  it('is off unless it is asked for', async () => {
    const { scene, server } = await proven({ pipelining: 1 })
    const all = ['/1', '/2'].map((path) => text(ask(scene, path)))
    expect(await lines(server, 1)).toEqual(['GET /1'])
    expect(await server.rest()).toBe('')
    await server.say(ok('1'))
    expect(await lines(server, 1)).toEqual(['GET /2'])
    await server.say(ok('2'))
    expect(await Promise.all(all)).toEqual(['1', '2'])
  })

  it('sends requests in a row, and matches responses in order', async () => {
    const { scene, server } = await proven()
    const all = ['/1', '/2', '/3'].map((path) => text(ask(scene, path)))
    expect(await lines(server, 3)).toEqual(['GET /1', 'GET /2', 'GET /3'])
    await server.say(ok('1') + ok('2') + ok('3'))
    expect(await Promise.all(all)).toEqual(['1', '2', '3'])
    expect(scene.ends).toHaveLength(1)
  })

  it('does so however the responses are cut', async () => {
    const scene = new Scene(
      { pipelining: 4, maxConnectionsPerOrigin: 1 },
      { cut: (bytes) => Array.from(bytes, (byte) => Buffer.of(byte)) },
    )
    const first = text(ask(scene, '/0'))
    const server = await scene.at(0)
    await server.answer(ok('0'))
    await first
    const all = ['/1', '/2', '/3'].map((path) => text(ask(scene, path)))
    await lines(server, 3)
    const chunked = 'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n2\r\n0\r\n\r\n'
    await server.say(`HTTP/1.1 103 Early\r\n\r\n${ok('1')}${chunked}${ok('3')}`)
    expect(await Promise.all(all)).toEqual(['1', '2', '3'])
  })

  it('frames each response by the method of its own request', async () => {
    const { scene, server } = await proven()
    const head = ask(scene, '/1', { method: 'HEAD' })
    const get = text(ask(scene, '/2'))
    await lines(server, 2)
    await server.say(`HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n${ok('hello')}`)
    expect([(await head).status, await text(head), await get]).toEqual([200, '', 'hello'])
  })

  it('goes no deeper than it may, and serves who waits as responses come', async () => {
    const { scene, server } = await proven({ pipelining: 2 })
    const all = ['/1', '/2', '/3', '/4'].map((path) => text(ask(scene, path)))
    expect(await lines(server, 2)).toEqual(['GET /1', 'GET /2'])
    expect(await server.rest()).toBe('')
    await server.say(ok('1'))
    expect(await lines(server, 1)).toEqual(['GET /3'])
    await server.say(ok('2') + ok('3'))
    await lines(server, 1)
    await server.say(ok('4'))
    expect(await Promise.all(all)).toEqual(['1', '2', '3', '4'])
  })

  it('waits until the server has shown that it speaks 1.1 and stays', async () => {
    const scene = new Scene({ pipelining: 4, maxConnectionsPerOrigin: 1 })
    const first = text(ask(scene, '/1'))
    const server = await scene.at(0)
    expect(await lines(server, 1)).toEqual(['GET /1'])
    const second = text(ask(scene, '/2'))
    expect(await server.rest()).toBe('')
    await server.say(ok('1'))
    expect(await lines(server, 1)).toEqual(['GET /2'])
    await server.say(ok('2'))
    expect(await Promise.all([first, second])).toEqual(['1', '2'])
  })

  it('prefers an idle connection, and a busy one to a new one', async () => {
    const { scene, server } = await proven({ maxConnectionsPerOrigin: 2 })
    const all = ['/1', '/2'].map((path) => text(ask(scene, path)))
    expect(await lines(server, 2)).toEqual(['GET /1', 'GET /2'])
    await server.say(ok('1') + ok('2'))
    await Promise.all(all)
    expect(scene.ends).toHaveLength(1)
  })

  it.each([0, -1, 1.5, Infinity, Number.NaN])('takes no %d for a count', (pipelining) => {
    expect(() => new Client({ pipelining })).toThrow(RangeError)
  })
})

describe('what is not pipelined', () => {
  const once = (): AsyncIterable<Uint8Array> =>
    (async function* () {
      yield Buffer.from('x')
    })()

  it.each([
    ['POST', {}],
    ['PATCH', { body: 'x' }],
    ['LOCK', {}],
    ['PUT', { body: once() }],
    ['PUT', { body: 'x', headers: { expect: '100-continue' } }],
    ['GET', { headers: { upgrade: 'x', connection: 'upgrade' } }],
    ['CONNECT', { target: 'b.test:1' }],
  ] as const)('%s with %j goes behind nothing', async (method, options) => {
    const { scene, server } = await proven()
    const first = text(ask(scene, '/1'))
    void ask(scene, '/2', { method, ...options })
    expect(await lines(server, 1)).toEqual(['GET /1'])
    expect(await server.rest()).toBe('')
    await server.say(ok('1'))
    await first
    const [line] = await lines(server, 1)
    expect(line).toBe(`${method} ${method === 'CONNECT' ? 'b.test:1' : '/2'}`)
    await scene.client.close()
  })

  it.each([
    ['POST', {}],
    ['PUT', { body: once() }],
  ] as const)('nothing goes behind %s with %j', async (method, options) => {
    const { scene, server } = await proven()
    const first = ask(scene, '/1', { method, ...options })
    const second = text(ask(scene, '/2'))
    expect(await lines(server, 1)).toEqual([`${method} /1`])
    expect(await server.rest()).not.toContain('GET')
    await server.say(ok('1'))
    await text(first)
    expect(await lines(server, 1)).toEqual(['GET /2'])
    await server.say(ok('2'))
    expect(await second).toBe('2')
  })

  it('nobody overtakes who wants a connection for himself', async () => {
    const { scene, server } = await proven()
    const first = text(ask(scene, '/1'))
    const post = text(ask(scene, '/2', { method: 'POST' }))
    const third = text(ask(scene, '/3'))
    expect(await lines(server, 1)).toEqual(['GET /1'])
    await server.say(ok('1'))
    expect(await lines(server, 1)).toEqual(['POST /2'])
    expect(await server.rest()).toBe('')
    await server.say(ok('2'))
    expect(await lines(server, 1)).toEqual(['GET /3'])
    await server.say(ok('3'))
    expect(await Promise.all([first, post, third])).toEqual(['1', '2', '3'])
  })
})

describe('room in the middle of the queue', () => {
  it('is for none that has to be alone, and for nobody behind such a one', async () => {
    const { scene, server } = await proven()
    const all = ['/1', '/2'].map((path) => text(ask(scene, path)))
    const post = text(ask(scene, '/3', { method: 'POST' }))
    const last = text(ask(scene, '/4'))
    expect(await lines(server, 2)).toEqual(['GET /1', 'GET /2'])
    await server.say(ok('1'))
    expect(await server.rest()).toBe('')
    await server.say(ok('2'))
    expect(await lines(server, 1)).toEqual(['POST /3'])
    expect(await server.rest()).toBe('')
    await server.say(ok('3'))
    expect(await lines(server, 1)).toEqual(['GET /4'])
    await server.say(ok('4'))
    expect(await Promise.all([...all, post, last])).toEqual(['1', '2', '3', '4'])
  })
})

describe('a connection that ends early', () => {
  it('has what was not answered sent once more, on a fresh one, one by one', async () => {
    const { scene, server } = await proven()
    const all = ['/1', '/2', '/3'].map((path) => text(ask(scene, path)))
    await lines(server, 3)
    await server.say(ok('1'))
    await settle()
    server.cut()
    const fresh = await scene.at(1)
    // On a connection that was made for repeats nobody pipelines before it has shown what it is worth.
    expect(await lines(fresh, 1)).toEqual(['GET /2'])
    expect(await fresh.rest()).toBe('')
    await fresh.say(ok('2'))
    const third = await scene.at(2)
    expect(await lines(third, 1)).toEqual(['GET /3'])
    await third.say(ok('3'))
    expect(await Promise.all(all)).toEqual(['1', '2', '3'])
  })

  it.each([
    ['says close', (server: ServerEnd) => server.say(ok('1', 'Connection: close'))],
    ['speaks 1.0', (server: ServerEnd) => server.say('HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\n1')],
    ['ends with the content', (server: ServerEnd) => server.say('HTTP/1.1 200 OK\r\n\r\n1').then(() => server.end())],
    ['ends behind it', (server: ServerEnd) => server.say(ok('1')).then(() => server.end())],
  ])('because the server %s is one', async (_how, speak) => {
    const { scene, server } = await proven()
    const all = ['/1', '/2'].map((path) => text(ask(scene, path)))
    await lines(server, 2)
    await speak(server)
    const fresh = await scene.at(1)
    expect(await lines(fresh, 1)).toEqual(['GET /2'])
    await fresh.say(ok('2'))
    expect(await Promise.all(all)).toEqual(['1', '2'])
    expect(server.near.state).not.toBe('open')
  })

  it('and what the server says behind its close answers nobody', async () => {
    const { scene, server } = await proven()
    const all = ['/1', '/2'].map((path) => text(ask(scene, path)))
    await lines(server, 2)
    await server.say(ok('1', 'Connection: close') + ok('evil'))
    await (await scene.at(1)).answer(ok('2'))
    expect(await Promise.all(all)).toEqual(['1', '2'])
  })

  it('has nothing sent a third time', async () => {
    const { scene, server } = await proven()
    const [first, second] = [rejection(ask(scene, '/1')), rejection(ask(scene, '/2'))]
    await lines(server, 2)
    server.cut()
    for (const index of [1, 2]) {
      const fresh = await scene.at(index)
      await lines(fresh, 1)
      fresh.cut()
    }
    expect(await first).toMatchObject({ code: 'NET_CLOSED' })
    expect(await second).toMatchObject({ code: 'NET_CLOSED' })
    await settle()
    expect(scene.ends).toHaveLength(3)
  })

  it('because a response was broken does not give that to others', async () => {
    const { scene, server } = await proven()
    const first = rejection(ask(scene, '/1'))
    const second = text(ask(scene, '/2'))
    await lines(server, 2)
    await server.say('HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\n')
    await (await scene.at(1)).answer(ok('2'))
    expect(await first).toMatchObject({ code: 'HTTP_LENGTH_REPEATED' })
    expect(await second).toBe('2')
  })

  it('because somebody cancels costs the others nothing but time', async () => {
    const { scene, server } = await proven()
    const first = ask(scene, '/1')
    const second = text(ask(scene, '/2', { method: 'PUT', body: 'again' }))
    await server.hear('again')
    await server.say('HTTP/1.1 200 OK\r\nContent-Length: 1000\r\n\r\n')
    ;(await first).cancel()
    const fresh = await scene.at(1)
    expect(await fresh.hear('again')).toMatch(/^PUT \/2 /)
    await fresh.say(ok('2'))
    expect(await second).toBe('2')
  })

  it('in the middle of an answer has that one reject, and only that', async () => {
    const { scene, server } = await proven()
    const [first, second] = [rejection(ask(scene, '/1')), text(ask(scene, '/2'))]
    await lines(server, 2)
    await server.say('HTTP/1.1 2')
    await settle()
    await server.end()
    await (await scene.at(1)).answer(ok('2'))
    expect(await first).toMatchObject({ code: 'HTTP_CUT_SHORT' })
    expect(await second).toBe('2')
  })
})

describe('giving up in the queue', () => {
  it('rejects at once, and lets those before be answered', async () => {
    const { scene, server } = await proven()
    const controller = new AbortController()
    const first = text(ask(scene, '/1'))
    const second = rejection(ask(scene, '/2', { signal: controller.signal }))
    const third = text(ask(scene, '/3'))
    await lines(server, 3)
    controller.abort('enough')
    expect(await second).toMatchObject({ code: 'NET_ABORTED', cause: 'enough' })
    expect(server.near.state).toBe('open')
    await server.say(ok('1') + ok('2') + ok('3'))
    expect(await first).toBe('1')
    // Nobody reads the answer to the second, so the third is asked for again.
    await (await scene.at(1)).answer(ok('3 again'))
    expect(await third).toBe('3 again')
    expect(server.near.state).not.toBe('open')
  })

  it('is what closing the client does to all of it, and nothing is sent again', async () => {
    const { scene, server } = await proven()
    const all = ['/1', '/2'].map((path) => rejection(ask(scene, path)))
    await lines(server, 2)
    await scene.client.close()
    for (const error of await Promise.all(all)) expect(error).toMatchObject({ code: 'NET_CLOSED' })
    await settle()
    expect(scene.ends).toHaveLength(1)
  })

  it('counts the time for an answer from its turn on', async () => {
    const { scene, server } = await proven({ timeouts: { responseMs: 1_000, bodyMs: 5_000 } })
    const first = text(ask(scene, '/1'))
    const second = rejection(ask(scene, '/2'))
    await lines(server, 2)
    await server.say('HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\n')
    await scene.pass(2_000)
    await server.say('1')
    expect(await first).toBe('1')
    await scene.pass(1_000)
    expect(await second).toMatchObject({ phase: 'response', ms: 1_000 })
  })
})
