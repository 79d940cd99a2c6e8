/** Content on its way to servers that are played by hand: 100-continue, trailers, slow and silent peers. */
import { describe, expect, it } from 'vitest'
import { ClosedError } from '../../../src/net/errors.ts'
import type { PairOptions } from '../../../src/net/pair.ts'
import { ok, rejection, Scene } from '../../support/http-scene.ts'
import { settle } from '../../support/sockets.ts'

const EXPECTING = { method: 'PUT', headers: { expect: '100-continue' } }
const CONTINUE = 'HTTP/1.1 100 Continue\r\n\r\n'

/** A peer's buffers, which take a large write bit by bit. */
const NARROW: PairOptions = {
  cut: (bytes) =>
    Array.from({ length: Math.ceil(bytes.length / 16_384) }, (_, index) =>
      bytes.subarray(16_384 * index, 16_384 * (index + 1)),
    ),
}

/** Slices, and how many were asked for. */
function source(
  count: number,
  bytes = 1,
): { body: AsyncIterable<Uint8Array>; made: () => number; isClosed: () => boolean } {
  let made = 0
  let isClosed = false
  async function* slices(): AsyncGenerator<Uint8Array> {
    try {
      while (made < count) {
        made++
        yield Buffer.alloc(bytes, 'x')
      }
    } finally {
      isClosed = true
    }
  }
  return { body: slices(), made: () => made, isClosed: () => isClosed }
}

