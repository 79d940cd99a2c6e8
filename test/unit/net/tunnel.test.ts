/** Tunnels through proxies that are played by hand, over pairs in memory, and through real ones on the loopback. */
import { afterEach, describe, expect, it } from 'vitest'
import { dial } from '../../../src/net/dial.ts'
import type { Dial, DialOptions, DialTarget, Resolver } from '../../../src/net/dial.ts'
import { ClosedError, LimitError, ProtocolError, ReplyError } from '../../../src/net/errors.ts'
import { listen } from '../../../src/net/listener.ts'
import type { ListenOptions } from '../../../src/net/listener.ts'
import { pair } from '../../../src/net/pair.ts'
import type { PairOptions } from '../../../src/net/pair.ts'
import type { Address, Socket } from '../../../src/net/socket.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { ByteQueue } from '../../../src/net/bytes.ts'
import { parseProxy, tunnelThrough } from '../../../src/net/tunnel.ts'
import { basicCredentials, ConnectReply, httpTunnel } from '../../../src/net/tunnel-http.ts'
import { socksTunnel } from '../../../src/net/tunnel-socks.ts'
import { FakeClock } from '../../support/clock.ts'
import { Talker } from '../../support/http-client.ts'
import { rejection } from '../../support/http-scene.ts'
import { readExactly, settle } from '../../support/sockets.ts'
import { splits } from '../../support/splits.ts'
import { CA, LOCALHOST } from '../../support/tls.ts'

const TARGET = { host: 'a.test', port: 443 }
const PLACE = { host: 'proxy.test', port: 3128 }
/** Every octet by itself. */
const CRUMBS: PairOptions = { cut: (bytes) => Array.from(bytes, (byte) => Buffer.of(byte)) }

/** The proxy's end of each connection, and the dialler that made them. */
function stage(options: PairOptions = {}): { dialProxy: Dial; ends: Talker[]; sockets: Socket[]; dialled: unknown[] } {
  const ends: Talker[] = []
  const sockets: Socket[] = []
  const dialled: unknown[] = []
  const dialProxy: Dial = (target, how) => {
    const [near, far] = pair(options)
    ends.push(new Talker(far))
    sockets.push(near)
    dialled.push(target, how?.tls, how?.guard)
    return Promise.resolve(near)
  }
  return { dialProxy, ends, sockets, dialled }
}

/** Dials `TARGET` through a proxy that says all of `answers` at once. */
async function through(
  make: (dialProxy: Dial) => Dial,
  answers: string,
  options: DialOptions = {},
  pairOptions: PairOptions = {},
): Promise<{ socket: Promise<Socket>; near: Socket; proxy: Talker }> {
  const { dialProxy, ends, sockets } = stage(pairOptions)
  const socket = make(dialProxy)(TARGET, options)
  socket.catch(() => {})
  await settle(2)
  const [proxy] = ends as [Talker]
  await proxy.say(answers)
  return { socket, near: sockets[0] as Socket, proxy }
}

const byHttp = (dialProxy: Dial): Dial => httpTunnel({ ...PLACE, dial: dialProxy })
const bySocks = (dialProxy: Dial): Dial => socksTunnel({ ...PLACE, dial: dialProxy })

