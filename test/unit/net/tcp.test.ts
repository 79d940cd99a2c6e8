/** One suite over every kind of stream: what is above a socket cannot tell them apart. */
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { Duplex, PassThrough } from 'node:stream'
import { describe, expect, it } from 'vitest'
import { ClosedError, TimeoutError } from '../../../src/net/errors.ts'
import type { Socket } from '../../../src/net/socket.ts'
import type { StreamSocket } from '../../../src/net/tcp.ts'
import { TRANSPORTS, openSockets, readAll, readExactly, settle, socketOver, streams } from '../../support/sockets.ts'
import type { MakePair, Wanted } from '../../support/sockets.ts'

const KIB = 1024

const { clock, wheel, opened } = openSockets()

async function open(make: MakePair, wanted: Wanted = {}): Promise<[Socket, Socket]> {
  const [client, server] = await make({ timers: wheel, ...wanted })
  opened.push(client, server)
  return [client, server]
}

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1')
}

/** Pushes until there is no room; gives the octets pushed. */
function fill(socket: Socket): number {
  const chunk = Buffer.alloc(8 * KIB, 'x')
  let pushed = 0
  for (let round = 0; round < 1000; round++) {
    const hasRoom = socket.push([chunk])
    pushed += chunk.length
    if (!hasRoom) return pushed
  }
  throw new Error('A writer was never held back')
}

/** Pushes until there is no room, again and again, until nothing moves any more. */
async function stuff(socket: Socket): Promise<number> {
  let pushed = fill(socket)
  for (let quiet = 0; quiet < 30; quiet++) {
    await settle(1)
    if (socket.push([])) {
      pushed += fill(socket)
      quiet = 0
    }
  }
  return pushed
}

async function failure(promise: Promise<unknown>): Promise<Error & { code?: string }> {
  return await promise.then(
    () => {
      throw new Error('It did not fail')
    },
    (error: unknown) => error as Error,
  )
}

