/** The client and its pool against servers that say exactly what a test wants, on loopback, with a clock that is turned by hand. */
import { afterEach, describe, expect, it } from 'vitest'
import { Client } from '../../../src/http/client.ts'
import type { ClientOptions } from '../../../src/http/client-options.ts'
import { ProtocolError } from '../../../src/net/errors.ts'
import { listen } from '../../../src/net/listener.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { Transcript } from '../../../src/net/transcript.ts'
import { FakeClock } from '../../support/clock.ts'
import { Talker } from '../../support/http-client.ts'

const OK = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok'

/** What a test's server does with its connection number `index`. */
type Script = (talker: Talker, index: number) => Promise<void>

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A scripted server, a client, and their clock. */
async function scene(
  script: Script,
  options: ClientOptions = {},
): Promise<{ client: Client; url: string; pass: (ms: number) => Promise<void>; connections: () => number }> {
  const clock = new FakeClock()
  let count = 0
  const listener = await listen({}, (socket) => {
    const done = script(new Talker(socket), count++)
      .catch(() => {})
      .then(() => socket.close(10))
    return { done, drain: () => socket.destroy() }
  })
  const client = new Client({ timers: new TimerWheel({ clock }), ...options })
  closing.push(
    () => listener.close({ graceMs: 0 }),
    () => client.close(),
  )
  const { address } = listener
  if (address.family !== 'IPv4') throw new Error('not on loopback')
  const pass = async (ms: number): Promise<void> => {
    await settled()
    clock.advance(ms + 50)
    await settled()
  }
  return { client, url: `http://127.0.0.1:${address.port}/`, pass, connections: () => count }
}

async function settled(): Promise<void> {
  for (let turn = 0; turn < 30; turn++) await new Promise((resolve) => setImmediate(resolve))
}

/** Answers every request with `response`, until the client goes. */
function always(response: string): Script {
  return async (talker) => {
    for (;;) {
      await talker.hear('\r\n\r\n')
      await talker.say(response)
    }
  }
}

