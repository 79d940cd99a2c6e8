/** One transfer of a server, over sockets in memory: when it may still be broken off, and what becomes of it where letting go fails, too. */
import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, mergeLimits } from '../../../src/ftp/limits.ts'
import { FtpError } from '../../../src/ftp/errors.ts'
import { ServerDtp, type Incoming, type TransferOptions } from '../../../src/ftp/server-dtp.ts'
import type { Sink, Stat } from '../../../src/ftp/storage/storage.ts'
import { pair } from '../../../src/net/pair.ts'
import type { Socket } from '../../../src/net/socket.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'
import { turn } from '../../support/ftp-stage.ts'

const STAT: Stat = { type: 'file', size: 0, modifiedMs: 0, version: '1' }

/** Where an upload goes: what was done to it, in order, and what is done at each step. */
class SinkOf implements Sink {
  readonly done: string[] = []
  readonly #on: { readonly commit?: () => void; readonly abort?: () => Promise<void> }

  constructor(on: { readonly commit?: () => void; readonly abort?: () => Promise<void> } = {}) {
    this.#on = on
  }

  async write(bytes: Uint8Array): Promise<void> {
    if (bytes.length > 0) this.done.push(Buffer.from(bytes).toString())
  }

  async commit(): Promise<Stat> {
    this.done.push('commit')
    this.#on.commit?.()
    return STAT
  }

  async abort(): Promise<void> {
    this.done.push('abort')
    await this.#on.abort?.()
  }
}

const incoming = (sink: Sink): Incoming => ({ sink, decode: (chunk) => chunk, least: 0, end: () => Buffer.alloc(0) })

/** A transfer, its peer's end of the data connection, and what the owner was told. */
function stage(options: Partial<TransferOptions> = {}): {
  dtp: ServerDtp
  peer: Socket
  errors: Error[]
  clock: FakeClock
  wheel: TimerWheel
} {
  const [peer, socket] = pair()
  const clock = new FakeClock()
  const wheel = new TimerWheel({ clock })
  const errors: Error[] = []
  const dtp = new ServerDtp({
    verb: 'STOR',
    port: {
      state: 'open',
      released: Promise.resolve(),
      connection: async () => socket,
      release: async () => socket.destroy(),
    },
    tls: undefined,
    limits: DEFAULT_LIMITS,
    timeouts: DEFAULT_TIMEOUTS,
    settleMs: 0,
    timers: wheel,
    onOctets: () => {},
    onError: (error) => void errors.push(error),
    ...options,
  })
  return { dtp, peer, errors, clock, wheel }
}

/** The peer sends a file and ends it. */
async function upload(peer: Socket): Promise<void> {
  await peer.write([Buffer.from('hello')])
  await peer.end()
}

describe('limits', () => {
  it('are numbers from 1 up, and rates may be 0', () => {
    expect(mergeLimits({ minTransferRate: 0, minServerRate: 0.5 })).toMatchObject({ minTransferRate: 0 })
    for (const limits of [{ minTransferRate: -1 }, { minServerRate: Infinity }, { maxFaults: 0 }])
      expect(() => mergeLimits(limits)).toThrow(RangeError)
  })
})