describe.each(TRANSPORTS)('a socket over $name', ({ make }) => {
  describe('reading and writing', () => {
    it('carries octets both ways, slices in order', async () => {
      const [client, server] = await open(make)
      expect(client.push([text('EHLO '), text(''), text('a.test'), text('\r\n')])).toBe(true)
      expect(await readExactly(server, 13)).toBe('EHLO a.test\r\n')
      await server.write([text('250 OK\r\n')])
      expect(await readExactly(client, 8)).toBe('250 OK\r\n')
      expect(client.bytesWritten).toBe(13)
      expect(server.bytesRead).toBe(13)
      expect(server.bytesWritten).toBe(8)
      expect(client.bytesRead).toBe(8)
      expect(client.push([])).toBe(true)
      expect(client.state).toBe('open')
    })

    it('carries a lot, unchanged', async () => {
      const [client, server] = await open(make)
      const bytes = randomBytes(make === TRANSPORTS[2]?.make ? 20 * KIB : 600 * KIB)
      const received = readAll(server)
      for (let at = 0; at < bytes.length;) {
        const end = at + 1 + ((at * 7919) % 50_000)
        const middle = at + ((end - at) >> 1)
        await client.write([bytes.subarray(at, middle), bytes.subarray(middle, end)])
        at = end
      }
      await client.end()
      expect((await received).equals(bytes)).toBe(true)
    })

    it('takes what has arrived, without waiting', async () => {
      const [client, server] = await open(make)
      expect(server.take()).toBeUndefined()
      client.push([text('abc')])
      const taken: Buffer[] = []
      for (let turn = 0; turn < 1000 && Buffer.concat(taken).length < 3; turn++) {
        await settle(1)
        const bytes = server.take()
        if (bytes !== undefined) taken.push(bytes)
      }
      expect(Buffer.concat(taken).toString()).toBe('abc')
      expect(server.take()).toBeUndefined()
    })

    it('reads first what was given back', async () => {
      const [client, server] = await open(make)
      client.push([text('three')])
      expect(await readExactly(server, 5)).toBe('three')
      server.unread(text(''))
      expect(server.take()).toBeUndefined()
      server.unread(text('two '))
      server.unread(text('one '))
      expect(await readExactly(server, 8)).toBe('one two ')
      server.unread(text('again'))
      expect(server.take()?.toString()).toBe('again')
      const waiting = server.read()
      server.unread(text('late'))
      expect((await waiting)?.toString()).toBe('late')
    })

    it('lets one read wait at a time', async () => {
      const [client, server] = await open(make)
      const waiting = server.read()
      expect(await failure(server.read())).toMatchObject({ code: 'NET_BUSY' })
      client.push([text('x')])
      expect((await waiting)?.toString()).toBe('x')
    })

    it('copies or sends before it returns: a writer may use its buffer again', async () => {
      const [client, server] = await open(make)
      const buffer = text('first')
      await client.write([buffer])
      await client.flushed()
      buffer.fill('!')
      expect(await readExactly(server, 5)).toBe('first')
    })
  })

  describe('backpressure', () => {
    it('holds a writer back until the peer reads', async () => {
      const [client, server] = await open(make)
      const pushed = await stuff(client)
      let isDrained = false
      const drained = client.drained().then(() => {
        isDrained = true
      })
      const written = client.write([text('end')])
      await settle()
      expect(isDrained).toBe(false)
      let received = 0
      while (received < pushed + 3) received += (await server.read())?.length ?? Infinity
      await Promise.all([drained, written, client.flushed()])
      expect(received).toBe(pushed + 3)
    })

    it('tells when all is with the kernel', async () => {
      const [client, server] = await open(make)
      await client.flushed()
      await stuff(client)
      const flushed: string[] = []
      const first = client.flushed().then(() => flushed.push('first'))
      const second = client.flushed().then(() => flushed.push('second'))
      await settle()
      expect(flushed).toEqual([])
      const all = readAll(server)
      await Promise.all([first, second])
      await client.end()
      expect((await all).length).toBe(client.bytesWritten)
    })
  })

  describe('the ends', () => {
    it('ends each direction by itself', async () => {
      const [client, server] = await open(make)
      client.push([text('last')])
      await Promise.all([client.end(), client.end()])
      expect(client.state).toBe('ended')
      expect((await readAll(server)).toString()).toBe('last')
      expect(await server.read()).toBeUndefined()
      expect(server.state).toBe('open')
      await server.write([text('still here')])
      expect(await readExactly(client, 10)).toBe('still here')
      await server.end()
      expect(await client.read()).toBeUndefined()
      expect(await client.closed).toBeUndefined()
      expect(await server.closed).toBeUndefined()
      expect(client.state).toBe('closed')
      expect(await client.read()).toBeUndefined()
      await client.end()
    })

    it('is told of also while what came before it is unread', async () => {
      const [client, server] = await open(make)
      let isTold = false
      void server.ended.then(() => (isTold = true))
      // Behind more than is read ahead nobody looks: here that is a single octet.
      const unread = make === TRANSPORTS[2]?.make ? '' : 'unread'
      await client.write([text(unread)])
      await settle()
      expect(isTold).toBe(false)
      await client.end()
      await server.ended
      expect((await readAll(server)).toString()).toBe(unread)
    })

    it('takes nothing more to write', async () => {
      const [client] = await open(make)
      const ended = client.end()
      expect(client.push([text('late')])).toBe(false)
      expect(await failure(client.write([text('late')]))).toBeInstanceOf(ClosedError)
      await ended
      await client.drained()
      await client.flushed()
    })

    it('flushes before the FIN, however long that takes', async () => {
      const [client, server] = await open(make)
      const pushed = await stuff(client)
      const ended = client.end()
      const flushed = client.flushed()
      const drained = client.drained()
      expect((await readAll(server)).length).toBe(pushed)
      await Promise.all([ended, flushed, drained])
    })
  })

  describe('closing', () => {
    it('gets the last words across, and waits for the peer to end', async () => {
      const [client, server] = await open(make)
      client.push([text('unread by the server')])
      await settle()
      server.push([text('421 bye\r\n')])
      const closed = server.close()
      expect(server.state).toBe('ended')
      client.push([text('more that nobody wants')])
      expect((await readAll(client)).toString()).toBe('421 bye\r\n')
      await client.close()
      await closed
      expect(await server.closed).toBeUndefined()
      expect(await client.closed).toBeUndefined()
      expect(server.state).toBe('closed')
    })

    it('lingers so long and no longer', async () => {
      const [client, server] = await open(make)
      const closed = server.close(400)
      await settle()
      clock.advance(399)
      await settle()
      expect(server.state).toBe('ended')
      clock.advance(51)
      await closed
      expect(server.state).toBe('closed')
      expect(await client.read()).toBeUndefined()
    })

    it('cuts a peer that takes nothing', async () => {
      const [client, server] = await open(make)
      await stuff(client)
      const closed = client.close(100)
      await settle()
      clock.advance(29_000)
      await settle()
      expect(client.state).toBe('ended')
      clock.advance(10_000)
      await closed
      expect(await client.closed).toMatchObject({ code: 'NET_TIMEOUT', phase: 'close' })
      server.destroy()
    })

    it('cuts at once a peer that has passed the write deadline', async () => {
      const [client] = await open(make)
      client.setWriteDeadline('reply', 100)
      await stuff(client)
      clock.advance(200)
      await client.close()
      expect(await client.closed).toMatchObject({ code: 'NET_TIMEOUT', phase: 'reply' })
    })

    it('does not wait for ever, whoever asks, and rejects nobody', async () => {
      const [client, server] = await open(make)
      const reading = failure(server.read())
      const both = Promise.all([server.close(), server.close(), server[Symbol.asyncDispose]()])
      expect(await reading).toBeInstanceOf(ClosedError)
      expect(await failure(server.read())).toBeInstanceOf(ClosedError)
      expect(await failure(server.write([text('x')]))).toBeInstanceOf(ClosedError)
      await client.close()
      await both
      await server.close()
      server.destroy(new Error('too late'))
      expect(await server.closed).toBeUndefined()
    })

    it('closes after an end', async () => {
      const [client, server] = await open(make)
      await client.end()
      const closed = client.close()
      await server.close()
      await closed
    })
  })

  describe('destroying', () => {
    it('rejects whoever waits, with the reason', async () => {
      const [client, server] = await open(make)
      await stuff(client)
      const waiting = [client.read(), client.drained(), client.flushed(), client.end()].map(failure)
      const reason = new Error('enough')
      client.destroy(reason)
      client.destroy(new Error('another'))
      expect(client.state).toBe('closed')
      for (const error of await Promise.all(waiting)) {
        expect(error).toBeInstanceOf(ClosedError)
        expect(error.cause).toBe(reason)
      }
      expect(await client.closed).toBe(reason)
      const late = [client.read(), client.write([text('x')]), client.drained(), client.flushed(), client.end()]
      for (const error of await Promise.all(late.map(failure))) expect(error.cause).toBe(reason)
      expect(client.push([text('x')])).toBe(false)
      client.setReadDeadline('late', 10)
      client.setWriteDeadline('late', 10)
      await client.close()
      server.destroy()
    })

    it('forgets what was not read', async () => {
      const [client, server] = await open(make)
      client.push([text('abc')])
      await settle()
      server.unread(text('given back'))
      server.destroy()
      expect(server.take()).toBeUndefined()
      expect(await failure(server.read())).toBeInstanceOf(ClosedError)
      expect(await server.closed).toBeUndefined()
    })

    it('forgets that the peer had ended', async () => {
      const [client, server] = await open(make)
      await client.end()
      expect(await server.read()).toBeUndefined()
      server.destroy()
      expect(await failure(server.read())).toBeInstanceOf(ClosedError)
    })

    it('is noticed by a peer that reads', async () => {
      const [client, server] = await open(make)
      const read = server.read().catch((error: Error) => error)
      client.destroy()
      const outcome = await read
      // TLS may see the end of the stream before it sees the reset.
      if (outcome instanceof Error) expect(outcome).toMatchObject({ code: 'NET_CLOSED' })
      else expect(outcome).toBeUndefined()
    })

    it('is noticed by a peer that writes', async () => {
      const [client, server] = await open(make)
      client.destroy()
      for (let turn = 0; turn < 1000 && server.state !== 'closed'; turn++) {
        server.push([text('hello?')])
        await settle(1)
      }
      expect(server.state).toBe('closed')
      expect(await failure(server.write([text('x')]))).toBeInstanceOf(ClosedError)
      expect(await server.closed).toMatchObject({ code: expect.stringMatching(/^(ECONNRESET|EPIPE)$/) as string })
    })
  })

  describe('watching', () => {
    function watcher(): { told: unknown[]; onEnded(): void; onClosed(reason: Error | undefined): void } {
      const told: unknown[] = []
      return { told, onEnded: () => void told.push('ended'), onClosed: (reason) => void told.push(reason) }
    }

    it('tells all who watch of the end and of the close, each once', async () => {
      const [client, server] = await open(make)
      const [first, second] = [watcher(), watcher()]
      server.watch(first)
      server.watch(second)
      await client.end()
      await server.ended
      expect([first.told, second.told]).toEqual([['ended'], ['ended']])
      await server.close()
      expect([first.told, second.told]).toEqual([
        ['ended', undefined],
        ['ended', undefined],
      ])
    })

    it('tells who comes late in a later turn', async () => {
      const [client, server] = await open(make)
      await client.end()
      await server.ended
      const late = watcher()
      server.watch(late)
      expect(late.told).toEqual([])
      await Promise.resolve()
      expect(late.told).toEqual(['ended'])
      const reason = new Error('enough')
      server.destroy(reason)
      await server.closed
      const last = watcher()
      server.watch(last)
      expect(last.told).toEqual([])
      await Promise.resolve()
      expect([late.told, last.told]).toEqual([
        ['ended', reason],
        ['ended', reason],
      ])
    })

    it('tells of no end where the connection was cut', async () => {
      const [, server] = await open(make)
      const watched = watcher()
      server.watch(watched)
      server.destroy()
      await server.closed
      expect(watched.told).toEqual([undefined])
    })
  })

  describe('deadlines', () => {
    it('rejects the read that waits, and leaves the socket open', async () => {
      const [client, server] = await open(make)
      server.setReadDeadline('head', 1000)
      const waiting = failure(server.read())
      clock.advance(1050)
      const error = await waiting
      expect(error).toBeInstanceOf(TimeoutError)
      expect(error).toMatchObject({ phase: 'head', ms: 1000 })
      expect(server.state).toBe('open')
      client.push([text('late')])
      await settle()
      expect(await failure(server.read())).toMatchObject({ phase: 'head' })
      await server.write([text('408')])
      expect(await readExactly(client, 3)).toBe('408')
      server.setReadDeadline('body', undefined)
      expect(await readExactly(server, 4)).toBe('late')
    })

    it('is for all reads to come, however much arrives', async () => {
      const [client, server] = await open(make)
      server.setReadDeadline('head', 1000)
      for (let octet = 0; octet < 9; octet++) {
        client.push([text('a')])
        expect((await server.read())?.toString()).toBe('a')
        clock.advance(100)
      }
      clock.advance(150)
      client.push([text('a')])
      await settle()
      expect(await failure(server.read())).toMatchObject({ phase: 'head' })
    })

    it('rejects writers whose peer takes nothing', async () => {
      const [client, server] = await open(make)
      client.setWriteDeadline('body', 1000)
      await stuff(client)
      const waiting = [client.drained(), client.flushed()].map(failure)
      clock.advance(1300)
      for (const error of await Promise.all(waiting)) expect(error).toMatchObject({ phase: 'body', ms: 1000 })
      expect(client.state).toBe('open')
      expect(await failure(client.write([text('x')]))).toMatchObject({ phase: 'body' })
      expect(await failure(client.flushed())).toMatchObject({ phase: 'body' })
      expect(await failure(client.end())).toMatchObject({ phase: 'body' })
      client.setWriteDeadline('body', undefined)
      const all = readAll(server)
      await client.end()
      expect((await all).length).toBe(client.bytesWritten)
    })

    it('does not mind a peer that takes its time', async () => {
      const [client, server] = await open(make)
      client.setWriteDeadline('body', 1000)
      const pushed = await stuff(client)
      const flushed = client.flushed()
      const step = Math.ceil(pushed / 8)
      let received = 0
      while (received < pushed) {
        const steps = Math.floor(received / step)
        received += (await server.read())?.length ?? Infinity
        if (Math.floor(received / step) === steps) continue
        await settle()
        clock.advance(150)
      }
      await flushed
      clock.advance(10_000)
      await client.write([text('fine')])
    })
  })
})

