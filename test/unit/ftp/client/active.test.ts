import { once } from 'node:events'
import { connect as netConnect, type Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { Client, connect } from '../../../../src/ftp/client.ts'
import { serve, serveConnection } from '../../../../src/ftp/server.ts'
import { memory } from '../../../../src/ftp/storage/memory.ts'
import { pair } from '../../../../src/net/pair.ts'
import { pass, reason, setStage, turn } from '../../../support/ftp-stage.ts'
import { all } from '../../../support/ftp-files.ts'
import type { HandServer } from '../../../support/ftp-peer.ts'

const stage = setStage()

/** The port that a client has named. */
function portOf(line: string): number {
  const extended = /^EPRT \|1\|127\.0\.0\.1\|(\d+)\|$/.exec(line)
  if (extended !== null) return Number(extended[1])
  const [high, low] = (/^PORT 127,0,0,1,(\d+),(\d+)$/.exec(line) ?? ['', '', '']).slice(1).map(Number)
  return (high ?? 0) * 256 + (low ?? 0)
}

async function dialTo(port: number): Promise<Socket> {
  const socket = netConnect({ host: '127.0.0.1', port }).on('error', () => {})
  await once(socket, 'connect')
  return socket
}

/** A login, TYPE I, EPRT: the port. */
async function begin(peer: HandServer): Promise<number> {
  await peer.welcome()
  await peer.expect('TYPE', '200 I\r\n')
  return portOf(await peer.expect('EPRT', '200 ok\r\n'))
}

describe('active mode', () => {
  it.each(['127.0.0.1', '::1'])('transfers both ways with our server, at %s', async (host) => {
    const storage = memory()
    const server = await serve({ host }, { login: () => storage })
    const client = stage.keep(await connect(server.url, { mode: 'active' }))
    await client.put('a', 'hello')
    await client.append('a', ' world')
    expect(await all(await client.get('a', { from: 6 }))).toBe('world')
    const names: string[] = []
    for await (const { name } of client.list()) names.push(name)
    expect(names).toEqual(['a'])
    await client.quit()
    await server.close({ graceMs: 0 })
  })

  it('says PORT where EPRT is not known, and then at once', async () => {
    const heard: string[] = []
    const client = await stage.face(
      async (peer) => {
        await peer.welcome()
        await peer.expect('TYPE', '200 I\r\n')
        heard.push(await peer.expect('EPRT', '500 what\r\n'))
        for (const octets of ['one', 'two']) {
          heard.push(await peer.expect('PORT', '200 ok\r\n'))
          await peer.expect('RETR', '150 coming\r\n')
          ;(await dialTo(portOf(heard.at(-1) ?? ''))).end(octets)
          peer.say('226 done\r\n')
        }
      },
      { mode: 'active' },
    )
    expect(await all(await client.get('a'))).toBe('one')
    expect(await all(await client.get('a'))).toBe('two')
    expect(heard.map((line) => line.slice(0, 4))).toEqual(['EPRT', 'PORT', 'PORT'])
  })

  it('lets nobody in but the server, and goes on waiting for it (A3)', async () => {
    const client = await stage.face(
      async (peer) => {
        const port = await begin(peer)
        const thief = netConnect({ host: '127.0.0.1', port, localAddress: '127.0.0.9' }).on('error', () => {})
        const gone = new Promise((resolve) => thief.on('close', resolve))
        await peer.expect('RETR', '150 coming\r\n')
        await gone
        ;(await dialTo(port)).end('mine')
        peer.say('226 done\r\n')
      },
      { mode: 'active' },
    )
    expect(await all(await client.get('a'))).toBe('mine')
  })

  it('may be connected to before the 150', async () => {
    const client = await stage.face(
      async (peer) => {
        const port = await begin(peer)
        await peer.expect('RETR', '')
        ;(await dialTo(port)).end('early')
        await turn(5)
        peer.say('150 coming\r\n226 done\r\n')
      },
      { mode: 'active' },
    )
    expect(await all(await client.get('a'))).toBe('early')
  })

  it.each([
    ['EPRT', '425 no\r\n', 425],
    ['RETR', '550 no\r\n', 550],
  ])('releases its port where %s is refused', async (verb, answer, code) => {
    const client = await stage.face(
      async (peer) => {
        await peer.welcome()
        await peer.expect('TYPE', '200 I\r\n')
        await peer.expect('EPRT', verb === 'EPRT' ? answer : '200 ok\r\n')
        await (verb === 'EPRT' ? peer.expect('PORT', answer) : peer.expect('RETR', answer))
        await peer.expect('MKD', '257 "/a"\r\n')
      },
      { mode: 'active' },
    )
    expect(await reason(client.get('a'))).toMatchObject({ reply: { code } })
    await client.mkdir('a')
    expect(process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap')).toHaveLength(1)
  })

  it('does not go back to PORT where EPRT has worked before', async () => {
    const client = await stage.face(
      async (peer) => {
        const port = await begin(peer)
        await peer.expect('RETR', '150 coming\r\n')
        ;(await dialTo(port)).end('one')
        peer.say('226 done\r\n')
        await peer.expect('EPRT', '425 not now\r\n')
        await peer.expect('MKD', '257 "/a"\r\n')
      },
      { mode: 'active' },
    )
    expect(await all(await client.get('a'))).toBe('one')
    expect(await reason(client.get('a'))).toMatchObject({ reply: { code: 425 } })
    await client.mkdir('a')
  })

  it('does not say PORT to a server that has said goodbye', async () => {
    const heard: string[] = []
    const client = await stage.face(
      async (peer) => {
        await peer.welcome()
        await peer.expect('TYPE', '200 I\r\n')
        heard.push(await peer.expect('EPRT', '421 too busy\r\n'))
      },
      { mode: 'active' },
    )
    expect(await reason(client.get('a'))).toMatchObject({ reply: { to: 'EPRT', code: 421 } })
    expect(heard).toHaveLength(1)
  })

  it('needs a network', async () => {
    const [near, far] = pair()
    const session = serveConnection(far, {}, { login: () => memory() })
    const client = stage.keep(new Client(near, { mode: 'active' }))
    await client.login('joe', '')
    expect(await reason(client.get('a'))).toMatchObject({ code: 'FTP_NO_DATA_CONNECTION', side: 'local' })
    await client.quit()
    await session.done
  })

  it('gives up on a server that does not come, and the session goes on', async () => {
    const client = await stage.face(
      async (peer) => {
        await begin(peer)
        await peer.expect('RETR', '150 coming\r\n')
        await peer.expect('ABOR', '425 nobody there\r\n226 aborted\r\n')
        await peer.expect('NOOP', '200 ok\r\n')
        await peer.expect('MKD', '257 "/a"\r\n')
      },
      { mode: 'active' },
    )
    const asked = reason(client.get('a'))
    await pass(stage.clock, 35)
    expect(await asked).toMatchObject({ code: 'FTP_NO_DATA_CONNECTION' })
    await client.mkdir('a')
  })

  it('is called off while it waits', async () => {
    const client = await stage.face(
      async (peer) => {
        await begin(peer)
        await peer.expect('RETR', '150 coming\r\n')
        await peer.expect('ABOR', '426 cut\r\n226 aborted\r\n')
        await peer.expect('NOOP', '200 ok\r\n')
        await peer.expect('MKD', '257 "/a"\r\n')
      },
      { mode: 'active' },
    )
    const controller = new AbortController()
    const asked = reason(client.get('a', { signal: controller.signal }))
    await turn(20)
    controller.abort(new Error('enough'))
    expect(await asked).toMatchObject({ message: 'enough' })
    await client.mkdir('a')
  })

  it('takes a port of the range that it may take, and says so where none is free', async () => {
    const heard: string[] = []
    const taken = await stage.play(async () => {})
    const port = Number(new URL(taken).port)
    const client = await stage.face(
      async (peer) => {
        await peer.welcome()
        await peer.expect('TYPE', '200 I\r\n')
        heard.push(await peer.hear())
      },
      { mode: 'active', activePorts: [port, port] },
    )
    expect(await reason(client.get('a'))).toMatchObject({ code: 'FTP_NO_DATA_CONNECTION', side: 'local' })
    expect(heard).toEqual([])
  })
})