describe('an upload', () => {
  it('is not broken off any more while it is committed', async () => {
    const { dtp, peer } = stage()
    const sink = new SinkOf({ commit: () => dtp.abort() })
    await upload(peer)
    expect(await dtp.receive(incoming(sink))).toMatchObject({ code: 226 })
    expect(sink.done).toEqual(['hello', 'commit'])
  })

  it('gives its octets to a sink that takes them', async () => {
    const { dtp, peer } = stage()
    const sink = new SinkOf()
    const taken: string[] = []
    const take = async (bytes: Uint8Array): Promise<void> => void taken.push(Buffer.from(bytes).toString())
    await upload(peer)
    expect(await dtp.receive(incoming(Object.assign(sink, { take })))).toMatchObject({ code: 226 })
    expect(taken).toEqual(['hello'])
    expect(sink.done).toEqual(['commit'])
  })

  it('waits for the control connection to end, and is whole when it did not', async () => {
    const { dtp, peer, clock } = stage({ settleMs: 500 })
    const sink = new SinkOf()
    await upload(peer)
    const reply = dtp.receive(incoming(sink))
    await turn(5)
    expect(sink.done).toEqual(['hello'])
    clock.advance(1_000)
    expect(await reply).toMatchObject({ code: 226 })
    expect(sink.done).toEqual(['hello', 'commit'])
  })

  it('is broken off where the control connection ends meanwhile, and waits no longer', async () => {
    const { dtp, peer, wheel } = stage({ settleMs: 500 })
    const sink = new SinkOf()
    await upload(peer)
    const reply = dtp.receive(incoming(sink))
    await turn(5)
    expect(wheel.pending).toBe(1)
    dtp.abort()
    expect(await reply).toMatchObject({ code: 426 })
    expect(sink.done).toEqual(['hello', 'abort'])
    expect(wheel.pending).toBe(0)
  })

  it('is answered also where the storage cannot even give up, and the owner is told', async () => {
    const { dtp, peer, errors } = stage()
    const sink = new SinkOf({ abort: () => Promise.reject(new Error('the disk is gone')) })
    const reply = dtp.receive(incoming(sink))
    peer.destroy()
    expect(await reply).toMatchObject({ code: 426 })
    expect(sink.done).toEqual(['abort'])
    expect(errors.map(({ message }) => message)).toEqual(['the disk is gone'])
  })
})

describe('a download', () => {
  const chunks = async function* (): AsyncGenerator<Buffer> {
    yield Buffer.from('hello')
  }

  it('is answered also where its source cannot be closed, and the owner is told', async () => {
    const { dtp, peer, errors } = stage({ verb: 'RETR' })
    const reply = dtp.send({ chunks: chunks(), close: () => Promise.reject(new Error('closed already')) })
    expect((await peer.read())?.toString()).toBe('hello')
    expect(await reply).toMatchObject({ code: 226 })
    expect(errors.map(({ message }) => message)).toEqual(['closed already'])
    peer.destroy()
  })

  it('is done with a chunk that is lent when it asks for the next one, however slow the peer is', async () => {
    const { dtp, peer } = stage({ verb: 'RETR' })
    // Several of them fit into what a socket holds before it says that it is full.
    const memory = Buffer.alloc(20_000)
    const letters = ['a', 'b', 'c', 'd', 'e', 'f']
    const lent = async function* (): AsyncGenerator<Buffer> {
      for (const letter of letters) yield memory.fill(letter)
    }
    const reply = dtp.send({ chunks: lent(), close: async () => {} })
    const found: Buffer[] = []
    for (let chunk = await peer.read(); chunk !== undefined; chunk = await peer.read()) {
      found.push(chunk)
      await turn(3)
    }
    expect(await reply).toMatchObject({ code: 226 })
    const [whole, wanted] = [Buffer.concat(found), letters.map((letter) => letter.repeat(20_000)).join('')]
    expect(whole.equals(Buffer.from(wanted))).toBe(true)
    peer.destroy()
  })

  it.each([
    ['426, where it was broken off before', true, 426],
    ['425, where nobody did', false, 425],
  ])('without a data connection is %s', async (_what, isBrokenOff, code) => {
    const port: TransferOptions['port'] = {
      state: 'listening',
      released: Promise.resolve(),
      release: async () => {},
      connection: async () => {
        if (isBrokenOff) dtp.abort()
        throw new FtpError('FTP_NO_DATA_CONNECTION')
      },
    }
    const { dtp, peer } = stage({ verb: 'RETR', port })
    expect(await dtp.send({ chunks: chunks(), close: async () => {} })).toMatchObject({ code })
    peer.destroy()
  })

  it('tells the owner, and nobody else, of a source that breaks', async () => {
    const { dtp, peer, errors } = stage({ verb: 'RETR' })
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.from('he')
      throw new Error('/home/joe is gone')
    }
    const reply = await dtp.send({ chunks: broken(), close: async () => {} })
    expect(reply).toEqual({ code: 451, text: 'Local error in processing' })
    expect(errors.map(({ message }) => message)).toEqual(['/home/joe is gone'])
    peer.destroy()
  })
})