describe('CONNECT (RFC 9110 §9.3.6)', () => {
  it('asks for the target, and leaves the connection to it', async () => {
    const { dialProxy, ends, dialled } = stage(CRUMBS)
    const dialling = byHttp(dialProxy)(TARGET)
    await settle(2)
    const [proxy] = ends as [Talker]
    expect(await proxy.hear('\r\n\r\n')).toBe('CONNECT a.test:443 HTTP/1.1\r\nHost: a.test:443\r\n\r\n')
    await proxy.say('HTTP/1.1 200 Connection established\r\nVia: x\r\nContent-Length: 5\r\n\r\nfirst')
    const socket = await dialling
    expect(await readExactly(socket, 5)).toBe('first')
    await socket.write([Buffer.from('second')])
    expect(await proxy.hear('second')).toBe('second')
    expect(dialled).toEqual([PLACE, undefined, undefined])
    socket.destroy()
  })

  it('puts an IPv6 address into brackets', async () => {
    const { dialProxy, ends } = stage()
    void byHttp(dialProxy)({ host: '2001:db8::1', port: 8080 }).catch(() => {})
    await settle(2)
    expect(await ends[0]?.hear('\r\n\r\n')).toContain(
      'CONNECT [2001:db8::1]:8080 HTTP/1.1\r\nHost: [2001:db8::1]:8080\r\n',
    )
  })

  it('says who we are, by Basic (RFC 7617)', async () => {
    const { dialProxy, ends } = stage()
    void httpTunnel({ ...PLACE, username: 'Aladdin', password: 'open sesame', dial: dialProxy })(TARGET).catch(() => {})
    await settle(2)
    expect(await ends[0]?.hear('\r\n\r\n')).toContain('\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n')
    expect(basicCredentials('test', '123£')).toBe('Basic dGVzdDoxMjPCow==')
    for (const [username, password] of [
      ['a:b', ''],
      ['a\r\n', ''],
      ['a', '\u0000'],
      ['a', '\u007f'],
    ] as const) {
      expect(() => httpTunnel({ ...PLACE, username, password })).toThrow(RangeError)
    }
  })

  it.each([
    ['HTTP/1.1 200 \r\n\r\n', 200],
    ['HTTP/1.0 200 OK\r\n\r\n', 200],
    ['HTTP/1.1 200\r\n\r\n', 200],
    ['HTTP/1.1 204 caf\u00e9\r\nX-Empty:\r\n\r\n', 204],
    ['HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 103 Early\r\nLink: x\r\n\r\nHTTP/1.1 299 Odd\r\n\r\n', 299],
    ['HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm="x"\r\n\r\nno', 407],
    ['HTTP/1.1 999 x\r\n\r\n', 999],
  ])('%j is %i, however it is cut', (octets, status) => {
    for (const { pieces } of splits(Buffer.from(octets, 'latin1'))) {
      const heard = new ByteQueue()
      const reply = new ConnectReply()
      const answers = pieces.map((chunk) => {
        heard.push(chunk)
        return reply.next(heard)
      })
      expect(answers.find((answer) => answer !== undefined)).toBe(status)
    }
  })

  it.each([
    ['', 'TUNNEL_INCOMPLETE'],
    ['HTTP/1.1 200 OK\r\nA: b\r\n', 'TUNNEL_INCOMPLETE'],
    ['SSH-2.0-OpenSSH\r\n', 'TUNNEL_STATUS_LINE'],
    ['HTTP/2 200 OK\r\n\r\n', 'TUNNEL_STATUS_LINE'],
    ['HTTP/1.1 20 OK\r\n\r\n', 'TUNNEL_STATUS_LINE'],
    ['HTTP/1.1 2000 OK\r\n\r\n', 'TUNNEL_STATUS_LINE'],
    ['HTTP/1.1 099 OK\r\n\r\n', 'TUNNEL_STATUS_LINE'],
    ['HTTP/1.1  200 OK\r\n\r\n', 'TUNNEL_STATUS_LINE'],
    ['HTTP/1.1 200 O\u0000K\r\n\r\n', 'TUNNEL_STATUS_LINE'],
    ['HTTP/1.1 101 Switching Protocols\r\n\r\n', 'TUNNEL_STATUS_LINE'],
    ['\r\nHTTP/1.1 200 OK\r\n\r\n', 'TUNNEL_STATUS_LINE'],
    ['HTTP/1.1 200 OK\n\n', 'TUNNEL_LINE'],
    ['HTTP/1.1 200 OK\r\nA: b\rc\r\n\r\n', 'TUNNEL_LINE'],
    ['HTTP/1.1 200 OK\r\nA : b\r\n\r\n', 'TUNNEL_FIELD'],
    ['HTTP/1.1 200 OK\r\nA\r\n\r\n', 'TUNNEL_FIELD'],
    ['HTTP/1.1 200 OK\r\n: b\r\n\r\n', 'TUNNEL_FIELD'],
    ['HTTP/1.1 200 OK\r\nA: b\r\n c\r\n\r\n', 'TUNNEL_FIELD'],
    ['HTTP/1.1 200 OK\r\nA: b\u0001\r\n\r\n', 'TUNNEL_FIELD'],
    [`HTTP/1.1 200 OK\r\nA: ${'b'.repeat(9_000)}`, 'TUNNEL_LINE_LONG'],
    [`HTTP/1.1 200 OK\r\n${'A: b\r\n'.repeat(12_000)}`, 'TUNNEL_HEAD_LONG'],
    ['HTTP/1.1 100 Continue\r\n\r\n'.repeat(3_000), 'TUNNEL_HEAD_LONG'],
  ])('%j is refused, and nothing stays open', async (octets, code) => {
    const { socket, near, proxy } = await through(byHttp, octets)
    await proxy.end()
    const error = await rejection(socket)
    expect(error).toMatchObject({ code, side: 'remote' })
    expect(error).toBeInstanceOf(code.endsWith('LONG') ? LimitError : ProtocolError)
    expect(near.state).toBe('closed')
  })

  it.each([300, 403, 407, 502])('may be refused with %i', async (status) => {
    const { socket, near } = await through(byHttp, `HTTP/1.1 ${status} No\r\nContent-Length: 2\r\n\r\nno`)
    const error = await rejection(socket)
    expect(error).toBeInstanceOf(ReplyError)
    expect(error).toMatchObject({
      code: 'NET_TUNNEL_REFUSED',
      reply: status,
      message: `The proxy refused to connect (status ${status})`,
    })
    expect(near.state).toBe('closed')
  })
})

