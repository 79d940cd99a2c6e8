/** Hostile clients on live sockets: what a server of ours does is what the names of the tests say, and the next client notices nothing. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TimerWheel } from '../../../src/net/timers.ts'
import type { TransferEvent } from '../../../src/ftp/handlers.ts'
import { serve, type Server } from '../../../src/ftp/server.ts'
import type { ServeOptions } from '../../../src/ftp/server-options.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import type { Storage } from '../../../src/ftp/storage/storage.ts'
import { FakeClock } from '../../support/clock.ts'
import { HandClient, HandData } from '../../support/ftp-peer.ts'
import { splits } from '../../support/splits.ts'
import { putFile, readFile } from '../../support/ftp-files.ts'
import { turn } from '../../support/ftp-stage.ts'
import { leaveNothingUnhandled } from '../../support/unhandled.ts'

let storage: Storage
let server: Server
let port: number
let clock: FakeClock
let wheel: TimerWheel
let events: TransferEvent[]
let clients: HandClient[]

leaveNothingUnhandled()

beforeEach(async () => {
  storage = memory()
  clock = new FakeClock()
  wheel = new TimerWheel({ clock })
  events = []
  clients = []
  await restart()
})

afterEach(async () => {
  for (const client of clients) client.close()
  await server.close({ graceMs: 0 })
  await turn(5)
  expect(wheel.pending).toBe(0)
  expect(listeners()).toBe(0)
})

async function restart(options: ServeOptions = {}): Promise<void> {
  server = await serve(
    { timers: wheel, ...options },
    {
      login: ({ password }) => (password === 'secret' ? storage : undefined),
      transfer: (event) => void events.push(event),
    },
  )
  port = Number(new URL(server.url).port)
}

async function enter(): Promise<HandClient> {
  const client = await HandClient.loggedIn(port)
  clients.push(client)
  await client.ask('TYPE I')
  return client
}

/** Servers of this process that listen. */
function listeners(): number {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap').length
}

const put = (name: string, octets: string | Buffer): Promise<void> => putFile(storage, [name], octets)

const read = (name: string): Promise<string> => readFile(storage, [name])

async function until(condition: () => boolean): Promise<void> {
  for (let count = 0; !condition(); count++) {
    if (count > 2000) throw new Error('it never came to that')
    await turn()
  }
}