describe('a request', () => {
  it('is written with what is due, and answered', async () => {
    const requests: string[] = []
    const { client, url, connections } = await scene(async (talker) => {
      for (;;) {
        requests.push(await talker.hear('\r\n\r\n'))
        await talker.say(OK)
      }
    })
    const response = await client.request(`${url}a?b#c`, { headers: { 'X-A': 'b' } })
    expect([response.status, response.reason, response.version, response.ok]).toEqual([200, 'OK', '1.1', true])
    expect(response.headers.get('content-length')).toBe('2')
    expect(await response.text()).toBe('ok')
    expect(response.trailers.size).toBe(0)
    await (await client.request(new URL(url), { method: 'DELETE', headers: [['Host', 'other']] })).bytes()
    await (await client.request(url, { method: 'POST' })).bytes()
    await (await client.request(`${url}{a}|^\`?{b}|^\`%7C`)).bytes()
    const { host } = new URL(url)
    expect(requests).toEqual([
      `GET /a?b HTTP/1.1\r\nHost: ${host}\r\nX-A: b\r\n\r\n`,
      'DELETE / HTTP/1.1\r\nHost: other\r\n\r\n',
      `POST / HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 0\r\n\r\n`,
      `GET /%7Ba%7D%7C%5E%60?%7Bb%7D%7C%5E%60%7C HTTP/1.1\r\nHost: ${host}\r\n\r\n`,
    ])
    expect(connections()).toBe(1)
  })

  it('sends content of a known length, or chunk by chunk', async () => {
    const heard: string[] = []
    const { client, url } = await scene(async (talker) => {
      for (const end of ['hello', 'héllo', '0\r\n\r\n', 'hello']) {
        const head = await talker.hear('\r\n\r\n')
        heard.push(
          (head.match(/(Content-Length|Transfer-Encoding): .*/i) ?? ['none'])[0] +
            ' ' +
            (await talker.hear(Buffer.from(end).toString('latin1'))),
        )
        await talker.say(OK)
      }
    })
    async function* slices(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('hel')
      yield Buffer.from('lo')
    }
    for (const body of [Buffer.from('hello'), 'héllo', slices()])
      await (await client.request(url, { method: 'PUT', body })).bytes()
    await (await client.request(url, { method: 'PUT', body: slices(), headers: { 'content-length': '5' } })).bytes()
    expect(heard).toEqual([
      'Content-Length: 5 hello',
      `Content-Length: 6 ${Buffer.from('héllo').toString('latin1')}`,
      'Transfer-Encoding: chunked 3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n',
      'content-length: 5 hello',
    ])
  })

  it('is refused where it is none of HTTP, or cannot be written', async () => {
    const { client, url, connections } = await scene(always(OK))
    await expect(client.request('ftp://a/')).rejects.toThrow(TypeError)
    await expect(client.request('nonsense')).rejects.toThrow(TypeError)
    await expect(client.request('http://u:p@a/')).rejects.toThrow('credentials')
    await expect(client.request(url, { method: 'get' })).rejects.toMatchObject({ code: 'HTTP_SEND_START' })
    await expect(client.request(url, { headers: { a: 'b\r\nc: d' } })).rejects.toMatchObject({
      code: 'HTTP_SEND_FIELD',
    })
    expect(await (await client.request(url)).text()).toBe('ok')
    expect(connections()).toBe(1)
  })

  it('tells of interim responses', async () => {
    const { client, url } = await scene(
      always(`HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\nHTTP/1.1 100 Continue\r\n\r\n${OK}`),
    )
    const seen: string[] = []
    const response = await client.request(url, {
      onInformational: (head) => seen.push(`${head.status} ${head.headers.get('link')}`),
    })
    response.cancel()
    expect(seen).toEqual(['103 </a>', '100 undefined'])
  })

  it('may have another target than its URL', async () => {
    const targets: string[] = []
    const { client, url } = await scene(async (talker) => {
      targets.push((await talker.hear('\r\n\r\n')).split(' ')[1] as string)
      await talker.say('HTTP/1.1 204 No Content\r\n\r\n')
    })
    await client.request(url, { method: 'OPTIONS', target: '*' })
    expect(targets).toEqual(['*'])
  })

  it('expecting a 100 keeps its content back until then', async () => {
    const { client, url } = await scene(async (talker) => {
      await talker.hear('\r\n\r\n')
      await settled()
      expect(talker.heard).toBe('')
      await talker.say('HTTP/1.1 100 Continue\r\n\r\n')
      await talker.hear('hello')
      await talker.say(OK)
      await talker.hear('never')
    })
    const response = await client.request(url, { method: 'PUT', body: 'hello', headers: { expect: '100-continue' } })
    expect(await response.text()).toBe('ok')
  })

  it('expecting a 100 in vain sends its content after a while', async () => {
    const { client, url, pass } = await scene(async (talker) => {
      await talker.hear('hello')
      await talker.say(OK)
      await talker.hear('never')
    })
    const response = client.request(url, { method: 'PUT', body: 'hello', headers: { expect: '100-continue' } })
    await pass(0)
    await pass(1000)
    expect(await (await response).text()).toBe('ok')
  })

  it('expecting a 100 sends no content behind a final answer, and the connection is not used again', async () => {
    const heard: string[] = []
    const { client, url, connections } = await scene(async (talker) => {
      await talker.hear('\r\n\r\n')
      await talker.say('HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno')
      heard.push(await talker.hearAll())
    })
    const options = { method: 'PUT', body: 'hello', headers: { expect: '100-continue' } }
    for (let request = 0; request < 2; request++) expect(await (await client.request(url, options)).text()).toBe('no')
    await settled()
    expect(heard).toEqual(['', ''])
    expect(connections()).toBe(2)
  })

  it('stops sending when the server wants no more of it', async () => {
    let made = 0
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (; ; made++) {
        yield Buffer.alloc(10_000)
        await settled()
      }
    }
    const { client, url } = await scene(async (talker) => {
      await talker.hear('\r\n\r\n')
      await talker.say('HTTP/1.1 413 Content Too Large\r\nContent-Length: 2\r\nConnection: close\r\n\r\nno')
      await talker.hearAll()
    })
    const response = await client.request(url, { method: 'PUT', body: endless() })
    expect([response.status, await response.text()]).toEqual([413, 'no'])
    const stopped = made
    await settled()
    await settled()
    expect(made - stopped).toBeLessThan(3)
  })

  it('breaks off when its content does', async () => {
    async function* broken(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('hel')
      throw new Error('no more')
    }
    let heard = ''
    const { client, url } = await scene(async (talker) => {
      heard = await talker.hearAll()
    })
    await expect(client.request(url, { method: 'PUT', body: broken() })).rejects.toThrow('no more')
    await settled()
    expect(heard).not.toContain('0\r\n\r\n')
  })
})