describe('SOCKS5 (RFC 1928)', () => {
  const granted = '\x05\x00\x00\x01\x7f\x00\x00\x01\x04\x38'

  it.each([
    ['a.test', '\x03\x06a.test'],
    ['192.0.2.1', '\x01\xc0\x00\x02\x01'],
    ['2001:db8::1', '\x04\x20\x01\x0d\xb8\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01'],
    ['::ffff:192.0.2.1', '\x01\xc0\x00\x02\x01'],
  ])('asks for %s', async (host, address) => {
    const { dialProxy, ends } = stage(CRUMBS)
    const dialling = bySocks(dialProxy)({ host, port: 258 })
    await settle(2)
    const [proxy] = ends as [Talker]
    expect(await proxy.hear('\x05\x01\x00')).toBe('\x05\x01\x00')
    await proxy.say('\x05\x00')
    expect(await proxy.hear('\x01\x02')).toBe(`\x05\x01\x00${address}\x01\x02`)
    await proxy.say(`${granted}first`)
    expect(await readExactly(await dialling, 5)).toBe('first')
  })

  it('says who we are (RFC 1929)', async () => {
    const { dialProxy, ends } = stage(CRUMBS)
    const dialling = socksTunnel({ ...PLACE, username: 'joé', password: 'secret', dial: dialProxy })(TARGET)
    await settle(2)
    const [proxy] = ends as [Talker]
    expect(await proxy.hear('\x02\x00\x02')).toBe('\x05\x02\x00\x02')
    await proxy.say('\x05\x02')
    expect(await proxy.hear('secret')).toBe('\x01\x04jo\xc3\xa9\x06secret')
    await proxy.say('\x01\x00')
    await proxy.hear('\x01\xbb')
    await proxy.say(granted)
    expect((await dialling).state).toBe('open')
    for (const [username, password] of [
      ['', 'x'],
      ['x', ''],
      ['x'.repeat(256), 'x'],
      ['x', 'x'.repeat(256)],
    ] as const) {
      expect(() => socksTunnel({ ...PLACE, username, password })).toThrow(RangeError)
    }
  })

  it('says nothing of us to a proxy that does not ask', async () => {
    const { dialProxy, ends } = stage()
    const dialling = socksTunnel({ ...PLACE, username: 'joe', password: 'secret', dial: dialProxy })(TARGET)
    await settle(2)
    const [proxy] = ends as [Talker]
    await proxy.hear('\x02\x00\x02')
    await proxy.say('\x05\x00')
    expect(await proxy.hear('\x01\xbb')).toBe('\x05\x01\x00\x03\x06a.test\x01\xbb')
    await proxy.say('\x05\x00\x00\x03\x05proxy\x00\x00')
    expect((await dialling).state).toBe('open')
  })

  it.each([
    ['', 'TUNNEL_INCOMPLETE'],
    ['\x05', 'TUNNEL_INCOMPLETE'],
    ['HTTP/1.1 400 Bad Request\r\n\r\n', 'TUNNEL_VERSION'],
    ['\x04\x5a', 'TUNNEL_VERSION'],
    ['\x05\x02', 'TUNNEL_METHOD'],
    ['\x05\x01', 'TUNNEL_METHOD'],
    ['\x05\x00\x04', 'TUNNEL_VERSION'],
    ['\x05\x00\x05\x00\x01', 'TUNNEL_REPLY'],
    ['\x05\x00\x05\x00\x00\x02xx', 'TUNNEL_REPLY'],
    ['\x05\x00\x05\x00\x00\x03\x05ab', 'TUNNEL_INCOMPLETE'],
    [`\x05\x00\x05\x00\x00\x04${'x'.repeat(17)}`, 'TUNNEL_INCOMPLETE'],
  ])('%j is refused, and nothing stays open', async (octets, code) => {
    const { socket, near, proxy } = await through(bySocks, octets)
    await proxy.end()
    expect(await rejection(socket)).toMatchObject({ code })
    expect(near.state).toBe('closed')
  })

  it.each([
    ['\x05\xff', 255, 'no authentication method in common'],
    ['\x05\x00\x05\x02\x00\x01\x00\x00\x00\x00\x00\x00', 2, 'not allowed by ruleset'],
    ['\x05\x00\x05\x05\x00\x01\x00\x00\x00\x00\x00\x00', 5, 'connection refused'],
    ['\x05\x00\x05\x63\x00\x01\x00\x00\x00\x00\x00\x00', 99, 'reply 99'],
  ])('may be refused: %j', async (octets, reply, detail) => {
    const { socket, near } = await through(bySocks, octets)
    expect(await rejection(socket)).toMatchObject({
      code: 'NET_TUNNEL_REFUSED',
      reply,
      message: `The proxy refused to connect (${detail})`,
    })
    expect(near.state).toBe('closed')
  })

  it('may be refused for who we are', async () => {
    const make = (dialProxy: Dial): Dial => socksTunnel({ ...PLACE, username: 'a', password: 'b', dial: dialProxy })
    const { socket } = await through(make, '\x05\x02\x01\x01')
    expect(await rejection(socket)).toMatchObject({
      reply: 1,
      message: expect.stringContaining('wrong username') as string,
    })
    const odd = await through(make, '\x05\x02\x05\x00')
    expect(await rejection(odd.socket)).toMatchObject({ code: 'TUNNEL_REPLY' })
  })
})