describe('data connections', () => {
  it('are not for strangers: a thief is hung up on, and the port waits on (A3)', async () => {
    await put('a', 'hello')
    const client = await enter()
    const passive = await client.port()
    // Whether the thief gets as far as a connection before it is cut is the system's doing.
    const thief = HandData.open(passive, '127.0.0.2').then(
      (data) => data.ending(),
      () => 'refused',
    )
    expect((await client.ask('RETR a')).code).toBe(150)
    expect(await thief).not.toBe('open')
    const data = await HandData.open(passive)
    expect((await data.rest()).toString()).toBe('hello')
    expect((await client.hear()).code).toBe(226)
  })

  it('are one to a port: a second connection finds nobody', async () => {
    await put('a', 'hello')
    const client = await enter()
    const passive = await client.port()
    const [first, second] = await Promise.allSettled([HandData.open(passive), HandData.open(passive)])
    const standing = [first, second].filter((each) => each.status === 'fulfilled').map(({ value }) => value)
    client.send('RETR a\r\n')
    const received = await Promise.all(standing.map((data) => data.rest()))
    expect(received.map(String).toSorted().at(-1)).toBe('hello')
    expect(await client.codes(2)).toEqual([125, 226])
  })

  it('hold one listener to a session, however often they are asked for (A19)', async () => {
    const client = await enter()
    const before = listeners()
    for (let round = 0; round < 200; round++) await client.port()
    expect(listeners()).toBe(before + 1)
    await client.ask('ABOR')
    expect(listeners()).toBe(before)
    await client.port()
    await client.ask('USER joe')
    expect(listeners()).toBe(before)
  })

  it('are waited for, but not for ever (A19)', async () => {
    await put('a', 'hello')
    const client = await enter()
    await client.port()
    expect((await client.ask('RETR a')).code).toBe(150)
    clock.advance(31_000)
    expect((await client.hear()).code).toBe(425)
    expect((await client.ask('NOOP')).code).toBe(200)
    await client.port()
    expect((await client.ask('STOR b')).code).toBe(150)
    clock.advance(31_000)
    expect((await client.hear()).code).toBe(425)
    expect(events.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['aborted', 425],
      ['aborted', 425],
    ])
    await expect(storage.stat(['b'])).rejects.toThrow('No such file')
  })

  it('may not stall: neither one that is not read, nor one that sends nothing (A19)', async () => {
    await put('big', Buffer.alloc(30_000_000))
    const client = await enter()
    const deaf = await client.data()
    deaf.socket.pause()
    await client.ask('RETR big')
    await turn(20)
    for (let second = 0; second < 100; second++) {
      clock.advance(1000)
      await turn()
    }
    expect((await client.hear()).code).toBe(426)
    const mute = await client.data()
    expect((await client.ask('STOR b')).code).toBe(125)
    clock.advance(61_000)
    expect((await client.hear()).code).toBe(426)
    expect(await mute.ending()).not.toBe('open')
    deaf.socket.destroy()
    expect((await client.ask('NOOP')).code).toBe(200)
  })

  it('may not drip an upload: an octet now and then keeps it from a stall, not from its rate (A19)', async () => {
    const client = await enter()
    const data = await client.data()
    await client.ask('STOR b')
    // A fast beginning buys no more than a minute.
    data.socket.write(Buffer.alloc(1_000_000))
    await until(() => wheel.pending > 0)
    let turns = 0
    for (; events.length === 0 && turns < 10; turns++) {
      data.socket.write('x')
      await turn(5)
      clock.advance(50_000)
      await turn(5)
    }
    expect(turns).toBeLessThan(4)
    expect((await client.hear()).text).toBe('426 The data connection is too slow (minTransferRate 100)')
    expect(events).toMatchObject([{ outcome: 'aborted', verb: 'STOR', code: 426 }])
    await expect(storage.stat(['b'])).rejects.toThrow('No such file')
    expect(await data.ending()).not.toBe('open')
    expect((await client.ask('NOOP')).code).toBe(200)
    expect(await client.store('STOR b', 'whole')).toEqual([125, 226])
  })

  it('may not drip a download: what is taken now and then keeps it from a stall, not from its rate (A19)', async () => {
    await server.close({ graceMs: 0 })
    // What the kernel takes on a loopback is some hundred thousand octets at a time; so the rate is one that those do not meet.
    await restart({ limits: { minTransferRate: 1_000_000 }, timeouts: { rateGraceMs: 30_000 } })
    await put('big', Buffer.alloc(50_000_000))
    const client = await enter()
    const data = await client.data()
    data.socket.pause()
    await client.ask('RETR big')
    await turn(20)
    for (let turns = 0; events.length === 0 && turns < 100; turns++) {
      for (let taken = 0; taken < 2_000_000;) {
        await turn()
        const some: unknown = data.socket.read()
        taken += some instanceof Buffer ? some.length : 500_000
      }
      clock.advance(10_000)
      await turn(3)
    }
    expect(events).toMatchObject([{ outcome: 'aborted', verb: 'RETR', code: 426 }])
    expect((await client.hear()).text).toBe('426 The data connection is too slow (minTransferRate 1000000)')
    data.socket.destroy()
    expect((await client.ask('NOOP')).code).toBe(200)
  })

  it('that move keep the session awake, however long that takes, where no rate is asked for', async () => {
    await server.close({ graceMs: 0 })
    await restart({ limits: { minTransferRate: 0 } })
    const client = await enter()
    const data = await client.data()
    await client.ask('STOR b')
    for (let minute = 0; minute < 12; minute++) {
      data.socket.write('x')
      await client.ask('NOOP')
      await turn(3)
      clock.advance(50_000)
    }
    data.socket.end()
    expect((await client.hear()).code).toBe(226)
    expect(await read('b')).toBe('xxxxxxxxxxxx')
  })

  it('may vanish before they are used (A23)', async () => {
    await put('a', 'hello')
    const client = await enter()
    const data = await client.data()
    data.socket.resetAndDestroy()
    await turn(5)
    client.send('RETR a\r\n')
    expect([125, 150]).toContain((await client.hear()).code)
    const { code } = await client.hear()
    expect(code).toBe(426)
    expect((await client.ask('NOOP')).code).toBe(200)
  })

  it('that are reset in a download are told as 426', async () => {
    await put('big', Buffer.alloc(30_000_000))
    const client = await enter()
    const data = await client.data()
    await client.ask('RETR big')
    data.socket.resetAndDestroy()
    expect((await client.hear()).code).toBe(426)
    expect(events.map(({ outcome }) => outcome)).toEqual(['aborted'])
  })
})

