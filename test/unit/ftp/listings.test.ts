/** A listing that is asked for and not taken keeps nothing of the storage open, whenever it is given up. */
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { serve, type Server } from '../../../src/ftp/server.ts'
import { Forwarding } from '../../../src/ftp/storage/forwarding.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import type { Entry } from '../../../src/ftp/storage/storage.ts'
import type { VirtualPath } from '../../../src/ftp/path.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'
import { HandClient } from '../../support/ftp-peer.ts'

/** A storage that knows which of its listings are open. */
class Counting extends Forwarding {
  begun = 0
  open = 0

  override async *list(path: VirtualPath): AsyncGenerator<Entry> {
    this.begun++
    this.open++
    try {
      // So many rows that no buffer on the way holds them.
      for (let round = 0; round < 100_000; round++) yield* this.inner.list(path)
    } finally {
      this.open--
    }
  }
}

let storage: Counting
let server: Server
let clock: FakeClock
let client: HandClient

beforeEach(async () => {
  storage = new Counting(memory())
  await storage.makeDirectory(['a directory with a name that is not short'])
  clock = new FakeClock()
  server = await serve({ timers: new TimerWheel({ clock }) }, { login: () => storage })
  client = await HandClient.loggedIn(Number(new URL(server.url).port))
})

afterEach(async () => {
  client.close()
  await server.close({ graceMs: 0 })
})

describe.each(['LIST', 'NLST', 'MLSD'])('%s', (verb) => {
  it('without a data connection opens nothing', async () => {
    expect((await client.ask(verb)).code).toBe(425)
    expect(storage.open).toBe(0)
  })

  it('to which nobody comes is closed', async () => {
    await client.port()
    expect((await client.ask(verb)).code).toBe(150)
    expect(storage.open).toBe(1)
    clock.advance(31_000)
    expect((await client.hear()).code).toBe(425)
    expect(storage.open).toBe(0)
  })

  it.each(['waits for its peer', 'runs'])('that is aborted while it %s is closed', async (moment) => {
    const port = moment === 'runs' ? undefined : await client.port()
    const data = port === undefined ? await client.data() : undefined
    data?.socket.pause()
    await client.ask(verb)
    client.send('ABOR\r\n')
    expect(await client.codes(2)).toEqual([426, 226])
    expect(storage).toMatchObject({ begun: 1, open: 0 })
    data?.socket.destroy()
  })
})

it('STAT leaves a directory when it has said enough', async () => {
  expect((await client.ask('STAT .')).text).toContain('and more')
  expect(storage).toMatchObject({ begun: 1, open: 0 })
})