describe('a target', () => {
  it.each([
    { path: '/run/socket' },
    { host: '', port: 1 },
    { host: 'a b', port: 1 },
    { host: 'a\r\nX: y', port: 1 },
    { host: 'a\u0000', port: 1 },
    { host: 'a@b', port: 1 },
    { host: 'a/b', port: 1 },
    { host: 'ü.test', port: 1 },
    { host: 'x'.repeat(256), port: 1 },
    { host: 'a', port: 0 },
    { host: 'a', port: 65_536 },
    { host: 'a', port: 1.5 },
  ] as DialTarget[])('has a host and a port that cannot be taken for more: %j', async (target) => {
    const { dialProxy, ends } = stage()
    for (const make of [byHttp, bySocks])
      expect(await rejection(make(dialProxy)(target))).toMatchObject({ code: 'NET_TUNNEL_TARGET' })
    expect(ends).toEqual([])
  })
})

describe('the guard', () => {
  const inside = (address: Address): void => {
    if ('host' in address && address.host.startsWith('10.')) throw new Error(`forbidden: ${address.host}`)
  }
  const resolving =
    (...hosts: string[]): Resolver =>
    async () =>
      hosts.map((host) => ({ host, family: host.includes(':') ? 'IPv6' : 'IPv4' }) as const)

  it('sees the addresses of the target, and the proxy is asked for one that was let pass', async () => {
    const { dialProxy, ends, dialled } = stage()
    const dialling = byHttp(dialProxy)(TARGET, { guard: inside, resolver: resolving('10.0.0.1', '192.0.2.1') })
    await settle(3)
    const [proxy] = ends as [Talker]
    expect(await proxy.hear('\r\n\r\n')).toBe('CONNECT 192.0.2.1:443 HTTP/1.1\r\nHost: 192.0.2.1:443\r\n\r\n')
    await proxy.say('HTTP/1.1 200 OK\r\n\r\n')
    await dialling
    // The proxy's own address is nobody's to forbid.
    expect(dialled).toEqual([PLACE, undefined, undefined])
  })

  it('keeps the proxy out of it where every address is forbidden', async () => {
    const { dialProxy, ends } = stage()
    const options = { guard: inside, resolver: resolving('10.0.0.1', '10.0.0.2') }
    expect(await rejection(byHttp(dialProxy)(TARGET, options))).toMatchObject({
      code: 'NET_CONNECT',
      errors: [{ message: 'forbidden: 10.0.0.1' }, { message: 'forbidden: 10.0.0.2' }],
    })
    expect(await rejection(bySocks(dialProxy)({ host: '10.1.2.3', port: 1 }, { guard: inside }))).toMatchObject({
      code: 'NET_CONNECT',
    })
    expect(ends).toEqual([])
  })

  it('lets the next address try where the proxy refuses one', async () => {
    const { dialProxy, ends, sockets } = stage()
    const resolver = resolving('2001:db8::1', '192.0.2.1')
    const dialling = bySocks(dialProxy)(TARGET, { guard: inside, resolver })
    await settle(3)
    await ends[0]?.say('\x05\x00\x05\x03\x00\x01\x00\x00\x00\x00\x00\x00')
    await settle(3)
    expect(sockets[0]?.state).toBe('closed')
    await ends[1]?.say('\x05\x00\x05\x00\x00\x01\x00\x00\x00\x00\x00\x00')
    expect(await dialling).toBe(sockets[1])
    const refused = rejection(bySocks(dialProxy)(TARGET, { guard: inside, resolver }))
    for (const index of [2, 3]) {
      await settle(3)
      await ends[index]?.say('\x05\x00\x05\x04\x00\x01\x00\x00\x00\x00\x00\x00')
    }
    expect(await refused).toMatchObject({ code: 'NET_CONNECT', errors: [{ reply: 4 }, { reply: 4 }] })
  })

  it('does not try a proxy that speaks no sense twice', async () => {
    const { dialProxy, ends } = stage()
    const options = { guard: inside, resolver: resolving('192.0.2.1', '192.0.2.2') }
    const dialling = rejection(bySocks(dialProxy)(TARGET, options))
    await settle(3)
    await ends[0]?.say('what?')
    expect(await dialling).toMatchObject({ code: 'TUNNEL_VERSION' })
    expect(ends).toHaveLength(1)
  })
})