describe('a response', () => {
  it('is slices, asked for one by one, with trailers behind them', async () => {
    const { client, url } = await scene(
      always('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nab\r\n2\r\ncd\r\n0\r\nX-Sum: 4\r\n\r\n'),
    )
    const response = await client.request(url)
    const slices: string[] = []
    for await (const slice of response.body) slices.push(Buffer.from(slice).toString())
    expect(slices).toEqual(['ab', 'cd'])
    expect(response.trailers.get('x-sum')).toBe('4')
    await expect(response.text()).rejects.toThrow('The content was read before')
  })

  it.each([
    ['204 No Content\r\n\r\n', 'GET'],
    ['304 Not Modified\r\nContent-Length: 5\r\n\r\n', 'GET'],
    ['200 OK\r\nContent-Length: 5\r\n\r\n', 'HEAD'],
    ['200 OK\r\nContent-Length: 0\r\n\r\n', 'GET'],
  ])('%j to %s is over with its head', async (head, method) => {
    const { client, url, connections } = await scene(always(`HTTP/1.1 ${head}`))
    for (let request = 0; request < 3; request++) {
      const response = await client.request(url, { method })
      if (request === 0) expect(await response.text()).toBe('')
    }
    expect(connections()).toBe(1)
  })

  it('may be JSON, and no longer than what may be collected', async () => {
    const { client, url } = await scene(always('HTTP/1.1 200 OK\r\nContent-Length: 7\r\n\r\n{"a":1}'), {
      limits: { maxCollectedBytes: 7 },
    })
    expect(await (await client.request(url)).json()).toEqual({ a: 1 })
    await expect((await client.request(url)).text(6)).rejects.toMatchObject({ code: 'HTTP_CONTENT_LONG' })
    await expect((await client.request(url)).bytes(6)).rejects.toMatchObject({ limit: 'maxCollectedBytes', max: 6 })
  })

  it('that breaks off says so, and never passes for whole', async () => {
    for (const body of ['Content-Length: 5\r\n\r\nhel', 'Transfer-Encoding: chunked\r\n\r\n3\r\nhel\r\n']) {
      const { client, url } = await scene(async (talker) => {
        await talker.hear('\r\n\r\n')
        await talker.say(`HTTP/1.1 200 OK\r\n${body}`)
      })
      const response = await client.request(url)
      await expect(response.text()).rejects.toMatchObject({ code: 'HTTP_CUT_SHORT' })
    }
  })

  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 5, 6\r\n\r\nhello', 'HTTP_LENGTH_REPEATED'],
    ['ICY 200 OK\r\n\r\n', 'HTTP_VERSION'],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', 'HTTP_SWITCH_UNASKED'],
    ['HTTP/1.1 100 Continue\r\n\r\n'.repeat(40), 'HTTP_INTERIM_MANY'],
  ])('%j is refused, and the connection closed', async (octets, code) => {
    const { client, url, connections } = await scene(always(octets))
    for (let request = 0; request < 2; request++) {
      await expect(client.request(url)).rejects.toBeInstanceOf(ProtocolError)
      await expect(client.request(url)).rejects.toMatchObject({ code, side: 'remote' })
    }
    expect(connections()).toBe(4)
  })

  it('that is disposed of, cancelled or left gives its connection up', async () => {
    const { client, url, connections } = await scene(always('HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nabc'))
    await (await client.request(url))[Symbol.asyncDispose]()
    ;(await client.request(url)).cancel()
    for await (const slice of (await client.request(url)).body) {
      expect(slice.length).toBe(3)
      break
    }
    expect(connections()).toBe(3)
  })

  it('that ends with its connection is whole', async () => {
    const { client, url } = await scene(async (talker) => {
      await talker.hear('\r\n\r\n')
      await talker.say('HTTP/1.0 200 OK\r\n\r\nall of it')
    })
    expect(await (await client.request(url)).text()).toBe('all of it')
  })

  it('that leaves HTTP hands over the socket', async () => {
    const { client, url } = await scene(async (talker) => {
      const head = await talker.hear('\r\n\r\n')
      await talker.say(
        head.startsWith('CONNECT')
          ? 'HTTP/1.1 200 OK\r\n\r\nfirst'
          : 'HTTP/1.1 101 \r\nUpgrade: x\r\nConnection: upgrade\r\n\r\nfirst',
      )
      await talker.hear('second')
      await talker.say('third')
    })
    const upgrade = { headers: { upgrade: 'x', connection: 'upgrade' } }
    for (const options of [upgrade, { method: 'CONNECT', target: 'a:1' }]) {
      const response = await client.request(url, options)
      const socket = response.takeOver()
      const talker = new Talker(socket)
      await talker.hear('first')
      await talker.say('second')
      await talker.hear('third')
      await socket.close(0)
    }
    const { client: plain, url: other } = await scene(always(OK))
    const response = await plain.request(other)
    expect(() => response.takeOver()).toThrow('this response does not leave HTTP')
  })
})