describe('uploads', () => {
  it.each(['reset', 'control reset', 'control ended', 'ABOR'])(
    'cut short by %s leave the old file as it was (A24)',
    async (how) => {
      await put('a', 'old')
      const client = await enter()
      const data = await client.data()
      await client.ask('STOR a')
      data.socket.write(Buffer.alloc(100_000))
      await turn(3)
      if (how === 'reset') data.socket.resetAndDestroy()
      if (how === 'control reset') client.socket.resetAndDestroy()
      if (how === 'control ended') client.socket.end()
      if (how === 'ABOR') client.send('ABOR\r\n')
      await until(() => events.length === 1)
      expect(events[0]).toMatchObject({ outcome: 'aborted', verb: 'STOR', code: 426 })
      expect(events[0]?.bytes).toBeLessThanOrEqual(100_000)
      expect(await read('a')).toBe('old')
      if (how === 'ABOR') expect(await client.codes(2)).toEqual([426, 226])
      data.socket.destroy()
    },
  )

  it('of a client that dies are not taken for whole ones, though both its connections just end', async () => {
    await put('a', 'old')
    const client = await enter()
    const data = await client.data()
    await client.ask('STOR a')
    data.socket.write('half of')
    await turn(3)
    // What a killed process leaves: a FIN on each of its connections.
    client.socket.end()
    data.socket.end()
    await until(() => events.length === 1)
    expect(events[0]?.outcome).toBe('aborted')
    expect(await read('a')).toBe('old')
  })
})

describe('ABOR', () => {
  it('finds nothing to abort', async () => {
    const client = await enter()
    expect((await client.ask('ABOR')).code).toBe(225)
  })

  it.each(['\xff\xf4\xff\xf2ABOR\r\n', '\xff\xf4\xff', '\xff\xf4\xf2'])(
    'is found behind the Synch %j',
    async (synch) => {
      await put('big', Buffer.alloc(30_000_000))
      const client = await enter()
      const data = await client.data()
      await client.ask('RETR big')
      client.send(synch.endsWith('\n') ? synch : `${synch}ABOR\r\n`)
      expect(await client.codes(2)).toEqual([426, 226])
      expect((await data.rest()).length).toBeLessThan(30_000_000)
      expect((await client.ask('NOOP')).code).toBe(200)
    },
  )

  it('ends the wait for a peer, and what was asked meanwhile is answered behind it', async () => {
    await put('a', 'x')
    const client = await enter()
    await client.port()
    await client.ask('RETR a')
    expect((await client.ask('STAT')).text).toContain('RETR: 0 bytes so far')
    expect((await client.ask('NOOP')).code).toBe(200)
    client.send('PWD\r\nNOOP\r\nABOR\r\n')
    expect(await client.codes(4)).toEqual([426, 226, 257, 200])
  })

  it('comes too late for what is done', async () => {
    await put('a', 'x')
    const client = await enter()
    await client.fetch('RETR a')
    expect((await client.ask('ABOR')).code).toBe(225)
  })
})