describe('Expect: 100-continue (RFC 9110 §10.1.1)', () => {
  it('holds the content back until the server wants it', async () => {
    const scene = new Scene()
    const seen: number[] = []
    const onInformational = ({ status }: { status: number }): void => void seen.push(status)
    const asking = scene.client.request('http://a.test/', { ...EXPECTING, body: 'hello', onInformational })
    const server = await scene.at(0)
    expect(await server.hear('\r\n\r\n')).toContain('expect: 100-continue\r\nContent-Length: 5\r\n')
    await server.say('HTTP/1.1 103 Early Hints\r\n\r\n')
    expect(await server.rest()).toBe('')
    await server.say(CONTINUE)
    expect(await server.rest()).toBe('hello')
    await server.say(ok('thanks'))
    expect(await (await asking).text()).toBe('thanks')
    expect(seen).toEqual([103, 100])
    const again = scene.client.request('http://a.test/')
    await server.answer(ok('same connection'))
    expect(await (await again).text()).toBe('same connection')
  })

  it('is over with the 100: an early answer does not stop what has begun', async () => {
    const scene = new Scene()
    let more: () => void = () => {}
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a')
      await new Promise<void>((resolve) => {
        more = resolve
      })
      yield Buffer.from('b')
    }
    const asking = scene.client.request('http://a.test/', { ...EXPECTING, body: body() })
    const server = await scene.at(0)
    await server.answer(CONTINUE)
    await server.hear('1\r\na\r\n')
    await server.say('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')
    const response = await asking
    more()
    await server.hear('1\r\nb\r\n0\r\n\r\n')
    await server.say('ok')
    expect([await response.text(), server.near.state]).toEqual(['ok', 'open'])
    await scene.client.close()
  })

  it('does not touch a source before', async () => {
    const scene = new Scene()
    const { body, made } = source(2)
    const asking = scene.client.request('http://a.test/', { ...EXPECTING, body })
    const server = await scene.at(0)
    await server.hear('\r\n\r\n')
    await settle()
    expect(made()).toBe(0)
    await server.say(CONTINUE)
    await server.hear('0\r\n\r\n')
    expect(made()).toBe(2)
    await server.say(ok(''))
    expect((await asking).ok).toBe(true)
  })

  it('waits so long, and no longer', async () => {
    const scene = new Scene()
    const asking = scene.client.request('http://a.test/', {
      ...EXPECTING,
      body: 'hello',
      timeouts: { continueMs: 2_000 },
    })
    const server = await scene.at(0)
    await server.hear('\r\n\r\n')
    await scene.pass(1_900)
    expect(await server.rest()).toBe('')
    await scene.pass(100)
    expect(await server.rest()).toBe('hello')
    // A 100 that comes late changes nothing.
    await server.say(CONTINUE + ok('thanks'))
    expect(await (await asking).text()).toBe('thanks')
  })

  it.each([
    ['403 Forbidden', 'stays'],
    ['403 Forbidden', 'closes'],
    ['200 OK', 'stays'],
  ])('sends nothing behind a final %s, and the connection that %s is not used again', async (status, how) => {
    const scene = new Scene()
    const { body, made } = source(1)
    const asking = scene.client.request('http://a.test/', { ...EXPECTING, body })
    const server = await scene.at(0)
    const close = how === 'closes' ? 'Connection: close\r\n' : ''
    await server.answer(`HTTP/1.1 ${status}\r\n${close}Content-Length: 2\r\n\r\nno`)
    expect(await (await asking).text()).toBe('no')
    await scene.pass(2_000)
    expect([await server.rest(), made()]).toEqual(['', 0])
    expect(server.near.state).not.toBe('open')
    void scene.client.request('http://a.test/').catch(() => {})
    await (await scene.at(1)).hear('\r\n\r\n')
    await scene.client.close()
  })

  it('is said again without, where the server does not know it (417), once', async () => {
    const scene = new Scene()
    const { body } = source(1)
    const failed = 'HTTP/1.1 417 Expectation Failed\r\nContent-Length: 4\r\n\r\nwhat'
    const asking = scene.client.request('http://a.test/', { ...EXPECTING, body })
    await (await scene.at(0)).answer(failed)
    const server = await scene.at(1)
    expect(await server.hear('0\r\n\r\n')).toBe(
      'PUT / HTTP/1.1\r\nHost: a.test\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\n\r\n',
    )
    await server.say(failed)
    const response = await asking
    expect([response.status, await response.text()]).toEqual([417, 'what'])
    expect(scene.ends).toHaveLength(2)
  })

  it('is not said again where the content has gone already', async () => {
    const scene = new Scene()
    const { body } = source(1)
    const asking = scene.client.request('http://a.test/', { ...EXPECTING, body })
    const server = await scene.at(0)
    await server.hear('\r\n\r\n')
    await scene.pass(1_000)
    await server.hear('0\r\n\r\n')
    await server.say('HTTP/1.1 417 Expectation Failed\r\nContent-Length: 0\r\n\r\n')
    expect((await asking).status).toBe(417)
    expect(scene.ends).toHaveLength(1)
  })

  it('gives a 411 back like any response, and says a length where the caller knows one', async () => {
    const scene = new Scene()
    const asking = scene.client.request('http://a.test/', { method: 'PUT', body: source(1).body })
    const server = await scene.at(0)
    await server.hear('0\r\n\r\n')
    await server.say('HTTP/1.1 411 Length Required\r\nContent-Length: 0\r\n\r\n')
    expect((await asking).status).toBe(411)
    const headers = { 'content-length': '1' }
    const again = scene.client.request('http://a.test/', { method: 'PUT', body: source(1).body, headers })
    expect(await server.hear('\r\n\r\nx')).toBe('PUT / HTTP/1.1\r\nHost: a.test\r\ncontent-length: 1\r\n\r\nx')
    await server.say(ok('taken'))
    expect(await (await again).text()).toBe('taken')
    expect(scene.ends).toHaveLength(1)
  })

  it('lets a redirect have the content that nobody has touched', async () => {
    const scene = new Scene()
    const { body } = source(1)
    const asking = scene.client.request('http://a.test/', { ...EXPECTING, body, redirect: 'follow' })
    await (await scene.at(0)).answer('HTTP/1.1 307 Moved\r\nLocation: /b\r\nContent-Length: 0\r\n\r\n')
    const server = await scene.at(1)
    expect(await server.hear('\r\n\r\n')).toMatch(/^PUT \/b [^]*expect: 100-continue/)
    await server.say(CONTINUE)
    await server.hear('0\r\n\r\n')
    await server.say(ok('there'))
    expect(await (await asking).text()).toBe('there')
  })

  it('is given up with the request', async () => {
    const scene = new Scene()
    const controller = new AbortController()
    const { body, made } = source(1)
    const asking = rejection(scene.client.request('http://a.test/', { ...EXPECTING, body, signal: controller.signal }))
    await (await scene.at(0)).hear('\r\n\r\n')
    controller.abort('enough')
    expect(await asking).toMatchObject({ code: 'NET_ABORTED', cause: 'enough' })
    await settle()
    expect(made()).toBe(0)
    expect(scene.timers.pending).toBe(0)
  })

  it('is for content alone', async () => {
    const scene = new Scene()
    expect(await rejection(scene.client.request('http://a.test/', EXPECTING))).toMatchObject({
      code: 'HTTP_SEND_FIELD',
    })
  })
})

