/** A reset is not an end, even where the system tells it as one. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { dial } from '../../../src/net/dial.ts'
import { ClosedError } from '../../../src/net/errors.ts'
import { listen } from '../../../src/net/listener.ts'
import { readAll, socketOver, streams } from '../../support/sockets.ts'

describe('a reset together with the last octets', () => {
  it('fails the read that would have been the end', async () => {
    for (let round = 0; round < 5; round++) {
      const [peer, stream] = await streams()
      const socket = socketOver(stream)
      peer.on('error', () => {})
      peer.write(Buffer.alloc(100_000), () => peer.resetAndDestroy())
      await expect(readAll(socket)).rejects.toBeInstanceOf(ClosedError)
      expect(await socket.closed).toMatchObject({ code: expect.stringMatching(/ECONNRESET|EPIPE/) as string })
      socket.destroy()
      await socket.closed
    }
  })

  it('is not found where the peer has only ended', async () => {
    const [peer, stream] = await streams()
    const socket = socketOver(stream)
    peer.end('bye')
    expect(String(await socket.read())).toBe('bye')
    expect(await socket.read()).toBeUndefined()
    await socket.end()
    peer.destroy()
    await socket.closed
  })

  it('is not taken for one on a Unix socket, whose peer has closed in good order', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wireline-'))
    const listener = await listen({ path: join(folder, 'socket') }, (socket) => {
      socket.push([Buffer.from('bye')])
      return { done: Promise.resolve(), drain: () => {} }
    })
    const socket = await dial({ path: join(folder, 'socket') })
    expect(String(await readAll(socket))).toBe('bye')
    await socket.close()
    await listener.close({ graceMs: 0 })
    rmSync(folder, { recursive: true })
  })
})
