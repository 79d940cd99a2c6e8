/** Dialling. Addresses of 192.0.2.0/24 and 2001:db8::/32 never answer here; everything else is the loopback. */
import { mkdtempSync, rmSync } from 'node:fs'
import type { NetConnectOpts, Socket as NodeSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dial } from '../../../src/net/dial.ts'
import type { DialOptions, Resolver } from '../../../src/net/dial.ts'
import { ConnectError, NetError, TimeoutError } from '../../../src/net/errors.ts'
import { listen } from '../../../src/net/listener.ts'
import type { Listener } from '../../../src/net/listener.ts'
import type { Socket } from '../../../src/net/socket.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'
import { readExactly, settle } from '../../support/sockets.ts'
import { CA, LOCALHOST } from '../../support/tls.ts'

/** Streams to addresses that never answer. */
const silent: NodeSocket[] = []
const attempts: string[] = []

vi.mock('node:net', async (importOriginal) => {
  const net = await importOriginal<typeof import('node:net')>()
  const connect = (options: NetConnectOpts): NodeSocket => {
    const host = 'host' in options ? String(options.host) : ''
    attempts.push(host)
    if (!/^(192[.]0[.]2[.]|2001:db8:)/.test(host)) return net.connect(options)
    const stream = new net.Socket()
    silent.push(stream)
    return stream
  }
  return { ...net, connect }
})

let clock: FakeClock
let wheel: TimerWheel
let listeners: Listener[] = []
let sockets: Socket[] = []

beforeEach(() => {
  clock = new FakeClock()
  wheel = new TimerWheel({ clock })
  silent.length = 0
  attempts.length = 0
})

afterEach(async () => {
  for (const socket of sockets) socket.destroy()
  await Promise.all(listeners.map(async (listener) => await listener.close({ graceMs: 0 })))
  listeners = []
  sockets = []
  await settle(3)
  expect(wheel.pending).toBe(0)
  expect(silent.every(({ destroyed }) => destroyed)).toBe(true)
})

function keep<S extends Socket>(socket: S): S {
  sockets.push(socket)
  return socket
}

/** A listener that says hello; gives its port. */
async function greeter(options: Parameters<typeof listen>[0] = {}): Promise<number> {
  const listener = await listen(options, (socket) => {
    socket.push([Buffer.from('hello')])
    return { done: new Promise(() => {}), drain: () => socket.destroy() }
  })
  listeners.push(listener)
  return 'port' in listener.address ? listener.address.port : 0
}

function resolving(...hosts: string[]): Resolver {
  return async () => hosts.map((host) => ({ host, family: host.includes(':') ? 'IPv6' : 'IPv4' }) as const)
}

async function attempt(port: number, options: DialOptions): Promise<Socket | NetError> {
  return await dial({ host: 'a.test', port }, { timers: wheel, ...options }).then(keep, (error: NetError) => error)
}

describe('dial', () => {
  it('connects to an address without asking anybody', async () => {
    const port = await greeter()
    const resolver = vi.fn(resolving())
    const socket = keep(await dial({ host: '127.0.0.1', port }, { resolver }))
    expect(await readExactly(socket, 5)).toBe('hello')
    expect(resolver).not.toHaveBeenCalled()
    expect(socket.remote).toEqual({ family: 'IPv4', host: '127.0.0.1', port })
    expect(socket.local).toMatchObject({ family: 'IPv4', host: '127.0.0.1' })
    expect(socket.tls).toBeUndefined()
  })

  it('asks the system for a name', async () => {
    const port = await greeter()
    expect(await readExactly(keep(await dial({ host: 'localhost', port })), 5)).toBe('hello')
  })

  it('connects to a Unix socket', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wireline-'))
    const path = join(folder, 'socket')
    await greeter({ path })
    const socket = keep(await dial({ path }))
    expect(await readExactly(socket, 5)).toBe('hello')
    expect(socket.remote).toEqual({ family: 'unix', path })
    expect(socket.local).toEqual({ family: 'unix', path: '' })
    const missing = await dial({ path: join(folder, 'none') }).catch((error: Error) => error)
    expect(missing).toMatchObject({ code: 'NET_CONNECT', cause: { code: 'ENOENT' } })
    await Promise.all(listeners.map(async (listener) => await listener.close({ graceMs: 0 })))
    rmSync(folder, { recursive: true })
  })

  it('can be told where to connect from', async () => {
    const port = await greeter()
    const resolver = resolving('::1', '127.0.0.1')
    const socket = await attempt(port, { resolver, localAddress: '127.0.0.9' })
    expect(socket).toMatchObject({ local: { host: '127.0.0.9' } })
    expect(attempts).toEqual(['127.0.0.1'])
    expect(await attempt(port, { resolver: resolving('127.0.0.1'), localAddress: '::1' })).toBeInstanceOf(ConnectError)
  })
})