describe('giving up', () => {
  it.each(['time', 'signal'] as const)('on a proxy that does not answer: by %s', async (by) => {
    const clock = new FakeClock()
    const timers = new TimerWheel({ clock })
    const { dialProxy, sockets } = stage()
    const controller = new AbortController()
    const dialling = rejection(byHttp(dialProxy)(TARGET, { timers, timeoutMs: 2_000, signal: controller.signal }))
    await settle(3)
    if (by === 'time') clock.advance(2_050)
    else controller.abort('enough')
    expect(await dialling).toMatchObject(
      by === 'time' ? { code: 'NET_TIMEOUT', phase: 'connect', ms: 2_000 } : { code: 'NET_ABORTED', cause: 'enough' },
    )
    await settle(3)
    expect(sockets[0]?.state).toBe('closed')
    expect(timers.pending).toBe(0)
  })

  it('when the proxy goes', async () => {
    const { dialProxy, ends } = stage()
    const dialling = rejection(byHttp(dialProxy)(TARGET))
    await settle(3)
    ends[0]?.cut()
    expect(await dialling).toBeInstanceOf(ClosedError)
  })
})

describe('the URL of a proxy', () => {
  it.each([
    ['http://proxy.test', { language: 'http', host: 'proxy.test', port: 80 }],
    ['http://proxy.test:3128/', { language: 'http', host: 'proxy.test', port: 3128 }],
    ['https://proxy.test', { language: 'http', host: 'proxy.test', port: 443, tls: {} }],
    ['socks5://proxy.test', { language: 'socks5', host: 'proxy.test', port: 1080 }],
    ['socks5h://[::1]:9050', { language: 'socks5', host: '::1', port: 9050 }],
    [
      'http://joe:s%40fe@[2001:db8::1]:8080',
      { language: 'http', host: '2001:db8::1', port: 8080, username: 'joe', password: 's@fe' },
    ],
    ['socks5://joe@p', { language: 'socks5', host: 'p', port: 1080, username: 'joe', password: '' }],
  ])('%s', (url, expected) => {
    expect(parseProxy(url)).toEqual(expected)
    expect(parseProxy(new URL(url))).toEqual(expected)
  })

  it.each([
    'proxy.test:3128',
    '',
    'ftp://p',
    'socks4://p',
    'http://p/path',
    'http://p/?q',
    'socks5://',
    'http://%ff:x@p',
    'constructor://p',
  ])('%j is none', (url) => {
    expect(() => parseProxy(url)).toThrow(RangeError)
  })

  it('may come with TLS and a dialler of its own', () => {
    const tls = { ca: CA }
    expect(parseProxy('https://p', { tls, dial })).toMatchObject({ tls, dial })
    expect(parseProxy('http://p', { tls })).not.toHaveProperty('tls')
  })
})

