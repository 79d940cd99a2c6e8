/**
 * Data connections that are reset, at every moment of a transfer, passive and active, in the clear and under TLS: the session survives, the next
 * transfer in it is whole, and what was opened is given back. Descriptors, listeners and the storage's files are counted.
 */
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { connect, createServer, type AddressInfo, type Socket } from 'node:net'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { disk, serve, type Server, type TransferEvent } from '../../src/ftp/index.ts'
import { descriptors, networking } from '../support/descriptors.ts'
import { folder, pattern, type Folder } from '../support/ftp-programs.ts'
import { HandClient, type HeardReply } from '../support/ftp-peer.ts'
import { TlsHandClient } from '../support/ftps-peer.ts'
import { LOCALHOST } from '../support/tls.ts'

const FILE = pattern(2_000_000)

/** What both clients by hand can do. */
type Hand = Pick<HandClient, 'send' | 'hear' | 'ask' | 'close'>

let place: Folder
let servers: { readonly plain: Server; readonly tls: Server }
let events: TransferEvent[] = []
let clients: Hand[] = []
let before: readonly [string[], string[]]
const failures: unknown[] = []
const onUnhandled = (reason: unknown): void => void failures.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled).on('uncaughtExceptionMonitor', onUnhandled)
  place = folder('ftp-resets')
  writeFileSync(join(place.path, 'big'), FILE)
  writeFileSync(join(place.path, 'old'), 'as it was')
  const handlers = {
    login: () => disk(place.path),
    transfer: (event: TransferEvent) => void events.push(event),
  }
  const onError = (error: Error): void => void failures.push(error)
  servers = {
    plain: await serve({ onError }, handlers),
    tls: await serve({ onError, tls: { ...LOCALHOST, resumption: 'optional' } }, handlers),
  }
  before = [descriptors(place.path), networking()]
})

afterAll(async () => {
  await servers.plain.close({ graceMs: 0 })
  await servers.tls.close({ graceMs: 0 })
  process.off('unhandledRejection', onUnhandled).off('uncaughtExceptionMonitor', onUnhandled)
  place.remove()
})

beforeEach(() => {
  events = []
})

afterEach(async () => {
  for (const client of clients) client.close()
  clients = []
  await until(() => networking().length === before[1].length && descriptors(place.path).length === before[0].length)
  expect(networking()).toEqual(before[1])
  expect(descriptors(place.path)).toEqual(before[0])
  expect(failures).toEqual([])
  expect(readdirSync(place.path).toSorted()).toEqual(['big', 'old'])
  expect(readFileSync(join(place.path, 'old'), 'utf8')).toBe('as it was')
})

async function until(isSo: () => boolean): Promise<void> {
  const deadline = performance.now() + 3000
  while (!isSo() && performance.now() < deadline) await new Promise((resolve) => setTimeout(resolve, 5))
}

async function turn(count: number): Promise<void> {
  for (let index = 0; index < count; index++) await new Promise((resolve) => setImmediate(resolve))
}

async function enter(security: 'plain' | 'tls'): Promise<HandClient | TlsHandClient> {
  const port = Number(new URL(servers[security].url).port)
  const client = await (security === 'tls' ? TlsHandClient.loggedIn(port) : HandClient.loggedIn(port))
  clients.push(client)
  return client
}

/** How a data connection comes: `begin` names a port, `connection` is there when the command has been said. */
interface Arranged {
  readonly connection: () => Promise<Socket>
  readonly close: () => void
}

const ARRANGEMENTS = {
  async passive(client: Hand): Promise<Arranged> {
    const { text } = await client.ask('EPSV')
    const socket = connect({ host: '127.0.0.1', port: Number(/\|\|\|(\d+)\|/.exec(text)?.[1]) })
    socket.on('error', () => {})
    await once(socket, 'connect')
    return { connection: () => Promise.resolve(socket), close: () => socket.destroy() }
  },
  async active(client: Hand): Promise<Arranged> {
    const listener = createServer().listen(0, '127.0.0.1')
    await once(listener, 'listening')
    const connection = once(listener, 'connection').then(([socket]) => {
      listener.close()
      return (socket as Socket).on('error', () => {})
    })
    await client.ask(`EPRT |1|127.0.0.1|${(listener.address() as AddressInfo).port}|`)
    return { connection: () => connection, close: () => listener.close() }
  },
}

/** When the connection is reset: how far the transfer has got. */
const MOMENTS = ['as it comes', 'behind the 150', 'behind some octets', 'behind our FIN'] as const

/** Begins a transfer, resets its data connection at the moment, and hears its end. */
async function broken(
  client: Hand,
  mode: keyof typeof ARRANGEMENTS,
  command: string,
  moment: (typeof MOMENTS)[number],
): Promise<HeardReply> {
  const { connection, close } = await ARRANGEMENTS[mode](client)
  client.send(`${command}\r\n`)
  const socket = await connection()
  if (moment === 'as it comes') socket.resetAndDestroy()
  expect([125, 150]).toContain((await client.hear()).code)
  if (moment === 'behind some octets') {
    if (command.startsWith('STOR')) socket.write(FILE.subarray(0, 300_000))
    else socket.resume()
    await turn(5)
  }
  if (moment === 'behind our FIN') {
    socket.end()
    await turn(2)
  }
  socket.resetAndDestroy()
  close()
  return client.hear()
}

describe.each(['plain', 'tls'] as const)('%s', (security) => {
  describe.each(['passive', 'active'] as const)('%s', (mode) => {
    it.each(
      MOMENTS.flatMap((moment) => ['RETR big', 'STOR new', 'STOR old', 'LIST'].map((each) => [moment, each] as const)),
    )('reset %s, %s', async (moment, command) => {
      const client = await enter(security)
      const { code } = await broken(client, mode, command, moment)
      // A listing is in the kernel's hands before it can be cut; a file that was ended by a FIN is a whole one, if only in the clear.
      const mayBeWhole = security === 'plain' && (command === 'LIST' || moment === 'behind our FIN')
      expect([425, 426, mayBeWhole ? 226 : 522]).toContain(code)
      expect(events.every(({ outcome }) => (outcome === 'complete') === (code === 226))).toBe(true)
      expect((await client.ask('NOOP')).code).toBe(200)
      if (code === 226 && command.startsWith('STOR')) await restore(client, command)
      await expectWhole(client)
      client.close()
    })
  })

  it('a port that nobody uses goes with the session', async () => {
    const client = await enter(security)
    expect((await client.ask('EPSV')).code).toBe(229)
  })
})

/** An empty file has been stored in all form: it is taken away, or made what it was. */
async function restore(client: Hand, command: string): Promise<void> {
  if (command === 'STOR new') expect((await client.ask('DELE new')).code).toBe(250)
  else writeFileSync(join(place.path, 'old'), 'as it was')
}

/** The same session, unbroken. */
async function expectWhole(client: HandClient | TlsHandClient): Promise<void> {
  const { data, codes } = await client.fetch('RETR old')
  expect(data.toString()).toBe('as it was')
  expect(codes.at(-1)).toBe(226)
}