describe('the stream beneath', () => {
  it.each([
    ['one slice', [text('a')]],
    ['several', [text('a'), text('b')]],
  ])('that fails at once holds back whoever writes %s without end', async (_, slices) => {
    const broken = new Duplex({
      read() {},
      write: (_chunk, _encoding, done) => done(new Error('broken')),
      writev: (_chunks, done) => done(new Error('broken')),
    })
    const socket = socketOver(broken)
    let writes = 0
    const writing = (async () => {
      while (writes++ < 1000) await socket.write(slices)
    })()
    await expect(writing).rejects.toBeInstanceOf(ClosedError)
    expect(writes).toBeLessThan(3)
  })

  it('is read from without a promise, and one reader at a time', async () => {
    const stream = new PassThrough()
    const socket = socketOver(stream)
    const told: (string | undefined)[] = []
    const reader = {
      fulfil: (bytes: Buffer | undefined) => void told.push(bytes?.toString('latin1')),
      fail: (error: Error) => void told.push((error as ClosedError).code),
    }
    socket.readFor(reader)
    socket.readFor(reader)
    await expect(socket.read()).rejects.toMatchObject({ code: 'NET_BUSY' })
    expect(told).toEqual(['NET_BUSY'])
    stream.write('hello')
    await settle()
    stream.write(' again')
    await settle()
    socket.readFor(reader)
    expect(told).toEqual(['NET_BUSY', 'hello', ' again'])
    socket.readFor(reader)
    socket.destroy()
    expect(told.at(-1)).toBe('NET_CLOSED')
  })

  it('gets no further listeners, whatever is done', async () => {
    const [clientStream, serverStream] = await streams()
    const client = socketOver(clientStream, { timers: wheel })
    const server = socketOver(serverStream, { timers: wheel })
    opened.push(client, server)
    const counts = (): number[] => serverStream.eventNames().map((name) => serverStream.listenerCount(name))
    const before = counts()
    for (let round = 0; round < 50; round++) {
      server.setReadDeadline('head', 1000)
      server.setWriteDeadline('body', 1000)
      const read = server.read()
      client.push([text('x')])
      await read
      await Promise.all([server.drained(), server.flushed(), server.write([text('y')])])
    }
    expect(counts()).toEqual(before)
  })

  /** A stream whose writes are done when the test says so. */
  class Valve extends Duplex {
    readonly #waiting: (() => void)[] = []
    override _read(): void {}
    override _write(_chunk: Buffer, _encoding: BufferEncoding, done: () => void): void {
      this.#waiting.push(done)
    }
    /** Lets one write through. */
    async letOne(): Promise<void> {
      this.#waiting.shift()?.()
      await settle(1)
    }
  }

  it.each([
    ['write', (socket: StreamSocket, piece: Buffer) => socket.write([piece])],
    ['push', async (socket: StreamSocket, piece: Buffer) => socket.push([piece]) || socket.drained()],
  ])('takes all at once, and %s lets the event loop turn every 4 MiB all the same', async (_, write) => {
    const socket = socketOver(new Duplex({ read: () => {}, write: (_chunk, _encoding, done) => done() }))
    opened.push(socket)
    let turns = 0
    const turn = (): void => {
      turns++
      turning = setImmediate(turn)
    }
    let turning = setImmediate(turn)
    const piece = Buffer.alloc(64 * KIB)
    for (let written = 0; written < 40 * KIB * KIB; written += piece.length) await write(socket, piece)
    clearImmediate(turning)
    expect(turns).toBe(10)
    // What comes behind its share is taken all the same, also where nobody waits.
    expect(socket.push([Buffer.alloc(4 * KIB * KIB)])).toBe(false)
    expect(socket.push([piece])).toBe(false)
    const drained = socket.drained()
    socket.destroy()
    await expect(drained).rejects.toBeInstanceOf(ClosedError)
  })

  it('is flushed for each who asks when what was written before has gone', async () => {
    const valve = new Valve()
    const socket = socketOver(valve, { timers: wheel })
    opened.push(socket)
    const flushed: string[] = []
    socket.push([text('one')])
    const first = socket.flushed().then(() => flushed.push('first'))
    socket.push([text('two')])
    const second = socket.flushed().then(() => flushed.push('second'))
    // 'one', the empty write of the first flush, 'two': the second has to wait for one more.
    for (let write = 0; write < 3; write++) await valve.letOne()
    expect(flushed).not.toContain('second')
    await valve.letOne()
    await Promise.all([first, second])
  })

  it('is not stalled as long as one write after the other is done', async () => {
    const valve = new Valve()
    const socket = socketOver(valve, { timers: wheel })
    opened.push(socket)
    socket.setWriteDeadline('body', 1000)
    for (let write = 0; write < 10; write++) socket.push([text('a')])
    const flushed = failure(socket.flushed())
    for (let write = 0; write < 9; write++) {
      clock.advance(700)
      await valve.letOne()
    }
    clock.advance(1000)
    await settle(1)
    clock.advance(300)
    expect(await flushed).toMatchObject({ phase: 'body', ms: 1000 })
  })

  it('is not stalled as long as the system takes bits of one large write', async () => {
    const [client, server] = (await streams()).map((stream) => socketOver(stream, { timers: wheel })) as [
      StreamSocket,
      StreamSocket,
    ]
    opened.push(client, server)
    const bytes = Buffer.alloc(32 * KIB * KIB)
    client.setWriteDeadline('body', 1000)
    const written = client.write([bytes])
    for (let received = 0; received < bytes.length;) {
      for (const step = received + 4 * KIB * KIB; received < Math.min(step, bytes.length);) {
        received += (await server.read())?.length ?? Infinity
      }
      await settle()
      clock.advance(700)
    }
    await written
  })

  it('may be closed already', async () => {
    const [stream, peer] = await streams()
    peer.on('error', () => {}).destroy()
    stream.destroy()
    await once(stream, 'close')
    const socket = socketOver(stream, { timers: wheel })
    expect(await socket.closed).toBeUndefined()
    expect(socket.state).toBe('closed')
    expect(await failure(socket.read())).toBeInstanceOf(ClosedError)
  })

  it('may fail', async () => {
    const stream = new PassThrough()
    const socket = socketOver(stream, { timers: wheel })
    const reading = failure(socket.read())
    const reason = new Error('broken')
    stream.destroy(reason)
    expect((await reading).cause).toBe(reason)
    expect(await socket.closed).toBe(reason)
  })

  it('is left alone when it cannot be reset', async () => {
    class Pipe extends PassThrough {
      resetAndDestroy(): void {
        throw new Error('A pipe cannot be reset')
      }
    }
    const socket = socketOver(new Pipe(), { timers: wheel })
    socket.destroy()
    expect(await socket.closed).toBeUndefined()
  })

  it('keeps what had arrived before it failed', async () => {
    const stream = new PassThrough()
    const socket = socketOver(stream, { timers: wheel })
    stream.push('arrived')
    await settle(2)
    stream.destroy(new Error('broken'))
    await socket.closed
    expect((await socket.read())?.toString()).toBe('arrived')
    expect(await failure(socket.read())).toBeInstanceOf(ClosedError)
  })

  it('is not read before it should be', async () => {
    const [clientStream, serverStream] = await streams()
    const client = socketOver(clientStream, { timers: wheel })
    serverStream.pause()
    const { StreamSocket } = await import('../../../src/net/tcp.ts')
    const nowhere = { family: 'memory', name: 'test' } as const
    const server = new StreamSocket(serverStream, { local: nowhere, remote: nowhere, isPaused: true, timers: wheel })
    opened.push(client, server)
    client.push([text('abc')])
    await settle()
    expect(server.take()).toBeUndefined()
    expect(server.bytesRead).toBe(0)
    server.start()
    server.start()
    expect(await readExactly(server, 3)).toBe('abc')
    server.presentAs({ family: 'IPv4', host: '192.0.2.1', port: 1 })
    expect(server.remote).toEqual({ family: 'IPv4', host: '192.0.2.1', port: 1 })
    expect(server.local).toBe(nowhere)
  })

  it('is gone when all is over', async () => {
    const count = (): number => process.getActiveResourcesInfo().filter((name) => /^(TCP|Pipe)/.test(name)).length
    const before = count()
    const sockets = (await streams()).map((stream) => socketOver(stream, { timers: wheel }))
    expect(count()).toBeGreaterThanOrEqual(before + 2)
    await Promise.all(sockets.map(async (socket) => await socket.close()))
    await settle(3)
    expect(count()).toBe(before)
  })
})
