/** A reset is not an end, even where the system tells it as one. */
import { describe, expect, it } from 'vitest'
import { ClosedError } from '../../../src/net/errors.ts'
import { streams, socketOver } from '../../support/sockets.ts'

describe('a reset together with the last octets', () => {
  it('is found out when our own side is ended', async () => {
    for (let round = 0; round < 5; round++) {
      const [peer, stream] = await streams()
      const socket = socketOver(stream)
      peer.on('error', () => {})
      peer.write(Buffer.alloc(100_000), () => peer.resetAndDestroy())
      // Whether the reading fails or seems to end is the system's doing.
      const read = async (): Promise<'ended' | 'reset'> => {
        try {
          while ((await socket.read()) !== undefined);
          return 'ended'
        } catch {
          return 'reset'
        }
      }
      if ((await read()) === 'ended') await expect(socket.end()).rejects.toBeInstanceOf(ClosedError)
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
})