describe('trailers', () => {
  it.each([
    ['a string', 'hello', { 'X-Sum': '5' }],
    ['bytes', Buffer.from('hello'), [['X-Sum', '5']] as const],
    ['a function', 'hello', () => ({ 'X-Sum': '5' })],
  ])('go behind content: %s', async (_what, body, trailers) => {
    const scene = new Scene()
    const asking = scene.client.request('http://a.test/', { method: 'PUT', body, trailers })
    const server = await scene.at(0)
    expect(await server.hear('X-Sum: 5\r\n\r\n')).toMatch(
      /Transfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-Sum: 5\r\n\r\n$/,
    )
    await server.say(ok(''))
    expect((await asking).ok).toBe(true)
  })

  it('are asked for when the content has gone', async () => {
    const scene = new Scene()
    let sum = 0
    const body = async function* (): AsyncGenerator<Uint8Array> {
      for (const slice of ['hel', 'lo']) {
        sum += slice.length
        yield Buffer.from(slice)
      }
    }
    const trailers = (): Record<string, string> => ({ 'X-Sum': String(sum) })
    void scene.client.request('http://a.test/', { method: 'PUT', body, trailers }).catch(() => {})
    expect(await (await scene.at(0)).hear('X-Sum: 5\r\n\r\n')).toContain('0\r\nX-Sum')
    await scene.client.close()
  })

  it('may stand behind nothing', async () => {
    const scene = new Scene()
    void scene.client.request('http://a.test/', { method: 'PUT', trailers: { 'X-Sum': '0' } }).catch(() => {})
    expect(await (await scene.at(0)).hear('X-Sum: 0\r\n\r\n')).toMatch(/\r\n\r\n0\r\nX-Sum: 0\r\n\r\n$/)
    await scene.client.close()
  })

  it.each([
    ['a framing one', { 'Content-Length': '5' }, {}],
    ['one that cannot be written', { 'X-Sum': 'a\r\nb' }, {}],
    ['one behind a Content-Length', { 'X-Sum': '5' }, { 'content-length': '5' }],
  ])('that cannot be sent break the request off: %s', async (_what, trailers, headers) => {
    const scene = new Scene()
    const asking = rejection(
      scene.client.request('http://a.test/', { method: 'PUT', body: 'hello', trailers, headers }),
    )
    expect(await asking).toMatchObject({ side: 'local' })
    expect((await scene.at(0)).near.state).toBe('closed')
  })

  it('that throw break it off too', async () => {
    const scene = new Scene()
    const trailers = (): never => {
      throw new Error('no sum')
    }
    const asking = rejection(scene.client.request('http://a.test/', { method: 'PUT', body: source(1).body, trailers }))
    expect(await asking).toMatchObject({ message: 'no sum' })
    expect((await scene.at(0)).near.state).toBe('closed')
  })
})

