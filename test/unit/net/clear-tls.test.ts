/** TLS that ends before the connection does: where it ends, to the octet, and everything that must not pass there. */
import { createSecureContext } from 'node:tls'
import { describe, expect, it } from 'vitest'
import { TlsError } from '../../../src/net/errors.ts'
import { pair } from '../../../src/net/pair.ts'
import type { ClearTlsOptions, Socket } from '../../../src/net/socket.ts'
import { RecordBorders } from '../../../src/net/tls-clearable.ts'
import { TRANSPORTS, openSockets, readAll, readExactly, settle } from '../../support/sockets.ts'
import { cutAt } from '../../support/splits.ts'
import { CA, LOCALHOST } from '../../support/tls.ts'

const VERSIONS = ['TLSv1.2', 'TLSv1.3'] as const
type Version = (typeof VERSIONS)[number]

const { clock, wheel, opened } = openSockets()

function text(value: string): Buffer {
  return Buffer.from(value, 'latin1')
}

/** Both into TLS, which may end. */
async function secure(client: Socket, server: Socket, version: Version, mayClear = true): Promise<void> {
  opened.push(client, server)
  // The version is what is offered at most: a server's context takes any from 1.2 up.
  const context = createSecureContext({ ca: CA, maxVersion: version })
  const [info] = await Promise.all([
    client.upgradeTls('client', { context, servername: 'localhost', mayClear }),
    server.upgradeTls('server', { ...LOCALHOST, mayClear }),
  ])
  expect(info.protocol).toBe(version)
}

async function failure(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'it did not fail',
    (error: unknown) => error,
  )
}

/** What a socket still gives: an error, or the octets up to the end. */
async function remains(socket: Socket): Promise<string> {
  return readAll(socket).then(
    (bytes) => bytes.toString('latin1'),
    () => '',
  )
}

/**
 * Two ends with somebody between them who may hold what the client says, and cut it: from `hold()` on nothing goes on by itself.
 */
interface Held {
  readonly client: Socket
  readonly server: Socket
  /** From now on what the client says is held. */
  readonly hold: () => void
  /** What was held so far. */
  readonly held: () => Buffer
  /** Says to the server. */
  readonly say: (octets: Uint8Array) => Promise<void>
  /** Ends the client's side, for the server. */
  readonly end: () => Promise<void>
}

async function between(version: Version): Promise<Held> {
  const [client, near] = pair({ timers: wheel })
  const [far, server] = pair({ timers: wheel })
  opened.push(near, far)
  let mode: 'passing' | 'holding' = 'passing'
  const chunks: Buffer[] = []
  const pump = async (from: Socket, onChunk: (chunk: Buffer) => void): Promise<void> => {
    for (let chunk = await from.read(); chunk !== undefined; chunk = await from.read()) onChunk(chunk)
  }
  pump(near, (chunk) => (mode === 'passing' ? void far.push([chunk]) : void chunks.push(chunk))).catch(() => {})
  pump(far, (chunk) => void near.push([chunk])).catch(() => {})
  await secure(client, server, version)
  return {
    client,
    server,
    hold: () => void (mode = 'holding'),
    held: () => Buffer.concat(chunks),
    say: async (octets) => far.write([octets]),
    end: () => far.end(),
  }
}

describe('the borders of records', () => {
  const records = Buffer.concat([
    Buffer.of(22, 3, 1, 0, 3, 1, 2, 3),
    Buffer.of(23, 3, 3, 0, 0),
    Buffer.of(23, 3, 3, 1, 1),
    Buffer.alloc(257),
  ])

  it('are found wherever the octets are cut', () => {
    for (let cut = 0; cut <= records.length; cut++) {
      const borders = new RecordBorders()
      const ends: number[] = []
      let offset = 0
      for (const piece of cutAt(records, [cut])) {
        let rest = piece
        while (rest.length > 0) {
          const length = borders.advance(rest)
          expect(length).toBeGreaterThan(0)
          offset += length
          rest = rest.subarray(length)
          if (borders.isAtBorder) ends.push(offset)
        }
      }
      expect(ends).toEqual([8, 13, 275])
    }
  })
})

