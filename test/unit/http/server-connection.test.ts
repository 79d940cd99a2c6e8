/** A server's connection over a pair in memory, with a clock that is turned by hand. */
import { describe, expect, it } from 'vitest'
import type { Exchange } from '../../../src/http/exchange.ts'
import { ServerConnection } from '../../../src/http/server-connection.ts'
import type { ExchangeHandler } from '../../../src/http/server-connection.ts'
import type { ServerConnectionOptions } from '../../../src/http/server-options.ts'
import { pair } from '../../../src/net/pair.ts'
import type { PairOptions } from '../../../src/net/pair.ts'
import type { Socket } from '../../../src/net/socket.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { Transcript } from '../../../src/net/transcript.ts'
import { FakeClock } from '../../support/clock.ts'
import { Talker, undated } from '../../support/http-client.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const LAST = 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n'
const put = (length: number, ...fields: string[]): string =>
  `PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: ${length}\r\n${fields.map((field) => `${field}\r\n`).join('')}\r\n`

/** A server's connection with a client at the other end. */
interface Scene {
  readonly client: Talker
  readonly connection: ServerConnection
  readonly socket: Socket
  readonly errors: Error[]
  /** Lets time pass, in steps in which the connection can act. */
  readonly pass: (ms: number) => Promise<void>
}

function scene(handler: ExchangeHandler, options: ServerConnectionOptions & { pair?: PairOptions } = {}): Scene {
  const clock = new FakeClock()
  const timers = new TimerWheel({ clock })
  const [near, far] = pair({ timers, ...options.pair })
  const errors: Error[] = []
  const connection = new ServerConnection(far, handler, { timers, onError: (error) => errors.push(error), ...options })
  const pass = async (ms: number): Promise<void> => {
    await settled()
    clock.advance(ms + 50)
    await settled()
  }
  return { client: new Talker(near), connection, socket: far, errors, pass }
}

/** Everything that can happen without time or octets from outside has happened. */
async function settled(): Promise<void> {
  for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
}

const octetByOctet = (bytes: Buffer): Iterable<Buffer> => Array.from(bytes, (byte) => Buffer.of(byte))

const hello: ExchangeHandler = (x) => x.respond(200, [['content-type', 'text/plain']], `hello ${x.path}`)