describe('a length that was announced', () => {
  it.each([
    ['too much', 3, source(5).body],
    ['too much at once', 3, 'hello'],
    ['too little', 9, source(5).body],
    ['too little at once', 9, 'hello'],
  ])('is kept: %s', async (_what, length, body) => {
    const scene = new Scene()
    const headers = { 'content-length': String(length) }
    const asking = rejection(scene.client.request('http://a.test/', { method: 'PUT', body, headers }))
    expect(await asking).toMatchObject({ code: 'HTTP_SEND_LENGTH', side: 'local' })
    expect((await scene.at(0)).near.state).toBe('closed')
  })

  it('may come slice by slice', async () => {
    const scene = new Scene()
    const asking = scene.client.request('http://a.test/', {
      method: 'PUT',
      body: source(5).body,
      headers: { 'content-length': '5' },
    })
    const server = await scene.at(0)
    await server.hear('\r\n\r\nxxxxx')
    await server.say(ok(''))
    expect((await asking).ok).toBe(true)
  })

  it('of nothing is nothing', async () => {
    const scene = new Scene()
    const asking = scene.client.request('http://a.test/', { method: 'PUT', body: '' })
    expect(await (await scene.at(0)).answer(ok(''))).toContain('Content-Length: 0\r\n\r\n')
    expect((await asking).ok).toBe(true)
    const chunked = scene.client.request('http://a.test/', { method: 'PUT', body: source(3, 0).body })
    const server = await scene.at(0)
    expect(await server.hear('0\r\n\r\n')).toMatch(/chunked\r\n\r\n0\r\n\r\n$/)
    await server.say(ok(''))
    expect((await chunked).ok).toBe(true)
  })
})

describe('a slow server', () => {
  it('slows the source down: what is not taken is not asked for', async () => {
    const scene = new Scene()
    const { body, made } = source(1_000, 65_536)
    const asking = scene.client.request('http://a.test/', { method: 'PUT', body })
    const server = await scene.at(0)
    await settle(50)
    // A pair holds some 64 KiB at each of four places on the way: 64 MiB would be there without backpressure.
    const standing = made()
    expect(standing).toBeLessThan(10)
    await settle(50)
    expect(made()).toBe(standing)
    let heard = 0
    for (let tail = ''; !tail.endsWith('0\r\n\r\n');) {
      const bytes = (await server.socket.read()) as Buffer
      heard += bytes.length
      expect(made() * 65_536 - heard).toBeLessThan(1_000_000)
      tail = (tail + bytes.toString('latin1', Math.max(0, bytes.length - 5))).slice(-5)
    }
    expect(heard).toBeGreaterThan(65_536_000)
    await server.say(ok('all'))
    expect(await (await asking).text()).toBe('all')
  })

  it('has its time for an answer when it has all of the request, not when we have', async () => {
    const scene = new Scene({ timeouts: { responseMs: 1_000, writeMs: 60_000 } }, NARROW)
    const asking = scene.client.request('http://a.test/', { method: 'PUT', body: Buffer.alloc(1_000_000, 'x') })
    const server = await scene.at(0)
    await scene.pass(5_000)
    for (let heard = 0; heard < 1_000_000;) heard += ((await server.socket.read()) as Buffer).length
    await server.say(ok('thanks'))
    expect(await (await asking).text()).toBe('thanks')
  })

  it('that takes nothing at all is left', async () => {
    for (const body of [Buffer.alloc(1_000_000), source(1_000, 65_536).body]) {
      const scene = new Scene({ timeouts: { writeMs: 2_000 } }, NARROW)
      const asking = rejection(scene.client.request('http://a.test/', { method: 'PUT', body }))
      const { near } = await scene.at(0)
      await scene.pass(4_100)
      expect(await asking).toMatchObject({ name: 'TimeoutError', phase: 'write', ms: 2_000 })
      expect(near.state).toBe('closed')
    }
  })

  it('that answers before it has taken all is heard, and its connection not used again', async () => {
    for (const body of [Buffer.alloc(1_000_000), source(1_000, 65_536).body]) {
      const scene = new Scene({}, NARROW)
      const asking = scene.client.request('http://a.test/', { method: 'PUT', body })
      const { near } = await scene.at(0)
      await (await scene.at(0)).answer('HTTP/1.1 413 Too Much\r\nContent-Length: 2\r\n\r\nno')
      const response = await asking
      expect([response.status, await response.text()]).toEqual([413, 'no'])
      expect(near.state).not.toBe('open')
      await scene.client.close()
    }
  })
})

