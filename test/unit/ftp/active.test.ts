/** Active mode on live sockets: where a server of ours connects to, where it does not, and what becomes of the connection. */
import { once } from 'node:events'
import { createServer, type AddressInfo, type Server as NodeServer, type Socket } from 'node:net'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ActivePort, isPortAllowed } from '../../../src/ftp/active.ts'
import { serve, type Server } from '../../../src/ftp/server.ts'
import type { ServeOptions } from '../../../src/ftp/server-options.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import type { Storage } from '../../../src/ftp/storage/storage.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'
import { HandClient, HandData } from '../../support/ftp-peer.ts'
import { freePort } from '../../support/programs.ts'

let storage: Storage
let server: Server
let clients: HandClient[]
let waiting: NodeServer[]

beforeEach(async () => {
  storage = memory()
  clients = []
  waiting = []
  const sink = await storage.write(['a'], { type: 'replace' })
  await sink.write(Buffer.from('hello'))
  await sink.commit()
})

afterEach(async () => {
  for (const client of clients) client.close()
  for (const port of waiting) port.close()
  await server.close({ graceMs: 0 })
})

async function enter(options: ServeOptions = {}): Promise<HandClient> {
  server = await serve(options, { login: () => storage })
  const client = await HandClient.loggedIn(Number(new URL(server.url).port))
  clients.push(client)
  await client.ask('TYPE I')
  return client
}

/** A port of the client's, and what connects to it. */
async function wait(host = '127.0.0.1'): Promise<{ port: number; socket: Promise<Socket> }> {
  const listener = createServer({ allowHalfOpen: true })
  waiting.push(listener)
  listener.listen(0, host)
  await once(listener, 'listening')
  const socket = once(listener, 'connection').then(([each]) => (each as Socket).on('error', () => {}))
  return { port: (listener.address() as AddressInfo).port, socket }
}

function portLine(port: number, host = '127.0.0.1'): string {
  return `PORT ${host.replaceAll('.', ',')},${port >> 8},${port & 255}`
}

async function rest(socket: Socket): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

describe('PORT and EPRT', () => {
  it.each(['PORT', 'EPRT'])('%s: the server connects when the transfer is commanded', async (verb) => {
    const client = await enter()
    const { port, socket } = await wait()
    const line = verb === 'PORT' ? portLine(port) : `EPRT |1|127.0.0.1|${port}|`
    expect((await client.ask(line)).code).toBe(200)
    client.send('RETR a\r\n')
    expect((await client.hear()).code).toBe(150)
    expect(await rest(await socket)).toBe('hello')
    expect((await client.hear()).code).toBe(226)
    // It was for one transfer.
    expect((await client.ask('RETR a')).code).toBe(425)
  })

  it('take uploads, and the last arrangement counts', async () => {
    const client = await enter()
    const passive = await client.port()
    const { port, socket } = await wait()
    await client.ask(portLine(port))
    // The passive port is closed.
    await expect(HandData.open(passive)).rejects.toThrow('ECONNREFUSED')
    client.send('STOR b\r\n')
    const data = await socket
    data.end('there')
    expect(await client.codes(2)).toEqual([150, 226])
    expect((await storage.stat(['b'])).size).toBe(5)
    await client.ask(portLine(port))
    const data2 = await client.data()
    client.send('RETR a\r\n')
    expect((await data2.rest()).toString()).toBe('hello')
    expect(await client.codes(2)).toEqual([125, 226])
  })

  it('go to no third host and to no port of a service (A1)', async () => {
    const client = await enter()
    for (const [line, code] of [
      ['PORT 10,0,0,5,200,1', 504],
      ['PORT 127,0,0,1,0,25', 504],
      ['PORT 127,0,0,1,3,255', 504],
      ['PORT 127,0,0,1,300,1', 501],
      ['PORT 1,2,3,4,5', 501],
      ['PORT 01,2,3,4,5,6', 501],
      ['PORT', 501],
      ['EPRT |1|127.0.0.1|22|', 504],
      ['EPRT |1|10.0.0.5|2022|', 504],
      ['EPRT |2|::ffff:10.0.0.5|2500|', 522],
      ['EPRT |2|::1|2500|', 522],
      ['EPRT |3|x|2500|', 522],
      ['EPRT |1|127.0.0.1|0|', 501],
      ['EPRT |1|127.0.0.1|2500', 501],
      ['RETR a', 425],
    ] as [string, number][])
      expect((await client.ask(line)).code, line).toBe(code)
    expect((await client.ask('EPRT |2|::1|2500|')).text).toBe('522 Network protocol not supported, use (1)')
  })

  it('are refused behind EPSV ALL', async () => {
    const client = await enter()
    await client.ask('EPSV ALL')
    expect((await client.ask('PORT 127,0,0,1,200,1')).code).toBe(503)
    expect((await client.ask('EPRT |1|127.0.0.1|50000|')).code).toBe(503)
    expect((await client.ask('EPSV')).code).toBe(229)
  })

  it('lead to 425 where nobody waits, and the session goes on', async () => {
    const client = await enter()
    await client.ask(portLine(await freePort()))
    client.send('RETR a\r\n')
    expect(await client.codes(2)).toEqual([150, 425])
    client.send('STOR c\r\n')
    expect((await client.hear()).code).toBe(425)
    await expect(storage.stat(['c'])).rejects.toThrow('No such file')
    expect((await client.ask('NOOP')).code).toBe(200)
  })

  it('are forgotten by ABOR, and by a new USER', async () => {
    const client = await enter()
    const { port } = await wait()
    await client.ask(portLine(port))
    expect((await client.ask('ABOR')).code).toBe(225)
    expect((await client.ask('RETR a')).code).toBe(425)
  })

  it('come from the port that the owner names', async () => {
    const activeSourcePort = await freePort()
    const client = await enter({ activeSourcePort })
    const { port, socket } = await wait()
    await client.ask(portLine(port))
    client.send('RETR a\r\n')
    const data = await socket
    expect(data.remotePort).toBe(activeSourcePort)
    await rest(data)
    expect(await client.codes(2)).toEqual([150, 226])
  })

  it('go to other hosts where the owner allows FXP, and PASV lets them in', async () => {
    const client = await enter({ fxp: 'allow' })
    const { port, socket } = await wait('127.0.0.2')
    expect((await client.ask(portLine(port, '127.0.0.2'))).code).toBe(200)
    client.send('RETR a\r\n')
    expect(await rest(await socket)).toBe('hello')
    expect(await client.codes(2)).toEqual([150, 226])
    expect((await client.ask('PORT 127,0,0,2,0,25')).code).toBe(504)
    expect((await client.ask('EPRT |2|::1|50000|')).code).toBe(200)
    expect((await client.ask('EPRT |3|x|50000|')).code).toBe(522)
    const data = await HandData.open(await client.port(), '127.0.0.3')
    client.send('RETR a\r\n')
    expect((await data.rest()).toString()).toBe('hello')
  })
})