describe('Happy Eyeballs (RFC 8305)', () => {
  it('starts attempts a quarter of a second apart, families in turn, IPv6 first', async () => {
    const port = await greeter()
    const hosts = ['192.0.2.1', '192.0.2.2', '2001:db8::1', '2001:db8::2', '127.0.0.1']
    const dialling = attempt(port, { resolver: resolving(...hosts) })
    await settle()
    expect(attempts).toEqual(['2001:db8::1'])
    clock.advance(249)
    expect(attempts).toHaveLength(1)
    clock.advance(26)
    expect(attempts).toEqual(['2001:db8::1', '192.0.2.1'])
    clock.advance(300)
    clock.advance(300)
    expect(attempts).toEqual(['2001:db8::1', '192.0.2.1', '2001:db8::2', '192.0.2.2'])
    clock.advance(300)
    expect(await readExactly((await dialling) as Socket, 5)).toBe('hello')
    expect(silent).toHaveLength(4)
    expect(silent.every(({ destroyed }) => destroyed)).toBe(true)
  })

  it('starts the next at once when one fails', async () => {
    const port = await greeter()
    const resolver = resolving('127.0.0.2', '127.0.0.3', '127.0.0.1')
    const refusing = await listen({ host: '127.0.0.2' }, () => ({ done: Promise.resolve(), drain: () => {} }))
    await refusing.close()
    expect(await attempt(port, { resolver })).toMatchObject({ remote: { host: '127.0.0.1' } })
    expect(attempts).toEqual(['127.0.0.2', '127.0.0.3', '127.0.0.1'])
    expect(clock.now()).toBe(0)
  })

  it('takes the delay that it is told', async () => {
    const port = await greeter()
    const dialling = attempt(port, { resolver: resolving('192.0.2.1', '127.0.0.1'), attemptDelayMs: 50 })
    await settle()
    clock.advance(75)
    expect(await dialling).toMatchObject({ remote: { host: '127.0.0.1' } })
  })

  it('lets a slow one win', async () => {
    const port = await greeter()
    const dialling = attempt(port, { resolver: resolving('192.0.2.1', '192.0.2.2') })
    await settle()
    clock.advance(300)
    const [first, second] = silent as [NodeSocket, NodeSocket]
    first.connect({ host: '127.0.0.1', port })
    expect(await dialling).toMatchObject({ remote: { host: '192.0.2.1' } })
    expect(second.destroyed).toBe(true)
  })

  it('tells of every failure', async () => {
    const port = await greeter()
    await Promise.all(listeners.map(async (listener) => await listener.close()))
    const many = await attempt(port, { resolver: resolving('127.0.0.1', '127.0.0.2') })
    expect(many).toMatchObject({
      name: 'ConnectError',
      code: 'NET_CONNECT',
      cause: expect.any(AggregateError) as Error,
    })
    expect((many as ConnectError).errors).toHaveLength(2)
    expect((many as ConnectError).errors[0]).toMatchObject({ code: 'ECONNREFUSED' })
    expect((many as ConnectError).message).toContain(`a.test:${port}`)
    const one = await dial({ host: '::1', port }, { guard: refuse }).catch((error: Error) => error)
    expect(one).toMatchObject({
      message: `No connection could be made ([::1]:${port})`,
      cause: { message: 'forbidden' },
    })
    expect(await attempt(port, { resolver: resolving() })).toMatchObject({ code: 'NET_CONNECT', errors: [] })
  })
})

function refuse(): never {
  throw new Error('forbidden')
}

describe('resolvers', () => {
  it.each([
    ['rejects', () => Promise.reject(new Error('no such name'))],
    [
      'throws',
      () => {
        throw new Error('no such name')
      },
    ],
  ] as [string, Resolver][])('may fail: one that %s', async (_how, resolver) => {
    expect(await attempt(1, { resolver })).toMatchObject({ code: 'NET_CONNECT', cause: { message: 'no such name' } })
  })

  it('may not answer with another name, which would be looked up behind the guard', async () => {
    const port = await greeter()
    expect(await attempt(port, { resolver: resolving('localhost', '') })).toBeInstanceOf(ConnectError)
    expect(attempts).toEqual([])
  })
})

