import { afterEach, describe, expect, it } from 'vitest'
import { pair } from '../../../src/net/pair.ts'
import type { PairOptions } from '../../../src/net/pair.ts'
import type { Address, Socket } from '../../../src/net/socket.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'
import { readAll, settle } from '../../support/sockets.ts'

let opened: Socket[] = []

afterEach(() => {
  for (const socket of opened) socket.destroy()
  opened = []
})

function open(options?: PairOptions): [Socket, Socket] {
  const [client, server] = pair(options)
  opened.push(client, server)
  return [client, server]
}

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1')
}

/** Everything that comes until the FIN, piece by piece. */
async function pieces(socket: Socket, think: () => Promise<void> = async () => {}): Promise<string[]> {
  const read: string[] = []
  for (let piece = await socket.read(); piece !== undefined; piece = socket.take() ?? (await socket.read())) {
    read.push(piece.toString('latin1'))
    await think()
  }
  return read
}

describe('pair', () => {
  it('has a client and a server that know one another', () => {
    const [client, server] = open()
    expect(client.local).toEqual({ family: 'memory', name: 'client' })
    expect(client.remote).toEqual(server.local)
    expect(server.remote).toEqual(client.local)
    expect(client.tls).toBeUndefined()
  })

  it('has the addresses that it is given, for whoever decides by them', () => {
    const addresses: [Address, Address] = [
      { family: 'IPv4', host: '192.0.2.1', port: 40_000 },
      { family: 'IPv4', host: '127.0.0.1', port: 21 },
    ]
    const [client, server] = open({ addresses })
    expect([client.local, client.remote]).toEqual(addresses)
    expect([server.remote, server.local]).toEqual(addresses)
  })

  it('delivers nothing in the turn in which it was sent', async () => {
    const [client, server] = open()
    client.push([text('a')])
    expect(server.take()).toBeUndefined()
    await settle(1)
    expect(server.take()?.toString()).toBe('a')
  })

  it('delivers a write whole', async () => {
    const [client, server] = open()
    client.push([text('one '), text('write')])
    void client.end()
    expect(await pieces(server)).toEqual(['one write'])
  })

  it.each([
    ['at once', async (): Promise<void> => {}],
    ['slowly', async (): Promise<void> => await settle(2)],
  ])('delivers each piece by itself to a reader that thinks %s', async (_how, think) => {
    const cut = (bytes: Buffer): Buffer[] => [bytes.subarray(0, 1), bytes.subarray(1, 1), bytes.subarray(1)]
    const [client, server] = open({ cut })
    client.push([text('abc')])
    client.push([text('defg')])
    await client.end()
    expect(await pieces(server, think)).toEqual(['a', 'bc', 'd', 'efg'])
  })

  it('cuts both directions, and may be lazy about it', async () => {
    const cut = function* (bytes: Buffer): Generator<Buffer> {
      for (const byte of bytes) yield Buffer.of(byte)
    }
    const [client, server] = open({ cut })
    client.push([text('xyz')])
    server.push([text('uvw')])
    await Promise.all([client.end(), server.end()])
    expect(await pieces(client)).toEqual(['u', 'v', 'w'])
    expect(await pieces(server)).toEqual(['x', 'y', 'z'])
    expect(await client.closed).toBeUndefined()
  })

  it('holds as much as it is told, and no more', async () => {
    const [client, server] = open({ highWaterMark: 1000 })
    let pushed = 0
    for (let turn = 0; turn < 100; turn++) {
      while (client.push([Buffer.alloc(100)])) pushed += 100
      await settle(1)
    }
    // what is written, what is on its way, what the reader's stream and the reader itself hold
    expect(pushed).toBeGreaterThanOrEqual(3000)
    expect(pushed).toBeLessThanOrEqual(6000)
    void client.end()
    expect((await readAll(server)).length).toBe(client.bytesWritten)
  })

  it('lets small things be flushed and ended while nobody reads', async () => {
    const [client, server] = open({ cut: (bytes) => [...bytes].map((byte) => Buffer.of(byte)) })
    await client.write([text('a few words')])
    await client.flushed()
    await client.end()
    expect((await readAll(server)).toString()).toBe('a few words')
  })

  it('delivers what was sent before an end that did not wait', async () => {
    const [client, server] = open()
    client.push([text('last words')])
    void client.end()
    await settle(1)
    void server.end()
    expect((await readAll(server)).toString()).toBe('last words')
  })

  it('ends a writer that does not stop when its peer goes', async () => {
    const clock = new FakeClock()
    const [client, server] = open({ highWaterMark: 10, timers: new TimerWheel({ clock }) })
    const closing = server.close(100)
    for (let turn = 0; client.state === 'open'; turn++) {
      client.push([Buffer.alloc(1000)])
      if (turn === 50) clock.advance(125)
      await settle(1)
    }
    await closing
    expect(await client.closed).toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) as string })
  })

  it('tells a writer whose peer is gone', async () => {
    const [client, server] = open()
    await server.end()
    await Promise.all([server.close(0), settle()])
    client.push([text('hello?')])
    expect(await client.closed).toMatchObject({ code: 'EPIPE' })
  })

  it('lives long', async () => {
    const [client, server] = open({ highWaterMark: 4096 })
    const total = 3_000_000
    let received = 0
    const reading = (async () => {
      while (received < total) received += (await server.read())?.length ?? Infinity
    })()
    for (let sent = 0; sent < total; sent += 1500) await client.write([Buffer.alloc(1000), Buffer.alloc(500)])
    await reading
    expect(received).toBe(total)
  })
})
