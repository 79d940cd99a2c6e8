/** The listener over loopback: who comes in, who waits, who is sent away, and how it all ends. */
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync } from 'node:fs'
import { Server, connect } from 'node:net'
import type { Socket as NodeSocket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { dial } from '../../../src/net/dial.ts'
import { listen } from '../../../src/net/listener.ts'
import type { ListenOptions, Listener, Session } from '../../../src/net/listener.ts'
import { writeProxyHeader, writeProxyLine } from '../../../src/net/proxy.ts'
import type { Socket } from '../../../src/net/socket.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'
import { readAll, readExactly, settle } from '../../support/sockets.ts'
import { CA, LOCALHOST } from '../../support/tls.ts'
import { leaveNothingUnhandled } from '../../support/unhandled.ts'

let clock: FakeClock
let wheel: TimerWheel
let listeners: Listener[] = []
let clients: (Socket | NodeSocket)[] = []
let errors: Error[] = []
let folder: string
const handles = (): number => process.getActiveResourcesInfo().filter((name) => /^(TCP|Pipe)/.test(name)).length
let handlesBefore = 0

leaveNothingUnhandled()

beforeEach(() => {
  clock = new FakeClock()
  wheel = new TimerWheel({ clock })
  errors = []
  folder = mkdtempSync(join(tmpdir(), 'wireline-'))
  handlesBefore = handles()
})

afterEach(async () => {
  for (const client of clients) client.destroy()
  await Promise.all(listeners.map(async (listener) => await listener.close({ graceMs: 0 })))
  for (let turn = 0; turn < 200 && handles() > handlesBefore; turn++) await settle(1)
  expect(handles()).toBe(handlesBefore)
  expect(wheel.pending).toBe(0)
  rmSync(folder, { recursive: true })
  listeners = []
  clients = []
})

/** A session that a test can look at and end. */
class Room implements Session {
  readonly socket: Socket
  readonly done: Promise<void>
  isDraining = false
  finish: () => void = () => {}
  constructor(socket: Socket) {
    this.socket = socket
    this.done = new Promise((resolve) => {
      this.finish = resolve
    })
    void socket.closed.then(this.finish)
  }
  drain(): void {
    this.isDraining = true
  }
}

let rooms: Room[] = []

async function open(options: ListenOptions = {}, accept?: (socket: Socket) => Session): Promise<Listener> {
  rooms = []
  const seat = (socket: Socket): Session => {
    const room = new Room(socket)
    rooms.push(room)
    return room
  }
  const listener = await listen({ timers: wheel, onError: (error) => errors.push(error), ...options }, accept ?? seat)
  listeners.push(listener)
  return listener
}

function portOf(listener: Listener): number {
  return 'port' in listener.address ? listener.address.port : 0
}

async function enter(listener: Listener, localAddress?: string): Promise<Socket> {
  const client = await dial(
    { host: '127.0.0.1', port: portOf(listener) },
    localAddress === undefined ? {} : { localAddress },
  )
  clients.push(client)
  return client
}

/** A client of Node's own, for what no socket of ours would do. */
async function raw(listener: Listener): Promise<NodeSocket> {
  const client = connect({ host: '127.0.0.1', port: portOf(listener) })
  client.on('error', () => {})
  clients.push(client)
  await once(client, 'connect')
  return client
}

/** Where and how to dial a listener of `LOCALHOST`: by its address, so that no thread has to look a name up. */
function secure(listener: Listener): Parameters<typeof dial> {
  return [{ host: '127.0.0.1', port: portOf(listener) }, { tls: { ca: CA, servername: 'localhost' } }]
}

async function until(isSo: () => boolean): Promise<void> {
  for (let turn = 0; turn < 2000 && !isSo(); turn++) await settle(1)
  expect(isSo()).toBe(true)
}

/** How a client sees its end: what was said, and whether it was cut. */
async function farewell(client: Socket): Promise<string> {
  const said: Buffer[] = []
  try {
    for (let bytes = await client.read(); bytes !== undefined; bytes = await client.read()) said.push(bytes)
    return `${Buffer.concat(said).toString()}|ended`
  } catch {
    return `${Buffer.concat(said).toString()}|cut`
  }
}

/** The farewell of a client that may be cut before it knows that it is connected. */
async function knock(listener: Listener, localAddress?: string): Promise<string> {
  return await enter(listener, localAddress).then(farewell, () => '|cut')
}

describe('listening', () => {
  it('gives each connection to accept, with both ends', async () => {
    const listener = await open()
    expect(listener.address).toMatchObject({ family: 'IPv4', host: '127.0.0.1' })
    expect(portOf(listener)).toBeGreaterThan(0)
    const client = await enter(listener)
    await until(() => rooms.length === 1)
    const { socket } = rooms[0] as Room
    expect(socket.remote).toEqual(client.local)
    expect(socket.local).toEqual(client.remote)
    expect(listener.connections).toBe(1)
    client.push([Buffer.from('hello')])
    expect(await readExactly(socket, 5)).toBe('hello')
    client.destroy()
    await until(() => listener.connections === 0)
  })

  it('tells apart what keeps it from listening', async () => {
    const first = await open()
    const taken = await listen({ port: portOf(first) }, () => new Room(first as never)).catch((error: Error) => error)
    expect(taken).toMatchObject({
      name: 'NetError',
      code: 'NET_ADDRESS_IN_USE',
      message: `The address is already in use (127.0.0.1:${portOf(first)})`,
      cause: { code: 'EADDRINUSE' },
    })
    const foreign = await listen({ host: '203.0.113.9' }, () => new Room(first as never)).catch((error: Error) => error)
    expect(foreign).toMatchObject({ code: 'NET_ADDRESS_NOT_AVAILABLE' })
    const denied = await listen({ path: join(folder, 'no', 'folder') }, () => new Room(first as never)).catch(
      (error: Error) => error,
    )
    expect(denied).toMatchObject({ code: expect.stringMatching(/^NET_(ACCESS_DENIED|LISTEN)$/) as string })
    const unusable = await listen({ tls: { key: 'x', cert: 'y' } }, () => new Room(first as never)).catch(
      (error: Error) => error,
    )
    expect(unusable).toMatchObject({ code: 'NET_TLS_OPTIONS' })
    await expect(listen({ proxyFrom: ['localhost'] }, () => new Room(first as never))).rejects.toThrow(RangeError)
    await expect(listen({ signal: AbortSignal.abort() }, () => new Room(first as never))).rejects.toMatchObject({
      code: 'NET_ABORTED',
    })
  })

  it('listens on a Unix socket, and removes its file when it closes', async () => {
    const path = join(folder, 'socket')
    const listener = await open({ path })
    expect(listener.address).toEqual({ family: 'unix', path })
    clients.push(await dial({ path }))
    await until(() => rooms.length === 1)
    expect(rooms[0]?.socket.remote).toEqual({ family: 'unix', path })
    await listener.close({ graceMs: 0 })
    expect(existsSync(path)).toBe(false)
  })

  it('leaves the file of a socket that answers alone, and tells of one that does not', async () => {
    const path = join(folder, 'socket')
    const first = await open({ path })
    await expect(listen({ path }, () => new Room(first as never))).rejects.toMatchObject({ code: 'NET_ADDRESS_IN_USE' })
    clients.push(await dial({ path }))
    const stale = join(folder, 'stale')
    await leaveStale(stale)
    await expect(listen({ path: stale }, () => new Room(first as never))).rejects.toMatchObject({
      code: 'NET_ADDRESS_STALE',
    })
    expect(existsSync(stale)).toBe(true)
  })

  it('survives an accept that throws', async () => {
    let calls = 0
    const listener = await open({}, (socket) => {
      if (++calls === 1) throw new Error('a bug')
      // eslint-disable-next-line typescript/only-throw-error
      if (calls === 2) throw 'no error'
      return new Room(socket)
    })
    expect(await knock(listener)).toMatch(/cut|ended/)
    expect(await knock(listener)).toMatch(/cut|ended/)
    await enter(listener)
    await until(() => calls === 3 && listener.connections === 1)
    expect(errors.map(({ message }) => message)).toEqual(['a bug', 'Something that is no error was thrown'])
    expect(errors[1]?.cause).toBe('no error')
  })

  it('closes behind a session that is done, and cuts one that fails', async () => {
    let end: (error?: Error) => void = () => {}
    const done = new Promise<void>((resolve, reject) => {
      end = (error) => (error === undefined ? resolve() : reject(error))
    })
    const listener = await open({}, (socket) => {
      socket.push([Buffer.from('bye')])
      return {
        done: rooms.length === 0 ? done : Promise.reject(new Error('never rejected, they said')),
        drain: () => {},
      }
    })
    const first = await enter(listener)
    end()
    expect(await farewell(first)).toBe('bye|ended')
    rooms.push(new Room(first))
    await knock(listener)
    await until(() => errors.length === 1)
  })

  it('passes on what the system says later', async () => {
    const spy = vi.spyOn(Server.prototype, 'listen')
    await open()
    const [server] = spy.mock.contexts as [Server | undefined]
    spy.mockRestore()
    server?.emit('error', new Error('EMFILE'))
    expect(errors).toMatchObject([{ message: 'EMFILE' }])
  })
})

/** A socket file without anybody behind it: what a killed process leaves. */
async function leaveStale(path: string): Promise<void> {
  const { spawnSync } = await import('node:child_process')
  const program = `require('node:net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`
  spawnSync(process.execPath, ['-e', program])
  expect(existsSync(path)).toBe(true)
}

describe('limits', () => {
  it('lets connections wait, unread, in the order of their arrival', async () => {
    const listener = await open({ maxConnections: 1 })
    const first = await enter(listener)
    await until(() => rooms.length === 1)
    const second = await enter(listener)
    second.push([Buffer.from('two')])
    await settle()
    const third = await enter(listener)
    third.push([Buffer.from('three')])
    await settle()
    expect(rooms).toHaveLength(1)
    expect(listener.connections).toBe(1)
    first.destroy()
    await until(() => rooms.length === 2)
    expect(await readExactly((rooms[1] as Room).socket, 3)).toBe('two')
    second.destroy()
    await until(() => rooms.length === 3)
    expect(await readExactly((rooms[2] as Room).socket, 5)).toBe('three')
    expect(listener.connections).toBe(1)
  })

  it('forgets who goes while waiting', async () => {
    const listener = await open({ maxConnections: 1, maxWaiting: 1, maxConnectionsPerAddress: 2 })
    const first = await enter(listener)
    await until(() => rooms.length === 1)
    const second = await raw(listener)
    await settle()
    second.resetAndDestroy()
    // Nothing is read from it, so that it has gone shows when its turn has come.
    first.destroy()
    await until(() => listener.connections === 0)
    await enter(listener)
    await until(() => listener.connections === 1)
  })

  it('refuses more than may wait, and who has waited too long', async () => {
    const said: string[] = []
    const listener = await open({
      maxConnections: 1,
      maxWaiting: 1,
      refuse: async (socket, reason) => {
        said.push(reason)
        await socket.write([Buffer.from('421 too many\r\n')])
      },
    })
    await enter(listener)
    await until(() => rooms.length === 1)
    const waiting = await enter(listener)
    await settle()
    expect(await knock(listener)).toBe('421 too many\r\n|ended')
    clock.advance(29_000)
    await settle()
    expect(said).toEqual(['full'])
    clock.advance(1100)
    expect(await farewell(waiting)).toBe('421 too many\r\n|ended')
    expect(said).toEqual(['full', 'full'])
    expect(listener.connections).toBe(1)
  })

  it('refuses at once where nobody may wait, with words or without', async () => {
    const silent = await open({ maxConnections: 1, whenFull: 'refuse' })
    await enter(silent)
    await until(() => silent.connections === 1)
    expect(await knock(silent)).toBe('|cut')
    const listener = await open({
      maxConnections: 0,
      whenFull: 'refuse',
      maxWaiting: 5,
      refuse: (socket) => void socket.push([Buffer.from('503')]),
    })
    const client = await enter(listener)
    client.push([Buffer.from('GET / HTTP/1.1\r\n\r\n')])
    expect(await farewell(client)).toBe('503|ended')
  })

  it('counts each client by itself, waiting or not', async () => {
    const reasons: string[] = []
    const listener = await open({
      maxConnections: 3,
      maxConnectionsPerAddress: 2,
      refuse: (socket, reason) => {
        reasons.push(reason)
        socket.push([Buffer.from(reason)])
      },
    })
    const [first] = [await enter(listener), await enter(listener)]
    await until(() => listener.connections === 2)
    expect(await knock(listener)).toBe('perAddress|ended')
    await enter(listener, '127.0.0.2')
    await until(() => listener.connections === 3)
    await enter(listener, '127.0.0.2')
    await settle()
    expect(await knock(listener, '127.0.0.2')).toBe('perAddress|ended')
    first?.destroy()
    await until(() => rooms.length === 4)
    await enter(listener)
    await settle()
    expect(reasons).toEqual(['perAddress', 'perAddress'])
  })

  it('gives a refusal little time, and survives one that throws', async () => {
    let calls = 0
    const listener = await open({
      maxConnections: 0,
      whenFull: 'refuse',
      refuse: () => {
        if (++calls === 1) return new Promise(() => {})
        throw new Error('a bug in refuse')
      },
    })
    const first = knock(listener)
    await until(() => calls === 1)
    clock.advance(2050)
    expect(await first).toBe('|cut')
    expect(await knock(listener)).toBe('|cut')
    expect(errors).toMatchObject([{ message: 'a bug in refuse' }])
  })

  it('puts only so many refusals in words', async () => {
    let calls = 0
    const listener = await open({
      maxConnections: 0,
      whenFull: 'refuse',
      refuse: () => {
        calls++
        return new Promise(() => {})
      },
    })
    for (let count = 0; count < 64; count++) await raw(listener)
    await until(() => calls === 64)
    expect(await knock(listener)).toBe('|cut')
    expect(calls).toBe(64)
    clock.advance(2050)
    await settle()
    await raw(listener)
    await until(() => calls === 65)
  })
})

describe('TLS from the first octet on', () => {
  it('is there before accept is', async () => {
    const listener = await open({ tls: LOCALHOST })
    const client = await dial(...secure(listener))
    clients.push(client)
    await until(() => rooms.length === 1)
    expect(rooms[0]?.socket.tls).toMatchObject({ protocol: 'TLSv1.3', servername: 'localhost' })
    client.push([Buffer.from('secret')])
    expect(await readExactly((rooms[0] as Room).socket, 6)).toBe('secret')
  })

  it('counts and cuts who says nothing', async () => {
    const listener = await open({ tls: { ...LOCALHOST, handshakeTimeoutMs: 1000 }, maxConnections: 1 })
    const mute = await raw(listener)
    await until(() => listener.connections === 1)
    const next = dial(...secure(listener))
    await settle()
    expect(rooms).toHaveLength(0)
    clock.advance(1050)
    clients.push(await next)
    await until(() => rooms.length === 1)
    expect(errors).toMatchObject([{ code: 'NET_TIMEOUT', phase: 'handshake' }])
    mute.destroy()
  })

  it('survives a handshake that fails', async () => {
    const listener = await open({ tls: LOCALHOST })
    const client = await raw(listener)
    client.write('EHLO a.test\r\n')
    await until(() => errors.length === 1)
    expect(errors[0]).toMatchObject({ code: 'NET_TLS_HANDSHAKE' })
    await until(() => listener.connections === 0)
  })

  it('has no words in plaintext for who is refused', async () => {
    const refuse = vi.fn()
    const listener = await open({ tls: LOCALHOST, maxConnections: 0, whenFull: 'refuse', refuse })
    expect(await knock(listener)).toBe('|cut')
    expect(refuse).not.toHaveBeenCalled()
  })
})

describe('a PROXY header', () => {
  const source = { family: 'IPv4', host: '192.0.2.7', port: 4711 } as const
  const destination = { family: 'IPv4', host: '198.51.100.1', port: 25 } as const

  it.each([
    ['version 1', writeProxyLine(source, destination)],
    ['version 2', writeProxyHeader({ source, destination, vectors: [{ type: 2, value: Buffer.from('a.test') }] })],
  ])('of %s tells whose connection it is', async (_version, header) => {
    const listener = await open({ proxyFrom: ['127.0.0.0/8'] })
    const client = await enter(listener)
    client.push([header, Buffer.from('EHLO\r\n')])
    await until(() => rooms.length === 1)
    expect(rooms[0]?.socket.remote).toEqual(source)
    expect(await readExactly((rooms[0] as Room).socket, 6)).toBe('EHLO\r\n')
    // the header's deadline is no deadline of the session
    clock.advance(60_000)
    client.push([Buffer.from('x')])
    expect(await readExactly((rooms[0] as Room).socket, 1)).toBe('x')
  })

  it('may come octet by octet, and leaves the proxy in place where it tells of nobody', async () => {
    const listener = await open({ proxyFrom: ['127.0.0.1'] })
    const client = await enter(listener)
    for (const octet of writeProxyLine(undefined, undefined)) {
      client.push([Buffer.of(octet)])
      await settle(1)
    }
    await until(() => rooms.length === 1)
    expect(rooms[0]?.socket.remote).toEqual(client.local)
  })

  it('is not believed from anybody else', async () => {
    const listener = await open({ proxyFrom: ['10.0.0.0/8', 'unix'] })
    const client = await enter(listener)
    client.push([writeProxyLine(source, destination)])
    await until(() => rooms.length === 1)
    expect(rooms[0]?.socket.remote).toEqual(client.local)
    expect(await readExactly((rooms[0] as Room).socket, 5)).toBe('PROXY')
  })

  it.each([
    ['missing', Buffer.from('EHLO a.test\r\n'), 'PROXY_SIGNATURE'],
    ['malformed', Buffer.from('PROXY TCP4 1.2.3.4 1.2.3.4 1 99999\r\n'), 'PROXY_LINE'],
    ['half', undefined, 'PROXY_INCOMPLETE'],
  ])('is demanded from who is trusted: %s', async (_how, bytes, code) => {
    const listener = await open({ proxyFrom: ['127.0.0.1'] })
    const client = await enter(listener)
    client.push([bytes ?? Buffer.from('PROXY TCP4')])
    if (bytes === undefined) await client.end()
    await until(() => errors.length === 1)
    expect(errors[0]).toMatchObject({ code })
    expect(rooms).toHaveLength(0)
    await until(() => listener.connections === 0)
  })

  it('has a deadline, and counts meanwhile', async () => {
    const listener = await open({ proxyFrom: ['127.0.0.1'] })
    await enter(listener)
    await until(() => listener.connections === 1)
    clock.advance(5050)
    await until(() => listener.connections === 0)
    expect(errors).toMatchObject([{ code: 'NET_TIMEOUT', phase: 'proxyHeader' }])
  })

  it('names who is counted', async () => {
    const reasons: string[] = []
    const listener = await open({
      proxyFrom: ['127.0.0.1'],
      maxConnectionsPerAddress: 1,
      refuse: (socket, reason) => {
        reasons.push(reason)
        socket.push([Buffer.from('no')])
      },
    })
    const ask = async (host: string): Promise<Socket> => {
      const client = await enter(listener)
      client.push([writeProxyLine({ ...source, host }, destination)])
      return client
    }
    await ask('192.0.2.7')
    await until(() => rooms.length === 1)
    await ask('192.0.2.8')
    await until(() => rooms.length === 2)
    expect(await farewell(await ask('192.0.2.7'))).toBe('no|ended')
    expect(reasons).toEqual(['perAddress'])
  })

  it('stands before TLS, even in the same segment', async () => {
    const listener = await open({ proxyFrom: ['127.0.0.1'], tls: LOCALHOST })
    const client = await enter(listener)
    client.push([writeProxyLine(source, destination)])
    const info = await client.upgradeTls('client', { ca: CA, servername: 'localhost' })
    expect(info.isAuthorized).toBe(true)
    await until(() => rooms.length === 1)
    expect(rooms[0]?.socket.remote).toEqual(source)

    const { Duplex } = await import('node:stream')
    const { connect: connectTls } = await import('node:tls')
    // A proxy that glues the header to the ClientHello.
    const under = await raw(listener)
    let isFirst = true
    const glue = new Duplex({
      read: () => {},
      write: (chunk: Buffer, _encoding, done) => {
        under.write(isFirst ? Buffer.concat([writeProxyLine(source, destination), chunk]) : chunk, () => done())
        isFirst = false
      },
    })
    under.on('data', (chunk: Buffer) => glue.push(chunk))
    const tls = connectTls({ socket: glue, ca: CA, host: 'localhost' })
    tls.on('error', () => {})
    await once(tls, 'secureConnect')
    await until(() => rooms.length === 2)
    expect(rooms[1]?.socket.remote).toEqual(source)
    tls.destroy()
  })
})

describe('closing', () => {
  it('accepts nobody more, asks for drainage, and waits', async () => {
    const listener = await open()
    const client = await enter(listener)
    await until(() => rooms.length === 1)
    let isClosed = false
    const closing = listener.close({ graceMs: 10_000 }).then(() => {
      isClosed = true
    })
    expect(rooms[0]?.isDraining).toBe(true)
    await expect(dial({ host: '127.0.0.1', port: portOf(listener) })).rejects.toMatchObject({ code: 'NET_CONNECT' })
    clock.advance(9000)
    await settle()
    expect(isClosed).toBe(false)
    rooms[0]?.socket.push([Buffer.from('bye')])
    rooms[0]?.finish()
    expect(await farewell(client)).toBe('bye|ended')
    await client.close()
    await closing
    expect(listener.connections).toBe(0)
    await listener.close()
    await listener[Symbol.asyncDispose]()
  })

  it('cuts who is not done when the grace is over', async () => {
    const listener = await open()
    const client = await enter(listener)
    await until(() => rooms.length === 1)
    const closing = listener.close()
    clock.advance(4900)
    await settle()
    expect(client.state).toBe('open')
    clock.advance(150)
    await closing
    expect(await farewell(client)).toBe('|cut')
    expect(await rooms[0]?.socket.closed).toMatchObject({ code: 'NET_SHUTDOWN' })
  })

  it('may be hurried', async () => {
    const listener = await open()
    await enter(listener)
    await until(() => rooms.length === 1)
    const first = listener.close({ graceMs: 60_000 })
    const second = listener.close({ graceMs: 1000 })
    clock.advance(1050)
    await Promise.all([first, second])
    const another = await open()
    await enter(another)
    await until(() => rooms.length === 1)
    const slow = another.close({ graceMs: 60_000 })
    await another.close({ graceMs: 0 })
    await slow
  })

  it('ends what is no session yet', async () => {
    const listener = await open({ proxyFrom: ['127.0.0.9'], tls: LOCALHOST, maxConnections: 2 })
    const securing = await enter(listener)
    const introducing = await enter(listener, '127.0.0.9')
    await until(() => listener.connections === 2)
    const waiting = await enter(listener)
    await settle()
    await listener.close({ graceMs: 60_000 })
    for (const client of [securing, introducing, waiting]) expect(await farewell(client)).toMatch(/^[|](cut|ended)$/)
  })

  it('refuses who waits, with words', async () => {
    const listener = await open({ maxConnections: 1, refuse: (socket) => void socket.push([Buffer.from('421')]) })
    await enter(listener)
    await until(() => rooms.length === 1)
    const waiting = await enter(listener)
    await settle()
    const closing = listener.close({ graceMs: 60_000 })
    expect(await farewell(waiting)).toBe('421|ended')
    await waiting.close()
    rooms[0]?.finish()
    clients[0]?.destroy()
    await closing
  })

  it('leaves a refusal its few words', async () => {
    let answer: () => void = () => {}
    const listener = await open({
      maxConnections: 0,
      whenFull: 'refuse',
      refuse: async (socket) => {
        await new Promise<void>((resolve) => {
          answer = resolve
        })
        socket.push([Buffer.from('421')])
      },
    })
    const client = await enter(listener)
    await settle()
    const closing = listener.close({ graceMs: 60_000 })
    answer()
    expect((await readAll(client)).toString()).toBe('421')
    await client.close()
    await closing
  })

  it('cuts a session whose drain throws', async () => {
    const listener = await open({}, (socket) => ({
      done: socket.closed.then(() => {}),
      drain: () => {
        throw new Error('a bug in drain')
      },
    }))
    const client = await enter(listener)
    await until(() => listener.connections === 1)
    await listener.close({ graceMs: 60_000 })
    expect(errors).toMatchObject([{ message: 'a bug in drain' }])
    expect(await farewell(client)).toBe('|cut')
  })

  it('follows a signal', async () => {
    const controller = new AbortController()
    const listener = await open({ signal: controller.signal })
    await enter(listener)
    await until(() => rooms.length === 1)
    controller.abort()
    expect(rooms[0]?.isDraining).toBe(true)
    const whileBinding = new AbortController()
    const binding = open({ signal: whileBinding.signal })
    whileBinding.abort()
    await (await binding).close()
  })

  it('lets nobody in who is in the middle of a handshake', async () => {
    const listener = await open({ tls: LOCALHOST })
    const dialling = dial(...secure(listener)).catch((error: Error) => error)
    await until(() => listener.connections === 1)
    await listener.close({ graceMs: 0 })
    const outcome = await dialling
    if (!(outcome instanceof Error)) clients.push(outcome)
  })
})