describe('the guard', () => {
  it('sees every address, forbids what it throws for, and lets the next try', async () => {
    const port = await greeter()
    const seen: string[] = []
    const socket = await attempt(port, {
      resolver: resolving('10.0.0.1', '127.0.0.1'),
      guard: (address) => {
        if ('host' in address) seen.push(address.host)
        if (seen.length === 1) refuse()
      },
    })
    expect(socket).toMatchObject({ remote: { host: '127.0.0.1' } })
    expect(seen).toEqual(['10.0.0.1', '127.0.0.1'])
    expect(attempts).toEqual(['127.0.0.1'])
  })

  it('is asked about literal addresses and paths too, and sees through IPv4-mapped ones', async () => {
    const seen: unknown[] = []
    const guard: DialOptions['guard'] = (address) => {
      seen.push('host' in address ? address.host : address)
      refuse()
    }
    for (const host of ['127.0.0.1', '::ffff:127.0.0.1', '::ffff:7f00:1']) {
      await expect(dial({ host, port: 1 }, { guard })).rejects.toMatchObject({ cause: { message: 'forbidden' } })
    }
    await expect(dial({ path: '/run/docker.sock' }, { guard })).rejects.toBeInstanceOf(ConnectError)
    expect(seen).toEqual(['127.0.0.1', '127.0.0.1', '127.0.0.1', { family: 'unix', path: '/run/docker.sock' }])
    expect(attempts).toEqual([])
  })
})

describe('giving up', () => {
  it.each([
    ['the look-up', { resolver: () => new Promise<never>(() => {}) }],
    ['an attempt', { resolver: resolving('192.0.2.1', '192.0.2.2') }],
  ])('limits %s in time', async (_what, options) => {
    const dialling = attempt(1, { ...options, timeoutMs: 2000 })
    await settle()
    clock.advance(2050)
    const error = await dialling
    expect(error).toBeInstanceOf(TimeoutError)
    expect(error).toMatchObject({ phase: 'connect', ms: 2000 })
  })

  it.each([
    ['the look-up', { resolver: () => new Promise<never>(() => {}) }],
    ['an attempt', { resolver: resolving('192.0.2.1') }],
  ])('ends %s when the signal does', async (_what, options) => {
    const controller = new AbortController()
    const dialling = attempt(1, { ...options, signal: controller.signal })
    await settle()
    const reason = new Error('changed my mind')
    controller.abort(reason)
    expect(await dialling).toMatchObject({ code: 'NET_ABORTED', cause: reason })
  })

  it('does not begin when the signal has ended', async () => {
    const resolver = vi.fn(resolving('127.0.0.1'))
    const error = await attempt(1, { signal: AbortSignal.abort(), resolver })
    expect(error).toMatchObject({ code: 'NET_ABORTED', cause: { name: 'AbortError' } })
    expect(resolver).not.toHaveBeenCalled()
  })

  it('tells the resolver', async () => {
    let told: AbortSignal | undefined
    const controller = new AbortController()
    const resolver: Resolver = (_host, signal) => {
      told = signal
      return new Promise(() => {})
    }
    const dialling = attempt(1, { resolver, signal: controller.signal })
    controller.abort()
    await dialling
    expect(told?.aborted).toBe(true)
  })

  it('leaves no listener at the signal', async () => {
    const port = await greeter()
    const { signal } = new AbortController()
    const remove = vi.spyOn(signal, 'removeEventListener')
    const socket = await attempt(port, { resolver: resolving('127.0.0.1'), signal })
    expect(remove).toHaveBeenCalledOnce()
    expect((socket as Socket).state).toBe('open')
  })
})

describe('TLS', () => {
  it('is part of the dial, and verifies the host that was dialled', async () => {
    const port = await greeter({ tls: LOCALHOST })
    const named = keep(await dial({ host: 'localhost', port }, { tls: { ca: CA } }))
    expect(named.tls).toMatchObject({ isAuthorized: true, servername: 'localhost' })
    expect(await readExactly(named, 5)).toBe('hello')
    const literal = keep(await dial({ host: '127.0.0.1', port }, { tls: { ca: CA } }))
    expect(literal.tls).toMatchObject({ isAuthorized: true, servername: undefined })
    expect(await attempt(port, { resolver: resolving('127.0.0.1'), tls: { ca: CA } })).toMatchObject({
      code: 'NET_TLS_UNTRUSTED',
    })
    const other = await attempt(port, { resolver: resolving('127.0.0.1'), tls: { ca: CA, servername: 'localhost' } })
    expect(other).toMatchObject({ tls: { isAuthorized: true } })
  })

  it.each(['time', 'signal'] as const)('is limited with the rest: by %s', async (by) => {
    const port = await greeter()
    const controller = new AbortController()
    // A peer that takes the ClientHello and says nothing fit for TLS would fail; this one says nothing at all.
    const mute = await listen({}, () => ({ done: new Promise(() => {}), drain: () => {} }))
    listeners.push(mute)
    const mutePort = 'port' in mute.address ? mute.address.port : port
    const dialling = attempt(mutePort, {
      resolver: resolving('127.0.0.1'),
      tls: { ca: CA },
      timeoutMs: 3000,
      signal: controller.signal,
    })
    for (let turn = 0; turn < 1000 && mute.connections === 0; turn++) await settle(1)
    await settle()
    if (by === 'time') clock.advance(3050)
    else controller.abort()
    expect(await dialling).toMatchObject({ code: by === 'time' ? 'NET_TIMEOUT' : 'NET_ABORTED' })
  })
})