describe('the pool', () => {
  it('opens no more connections than it may, and serves who waits in order', async () => {
    const { client, url, connections } = await scene(always(OK), { maxConnectionsPerOrigin: 2 })
    const order: number[] = []
    await Promise.all(
      Array.from({ length: 10 }, async (_, index) => {
        await (await client.request(url)).text()
        order.push(index)
      }),
    )
    expect(connections()).toBe(2)
    expect(order).toEqual([...order].sort((a, b) => a - b))
  })

  it('gives room to who waits when a connection is closed instead of used again', async () => {
    const { client, url, connections } = await scene(
      async (talker) => {
        await talker.hear('\r\n\r\n')
        await talker.say('HTTP/1.1 200 OK\r\nContent-Length: 2\r\nConnection: close\r\n\r\nok')
      },
      { maxConnectionsPerOrigin: 1 },
    )
    const texts = await Promise.all([1, 2, 3].map(async () => await (await client.request(url)).text()))
    expect([texts, connections()]).toEqual([['ok', 'ok', 'ok'], 3])
  })

  it('lets nobody wait for ever, nor too many', async () => {
    const { client, url, pass } = await scene(async (talker) => void (await talker.hear('never')), {
      maxConnectionsPerOrigin: 1,
      maxWaitingPerOrigin: 2,
      timeouts: { connectMs: 1000 },
    })
    const first = client.request(url)
    first.catch(() => {})
    await settled()
    const controller = new AbortController()
    const waiting = [client.request(url), client.request(url, { signal: controller.signal })].map((request) =>
      request.catch((error: unknown) => error),
    )
    await settled()
    await expect(client.request(url)).rejects.toMatchObject({ code: 'NET_REFUSED' })
    controller.abort('enough')
    await pass(1000)
    expect(await Promise.all(waiting)).toMatchObject([{ phase: 'pool' }, { code: 'NET_ABORTED', cause: 'enough' }])
  })

  it('keeps so many unused connections, and each for so long', async () => {
    const { client, url, pass, connections } = await scene(always(OK), { maxIdlePerOrigin: 1, idleMs: 1000 })
    const ask = async (): Promise<string> => await (await client.request(url)).text()
    await Promise.all([ask(), ask(), ask()])
    expect(connections()).toBe(3)
    await Promise.all([ask(), ask()])
    expect(connections()).toBe(4)
    await pass(1000)
    await ask()
    expect(connections()).toBe(5)
  })

  it('takes no connection back on which something was left over, or came unasked', async () => {
    const surplus = await scene(always(`${OK}HTTP/1.1 200 EVIL\r\nContent-Length: 4\r\n\r\nevil`))
    for (let request = 0; request < 3; request++) {
      expect(await (await surplus.client.request(surplus.url)).text()).toBe('ok')
    }
    expect(surplus.connections()).toBe(3)
    let speak: () => Promise<void> = async () => {}
    const unasked = await scene(async (talker) => {
      speak = () => talker.say('HTTP/1.1 200 EVIL\r\nContent-Length: 4\r\n\r\nevil')
      await always(OK)(talker, 0)
    })
    await (await unasked.client.request(unasked.url)).text()
    await speak()
    await settled()
    expect(await (await unasked.client.request(unasked.url)).text()).toBe('ok')
    expect(unasked.connections()).toBe(2)
  })

  it('takes no connection that the server has ended meanwhile', async () => {
    const { client, url, connections } = await scene(async (talker) => {
      await talker.hear('\r\n\r\n')
      await talker.say(OK)
    })
    for (let request = 0; request < 3; request++) {
      expect(await (await client.request(url, { method: 'POST' })).text()).toBe('ok')
      await settled()
    }
    expect(connections()).toBe(3)
  })
})

