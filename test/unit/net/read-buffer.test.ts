/** Streams that read into a buffer of all, over loopback; what they do to the speed is the benchmarks' business. */
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import type { AddressInfo, Server, Socket as NodeSocket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { readBufferOf } from '../../../src/net/read-buffer.ts'
import { settle } from '../../support/sockets.ts'

const HIGH_WATER_MARK = 65_536

let server: Server
let streams: NodeSocket[] = []

beforeEach(async () => {
  server = createServer({ noDelay: true }).listen(0, '127.0.0.1')
  await once(server, 'listening')
})

afterEach(() => {
  for (const stream of streams) stream.destroy()
  streams = []
  server.close()
})

/** A stream that reads so, and its peer. */
async function connected(): Promise<[stream: NodeSocket, peer: NodeSocket]> {
  const { port } = server.address() as AddressInfo
  const accepted = once(server, 'connection') as Promise<[NodeSocket]>
  const options = { highWaterMark: HIGH_WATER_MARK, onread: readBufferOf(() => stream) }
  const stream: NodeSocket = connect({ port, host: '127.0.0.1', ...options })
  const [[peer]] = await Promise.all([accepted, once(stream, 'connect')])
  streams.push(stream, peer)
  return [stream, peer]
}

/** Keeps what comes, as it came. */
function kept(stream: NodeSocket): Buffer[] {
  const chunks: Buffer[] = []
  stream.on('data', (chunk: Buffer) => chunks.push(chunk))
  return chunks
}

/** Octets that show where each of them stood. */
function numbered(length: number): Buffer {
  return Buffer.from(Uint32Array.from({ length: length / 4 }, (_, index) => index).buffer)
}

async function until(condition: () => boolean): Promise<void> {
  await expect.poll(condition, { interval: 1, timeout: 5_000 }).toBe(true)
}

describe('what has come', () => {
  it('is not written over by what comes next, on the same connection or on another', async () => {
    const [one, peerOfOne] = await connected()
    const [two, peerOfTwo] = await connected()
    const [ofOne, ofTwo] = [kept(one), kept(two)]
    for (let turn = 1; turn <= 3; turn++) {
      peerOfOne.write(`one ${turn}`)
      await until(() => ofOne.length === turn)
      peerOfTwo.write(`TWO ${turn}`)
      await until(() => ofTwo.length === turn)
    }
    expect(ofOne.map(String)).toEqual(['one 1', 'one 2', 'one 3'])
    expect(ofTwo.map(String)).toEqual(['TWO 1', 'TWO 2', 'TWO 3'])
  })

  it('is not written over where it is much, or was', async () => {
    const [stream, peer] = await connected()
    const chunks = kept(stream)
    const much = numbered(4_000_000)
    peer.write(much)
    await until(() => chunks.reduce((sum, { length }) => sum + length, 0) === much.length)
    peer.end('and little')
    await once(stream, 'end')
    expect(Buffer.concat(chunks).equals(Buffer.concat([much, Buffer.from('and little')]))).toBe(true)
    // The test would show nothing where each read brings little.
    expect(chunks.some(({ length }) => length > 32_768)).toBe(true)
  })
})

describe('what nobody listens for', () => {
  it('is kept, though Node reads on behind a pause, and comes in order', async () => {
    const [stream, peer] = await connected()
    const chunks = kept(stream)
    peer.write('first ')
    await until(() => chunks.length === 1)
    stream.removeAllListeners('data').pause()
    // What asks for nothing, and begins to read.
    stream.read(0)
    peer.write('second ')
    await until(() => stream.readableLength > 0)
    expect(chunks).toHaveLength(1)
    stream.on('data', (chunk: Buffer) => chunks.push(chunk)).resume()
    peer.end('third')
    await once(stream, 'end')
    expect(Buffer.concat(chunks).toString()).toBe('first second third')
  })

  it('comes behind what was given back', async () => {
    const [stream, peer] = await connected()
    stream.pause()
    stream.unshift(Buffer.from('first '))
    peer.write('second')
    await settle()
    const chunks = kept(stream)
    stream.resume()
    await until(() => Buffer.concat(chunks).length === 12)
    expect(Buffer.concat(chunks).toString()).toBe('first second')
  })

  it('is no more than fits', async () => {
    const [stream, peer] = await connected()
    const much = numbered(8_000_000)
    stream.read(0)
    peer.end(much)
    await until(() => stream.readableLength >= HIGH_WATER_MARK)
    await settle()
    expect(stream.readableLength).toBeLessThan(2 * HIGH_WATER_MARK)
    const chunks = kept(stream)
    await once(stream, 'end')
    expect(Buffer.concat(chunks).equals(much)).toBe(true)
  })
})