describe('lines', () => {
  it('that are none are answered and forgotten, up to a limit', async () => {
    await server.close({ graceMs: 0 })
    await restart({ limits: { maxFaults: 3 } })
    const client = await enter()
    for (const line of ['', 'SIZE a\0b', '\xff\xf9!']) expect([500, 501]).toContain((await client.ask(line)).code)
    expect((await client.ask('XYZZY')).code).toBe(500)
    expect((await client.ask('!')).code).toBe(421)
    expect(await client.isClosed()).toBe(true)
  })

  it('of a megabyte cost one reply (A14)', async () => {
    const client = await enter()
    client.send('x'.repeat(1_000_000))
    expect((await client.hear()).code).toBe(500)
    client.send('\r\nNOOP\r\n')
    expect((await client.hear()).code).toBe(200)
  })

  it.each(['GET / HTTP/1.1', 'EHLO a.test', 'POST /x HTTP/1.0'])(
    'of another protocol end it: %s (A21)',
    async (line) => {
      const client = await HandClient.open(port)
      clients.push(client)
      client.send(`${line}\r\nHost: x\r\nUSER joe\r\n`)
      expect([0, 421]).toContain((await client.hear()).code)
      expect(await client.isClosed()).toBe(true)
    },
  )

  it('mean the same however they are cut', async () => {
    await put('a', 'hello')
    const wire = Buffer.from(
      'user joe\r\npass secret\r\nTYPE I\r\nSIZE a\r\n\xff\xf4\xff\xf2CWD ..\r\nRETR a\r\nQUIT\r\n',
      'latin1',
    )
    for (const { name, pieces } of splits(wire, { maxCuts: 6, random: 2 })) {
      const client = await HandClient.open(port)
      for (const piece of pieces) {
        client.socket.write(piece)
        await turn()
      }
      expect(await client.codes(7), name).toEqual([331, 230, 200, 213, 250, 425, 221])
      client.close()
    }
  })

  it('by the thousand are answered one by one, and no faster than they are read', async () => {
    const client = await enter()
    client.send('NOOP\r\n'.repeat(5000))
    expect(new Set(await client.codes(5000))).toEqual(new Set([200]))
  })
})

describe('sessions that vanish at any moment', () => {
  it('leave nothing behind', async () => {
    await put('a', Buffer.alloc(500_000))
    const before = listeners()
    const moments: ((client: HandClient) => Promise<void>)[] = [
      async () => {},
      async (client) => void (await client.port()),
      async (client) => void (await client.data()),
      async (client) => {
        await client.port()
        client.send('RETR a\r\n')
      },
      async (client) => {
        const data = await client.data()
        data.socket.pause()
        await client.ask('RETR a')
      },
      async (client) => {
        const data = await client.data()
        await client.ask('STOR b')
        data.socket.write('x')
      },
      async (client) => client.send('RETR'),
      async (client) => client.send('ABOR\r\nQUIT\r\nNOOP\r\n'),
      async (client) => client.send('PASS x\r\nUSER joe\r\nPASS wrong\r\n'),
    ]
    for (let round = 0; round < 36; round++) {
      const client = await enter()
      await moments[round % moments.length]?.(client)
      if (round % 2 === 0) client.socket.resetAndDestroy()
      else client.socket.destroy()
    }
    clock.advance(2000)
    await until(() => server.connections === 0 && listeners() === before)
    expect(events.every(({ outcome, verb }) => outcome === 'aborted' || verb === 'RETR')).toBe(true)
    await expect(storage.stat(['b'])).rejects.toThrow('No such file')
  })
})