describe('a request on a connection that the server is just closing', () => {
  /** Answers the first request of each connection, and closes at the sight of the second. */
  const closing: Script = async (talker) => {
    await talker.hear('\r\n\r\n')
    await talker.say(OK)
    await talker.hear('\r\n\r\n')
  }

  it('is sent once more where that harms nobody', async () => {
    const { client, url, connections } = await scene(closing)
    for (const options of [{}, { method: 'PUT', body: 'hello' }, { method: 'DELETE' }]) {
      expect(await (await client.request(url, options)).text()).toBe('ok')
    }
    expect(connections()).toBe(3)
  })

  it('is not where its method, or its content, forbids it', async () => {
    async function* once(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x')
    }
    for (const options of [{ method: 'POST', body: 'x' }, { method: 'PATCH' }, { method: 'PUT', body: once() }]) {
      const { client, url, connections } = await scene(closing)
      await (await client.request(url)).text()
      await expect(client.request(url, options)).rejects.toMatchObject({ code: 'NET_CLOSED' })
      expect(connections()).toBe(1)
    }
  })

  it('is not sent a third time', async () => {
    const { client, url, connections } = await scene(async (talker, index) => {
      await talker.hear('\r\n\r\n')
      if (index > 0) return
      await talker.say(OK)
      await talker.hear('\r\n\r\n')
    })
    await (await client.request(url)).text()
    await expect(client.request(url)).rejects.toMatchObject({ code: 'NET_CLOSED' })
    expect(connections()).toBe(2)
  })

  it('is not when an answer had begun', async () => {
    const { client, url, connections } = await scene(async (talker) => {
      await talker.hear('\r\n\r\n')
      await talker.say(OK)
      await talker.hear('\r\n\r\n')
      await talker.say('HTTP/1.1 2')
    })
    await (await client.request(url)).text()
    await expect(client.request(url)).rejects.toMatchObject({ code: 'HTTP_CUT_SHORT' })
    expect(connections()).toBe(1)
  })

  it('is not when an answer had begun and the connection was cut', async () => {
    const { client, url, connections } = await scene(async (talker) => {
      await talker.hear('\r\n\r\n')
      await talker.say(OK)
      await talker.hear('\r\n\r\n')
      await talker.say('HTTP/1.1 2')
      await settled()
      talker.cut()
    })
    await (await client.request(url)).text()
    await expect(client.request(url)).rejects.toMatchObject({ code: 'NET_CLOSED' })
    expect(connections()).toBe(1)
  })
})