describe('answers', () => {
  it('requests in order, pipelined ones in one piece', async () => {
    let calls = 0
    const { client } = scene((x) => x.respond(200, {}, `${x.method} ${++calls}`))
    await client.say(GET + GET + LAST + GET)
    expect(undated(await client.hearAll())).toBe(
      'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nGET 1' +
        'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nGET 2' +
        'HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nGET 3',
    )
    expect(calls).toBe(3)
  })

  it('all that came in a turn, in a row at its end', async () => {
    const order: string[] = []
    const scenes = [1, 2].map((n) => {
      const one = scene((x) => {
        order.push(`asked ${n}`)
        x.respond(200)
      })
      const received = one.connection.received.bind(one.connection)
      one.connection.received = () => {
        order.push(`came ${n}`)
        received()
      }
      const push = one.socket.push.bind(one.socket)
      one.socket.push = (slices) => {
        order.push(`answered ${n}`)
        return push(slices)
      }
      return one
    })
    await Promise.all(scenes.map(({ client }) => client.say(GET)))
    await settled()
    expect(order).toEqual(['came 1', 'came 2', 'asked 1', 'asked 2', 'answered 1', 'answered 2'])
  })

  it('later ones only when earlier ones are over, however long those take', async () => {
    const order: string[] = []
    const { client } = scene(async (x) => {
      order.push(`begin ${x.path}`)
      await settled()
      order.push(`end ${x.path}`)
      x.respond(200, {}, x.path)
    })
    await client.say('GET /1 HTTP/1.1\r\nHost: a\r\n\r\nGET /2 HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(await client.hearAll()).toMatch(/\/1HTTP[^]*\/2$/)
    expect(order).toEqual(['begin /1', 'end /1', 'begin /2', 'end /2'])
  })

  it('with a date', async () => {
    const { client } = scene(hello)
    await client.say(LAST)
    expect(await client.hearAll()).toMatch(/\r\nDate: \w{3}, \d\d \w{3} \d{4} \d\d:\d\d:\d\d GMT\r\n/)
  })

  it.each([
    ['HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'Content-Length: 7\r\nConnection: close\r\n\r\n'],
    ['GET / HTTP/1.0\r\n\r\n', 'Content-Length: 7\r\nConnection: close\r\n\r\nhello /'],
  ])('%j as it has to be', async (request, tail) => {
    const { client } = scene(hello)
    await client.say(request)
    expect(undated(await client.hearAll())).toBe(`HTTP/1.1 200 OK\r\ncontent-type: text/plain\r\n${tail}`)
  })

  it('what is asked as https in the clear with 421, without a word to the handler', async () => {
    let calls = 0
    const { client } = scene((x) => x.respond(200, {}, `${x.scheme} ${++calls}`))
    await client.say('GET https://a/ HTTP/1.1\r\nHost: a\r\n\r\nGET HTTP://a/ HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.say(LAST)
    expect(undated(await client.hearAll())).toMatch(
      /^HTTP\/1\.1 421 Misdirected Request\r\nContent-Length: 0\r\n\r\nHTTP\/1\.1 200 OK\r\n.*\r\n\r\nhttp 1HTTP[^]*http 2$/,
    )
  })

  it('a client of HTTP/1.0 that wants to stay', async () => {
    const { client } = scene(hello)
    await client.say('GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\nGET / HTTP/1.0\r\n\r\n')
    const heard = await client.hearAll()
    expect(heard).toMatch(/Connection: keep-alive\r\n\r\nhello \/HTTP[^]*Connection: close\r\n\r\nhello \/$/)
  })

  it('every split of its octets alike', async () => {
    const { client } = scene(async (x) => x.respond(200, {}, await x.body.bytes()), {
      pair: { cut: octetByOctet },
    })
    await client.say(`${put(5)}hello${LAST}`)
    expect(await client.hearAll()).toMatch(/\r\n\r\nhelloHTTP[^]*Content-Length: 0\r\n/)
  })
})

describe('an exchange', () => {
  it('tells what was asked', async () => {
    const seen: unknown[] = []
    const see: ExchangeHandler = (x) => {
      seen.push([x.method, x.target, x.form, x.version, x.scheme, x.authority, x.path, x.query, x.hasContent, x.tls])
      seen.push(x.remote.family)
      x.respond(204)
    }
    const { client } = scene(see)
    await client.say(
      'GET /a%20b?c?d HTTP/1.1\r\nHost: h:1\r\n\r\n' +
        'GET HTTP://b:2?q HTTP/1.1\r\nHost: h\r\n\r\n' +
        'OPTIONS * HTTP/1.1\r\nHost: h\r\n\r\n' +
        'GET / HTTP/1.0\r\n\r\n',
    )
    await client.hearAll()
    expect(seen.filter((item) => item !== 'memory')).toEqual([
      ['GET', '/a%20b?c?d', 'origin', '1.1', 'http', 'h:1', '/a%20b', 'c?d', false, undefined],
      ['GET', 'HTTP://b:2?q', 'absolute', '1.1', 'http', 'b:2', '/', 'q', false, undefined],
      ['OPTIONS', '*', 'asterisk', '1.1', 'http', 'h', '*', '', false, undefined],
      ['GET', '/', 'origin', '1.0', 'http', '', '/', '', false, undefined],
    ])
  })

  it('streams, with trailers where the client knows them', async () => {
    const stream: ExchangeHandler = async (x) => {
      const out = x.stream(200, { trailer: 'x-sum' })
      await out.write('a')
      await out.write(Buffer.from('bc'))
      await out.end({ 'x-sum': '3' })
    }
    const { client } = scene(stream)
    await client.say(GET)
    expect(await client.hear('\r\n\r\n')).toContain('Transfer-Encoding: chunked')
    expect(await client.hear('x-sum: 3\r\n\r\n')).toBe('1\r\na\r\n2\r\nbc\r\n0\r\nx-sum: 3\r\n\r\n')
    await client.say('GET / HTTP/1.0\r\n\r\n')
    expect(await client.hearAll()).toMatch(/Connection: close\r\n\r\nabc$/)
  })

  it('asks an iterable for no more than the client takes', async () => {
    let made = 0
    async function* slices(): AsyncGenerator<Uint8Array> {
      for (; made < 1000; made++) yield Buffer.alloc(10_000)
    }
    const { client, socket } = scene((x) => x.respond(200, {}, slices()))
    await client.say(GET)
    await settled()
    const madeWithoutReading = made
    expect(madeWithoutReading).toBeLessThan(50)
    expect(socket.bytesWritten).toBeLessThan(500_000)
    await client.hear('0\r\n\r\n')
    expect(made).toBe(1000)
  })

  it('leaves the content of HEAD out, and does not ask for it', async () => {
    let asked = false
    async function* slices(): AsyncGenerator<Uint8Array> {
      asked = true
      yield Buffer.from('x')
    }
    const { client } = scene((x) => x.respond(200, {}, slices()))
    await client.say('HEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(undated(await client.hearAll())).toBe('HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
    expect(asked).toBe(false)
  })

  it('leaves the trailers of HEAD out with its content, and the connection whole', async () => {
    const { client, errors } = scene(async (x) => {
      const stream = x.stream(200)
      await stream.write('hello')
      await stream.end([['x-sum', '5']])
    })
    await client.say('HEAD / HTTP/1.1\r\nHost: a\r\n\r\nHEAD / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n')
    expect(undated(await client.hearAll())).toBe('HTTP/1.1 200 OK\r\n\r\nHTTP/1.1 200 OK\r\nConnection: close\r\n\r\n')
    expect(errors).toEqual([])
  })

  it('sends interim responses, and none to HTTP/1.0', async () => {
    const hints: ExchangeHandler = (x) => {
      x.informational(103, { link: '</a>' })
      x.respond(204)
    }
    const { client } = scene(hints)
    await client.say(`${GET}GET / HTTP/1.0\r\n\r\n`)
    expect(undated(await client.hearAll())).toBe(
      'HTTP/1.1 103 Early Hints\r\nlink: </a>\r\n\r\nHTTP/1.1 204 No Content\r\n\r\n' +
        'HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n',
    )
  })

  it('answers once, and never for another exchange', async () => {
    const late: Exchange[] = []
    const { client } = scene((x) => {
      late.push(x)
      x.respond(200, {}, 'one')
      expect(() => x.respond(200)).toThrow('This may not be sent now')
      expect(() => x.informational(103)).toThrow('This may not be sent now')
      expect(() => x.stream(200)).toThrow('This may not be sent now')
    })
    await client.say(GET)
    await client.hear('one')
    await client.say('GET /2 HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.hear('one')
    expect(() => late[0]?.respond(200, {}, 'poison')).toThrow('This may not be sent now')
    expect(client.heard).toBe('')
  })

  it('refuses content where there is none, and can still answer', async () => {
    const { client } = scene((x) => {
      expect(() => x.respond(204, {}, 'x')).toThrow('204 has no content')
      expect(() => x.respond(200, { 'a b': 'c' })).toThrow('A field cannot be written as HTTP')
      x.respond(500, {}, 'so')
    })
    await client.say(LAST)
    expect(await client.hearAll()).toMatch(/^HTTP\/1.1 500 [^]*so$/)
  })

  it('hands over the socket with what came behind the request', async () => {
    const { client, socket } = scene(async (x) => {
      const socket = x.takeOver(101, { upgrade: 'echo', connection: 'upgrade' })
      expect(x.state).toBe('switched')
      for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read())
        await socket.write([bytes])
      await socket.close()
    })
    await client.say('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\nfirst')
    expect(undated(await client.hear('first'))).toBe(
      'HTTP/1.1 101 Switching Protocols\r\nupgrade: echo\r\nconnection: upgrade\r\n\r\nfirst',
    )
    await client.say('second')
    await client.end()
    expect(await client.hearAll()).toBe('second')
    await socket.closed
  })

  it('hands over no socket where the answer is HTTP', async () => {
    const { client } = scene((x) => {
      x.takeOver(200)
    })
    await client.say(GET)
    expect(await client.hearAll()).toMatch(/^HTTP\/1.1 500 /)
  })
})

describe('content', () => {
  it('is slices, or all of it, with trailers behind it', async () => {
    const { client } = scene(async (x) => {
      let text = ''
      for await (const slice of x.body) text += Buffer.from(slice).toString()
      x.respond(200, {}, `${text} ${x.trailers.get('x-sum')}`)
    })
    await client.say(
      'PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n3\r\nabc\r\n0\r\nX-Sum: 3\r\n\r\n',
    )
    expect(await client.hearAll()).toMatch(/\r\n\r\nabc 3$/)
  })

  it('is asked for by a 100 when it is first read, and not before', async () => {
    let go: () => void = () => {}
    const gate = new Promise<void>((resolve) => (go = resolve))
    const { client } = scene(async (x) => {
      await gate
      x.respond(200, {}, await x.body.text())
    })
    await client.say(put(5, 'Expect: 100-continue'))
    await settled()
    expect(client.heard).toBe('')
    go()
    expect(await client.hear('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    await client.say('hello')
    await client.hear('\r\n\r\nhello')
    await client.say(GET)
    await client.hear('\r\n\r\n')
  })

  it('is asked for by a 100 where the response is made of it', async () => {
    const { client } = scene(async (x) => await x.respond(200, {}, x.body))
    await client.say(put(5, 'Expect: 100-continue'))
    expect(await client.hear('\r\n\r\n')).toBe('HTTP/1.1 100 Continue\r\n\r\n')
    await client.say('hello')
    await client.hear('\r\n\r\n5\r\nhello\r\n0\r\n\r\n')
    await client.say(GET)
    await client.hear('\r\n\r\n')
  })

  it('is not asked for by a stream that is made of something else, and the connection ends', async () => {
    let left = 0
    async function* slices(): AsyncGenerator<Uint8Array> {
      try {
        yield Buffer.from('no')
      } finally {
        left++
      }
    }
    const { client } = scene((x) => x.respond(403, {}, slices()))
    await client.say(put(5, 'Expect: 100-continue'))
    expect(undated(await client.hearAll())).toBe(
      'HTTP/1.1 403 Forbidden\r\nTransfer-Encoding: chunked\r\nConnection: close\r\n\r\n2\r\nno\r\n0\r\n\r\n',
    )
    expect(left).toBe(1)
  })

  it('that a stream waits for is given up with the client', async () => {
    let left = 0
    let go: () => void = () => {}
    const gate = new Promise<void>((resolve) => (go = resolve))
    async function* slices(): AsyncGenerator<Uint8Array> {
      try {
        await gate
        yield Buffer.from('too late')
      } finally {
        left++
      }
    }
    const { client, socket, errors } = scene((x) => x.respond(200, {}, slices()))
    await client.say(put(5, 'Expect: 100-continue'))
    await settled()
    client.cut()
    await socket.closed
    go()
    await settled()
    expect([left, errors]).toEqual([1, []])
  })

  it('is not asked for by a handler that answers without it, and the connection ends', async () => {
    const { client } = scene((x) => x.respond(403))
    await client.say(put(5, 'Expect: 100-continue'))
    expect(undated(await client.hearAll())).toBe(
      'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    )
  })

  it('that was not read is never the next request', async () => {
    let calls = 0
    const { client } = scene((x) => x.respond(200, {}, String(++calls)))
    await client.say(put(GET.length) + GET + LAST)
    expect(await client.hearAll()).toMatch(/\r\n\r\n1HTTP[^]*close\r\n\r\n2$/)
    expect(calls).toBe(2)
  })

  it('that is too long to be dropped ends the connection, and the answer says so', async () => {
    const { client } = scene((x) => x.respond(200, {}, 'no'), { maxDroppedBytes: 10 })
    await client.say(put(11))
    expect(await client.hear('no')).toContain('Connection: close')
    const chunked = scene((x) => x.respond(200, {}, 'no'), { maxDroppedBytes: 10 })
    await chunked.client.say('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nff\r\n')
    expect(await chunked.client.hear('no')).not.toContain('Connection: close')
    await chunked.client.say('x'.repeat(255))
    expect(await chunked.client.hearAll()).toBe('')
  })

  it('that is too long to be dropped, but is read behind the head of the response, keeps the connection', async () => {
    const { client } = scene(
      async (x) => {
        const out = x.stream(200)
        for await (const slice of x.body) await out.write(slice)
        await out.end()
      },
      { maxDroppedBytes: 10 },
    )
    await client.say(put(300))
    expect(await client.hear('\r\n\r\n')).not.toContain('Connection: close')
    await client.say('x'.repeat(300))
    await client.hear('0\r\n\r\n')
    await client.say(GET)
    await client.hear('0\r\n\r\n')
  })

  it('that is too long to be dropped, and is not read behind the head of the response, ends the connection', async () => {
    const { client } = scene(async (x) => await x.stream(200).end(), { maxDroppedBytes: 10 })
    await client.say(put(300))
    expect(await client.hearAll()).toMatch(/0\r\n\r\n$/)
  })

  it('that broke, and was answered all the same, is the last of its connection', async () => {
    const { client } = scene(async (x) => {
      await x.body.text().catch(() => {})
      x.respond(200, {}, 'never mind')
    })
    await client.say('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx')
    expect(await client.hearAll()).toMatch(/Connection: close\r\n\r\nnever mind$/)
  })

  it('that is broken is answered with its own status, whatever the handler makes of it', async () => {
    for (const handler of [
      async (x: Exchange) => x.respond(200, {}, await x.body.text()),
      async (x: Exchange) => {
        await x.body.text().catch(() => {
          throw new Error('another one')
        })
      },
    ]) {
      const { client, errors } = scene(handler)
      await client.say('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n5\nhello')
      expect(await client.hearAll()).toMatch(
        /^HTTP\/1.1 400 Bad Request\r\n[^]*HTTP_BARE_LF: A LF stands without its CR\n$/,
      )
      expect(errors).toEqual([])
    }
  })

  it('that is too long to be collected is 413', async () => {
    const { client } = scene(async (x) => x.respond(200, {}, await x.body.bytes(4)))
    await client.say(`${put(5)}hello`)
    expect(await client.hearAll()).toMatch(/^HTTP\/1.1 413 Content Too Large\r\n/)
    const limited = scene(async (x) => x.respond(200, {}, await x.body.text()), { limits: { maxCollectedBytes: 4 } })
    await limited.client.say(`${put(5)}hello`)
    expect(await limited.client.hearAll()).toMatch(/^HTTP\/1.1 413 /)
  })

  it('can be left in the middle, and is read once', async () => {
    const { client } = scene(async (x) => {
      for await (const slice of x.body) {
        expect(slice.length).toBeGreaterThan(0)
        break
      }
      await expect(x.body.text()).rejects.toThrow('The content was read before')
      x.respond(204)
    })
    await client.say(`${put(5)}hello${LAST}`)
    expect(await client.hearAll()).toMatch(/^HTTP\/1.1 204 [^]*HTTP\/1.1 204 [^]*close\r\n\r\n$/)
  })

  it('cannot be read when the exchange is over', async () => {
    let kept: Exchange | undefined
    const { client } = scene((x) => {
      kept ??= x
      x.respond(200, {}, 'ok')
    })
    await client.say(`${put(5)}hello${GET}`)
    await client.hear('ok')
    await client.hear('ok')
    await expect(kept?.body.text()).rejects.toThrow('The exchange is over')
  })
})

describe('a handler that fails', () => {
  it.each<[string, ExchangeHandler]>([
    [
      'throws',
      () => {
        throw new Error('secret')
      },
    ],
    [
      'rejects',
      async () => {
        throw new Error('secret')
      },
    ],
    [
      'throws no error',
      () => {
        throw 'secret' as unknown as Error
      },
    ], // eslint-disable-line
    ['answers nothing', () => {}],
    ['answers nothing later', async () => {}],
  ])('because it %s is 500 without a word of why', async (_, handler) => {
    const { client, errors } = scene(handler)
    await client.say(GET + GET)
    expect(undated(await client.hearAll())).toBe(
      'HTTP/1.1 500 Internal Server Error\r\nContent-Type: text/plain; charset=utf-8\r\nContent-Length: 26\r\n' +
        'Connection: close\r\n\r\n500 Internal Server Error\n',
    )
    expect(errors.length).toBe(1)
  })

  it('in the middle of its response is cut, never ended as if it were whole', async () => {
    async function* slices(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half')
      throw new Error('midway')
    }
    for (const request of [GET, 'GET / HTTP/1.0\r\n\r\n']) {
      const { client, errors } = scene((x) => x.respond(200, {}, slices()))
      await client.say(request)
      expect(await client.hearAll()).toMatch(/\(reset\)$/)
      expect(errors.map(({ message }) => message)).toEqual(['midway'])
    }
  })

  it('because it says another length is cut too', async () => {
    async function* slices(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('half')
    }
    const { client, errors } = scene((x) => x.respond(200, { 'content-length': '9' }, slices()))
    await client.say(GET)
    expect(await client.hearAll()).toMatch(/\(reset\)$/)
    expect(errors).toMatchObject([{ code: 'HTTP_SEND_LENGTH' }])
  })

  it('after its answer harms nobody', async () => {
    const { client, errors } = scene(async (x) => {
      x.respond(200, {}, 'ok')
      await settled()
      throw new Error('later')
    })
    await client.say(GET)
    await client.hear('ok')
    await settled()
    await client.say(LAST)
    expect(await client.hearAll()).toMatch(/ok$/)
    await settled()
    expect(errors.map(({ message }) => message)).toEqual(['later', 'later'])
  })

  it('answers HEAD without content', async () => {
    const { client } = scene(() => {
      throw new Error('x')
    })
    await client.say('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await client.hearAll()).toMatch(/Connection: close\r\n\r\n$/)
  })
})

describe('a client that', () => {
  it.each([
    ['GET  / HTTP/1.1\r\n\r\n', 400, 'HTTP_TARGET'],
    ['GET / HTTP/2.0\r\n', 505, 'HTTP_VERSION_UNKNOWN'],
    [`GET /${'a'.repeat(20_000)}`, 414, 'HTTP_TARGET_LONG'],
    [`${GET.slice(0, -2)}X: ${'a'.repeat(20_000)}`, 431, 'HTTP_FIELD_LONG'],
    ['PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 9223372036854775807\r\n\r\n', 413, 'HTTP_BODY_LONG'],
    ['PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: gzip, chunked\r\n\r\n', 501, 'HTTP_CODING_UNKNOWN'],
    ['PUT / HTTP/1.1\r\nHost: a\r\nExpect: x\r\n\r\n', 417, 'HTTP_EXPECTATION'],
  ])('says %j gets %i and the end', async (octets, status, code) => {
    let calls = 0
    const { client, errors } = scene((x) => {
      calls++
      x.respond(200)
    })
    await client.say(GET + octets + GET)
    const heard = await client.hearAll()
    expect(heard).toMatch(
      new RegExp(
        `^HTTP/1.1 200 OK\\r\\n[^]*HTTP/1.1 ${status} [^]*Connection: close\\r\\n\\r\\n${status} [^]*${code}: `,
      ),
    )
    expect(calls).toBe(1)
    expect(errors).toEqual([])
  })

  it.each([
    ['HEAD * HTTP/1.1\r\nHost: a\r\n\r\n', 400],
    ['HEAD / HTTP/1.1\r\n\r\n', 400],
    ['HEAD / HTTP/2.0\r\n', 505],
    ['HEAD  ', 400],
  ])('says %j gets %i without content, because it is HEAD', async (octets, status) => {
    for (const cut of [(bytes: Buffer): Iterable<Buffer> => [bytes], octetByOctet]) {
      const { client } = scene(hello, { pair: { cut } })
      await client.say(octets)
      const heard = await client.hearAll()
      expect(heard).toMatch(new RegExp(`^HTTP/1.1 ${status} [^]*\\r\\nContent-Length: [1-9][^]*\\r\\n\\r\\n$`))
    }
  })

  it('says HEAD after another method, or another method after HEAD, gets what is due', async () => {
    const { client } = scene(hello)
    await client.say('HEAD / HTTP/1.1\r\nHost: a\r\n\r\n')
    await client.hear('\r\n\r\n')
    await client.say('GET * HTTP/1.1\r\nHost: a\r\n\r\n')
    expect(await client.hearAll()).toMatch(/HTTP_TARGET_FORM: .*\n$/)
    const other = scene(hello).client
    await other.say(`${GET}HEAD * HTTP/1.1\r\nHost: a\r\n\r\n`)
    expect(await other.hearAll()).toMatch(/hello \/HTTP\/1.1 400 [^]*\r\n\r\n$/)
  })

  it('breaks rules that are forgiven is told of, and served', async () => {
    const warnings: unknown[] = []
    const { client } = scene(
      async (x) => {
        if (x.path === '/read') x.respond(200, {}, `${await x.body.text()} ${x.trailers.get('a')}`)
        else x.respond(200, {}, 'unread')
      },
      {
        leniency: { foldBecomesSpace: true },
        onWarning: ({ code }, { family }) => warnings.push([code, family]),
      },
    )
    for (const path of ['read', 'unread?|']) {
      await client.say(
        `PUT /${path} HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n0\r\nA: b\r\n c\r\n\r\n`,
      )
    }
    await client.hear('x b   c')
    await client.hear('unread')
    expect(warnings).toEqual(['HTTP_FIELD_FOLD', 'HTTP_TARGET', 'HTTP_FIELD_FOLD'].map((code) => [code, 'memory']))
  })

  it('goes in the middle of a request is not waited for', async () => {
    const { client, socket, errors } = scene(hello)
    await client.say(put(5))
    client.cut()
    await socket.closed
    expect(errors).toEqual([])
  })

  it('ends its side in the middle of a head is told', async () => {
    const { client } = scene(hello)
    await client.say('GET / HTT')
    await client.end()
    expect(await client.hearAll()).toMatch(/^HTTP\/1.1 400 /)
  })

  it('ends its side behind its requests gets its answers', async () => {
    const { client, socket } = scene(hello)
    await client.say(GET + GET)
    await client.end()
    expect(await client.hearAll()).toMatch(/hello \/HTTP[^]*hello \/$/)
    await socket.closed
  })

  it('goes while a handler works is told to that handler', async () => {
    for (const go of ['cut', 'end'] as const) {
      const { client, socket } = scene(async (x) => {
        const { signal } = x
        await new Promise((resolve) => signal.addEventListener('abort', resolve))
        expect(signal.reason).toMatchObject({ code: 'NET_CLOSED' })
        if (go === 'end') x.respond(200, {}, 'all the same')
        else expect(() => x.respond(200)).toThrow('The exchange was cut')
      })
      await client.say(GET)
      await settled()
      await client[go]()
      if (go === 'end') expect(await client.hearAll()).toMatch(/all the same$/)
      await socket.closed
    }
  })

  it.each([
    ['none of it has come', ''],
    ['some of it has come', 'hel'],
    ['all of it has come', 'hello'],
  ])('goes while a handler leaves the content unread, of which %s, is told to that handler', async (_, content) => {
    const seen: unknown[] = []
    const { client, socket, errors } = scene(async (x) => {
      const { signal } = x
      await new Promise((resolve) => signal.addEventListener('abort', resolve))
      seen.push(signal.reason)
      x.respond(200, {}, 'all the same')
    })
    await client.say(put(5) + content)
    await settled()
    expect(seen).toEqual([])
    await client.end()
    expect(await client.hearAll()).toMatch(/all the same$/)
    await socket.closed
    expect(seen).toMatchObject([{ code: 'NET_CLOSED', message: 'The client has ended its side' }])
    expect(errors).toEqual([])
  })

  it('ends its side behind a switch tells no handler to give up', async () => {
    const signals: AbortSignal[] = []
    const { client } = scene((x) => {
      signals.push(x.signal)
      x.takeOver(101, { upgrade: 'echo', connection: 'upgrade' })
    })
    await client.say('GET / HTTP/1.1\r\nHost: a\r\nUpgrade: echo\r\nConnection: upgrade\r\n\r\n')
    await client.hear('\r\n\r\n')
    await client.end()
    await settled()
    expect(signals.map(({ aborted }) => aborted)).toEqual([false])
  })

  it('ends its side when it was answered tells no handler to give up', async () => {
    const signals: AbortSignal[] = []
    const { client } = scene((x) => {
      signals.push(x.signal)
      x.respond(200, {}, 'ok')
    })
    for (const request of [GET, put(5)]) {
      await client.say(request)
      await client.hear('ok')
    }
    await client.end()
    await client.hearAll()
    expect(signals.map(({ aborted }) => aborted)).toEqual([false, false])
  })

  it('went before the handler asked is told at once', async () => {
    const { client, socket } = scene(async (x) => {
      await settled()
      expect(x.signal.aborted).toBe(true)
      expect(x.signal).toBe(x.signal)
    })
    await client.say(GET)
    await settled()
    client.cut()
    await socket.closed
  })

  it('goes while it is answered is no fault', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(1000)
    }
    const { client, socket, errors } = scene((x) => x.respond(200, {}, endless()))
    await client.say(GET)
    await client.hear('\r\n\r\n')
    client.cut()
    await socket.closed
    expect(errors).toEqual([])
  })
})

describe('time', () => {
  const timeouts = { firstByteMs: 1000, headMs: 2000, bodyMs: 3000, handlerMs: 4000, keepAliveMs: 5000, writeMs: 6000 }

  it('runs out for a client that says nothing', async () => {
    const { client, pass } = scene(hello, { timeouts })
    const heard = client.hearAll()
    await pass(1000)
    expect(await heard).toBe('')
  })

  it('runs out for a head, however its octets trickle in', async () => {
    const { client, pass } = scene(hello, { timeouts })
    const heard = client.hearAll()
    for (const octet of 'GET /') {
      await client.say(octet)
      await pass(350)
    }
    expect(await heard).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n/)
  })

  it('runs out for the head of a HEAD, which gets no content', async () => {
    const { client, pass } = scene(hello, { timeouts })
    const heard = client.hearAll()
    await client.say('HEAD / HTTP/1.1\r\nHo')
    await pass(2000)
    expect(await heard).toMatch(/^HTTP\/1.1 408 Request Timeout\r\n[^]*Content-Length: [1-9][^]*\r\n\r\n$/)
  })

  it('runs out for content, and begins anew with each piece', async () => {
    const { client, pass } = scene(async (x) => x.respond(200, {}, await x.body.text()), { timeouts })
    const heard = client.hearAll()
    await client.say(put(5))
    for (const octet of 'hel') {
      await pass(2500)
      await client.say(octet)
    }
    await pass(3000)
    expect(await heard).toMatch(/^HTTP\/1.1 408 /)
  })

  it('runs out for content that trickles in below the rate, and the answer says so', async () => {
    const { client, pass, errors } = scene(async (x) => x.respond(200, {}, await x.body.text()), { timeouts })
    await client.say(put(5000))
    // Ten octets buy a fiftieth of the second that they take: a little more than the grace of twenty is all there is.
    for (let second = 0; second < 20; second++) {
      await client.say('x'.repeat(10))
      await pass(950)
    }
    expect(client.heard).toBe('')
    const heard = client.hearAll()
    await pass(950)
    expect(await heard).toMatch(
      /^HTTP\/1.1 408 Request Timeout\r\n[^]*Connection: close\r\n\r\n[^]*\nHTTP_REQUEST_SLOW: .*\(minRequestRate 500\)\n$/,
    )
    expect(errors).toEqual([])
  })

  it('does not run out for content that keeps the rate, nor where none is asked for', async () => {
    for (const [octets, limits] of [
      [600, {}],
      [1, { minRequestRate: 0 }],
    ] as const) {
      const { client, pass } = scene(async (x) => x.respond(200, {}, `${(await x.body.bytes()).length}`), {
        timeouts,
        limits,
      })
      await client.say(put(octets * 40))
      for (let second = 0; second < 40; second++) {
        await client.say('x'.repeat(octets))
        await pass(950)
      }
      await client.hear(`\r\n\r\n${octets * 40}`)
    }
  })

  it('of the rate does not run while a handler takes its time', async () => {
    let go: () => void = () => {}
    const { client, pass } = scene(
      async (x) => {
        let octets = 0
        for await (const slice of x.body) {
          octets += slice.length
          await new Promise<void>((resolve) => (go = resolve))
        }
        x.respond(200, {}, `${octets}`)
      },
      { timeouts: { bodyGraceMs: 1000 } },
    )
    await client.say(put(2))
    for (const octet of 'ab') {
      await client.say(octet)
      await pass(100_000)
      go()
    }
    await client.hear('\r\n\r\n2')
  })

  it('that ran out for content makes an answer that comes all the same the last one', async () => {
    const { client, pass } = scene(
      async (x) => {
        await x.body.text().catch(() => {})
        x.respond(200, {}, 'never mind')
      },
      { timeouts },
    )
    await client.say(put(5))
    await pass(3000)
    expect(await client.hear('never mind')).toContain('Connection: close')
  })

  it('runs out for content that comes too slowly to be dropped', async () => {
    const { client, pass } = scene(hello, { timeouts: { bodyGraceMs: 1000 } })
    await client.say(put(5))
    await client.hear('hello /')
    await client.say('x')
    await pass(1000)
    expect(await client.hearAll()).toBe('')
  })

  it('runs out between requests without a word', async () => {
    const { client, pass } = scene(hello, { timeouts })
    await client.say(GET)
    await client.hear('hello /')
    await pass(4800)
    await client.say(GET)
    await client.hear('hello /')
    const heard = client.hearAll()
    await pass(5000)
    expect(await heard).toBe('')
  })

  it('runs out for a handler, whose late answer goes nowhere', async () => {
    let late: (() => void) | undefined
    const { client, pass, errors } = scene(
      async (x) => {
        await new Promise<void>((resolve) => (late = resolve))
        expect(x.signal.reason).toMatchObject({ phase: 'handler' })
        x.respond(200, {}, 'late')
      },
      { timeouts },
    )
    await client.say(GET)
    const heard = client.hearAll()
    await pass(4000)
    expect(await heard).toMatch(/^HTTP\/1.1 503 Service Unavailable\r\n[^]*Connection: close/)
    late?.()
    await settled()
    expect(errors).toEqual([])
  })

  it('does not run out for a handler that streams', async () => {
    const { client, pass } = scene(
      async (x) => {
        const out = x.stream(200)
        await x.body.text()
        await out.write('begun')
        await settled()
        await out.end()
      },
      { timeouts },
    )
    await client.say(GET)
    await client.hear('begun')
    await pass(9000)
    await client.hear('0\r\n\r\n')
  })

  it('runs out for a client that takes nothing', async () => {
    async function* endless(): AsyncGenerator<Uint8Array> {
      for (;;) yield Buffer.alloc(100_000)
    }
    const { client, pass, socket, errors } = scene((x) => x.respond(200, {}, endless()), { timeouts })
    await client.say(GET)
    await pass(0)
    for (let step = 0; step < 10; step++) await pass(1500)
    await socket.closed
    expect(errors).toEqual([])
  })

  it('runs out for content that is dropped, and the answer was sent', async () => {
    const { client, pass } = scene(hello, { timeouts })
    await client.say(put(5))
    await client.hear('hello /')
    const heard = client.hearAll()
    await pass(3000)
    expect(await heard).toBe('')
  })
})

describe('an idle connection', () => {
  it('rests, and reads on where it was', async () => {
    const { client, connection, pass } = scene(hello)
    await client.say(GET + GET)
    await client.hear('hello /')
    await client.hear('hello /')
    const { work } = connection.machine
    await pass(1000)
    expect(connection.machine.work).toBe(work)
    await client.say(GET)
    await client.hear('hello /')
    expect(connection.machine.work).toBeGreaterThan(work)
    await client.say('GET / HTTP/1.1\r\nHost : a\r\n\r\n')
    expect(await client.hearAll()).toMatch(/^HTTP\/1.1 400 /)
  })

  it('is closed when its time is over, resting or not', async () => {
    for (const keepAliveMs of [0, 100, 65_000]) {
      const { client, socket, pass } = scene(hello, { timeouts: { keepAliveMs } })
      await client.say(GET)
      await client.hear('hello /')
      await pass(250)
      if (keepAliveMs > 250) {
        await pass(keepAliveMs - 400)
        expect(socket.state).toBe('open')
      }
      await pass(250)
      expect(await client.hearAll()).toBe('')
    }
  })

  it('that rests is drained like any other', async () => {
    const { client, connection, pass } = scene(hello)
    await client.say(GET)
    await client.hear('hello /')
    await pass(1000)
    connection.drain()
    await pass(250)
    expect(await client.hearAll()).toBe('')
  })

  it('does not rest between empty lines, whose number is limited', async () => {
    const { client, pass } = scene(hello, { limits: { maxEmptyLines: 2 } })
    for (let line = 0; line < 3; line++) {
      await client.say('\r\n')
      await pass(1000)
    }
    expect(await client.hearAll()).toMatch(/^HTTP\/1.1 400 [^]*HTTP_EMPTY_LINES/)
  })

  it('ends without harm where its program throws over an error of its own', async () => {
    const { client, socket } = scene(
      () => {
        throw new Error('first')
      },
      {
        onError: () => {
          throw new Error('second')
        },
      },
    )
    await client.say(GET)
    expect(await socket.closed).toMatchObject({ message: 'second' })
  })
})

describe('draining', () => {
  it('lets what runs say that it is the last', async () => {
    let go: () => void = () => {}
    const { client, connection, socket } = scene(async (x) => {
      await new Promise<void>((resolve) => (go = resolve))
      x.respond(200, {}, 'last')
    })
    await client.say(GET + GET)
    await settled()
    connection.drain()
    go()
    expect(await client.hearAll()).toMatch(/Connection: close\r\n\r\nlast$/)
    await client.end()
    await socket.closed
  })

  it('answers a request that was on its way to an idle connection', async () => {
    const { client, connection } = scene(hello)
    await client.say(GET)
    await client.hear('hello /')
    await settled()
    connection.drain()
    await client.say(GET)
    expect(await client.hearAll()).toMatch(/Connection: close\r\n\r\nhello \/$/)
  })

  it('ends an idle connection after a moment', async () => {
    for (const isNew of [true, false]) {
      const { client, connection, socket, pass } = scene(hello)
      if (!isNew) {
        await client.say(GET)
        await client.hear('hello /')
        await settled()
      }
      connection.drain()
      const heard = client.hearAll()
      await pass(250)
      expect(await heard).toBe('')
      await client.end()
      await socket.closed
    }
  })

  it('waits for a head that has begun', async () => {
    const { client, connection, pass } = scene(hello)
    await client.say(GET.slice(0, 5))
    await settled()
    connection.drain()
    await pass(1000)
    await client.say(GET.slice(5))
    expect(await client.hearAll()).toMatch(/Connection: close\r\n\r\nhello \/$/)
  })
})

describe('a transcript', () => {
  it('shows heads, counts content, and masks what is secret', async () => {
    const lines: string[] = []
    const { client, socket } = scene(
      async (x) => {
        const out = x.stream(200, { 'set-cookie': 'secret=1' })
        await out.write(await x.body.bytes())
        await out.end({ 'x-sum': '5' })
      },
      { transcript: () => new Transcript((line) => lines.push(line)), leniency: { bareLfEndsLine: true } },
    )
    await client.say(
      'PUT /a HTTP/1.1\r\nHost: a\r\nAuthorization: Basic secret\nConnection: close\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nX-T: 1\r\n\r\n',
    )
    await client.hearAll()
    await client.end()
    await socket.closed
    expect(lines.filter((line) => !line.includes('Date:'))).toEqual([
      'C: (forgiven: HTTP_BARE_LF)',
      'C: PUT /a HTTP/1.1',
      'C: Host: a',
      'C: Authorization: ****',
      'C: Connection: close',
      'C: Transfer-Encoding: chunked',
      'S: HTTP/1.1 200 OK',
      'S: set-cookie: ****',
      'S: Transfer-Encoding: chunked',
      'S: Connection: close',
      'C: … 5 octets',
      'C: X-T: 1',
      'S: … 5 octets',
      'S: x-sum: 5',
    ])
    expect(lines.join()).not.toContain('secret')
  })
})
