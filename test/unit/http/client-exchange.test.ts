/** One request and its response: what breaks it off, what is sent again, and which connections are used again. */
import { describe, expect, it } from 'vitest'
import type { ClientTimeouts, RequestOptions } from '../../../src/http/client-options.ts'
import { ok, rejection, Scene } from '../../support/http-scene.ts'
import type { ServerEnd } from '../../support/http-scene.ts'
import { settle } from '../../support/sockets.ts'

/** A scene whose only connection has carried a request already. */
async function kept(
  options: ConstructorParameters<typeof Scene>[0] = {},
): Promise<{ scene: Scene; server: ServerEnd }> {
  const scene = new Scene(options)
  const asking = scene.client.request('http://a.test/first')
  const server = await scene.at(0)
  await server.answer(ok('first'))
  await (await asking).text()
  return { scene, server }
}

const HALF = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe'

describe('the retry matrix (RFC 9110 §9.2.2)', () => {
  const once = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x')
  }
  const BODIES: Readonly<Record<string, () => RequestOptions>> = {
    'no content': () => ({}),
    bytes: () => ({ body: 'x' }),
    'a function': () => ({ body: once }),
    'a stream': () => ({ body: once() }),
    'a stream that waits for a 100': () => ({ body: once(), headers: { expect: '100-continue' } }),
  }
  const IDEMPOTENT = ['GET', 'HEAD', 'PUT', 'DELETE', 'OPTIONS']
  const OTHERS = ['POST', 'PATCH', 'LOCK']

  /** The connection, when it closes, and whether the request may go out once more for all that. */
  const CLOSINGS = [
    ['a new one, behind the request', 'new', 'behind', false],
    ['a kept one, before the request', 'kept', 'before', true],
    ['a kept one, behind the request', 'kept', 'behind', 'idempotent'],
    ['a kept one, cut behind the request', 'kept', 'cut', 'idempotent'],
    ['a kept one, behind an octet of the answer', 'kept', 'octet', false],
    ['a kept one, behind an interim response', 'kept', 'interim', false],
    ['a kept one, behind the head', 'kept', 'head', false],
  ] as const

  const rows = CLOSINGS.flatMap(([name, age, when, repeats]) =>
    [...IDEMPOTENT, ...OTHERS].flatMap((method) =>
      Object.keys(BODIES)
        // GET with content is nobody's request, and OPTIONS would have to say what it is.
        .filter((body) => body === 'no content' || !['GET', 'HEAD', 'DELETE', 'OPTIONS'].includes(method))
        // The head is all that HEAD gets.
        .filter(() => !(method === 'HEAD' && when === 'head'))
        .map((body) => {
          const isWhole = body !== 'a stream'
          const isRepeated = repeats === true || (repeats === 'idempotent' && IDEMPOTENT.includes(method) && isWhole)
          return [name, method, body, isRepeated, age, when] as const
        }),
    ),
  )

  it.each(rows)('%s: %s with %s is sent again: %s', async (_name, method, body, isRepeated, age, when) => {
    const { scene, server: old } = await kept()
    if (age === 'new') old.cut()
    if (when === 'before') await old.end()
    await settle()
    const asking = scene.client.request('http://a.test/', { method, ...(BODIES[body] as () => RequestOptions)() })
    const outcome = asking.then((response) => response.text()).catch(() => 'rejected')
    if (when !== 'before') {
      const server = age === 'new' ? await scene.at(1) : old
      await server.hear('\r\n\r\n')
      if (body !== 'a stream that waits for a 100') await server.rest()
      if (when === 'octet') await server.say('H')
      if (when === 'interim') await server.say('HTTP/1.1 103 Early Hints\r\n\r\n')
      if (when === 'head') await server.say(HALF)
      await settle()
      if (when === 'cut') server.cut()
      else await server.end()
    }
    await settle()
    const connections = age === 'new' ? 2 : 1
    expect(scene.ends.length).toBe(connections + (isRepeated ? 1 : 0))
    if (isRepeated) {
      const fresh = await scene.at(connections)
      await fresh.hear('\r\n\r\n')
      if (body === 'a stream that waits for a 100') await fresh.say('HTTP/1.1 100 Continue\r\n\r\n')
      await settle()
      await fresh.say(method === 'HEAD' ? 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n' : ok('again'))
    }
    expect(await outcome).toBe(isRepeated ? (method === 'HEAD' ? '' : 'again') : 'rejected')
    await scene.client.close()
  })

  it('ends with the second time', async () => {
    const { scene, server } = await kept()
    const asking = rejection(scene.client.request('http://a.test/'))
    await server.hear('\r\n\r\n')
    server.cut()
    const fresh = await scene.at(1)
    await fresh.hear('\r\n\r\n')
    fresh.cut()
    expect(await asking).toMatchObject({ code: 'NET_CLOSED' })
    await settle()
    expect(scene.ends).toHaveLength(2)
  })
})