describe('giving up', () => {
  const silent: Script = async (talker) => void (await talker.hear('never'))

  it('works before, during and after the head', async () => {
    const { client, url } = await scene(always('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab'))
    const { client: other, url: mute } = await scene(silent)
    await expect(client.request(url, { signal: AbortSignal.abort('early') })).rejects.toMatchObject({
      code: 'NET_ABORTED',
      cause: 'early',
    })
    const controller = new AbortController()
    const waiting = other.request(mute, { signal: controller.signal })
    const response = await client.request(url, { signal: controller.signal })
    const reading = response.text()
    await settled()
    controller.abort('enough')
    await expect(waiting).rejects.toMatchObject({ code: 'NET_ABORTED', cause: 'enough' })
    await expect(reading).rejects.toMatchObject({ code: 'NET_ABORTED', cause: 'enough' })
  })

  it('after the end does nothing', async () => {
    const { client, url, connections } = await scene(always(OK))
    const controller = new AbortController()
    await (await client.request(url, { signal: controller.signal })).text()
    controller.abort()
    await (await client.request(url)).text()
    expect(connections()).toBe(1)
  })

  it('happens by itself when a phase takes too long', async () => {
    const timeouts = { responseMs: 1000, bodyMs: 1000, totalMs: 5000 }
    const { client, url, pass } = await scene(silent, { timeouts })
    const waiting = client.request(url).catch((error: unknown) => error)
    await pass(0)
    await pass(1000)
    expect(await waiting).toMatchObject({ code: 'NET_TIMEOUT', phase: 'response', ms: 1000 })
    const half = await scene(always('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nab'), { timeouts })
    const response = await half.client.request(half.url)
    const reading = response.text().catch((error: unknown) => error)
    await half.pass(1000)
    expect(await reading).toMatchObject({ phase: 'body' })
  })

  it('happens by itself when all of it takes too long', async () => {
    const { client, url, pass } = await scene(silent)
    const waiting = client.request(url, { timeouts: { totalMs: 2000 } }).catch((error: unknown) => error)
    await pass(0)
    await pass(2000)
    expect(await waiting).toMatchObject({ phase: 'total', ms: 2000 })
    const fast = await scene(always(OK), { timeouts: { totalMs: 2000 } })
    const controller = new AbortController()
    expect(await (await fast.client.request(fast.url, { signal: controller.signal })).text()).toBe('ok')
    await expect(fast.client.request(fast.url, { signal: AbortSignal.abort('x') })).rejects.toMatchObject({
      cause: 'x',
    })
    const aborted = fast.client.request(fast.url, { signal: controller.signal }).catch((error: unknown) => error)
    controller.abort('y')
    expect(await aborted).toMatchObject({ code: 'NET_ABORTED', cause: 'y' })
  })

  it('of everything is closing the client', async () => {
    const { client, url } = await scene(silent)
    const waiting = client.request(url).catch((error: unknown) => error)
    await settled()
    await client[Symbol.asyncDispose]()
    expect(await waiting).toMatchObject({ code: 'NET_CLOSED' })
    await expect(client.request(url)).rejects.toMatchObject({ code: 'NET_CLOSED', message: 'The client is closed' })
  })
})

describe('dialling', () => {
  it('asks the guard, and the resolver', async () => {
    const { client, url } = await scene(always(OK), {
      guard: (address) => {
        if (address.family === 'IPv4' && address.host === '127.0.0.1') throw new Error('not into our own network')
      },
      resolver: async () => [{ host: '127.0.0.1', family: 'IPv4' }],
    })
    const { port } = new URL(url)
    await expect(client.request(`http://harmless.test:${port}/`)).rejects.toMatchObject({ code: 'NET_CONNECT' })
  })

  it('fails where nobody listens, and the place is free again', async () => {
    const client = new Client({ maxConnectionsPerOrigin: 1 })
    for (let request = 0; request < 3; request++) {
      await expect(client.request('http://127.0.0.1:1/')).rejects.toMatchObject({ code: 'NET_CONNECT' })
    }
  })

  it('goes to a Unix socket where one is given', async () => {
    const client = new Client({ socketPath: '/nonexistent/socket' })
    await expect(client.request('http://localhost/')).rejects.toMatchObject({ code: 'NET_CONNECT' })
  })

  it('speaks TLS to https, and verifies', async () => {
    const client = new Client({ timeouts: { connectMs: 5000 } })
    await expect(client.request('https://127.0.0.1:1/')).rejects.toMatchObject({ code: 'NET_CONNECT' })
    await expect(client.request('http://[::1]:1/')).rejects.toMatchObject({ code: 'NET_CONNECT' })
  })
})

describe('a transcript', () => {
  it('shows both sides, and masks what is secret', async () => {
    const lines: string[] = []
    const { client, url } = await scene(
      always('HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: secret\r\n\r\nok'),
      {
        transcript: () => new Transcript((line) => lines.push(line)),
      },
    )
    await (await client.request(url, { method: 'PUT', body: 'hello', headers: { authorization: 'secret' } })).text()
    await client.close()
    expect(lines).toEqual([
      'C: PUT / HTTP/1.1',
      `C: Host: ${new URL(url).host}`,
      'C: authorization: ****',
      'C: Content-Length: 5',
      'C: … 5 octets',
      'S: HTTP/1.1 103 Early Hints',
      'S: HTTP/1.1 200 OK',
      'S: Content-Length: 2',
      'S: Set-Cookie: ****',
      'S: … 2 octets',
    ])
  })
})