describe('PASV', () => {
  it('names the address that the owner says, by client', async () => {
    const client = await enter({ externalAddress: '192.0.2.7' })
    expect((await client.ask('PASV')).text).toMatch(/\(192,0,2,7,\d+,\d+\)/)
    await server.close({ graceMs: 0 })
    const other = await enter({
      externalAddress: (address) => ('host' in address && address.host === '127.0.0.1' ? undefined : '192.0.2.7'),
    })
    expect((await other.ask('PASV')).text).toMatch(/\(127,0,0,1,\d+,\d+\)/)
    await expect(serve({ externalAddress: 'home' }, { login: () => storage })).rejects.toThrow('No IPv4 address')
  })
})

describe('ActivePort', () => {
  const local = { family: 'IPv4', host: '127.0.0.1', port: 21 } as const

  it('gives up while it dials, and when it is too late', async () => {
    server = await serve({}, { login: () => storage })
    const { port } = await wait()
    const timers = new TimerWheel({ clock: new FakeClock() })
    const target = { host: '127.0.0.1', port }
    const released = new ActivePort({ local, target, sourcePort: undefined, timers })
    const dialling = released.connection(1000, new AbortController().signal)
    expect(released.state).toBe('connecting')
    void released.release()
    await expect(dialling).rejects.toThrow()
    await released.released
    expect(released.state).toBe('none')
    expect(timers.pending).toBe(0)
  })

  it('lets go of a connection that stands, and of one that came too late', async () => {
    server = await serve({}, { login: () => storage })
    const { port, socket } = await wait()
    const timers = new TimerWheel({ clock: new FakeClock() })
    const options = { local, target: { host: '127.0.0.1', port }, sourcePort: undefined, timers }
    const standing = new ActivePort(options)
    const ours = await standing.connection(1000, new AbortController().signal)
    expect(standing.state).toBe('streaming')
    await socket
    await standing.release()
    expect(ours.state).toBe('closed')
    expect(standing.state).toBe('none')
    const never = new ActivePort(options)
    await never.release()
    await never.released
    expect(never.state).toBe('none')
  })

  it('is for the host of the control connection, however that is written', () => {
    const remote = { family: 'IPv6', host: '::ffff:192.0.2.1', port: 5 } as const
    expect(isPortAllowed({ host: '192.0.2.1', port: 1024 }, remote, 'refuse')).toBe(true)
    expect(isPortAllowed({ host: '192.0.2.1', port: 1023 }, remote, 'allow')).toBe(false)
    expect(isPortAllowed({ host: '192.0.2.2', port: 1024 }, remote, 'refuse')).toBe(false)
    expect(isPortAllowed({ host: '192.0.2.2', port: 1024 }, { family: 'memory', name: 'x' }, 'refuse')).toBe(false)
  })
})