describe('real proxies', () => {
  const closing: (() => Promise<void>)[] = []
  afterEach(async () => {
    for (const close of closing.splice(0)) await close()
  })

  async function listening(options: ListenOptions, accept: (socket: Socket) => Promise<void>): Promise<number> {
    const listener = await listen(options, (socket) => ({
      done: accept(socket).catch(() => {}),
      drain: () => socket.destroy(),
    }))
    closing.push(() => listener.close({ graceMs: 0 }))
    return 'port' in listener.address ? listener.address.port : 0
  }

  /** Passes octets both ways until one side ends. */
  async function join(left: Socket, right: Socket): Promise<void> {
    const pass = async (from: Socket, to: Socket): Promise<void> => {
      for (let bytes = await from.read(); bytes !== undefined; bytes = await from.read()) await to.write([bytes])
      await to.end()
    }
    await Promise.allSettled([pass(left, right), pass(right, left)])
  }

  /** A proxy that takes CONNECT, to the loopback alone. */
  function proxy(options: ListenOptions = {}): Promise<number> {
    return listening(options, async (socket) => {
      const talker = new Talker(socket)
      const port = Number(/^CONNECT [^ ]*:(\d+) /.exec(await talker.hear('\r\n\r\n'))?.[1])
      const there = await dial({ host: '127.0.0.1', port })
      socket.unread(Buffer.from(talker.heard, 'latin1'))
      await talker.say('HTTP/1.1 200 OK\r\n\r\n')
      await join(socket, there)
    })
  }

  const greeter = (): Promise<number> =>
    listening({ tls: LOCALHOST }, async (socket) => {
      await socket.write([Buffer.from('hello')])
      await socket.read()
    })

  it('carry TLS, which verifies the target', async () => {
    const [proxyPort, port] = await Promise.all([proxy(), greeter()])
    const dialThere = tunnelThrough(parseProxy(`http://127.0.0.1:${proxyPort}`))
    const socket = await dialThere({ host: 'localhost', port }, { tls: { ca: CA } })
    expect(await readExactly(socket, 5)).toBe('hello')
    expect(socket.tls).toMatchObject({ isAuthorized: true, servername: 'localhost' })
    expect(socket.remote).toMatchObject({ port: proxyPort })
    await socket.close(0)
    const other = await rejection(dialThere({ host: 'a.test', port }, { tls: { ca: CA } }))
    expect(other).toMatchObject({ code: 'NET_TLS_UNTRUSTED' })
    const named = await dialThere({ host: 'a.test', port }, { tls: { ca: CA, servername: 'localhost' } })
    expect(named.tls?.isAuthorized).toBe(true)
    named.destroy()
  })

  it('are reached over TLS, and TLS goes through that', async () => {
    const [proxyPort, port] = await Promise.all([proxy({ tls: LOCALHOST }), greeter()])
    const dialThere = tunnelThrough(parseProxy(`https://localhost:${proxyPort}`, { tls: { ca: CA } }))
    const socket = await dialThere({ host: 'localhost', port }, { tls: { ca: CA } })
    expect(await readExactly(socket, 5)).toBe('hello')
    await socket.close(0)
  })

  it('stand behind one another', async () => {
    const [first, second, port] = await Promise.all([proxy(), proxy(), greeter()])
    const dialFirst = tunnelThrough(parseProxy(`http://127.0.0.1:${first}`))
    const dialBoth = tunnelThrough(parseProxy(`http://127.0.0.1:${second}`, { dial: dialFirst }))
    const socket = await dialBoth({ host: 'localhost', port }, { tls: { ca: CA } })
    expect(await readExactly(socket, 5)).toBe('hello')
    socket.destroy()
  })

  it('may not slip plaintext under TLS', async () => {
    const port = await listening({}, async (socket) => {
      await new Talker(socket).hear('\r\n\r\n')
      await socket.write([Buffer.from('HTTP/1.1 200 OK\r\n\r\nplanted')])
      await socket.read()
    })
    const dialThere = tunnelThrough(parseProxy(`http://127.0.0.1:${port}`))
    expect(await rejection(dialThere(TARGET, { tls: { ca: CA } }))).toMatchObject({ code: 'NET_TLS_LEFTOVER' })
  })
})