describe('a request and its response', () => {
  it('may run beside one another', async () => {
    const scene = new Scene()
    const said: string[] = []
    let more: (text: string) => void = () => {}
    async function* body(): AsyncGenerator<Uint8Array> {
      for (;;) {
        const text = await new Promise<string>((resolve) => {
          more = resolve
        })
        if (text === '') return
        yield Buffer.from(text)
      }
    }
    const asking = scene.client.request('http://a.test/', { method: 'POST', body: body() })
    const server = await scene.at(0)
    await server.answer('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n')
    const slices = (await asking).body[Symbol.asyncIterator]()
    for (const word of ['one', 'two', 'six']) {
      more(word)
      await server.hear(`3\r\n${word}\r\n`)
      await server.say(`3\r\n${word.toUpperCase()}\r\n`)
      const { value } = await slices.next()
      said.push(Buffer.from(value as Uint8Array).toString())
    }
    more('')
    await server.hear('0\r\n\r\n')
    await server.say('0\r\n\r\n')
    expect((await slices.next()).done).toBe(true)
    expect(said).toEqual(['ONE', 'TWO', 'SIX'])
    expect(server.near.state).toBe('open')
  })
})

describe('a source', () => {
  it.each([
    ['an error of its own', new Error('no more')],
    ['one that looks like ours', new ClosedError('another connection')],
  ])('that throws %s breaks the request off, and it is not sent again', async (_what, error) => {
    const scene = new Scene()
    const first = scene.client.request('http://a.test/')
    await (await scene.at(0)).answer(ok(''))
    await first
    const body = async function* (): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x')
      throw error
    }
    expect(await rejection(scene.client.request('http://a.test/', { method: 'PUT', body }))).toBe(error)
    await settle()
    expect(scene.ends).toHaveLength(1)
    expect(scene.ends[0]?.near.state).toBe('closed')
  })

  it('that throws while the response is read has that reject', async () => {
    const scene = new Scene()
    let fail: (error: Error) => void = () => {}
    async function* body(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('x')
      await new Promise((_resolve, reject) => {
        fail = reject
      })
    }
    const asking = scene.client.request('http://a.test/', { method: 'PUT', body: body() })
    await (await scene.at(0)).answer('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhe')
    const text = rejection((await asking).text())
    await settle()
    fail(new Error('no more'))
    expect(await text).toMatchObject({ message: 'no more' })
  })

  it.each([
    ['the server wants no more', 'HTTP/1.1 413 No\r\nConnection: close\r\nContent-Length: 2\r\n\r\nno'],
    ['the answer is complete', 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nno'],
  ])('is closed when %s', async (_when, response) => {
    const scene = new Scene()
    const { body, isClosed } = source(1_000, 65_536)
    const asking = scene.client.request('http://a.test/', { method: 'PUT', body })
    await (await scene.at(0)).answer(response)
    expect(isClosed()).toBe(false)
    expect(await (await asking).text()).toBe('no')
    await settle()
    expect(isClosed()).toBe(true)
  })

  it('is left alone when the server goes, and the request rejects', async () => {
    const scene = new Scene()
    const { body, isClosed } = source(1_000, 65_536)
    const asking = rejection(scene.client.request('http://a.test/', { method: 'PUT', body }))
    const server = await scene.at(0)
    await server.hear('\r\n\r\n')
    server.cut()
    expect(await asking).toMatchObject({ code: 'NET_CLOSED' })
    await settle()
    expect(isClosed()).toBe(true)
  })
})