describe('a connection goes back to the pool', () => {
  const put = { method: 'PUT', body: 'x' }
  const never = async function* (): AsyncGenerator<Uint8Array> {
    yield Buffer.from('x')
    await new Promise(() => {})
  }

  /** What the server says to the second request, what else the client does, and whether the connection is used for a third. */
  it.each<[string, string, RequestOptions, boolean]>([
    ['behind a whole response', ok('x'), {}, true],
    [
      'behind a chunked one',
      'HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n\r\n',
      {},
      true,
    ],
    ['behind 204', 'HTTP/1.1 204 No Content\r\n\r\n', {}, true],
    ['behind 304 with a length', 'HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n', {}, true],
    ['behind the answer to HEAD', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n', { method: 'HEAD' }, true],
    ['behind interim responses', `HTTP/1.1 103 Early\r\n\r\n${ok('x')}`, {}, true],
    ['behind content', ok('x'), put, true],
    ['from 1.0 that stays', 'HTTP/1.0 200 OK\r\nConnection: keep-alive\r\nContent-Length: 1\r\n\r\nx', {}, true],
    ['not from 1.0', 'HTTP/1.0 200 OK\r\nContent-Length: 1\r\n\r\nx', {}, false],
    ['not with a close of the server', ok('x', 'Connection: close'), {}, false],
    ['not with a close in a list', ok('x', 'Connection: a, CLOSE'), {}, false],
    ['not with a close of ours', ok('x'), { headers: { connection: 'close' } }, false],
    ['not with surplus octets', `${ok('x')}y`, {}, false],
    ['not with a surplus response', ok('x') + ok('evil'), {}, false],
    ['not with a surplus line end', `${ok('x')}\r\n`, {}, false],
    ['not with surplus behind 204', 'HTTP/1.1 204 No Content\r\n\r\nx', {}, false],
    ['not with content behind HEAD', ok('x'), { method: 'HEAD' }, false],
    ['not with a request that has not ended', ok('x'), { method: 'PUT', body: never() }, false],
    ['not with content held back', ok('x'), { ...put, headers: { expect: '100-continue' } }, false],
  ])('%s', async (_when, answer, options, isUsed) => {
    const { scene, server } = await kept()
    const asking = scene.client.request('http://a.test/second', options)
    await server.hear('\r\n\r\n')
    await server.rest()
    await server.say(answer)
    await (await asking).bytes()
    await settle()
    expect(server.near.state === 'open').toBe(isUsed)
    const third = scene.client.request('http://a.test/third')
    const next = await scene.at(isUsed ? 0 : 1)
    expect(await next.answer(ok('third'))).toMatch(/^GET \/third /)
    expect(await (await third).text()).toBe('third')
    await scene.client.close()
  })

  it.each([
    ['the rest of the content', 'cancel'],
    ['the loop over it', 'break'],
    ['the response', 'dispose'],
  ] as const)('not when somebody gives up %s', async (_what, how) => {
    const { scene, server } = await kept()
    const asking = scene.client.request('http://a.test/')
    await server.answer(HALF)
    const response = await asking
    if (how === 'cancel') response.cancel()
    else if (how === 'dispose') await response[Symbol.asyncDispose]()
    else for await (const slice of response.body) if (slice.length > 0) break
    expect(server.near.state).toBe('closed')
    expect(await rejection(response.bytes())).toBeInstanceOf(TypeError)
  })
})

describe('a connection leaves the pool', () => {
  it.each([
    ['an octet', (server: ServerEnd) => server.say('x')],
    ['a whole response', (server: ServerEnd) => server.say(ok('evil'))],
    ['a 408 that servers say on leaving', (server: ServerEnd) => server.say('HTTP/1.1 408 Request Timeout\r\n\r\n')],
    ['an end', (server: ServerEnd) => server.end()],
    ['a reset', (server: ServerEnd) => Promise.resolve(server.cut())],
  ])('when there is %s while it is idle', async (_what, happen) => {
    const { scene, server } = await kept()
    await happen(server)
    await settle()
    expect(server.near.state).not.toBe('open')
    const asking = scene.client.request('http://a.test/', { method: 'POST' })
    await (await scene.at(1)).answer(ok('good'))
    expect(await (await asking).text()).toBe('good')
  })

  it('also when that is only seen when it is taken', async () => {
    const { scene, server } = await kept()
    // An octet has come in the very turn of the event loop in which the request is made: nobody was told of it yet.
    Object.defineProperty(server.near, 'bytesRead', { value: server.near.bytesRead + 1 })
    const asking = scene.client.request('http://a.test/', { method: 'POST' })
    await (await scene.at(1)).answer(ok('good'))
    expect(await (await asking).text()).toBe('good')
  })

  it('when nobody has used it for so long', async () => {
    const { scene, server } = await kept({ idleMs: 3_000 })
    await scene.pass(2_000)
    expect(server.near.state).toBe('open')
    await scene.pass(1_000)
    expect(server.near.state).not.toBe('open')
  })

  it('when it is new, and the server speaks before it is asked', async () => {
    const scene = new Scene({
      dial: async () => {
        const { pair } = await import('../../../src/net/pair.ts')
        const [near, far] = pair()
        far.push([Buffer.from(ok('evil'))])
        await settle()
        return near
      },
    })
    expect(await rejection(scene.client.request('http://a.test/'))).toMatchObject({ code: 'HTTP_SURPLUS' })
  })
})

it('tells of each rule that a server breaks and is forgiven for', async () => {
  const codes: string[] = []
  const scene = new Scene({ onWarning: ({ code }, { family }) => codes.push(`${code} ${family}`) })
  const asking = scene.client.request('http://a.test/')
  const server = await scene.at(0)
  await server.answer('HTTP/1.1 200\r\nA: b\r\n c\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nD: e\r\n f\r\n\r\n')
  await (await asking).text()
  expect(codes).toEqual(['HTTP_STATUS', 'HTTP_FIELD_FOLD', 'HTTP_FIELD_FOLD'].map((code) => `${code} memory`))
})

describe('each phase has its time', () => {
  const never = new Promise<never>(() => {})

  it.each<[string, Partial<ClientTimeouts>, string, boolean]>([
    ['waiting for the head', { responseMs: 1_000 }, 'response', false],
    ['waiting for more content', { bodyMs: 1_000 }, 'body', true],
    ['all of it, before the head', { totalMs: 1_000 }, 'total', false],
    ['all of it, in the content', { totalMs: 1_000 }, 'total', true],
  ])('%s', async (_what, timeouts, phase, hasHead) => {
    const { scene, server } = await kept()
    const asking = scene.client.request('http://a.test/', { timeouts })
    const outcome = rejection(asking.then((response) => response.text()))
    if (hasHead) await server.answer(HALF)
    else await server.hear('\r\n\r\n')
    await scene.pass(900)
    expect(server.near.state).toBe('open')
    await scene.pass(100)
    expect(await outcome).toMatchObject({ name: 'TimeoutError', code: 'NET_TIMEOUT', phase, ms: 1_000 })
    expect(server.near.state).toBe('closed')
    await settle()
    expect([scene.ends.length, scene.timers.pending]).toEqual([1, 0])
  })

  it('all of it, which ends with a response that has no content', async () => {
    const { scene, server } = await kept()
    const asking = scene.client.request('http://a.test/', { timeouts: { totalMs: 1_000 } })
    await server.answer('HTTP/1.1 204 No Content\r\n\r\n')
    expect((await asking).status).toBe(204)
    await scene.client.close()
    expect(scene.timers.pending).toBe(0)
  })

  it('the content: as long as it moves, it may take long', async () => {
    const scene = new Scene({ timeouts: { bodyMs: 1_000, responseMs: 1_000 } })
    const asking = scene.client.request('http://a.test/')
    const server = await scene.at(0)
    await server.answer('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
    const text = (await asking).text()
    for (const octet of 'hello') {
      await scene.pass(800)
      await server.say(octet)
    }
    expect(await text).toBe('hello')
  })

  it('the content: slower than it is asked to be is too slow', async () => {
    const { scene, server } = await kept({ limits: { minResponseRate: 100 }, timeouts: { bodyGraceMs: 3_000 } })
    const asking = scene.client.request('http://a.test/')
    await server.answer('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n')
    const outcome = rejection(asking.then((response) => response.text()))
    for (const octet of 'hel') {
      await scene.pass(900)
      await server.say(octet)
    }
    expect(server.near.state).toBe('open')
    await scene.pass(900)
    expect(await outcome).toMatchObject({ code: 'HTTP_RESPONSE_SLOW', limit: 'minResponseRate', max: 100 })
    expect(server.near.state).toBe('closed')
  })

  it('dialling', async () => {
    const dial = (_target: unknown, options?: { timeoutMs?: number; signal?: AbortSignal }): Promise<never> => {
      seen.push(options?.timeoutMs, options?.signal?.aborted)
      return never
    }
    const seen: unknown[] = []
    const scene = new Scene({ dial, timeouts: { connectMs: 1_234 } })
    const controller = new AbortController()
    void scene.client.request('http://a.test/', { signal: controller.signal }).catch(() => {})
    await settle()
    expect(seen).toEqual([1_234, false])
  })

  it('waiting for a connection, and dialling has the rest of it', async () => {
    const seen: unknown[] = []
    const scene = new Scene({ maxConnectionsPerOrigin: 1, timeouts: { connectMs: 1_000 } })
    const first = scene.client.request('http://a.test/')
    await (await scene.at(0)).hear('\r\n\r\n')
    const waiting = rejection(scene.client.request('http://a.test/'))
    await scene.pass(1_000)
    seen.push(await waiting)
    expect(seen).toMatchObject([{ name: 'TimeoutError', phase: 'pool', ms: 1_000 }])
    await (await scene.at(0)).say(ok('x'))
    expect(await (await first).text()).toBe('x')
  })
})

describe('a response that nobody reads', () => {
  it('loses its connection after a while, and others get the place', async () => {
    const scene = new Scene({ maxConnectionsPerOrigin: 1, timeouts: { unreadMs: 2_000, connectMs: 60_000 } })
    const asking = scene.client.request('http://a.test/')
    await (await scene.at(0)).answer(HALF)
    const forgotten = await asking
    const waiting = scene.client.request('http://a.test/')
    await scene.pass(1_900)
    expect(scene.ends).toHaveLength(1)
    await scene.pass(100)
    await (await scene.at(1)).answer(ok('served'))
    expect(await (await waiting).text()).toBe('served')
    expect(await rejection(forgotten.text())).toMatchObject({ name: 'TimeoutError', phase: 'unread', ms: 2_000 })
    await scene.client.close()
    expect(scene.timers.pending).toBe(0)
  })

  it('loses it in the middle too', async () => {
    const scene = new Scene({ timeouts: { unreadMs: 2_000 } })
    const asking = scene.client.request('http://a.test/')
    const server = await scene.at(0)
    await server.answer(HALF)
    const slices = (await asking).body[Symbol.asyncIterator]()
    await scene.pass(1_900)
    await slices.next()
    await scene.pass(1_900)
    expect(server.near.state).toBe('open')
    await scene.pass(100)
    expect(server.near.state).toBe('closed')
    expect(await rejection(slices.next())).toMatchObject({ phase: 'unread' })
  })

  it('does not while somebody waits for content', async () => {
    const scene = new Scene({ timeouts: { unreadMs: 1_000, bodyMs: 60_000 } })
    const asking = scene.client.request('http://a.test/')
    const server = await scene.at(0)
    await server.answer(HALF)
    const text = (await asking).text()
    await scene.pass(5_000)
    await server.say('llo')
    expect(await text).toBe('hello')
  })

  it('holds back the server, and takes little memory', async () => {
    const scene = new Scene()
    const asking = scene.client.request('http://a.test/')
    const server = await scene.at(0)
    await server.answer('HTTP/1.1 200 OK\r\nContent-Length: 67108864\r\n\r\n')
    const response = await asking
    let said = 0
    const speaking = (async () => {
      for (; said < 1_024; said++) await server.socket.write([Buffer.alloc(65_536)])
    })()
    await settle(50)
    expect(said).toBeLessThan(10)
    let octets = 0
    for await (const slice of response.body) {
      octets += slice.length
      expect(said * 65_536 - octets).toBeLessThan(1_000_000)
    }
    await speaking
    expect(octets).toBe(67_108_864)
  })

  it('rejects nothing that nobody waits for', async () => {
    const unhandled: unknown[] = []
    const listener = (error: unknown): void => void unhandled.push(error)
    process.on('unhandledRejection', listener)
    const scene = new Scene()
    const asking = scene.client.request('http://a.test/')
    const server = await scene.at(0)
    await server.answer(HALF)
    await asking
    server.cut()
    await settle()
    await scene.client.close()
    await settle()
    process.off('unhandledRejection', listener)
    expect(unhandled).toEqual([])
  })
})

describe('leaving HTTP', () => {
  const UPGRADE = { headers: { upgrade: 'x', connection: 'upgrade' } }
  const SWITCH = 'HTTP/1.1 101 \r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nfirst'

  it('gives the socket away, with what has come, once', async () => {
    const { scene, server } = await kept()
    const asking = scene.client.request('http://a.test/', UPGRADE)
    await server.answer(SWITCH)
    const response = await asking
    expect(await response.text()).toBe('')
    const socket = response.takeOver()
    expect(String(await socket.read())).toBe('first')
    expect(() => response.takeOver()).toThrow(expect.objectContaining({ code: 'HTTP_SEND_STATE' }))
    response.cancel()
    await scene.client.close()
    await scene.pass(600_000)
    expect(socket.state).toBe('open')
    socket.destroy()
  })

  it.each(['cancel', 'abort', 'time', 'close'] as const)(
    'and nobody takes the socket: it is closed, by %s',
    async (by) => {
      const { scene, server } = await kept()
      const controller = new AbortController()
      const asking = scene.client.request('http://a.test/', { ...UPGRADE, signal: controller.signal })
      await server.answer(SWITCH)
      const response = await asking
      expect(server.near.state).toBe('open')
      if (by === 'cancel') response.cancel()
      else if (by === 'abort') controller.abort()
      else if (by === 'time') await scene.pass(300_000)
      else await scene.client.close()
      expect(server.near.state).toBe('closed')
      expect(() => response.takeOver()).toThrow(expect.objectContaining({ code: 'HTTP_SEND_STATE' }))
    },
  )

  it('has no time limit any more when the socket was taken', async () => {
    const { scene, server } = await kept()
    const asking = scene.client.request('http://a.test/', { ...UPGRADE, timeouts: { totalMs: 1_000 } })
    await server.answer(SWITCH)
    const socket = (await asking).takeOver()
    await scene.pass(2_000)
    expect(socket.state).toBe('open')
    socket.destroy()
  })
})

describe('interim responses', () => {
  it('that a listener cannot bear break the request off', async () => {
    const { scene, server } = await kept()
    const onInformational = (): never => {
      throw new Error('no hints')
    }
    const asking = rejection(scene.client.request('http://a.test/', { onInformational }))
    await server.answer('HTTP/1.1 103 Early Hints\r\n\r\n')
    expect(await asking).toMatchObject({ message: 'no hints' })
    await settle()
    expect([server.near.state, scene.ends.length]).toEqual(['closed', 1])
  })
})

describe('a response', () => {
  it('tells where it comes from, and has its trailers behind its content', async () => {
    const { scene, server } = await kept()
    const asking = scene.client.request('http://a.test/b?c#d')
    await server.answer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nX-Sum: 1\r\n\r\n')
    const response = await asking
    expect([response.url.href, response.redirects, response.trailers.size]).toEqual(['http://a.test/b?c#d', 0, 0])
    expect([await response.text(), response.trailers.get('x-sum')]).toEqual(['x', '1'])
  })
})

describe('a request', () => {
  it('OPTIONS says what its content is (RFC 9110 §9.3.7)', async () => {
    const { scene, server } = await kept()
    const options = { method: 'OPTIONS', body: 'x' }
    expect(await rejection(scene.client.request('http://a.test/', options))).toMatchObject({ code: 'HTTP_SEND_FIELD' })
    const asking = scene.client.request('http://a.test/', { ...options, headers: { 'content-type': 'text/plain' } })
    await server.hear('\r\n\r\nx')
    await server.say(ok('fine'))
    expect(await (await asking).text()).toBe('fine')
  })
})