describe.each(VERSIONS)('%s that ends', (version) => {
  describe.each(TRANSPORTS.filter(({ name }) => !name.startsWith('TLS')))('over $name', ({ make }) => {
    it.each(['server', 'client'] as const)('leaves the connection to go on, the %s first', async (first) => {
      const [client, server] = await make({ timers: wheel })
      await secure(client, server, version)
      client.push([text('CCC\r\n')])
      expect(await readExactly(server, 5)).toBe('CCC\r\n')
      server.push([text('200\r\n')])
      const [one, other] = first === 'server' ? [server, client] : [client, server]
      if (first === 'client') expect(await readExactly(client, 5)).toBe('200\r\n')
      const begun = one.clearTls()
      if (first === 'server') expect(await readExactly(client, 5)).toBe('200\r\n')
      // Its end has come before it is asked for.
      await settle()
      await other.clearTls()
      await begun
      const ended = Promise.race([client.ended, server.ended]).then(() => 'ended')
      expect(await Promise.race([ended, settle().then(() => 'open')])).toBe('open')
      expect([client.tls, server.tls, client.state, server.state]).toEqual([undefined, undefined, 'open', 'open'])
      for (let round = 0; round < 3; round++) {
        client.push([text('NOOP'), text('\r\n')])
        expect(await readExactly(server, 6)).toBe('NOOP\r\n')
        await server.write([text('200 OK\r\n')])
        expect(await readExactly(client, 8)).toBe('200 OK\r\n')
      }
      await client.end()
      await server.ended
      expect(await server.read()).toBeUndefined()
      await Promise.all([client.close(), server.close()])
      expect([await client.closed, await server.closed]).toEqual([undefined, undefined])
    })

    it('goes over in the middle of much, and may begin again', async () => {
      const [client, server] = await make({ timers: wheel })
      await secure(client, server, version)
      server.push([Buffer.alloc(40_000, 'x')])
      const begun = server.clearTls()
      expect((await readExactly(client, 40_000)).length).toBe(40_000)
      const waiting = server.read()
      await client.clearTls()
      const much = client.write([Buffer.alloc(40_000, 'y')])
      await begun
      server.unread((await waiting) as Buffer)
      expect(await readExactly(server, 40_000)).toBe('y'.repeat(40_000))
      await much
      await secure(client, server, version)
      client.push([text('hidden')])
      expect(await readExactly(server, 6)).toBe('hidden')
    })
  })

  it('ends to the octet, wherever those were cut', async () => {
    let length = 1
    for (let cut = 1; cut <= length; cut++) {
      const { client, server, hold, held, say } = await between(version)
      const begun = server.clearTls()
      hold()
      await client.clearTls()
      client.push([text('\x15\x03\x03\0\x02no')])
      await settle(5)
      length = held().length
      const [before, behind] = [held().subarray(0, cut), held().subarray(cut)]
      await say(before)
      await settle(2)
      await say(behind)
      await begun
      expect(await readExactly(server, 7)).toBe('\x15\x03\x03\0\x02no')
      for (const end of [client, server]) end.destroy()
    }
    expect(length).toBeGreaterThan(30)
  })

  it('is not ended by what was said within it, wherever that was cut', async () => {
    let length = 1
    for (let cut = 1; cut <= length; cut++) {
      const { client, server, hold, held, say } = await between(version)
      const begun = failure(server.clearTls())
      hold()
      client.push([text('DELE a\r\n')])
      await client.clearTls()
      client.push([text('NOOP\r\n')])
      await settle(5)
      length = held().length
      await say(held().subarray(0, cut))
      await settle(2)
      await say(held().subarray(cut)).catch(() => {})
      expect(await begun).toMatchObject({ code: 'NET_TLS_LEFTOVER' })
      expect(await remains(server)).toBe('')
      for (const end of [client, server]) end.destroy()
    }
  })

  it('does not begin to end where something stands behind the word for it', async () => {
    const { client, server } = await between(version)
    client.push([text('DELE a\r\n')])
    await settle()
    expect(await failure(server.clearTls())).toMatchObject({ code: 'NET_TLS_LEFTOVER' })
    expect(await remains(server)).toBe('')
  })

  it.each(['required', 'optional'] as const)('is followed by plaintext alone, close_notify %s', async (closeNotify) => {
    const octets = text('DELE a\r\n')
    for (let cut = 0; cut < octets.length; cut++) {
      const { client, server, hold, say } = await between(version)
      const begun = failure(server.clearTls({ closeNotify }))
      hold()
      await say(octets.subarray(0, cut))
      await settle(2)
      await say(octets.subarray(cut)).catch(() => {})
      if (closeNotify === 'optional') {
        expect(await begun).toBe('it did not fail')
        expect(await readExactly(server, 8)).toBe('DELE a\r\n')
        await server.write([text('250\r\n')])
      } else {
        // It is a broken record.
        expect(await begun).toMatchObject({
          name: 'ClosedError',
          cause: { code: expect.stringContaining('SSL') as unknown },
        })
        expect(await remains(server)).toBe('')
      }
      for (const end of [client, server]) end.destroy()
    }
  })

  it('takes a close_notify that is optional', async () => {
    const { client, server } = await between(version)
    const begun = server.clearTls({ closeNotify: 'optional' })
    await client.clearTls()
    await begun
    client.push([text('NOOP\r\n')])
    expect(await readExactly(server, 6)).toBe('NOOP\r\n')
  })

  it.each(['required', 'optional'] as const)('is not over by a FIN, close_notify %s', async (closeNotify) => {
    const { server, hold, end } = await between(version)
    const begun = failure(server.clearTls({ closeNotify }))
    hold()
    await end()
    expect(await begun).toMatchObject({ code: 'NET_TLS_TRUNCATED' })
  })

  it('was not over by a FIN that came before', async () => {
    const { server, end } = await between(version)
    await end()
    expect(await server.read()).toBeUndefined()
    expect(await failure(server.clearTls())).toMatchObject({ code: 'NET_TLS_TRUNCATED' })
  })

  it('has its time', async () => {
    const given: readonly [ClearTlsOptions, number][] = [
      [{}, 10_000],
      [{ timeoutMs: 500 }, 500],
    ]
    for (const [options, ms] of given) {
      const { server, hold } = await between(version)
      hold()
      const begun = failure(server.clearTls(options))
      clock.advance(ms - 100)
      await settle(3)
      expect(server.state).toBe('open')
      clock.advance(200)
      expect(await begun).toMatchObject({ name: 'TimeoutError', phase: 'close_notify', ms })
    }
  })

  it.each(['close', 'destroy'] as const)('is given up by %s', async (how) => {
    const { server, hold } = await between(version)
    hold()
    const begun = failure(server.clearTls())
    void server[how]()
    expect(await begun).toMatchObject({ name: 'ClosedError' })
    await server.closed
  })

  it('is given up where the connection is cut', async () => {
    const [client, server] = pair({ timers: wheel })
    await secure(client, server, version)
    const begun = failure(server.clearTls())
    client.destroy()
    expect(await begun).toBeInstanceOf(Error)
  })

  it('ends the connection where nobody has asked for more', async () => {
    const { client, server } = await between(version)
    client.push([text('QUIT')])
    await client.end()
    expect((await readAll(server)).toString()).toBe('QUIT')
    await server.write([text('221')])
    expect(await readExactly(client, 3)).toBe('221')
    await Promise.all([client.close(), server.close()])
    expect([await client.closed, await server.closed]).toEqual([undefined, undefined])
  })
})

it('ends only where it may', async () => {
  const [client, server] = pair({ timers: wheel })
  expect(await failure(client.clearTls())).toMatchObject({ code: 'NET_TLS_CLEAR' })
  await secure(client, server, 'TLSv1.3', false)
  const error = await failure(server.clearTls())
  expect(error).toBeInstanceOf(TlsError)
  expect(error).toMatchObject({ code: 'NET_TLS_CLEAR' })
  expect(server.state).toBe('open')
})

it('ends once', async () => {
  const [client, server] = pair({ timers: wheel })
  await secure(client, server, 'TLSv1.3')
  const [one, two] = [server.clearTls(), failure(server.clearTls())]
  expect(await two).toBeInstanceOf(Error)
  await client.clearTls()
  await one
  await client.end()
  await settle()
  expect(await failure(client.clearTls())).toMatchObject({ code: 'NET_TLS_CLEAR' })
})
