import { describe, expect, it } from 'vitest'
import type { Download } from '../../../../src/ftp/download.ts'
import type { HandServer } from '../../../support/ftp-peer.ts'
import { pass, reason, setStage, turn } from '../../../support/ftp-stage.ts'
import { all } from '../../../support/ftp-files.ts'

const stage = setStage()

/** A server with a download that lasts, and what it does about it. */
async function transfer(
  act: (peer: HandServer, say: (octets: string) => void, end: () => void) => Promise<void>,
): Promise<Download> {
  const client = await stage.face(async (peer) => {
    await peer.welcome()
    await peer.expect('TYPE', '200 I\r\n')
    const { port, data } = await peer.passive()
    await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
    await peer.expect('RETR', '150 here\r\n')
    const socket = await data
    socket.write('x')
    await act(
      peer,
      (octets) => socket.write(octets),
      () => socket.end(),
    )
    await peer.expect('MKD', '257 "/a"\r\n')
  })
  const download = await client.get('a')
  afterwards = async () => {
    await client.mkdir('a')
  }
  return download
}

let afterwards: () => Promise<void>

/** Two minutes, in which a chunk comes every half minute. */
async function longPause(download: Download): Promise<void> {
  void download
  await pass(stage.clock, 125)
}

describe('a long transfer', () => {
  it('says NOOP, one at a time, and again when that is answered', async () => {
    const heard: string[] = []
    const download = await transfer(async (peer, say, end) => {
      heard.push(await peer.expect('NOOP', ''))
      await turn(400)
      peer.say('200 still here\r\n')
      heard.push(await peer.expect('NOOP', '200 still here\r\n'))
      say('y')
      end()
      peer.say('226 done\r\n')
    })
    await download.next()
    await longPause(download)
    await longPause(download)
    await longPause(download)
    expect(await all(download)).toBe('y')
    expect(heard).toEqual(['NOOP', 'NOOP'])
    await afterwards()
  })

  it('matches a 200 that comes behind the 226', async () => {
    const download = await transfer(async (peer, _say, end) => {
      await peer.expect('NOOP', '')
      end()
      peer.say('226 done\r\n200 late\r\n')
    })
    await download.next()
    await longPause(download)
    expect(await all(download)).toBe('')
    await afterwards()
  })

  it('says SYST where no 200 comes at all', async () => {
    const download = await transfer(async (peer, _say, end) => {
      await peer.expect('NOOP', '')
      end()
      peer.say('226 done\r\n')
      await peer.expect('SYST', '215 UNIX\r\n')
    })
    await download.next()
    await longPause(download)
    const ended = all(download)
    await pass(stage.clock, 5)
    expect(await ended).toBe('')
    await afterwards()
  })

  it('says no more where NOOP is refused', async () => {
    const download = await transfer(async (peer, _say, end) => {
      await peer.expect('NOOP', '502 not now\r\n')
      end()
      peer.say('226 done\r\n')
    })
    await download.next()
    await longPause(download)
    await longPause(download)
    expect(await all(download)).toBe('')
    await afterwards()
  })

  it('comes out of an ABOR with a NOOP on its way', async () => {
    const download = await transfer(async (peer) => {
      await peer.expect('NOOP', '')
      await peer.expect('ABOR', '426 cut\r\n226 aborted\r\n')
      await peer.expect('SYST', '215 UNIX\r\n')
    })
    await download.next()
    await longPause(download)
    const left = download.return()
    await pass(stage.clock, 5)
    await left
    await afterwards()
  })

  it('ends with a server that is gone', async () => {
    const download = await transfer(async (peer) => {
      await peer.expect('NOOP', '')
      peer.cut()
    })
    await download.next()
    await longPause(download)
    expect(await reason(all(download))).toMatchObject({ code: 'NET_CLOSED' })
  })
})
