import { Readable } from 'node:stream'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { ClosedError, TimeoutError } from '../../../src/net/errors.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { Transcript } from '../../../src/net/transcript.ts'
import { connect, type Client } from '../../../src/ftp/client.ts'
import type { ConnectOptions } from '../../../src/ftp/client-options.ts'
import type { TransferEvent } from '../../../src/ftp/handlers.ts'
import { FtpReplyError } from '../../../src/ftp/reply.ts'
import { serve, type Server } from '../../../src/ftp/server.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import type { Storage } from '../../../src/ftp/storage/storage.ts'
import { parseTarget } from '../../../src/ftp/target.ts'
import { FakeClock } from '../../support/clock.ts'
import { HandServer, type HandScript } from '../../support/ftp-peer.ts'
import { all, putFile, readFile } from '../../support/ftp-files.ts'
import { reason, turn } from '../../support/ftp-stage.ts'
import { leaveNothingUnhandled } from '../../support/unhandled.ts'

let storage: Storage
let server: Server
let events: TransferEvent[]
let opened: Client[] = []
let hands: { close(): void }[] = []

leaveNothingUnhandled()

beforeEach(async () => {
  storage = memory()
  events = []
  server = await serve(
    { timeouts: { loginFailureMs: 1 } },
    {
      login: ({ user, password }) => (user === 'joe' && password === 'secret' ? storage : undefined),
      transfer: (event) => void events.push(event),
    },
  )
})

afterEach(async () => {
  for (const client of opened) client.destroy()
  opened = []
  for (const hand of hands) hand.close()
  hands = []
  await server.close({ graceMs: 0 })
  await turn(3)
})

async function enter(options: ConnectOptions = {}): Promise<Client> {
  const client = await connect(server.url.replace('//', '//joe:secret@'), options)
  opened.push(client)
  return client
}

/** A client of a server by hand, which plays the script. */
async function face(script: HandScript, options: ConnectOptions = {}): Promise<Client> {
  const hand = await HandServer.listen(script)
  hands.push(hand)
  const client = await connect(hand.url, options)
  opened.push(client)
  return client
}

const put = (name: string, octets: string | Buffer): Promise<void> => putFile(storage, [name], octets)

const read = (name: string): Promise<string> => readFile(storage, [name])

describe('connect', () => {
  it('logs in, and learns what the server can do', async () => {
    const lines: string[] = []
    const client = await enter({ transcript: () => new Transcript((line) => lines.push(line)) })
    expect(client.features.get('REST')).toBe('STREAM')
    expect(client.features.has('MLST')).toBe(true)
    expect(lines.join('\n')).not.toContain('secret')
    expect(lines).toContain('C: PASS ****')
  })

  it('takes user and password as options, too', async () => {
    const client = await connect(new URL(server.url), { user: 'joe', password: 'secret' })
    await client.quit()
  })

  it('rejects where the server refuses', async () => {
    expect(await reason(connect(server.url))).toMatchObject({ code: 'FTP_REFUSED', reply: { to: 'PASS', code: 530 } })
    const full = await HandServer.listen(async (peer) => peer.say('421 full\r\n'))
    hands.push(full)
    expect(await reason(connect(full.url))).toMatchObject({ reply: { to: 'greeting', code: 421 } })
    const account = await HandServer.listen(async (peer) => {
      peer.say('220-hello\r\n220 hand\r\n')
      await peer.expect('USER', '331 p\r\n')
      await peer.expect('PASS', '332 account\r\n')
    })
    hands.push(account)
    expect(await reason(connect(account.url))).toMatchObject({ reply: { code: 332 } })
  })

  it('gives up when it is told to', async () => {
    const silent = await HandServer.listen(async () => {})
    hands.push(silent)
    const controller = new AbortController()
    const connecting = connect(silent.url, { signal: controller.signal })
    setImmediate(() => controller.abort(new Error('enough')))
    const error = (await reason(connecting)) as Error
    // While it is dialled the dial says so, with the reason for its cause.
    expect([error.message, (error.cause as Error | undefined)?.message]).toContain('enough')
  })

  it('gives up when the server says nothing', async () => {
    const clock = new FakeClock()
    const silent = await HandServer.listen(async () => {})
    hands.push(silent)
    const connecting = connect(silent.url, { timers: new TimerWheel({ clock }) })
    const ended = reason(connecting)
    for (let second = 0; second < 65; second++) {
      await turn(2)
      clock.advance(1000)
    }
    expect(await ended).toBeInstanceOf(TimeoutError)
  })

  it('needs no password where USER is enough, and no FEAT', async () => {
    const client = await face(async (peer) => {
      peer.say('220 hand\r\n')
      await peer.expect('USER', '230 in\r\n')
      await peer.expect('FEAT', '500 what\r\n')
      await peer.expect('QUIT', '221 bye\r\n')
    })
    expect(client.features.size).toBe(0)
    await client.quit()
  })

  it('refuses Telnet options', async () => {
    const heard: string[] = []
    const client = await face(async (peer) => {
      peer.say('\xff\xfd\x01\xff\xfb\x03\xff\xfe\x05')
      await peer.welcome()
      heard.push(await peer.expect('MKD', '257 "/a"\r\n'))
    })
    await client.mkdir('a')
    expect(heard).toEqual(['MKD a'])
  })
})

describe('parseTarget', () => {
  it.each([
    ['ftp://host', { host: 'host', port: 21, user: 'anonymous', password: 'anonymous@' }],
    ['ftp://joe:s%40c@host:2121/dir', { host: 'host', port: 2121, user: 'joe', password: 's@c' }],
    ['ftp://joe@[::1]:21', { host: '::1', port: 21, user: 'joe', password: '' }],
  ])('reads %s', (url, target) => expect(parseTarget(url)).toEqual({ security: 'unsaid', ...target }))

  it.each(['http://host', 'sftp://host', 'ftp:', 'no url', 'ftp://joe:%ff@host'])(
    'refuses %s, and says nothing of it',
    (url) => {
      expect(() => parseTarget(url)).toThrow(/^This is no URL of an FTP server$/)
    },
  )
})

describe('files', () => {
  it('come and go', async () => {
    const client = await enter()
    const progress: number[] = []
    await client.mkdir('/in')
    await client.put('/in/a.bin', 'hello world', { onProgress: (bytes) => progress.push(bytes) })
    expect(progress).toEqual([11])
    expect(await all(await client.get('/in/a.bin'))).toBe('hello world')
    expect(await all(await client.get('/in/a.bin', { from: 6, onProgress: (bytes) => progress.push(bytes) }))).toBe(
      'world',
    )
    expect(progress).toEqual([11, 5])
    await client.put('/in/a.bin', 'there', { from: 6 })
    expect(await all(await client.get('/in/a.bin'))).toBe('hello there')
    expect(await client.size('/in/a.bin')).toBe(11)
    expect(Math.abs((await client.modified('/in/a.bin')).getTime() - Date.now())).toBeLessThan(60_000)
    const entry = await client.stat('/in/a.bin')
    expect(entry).toMatchObject({ name: '/in/a.bin', type: 'file', size: 11 })
    await client.rename('/in/a.bin', '/in/b')
    await client.remove('/in/b')
    await client.removeDirectory('/in')
    expect(await reason(client.size('/in/b'))).toBeInstanceOf(FtpReplyError)
    await client.quit()
  })

  it.each([
    ['a text', () => 'héllo'],
    ['octets', () => Buffer.from('héllo')],
    ['an array', () => [Buffer.from('hé'), 'llo']],
    [
      'a generator',
      () =>
        (async function* () {
          yield 'hé'
          yield Buffer.from('llo')
        })(),
    ],
    ["a stream of Node's", () => Readable.from([Buffer.from('hé'), Buffer.from('llo')])],
    ["a stream of the web's", () => new Blob(['héllo']).stream()],
    ['nothing', () => []],
  ])('are uploaded from %s', async (name, source) => {
    const client = await enter()
    await client.put('x', source())
    expect(await read('x')).toBe(name === 'nothing' ? '' : 'héllo')
  })

  it('may be big', async () => {
    const client = await enter()
    const big = Buffer.alloc(5_000_000, 'abcdefg')
    await client.put('big', [big.subarray(0, 1_000_000), big.subarray(1_000_000)])
    let bytes = 0
    for await (const chunk of await client.get('big')) bytes += chunk.length
    expect(bytes).toBe(5_000_000)
    expect((await read('big')) === big.toString()).toBe(true)
  })

  it('have names of any octets', async () => {
    const client = await enter()
    for (const name of ['é', ' a b ', '-x', '"', 'a\udcffb', '%2e%2e', '日本']) {
      await client.put(name, name.length.toString())
      expect(await all(await client.get(name)), name).toBe(name.length.toString())
    }
    const names: string[] = []
    for await (const { name } of client.list()) names.push(name)
    expect(names.toSorted()).toEqual([' a b ', '"', '%2e%2e', '-x', 'a\udcffb', 'é', '日本'].toSorted())
  })

  it('have no names that would be commands (A8)', async () => {
    const client = await enter()
    for (const name of ['x\r\nDELE y', 'x\n', 'x\r', 'x\0', '', '\ud800']) {
      for (const act of [
        () => client.get(name),
        () => client.put(name, ''),
        () => client.remove(name),
        () => client.rename('a', name),
        () => client.stat(name === '' ? '\n' : name),
      ])
        expect(await reason(act()), JSON.stringify(name)).toMatchObject({ code: 'FTP_COMMAND_TEXT', side: 'local' })
    }
    expect(await reason(connect(server.url, { user: 'a\r\nSITE x', password: '' }))).toMatchObject({
      code: 'FTP_COMMAND_TEXT',
    })
    await client.mkdir('still-here')
  })
})

describe('list', () => {
  it('reads MLSD where there is MLST', async () => {
    const client = await enter()
    await client.mkdir('d')
    await client.put('d/a', '12345')
    const entries: unknown[] = []
    for await (const { name, type, size } of client.list('d')) entries.push([name, type, size])
    expect(entries).toEqual([['a', 'file', 5]])
    for await (const entry of client.list('/d/')) expect(entry.modified).toBeInstanceOf(Date)
  })

  it('reads LIST where there is none, and leaves out the directory and its parent', async () => {
    const heard: string[] = []
    const client = await face(
      async (peer) => {
        await peer.welcome('SIZE')
        const { port, data } = await peer.passive()
        await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
        heard.push(await peer.expect('LIST', '150 here\r\n'))
        ;(await data).end(
          'total 2\r\ndrwxr-xr-x 2 a b 0 Jan 1 2001 .\r\ndrwxr-xr-x 2 a b 0 Jan 1 2001 ..\r\n-rw-r--r-- 1 a b 5 Jan 1 2001 x y\r\nlrwxrwxrwx 1 a b 5 Jan 1 12:00 z -> /etc',
        )
        peer.say('226 done\r\n')
      },
      { serverOffsetMinutes: 60 },
    )
    const entries: string[] = []
    for await (const { name, target } of client.list('-x')) entries.push(`${name}:${target ?? ''}`)
    expect(entries).toEqual(['x y:', 'z:/etc'])
    expect(heard).toEqual(['LIST ./-x'])
  })

  it('throws where there is no listing, and where it is none', async () => {
    const client = await enter()
    expect(await reason(all2(client.list('/nowhere')))).toMatchObject({ reply: { code: 550 } })
    const strange = await face(async (peer) => {
      await peer.welcome()
      const { port, data } = await peer.passive()
      await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
      await peer.expect('LIST', '150 here\r\n')
      ;(await data).end('nobody knows\r\n')
      peer.say('226 done\r\n')
      await peer.expect('MKD', '257 "/a"\r\n')
    })
    expect(await reason(all2(strange.list()))).toMatchObject({ code: 'FTP_LISTING' })
    await strange.mkdir('a')
  })

  it('may be left early', async () => {
    for (let index = 0; index < 500; index++) await put(`file-${index}`, '')
    const client = await enter()
    for await (const entry of client.list()) {
      expect(entry.name).toMatch(/^file-/)
      break
    }
    await client.mkdir('d')
  })
})

async function all2(entries: AsyncIterable<unknown>): Promise<void> {
  for await (const entry of entries) expect(entry).toBeDefined()
}

describe('one thing at a time', () => {
  it('keeps the order of what is asked', async () => {
    const client = await enter()
    await put('a', 'x'.repeat(200_000))
    const download = await client.get('a')
    const order: string[] = []
    const later = [
      client.mkdir('one').then(() => order.push('one')),
      client.size('a').then(() => order.push('size')),
      client.put('b', 'b').then(() => order.push('put')),
    ]
    await turn(5)
    expect(order).toEqual([])
    await all(download)
    await Promise.all(later)
    expect(order).toEqual(['one', 'size', 'put'])
  })

  it('lets who waits be called off, and passes the turn on', async () => {
    const client = await enter()
    await put('a', 'x'.repeat(200_000))
    const download = await client.get('a')
    const controller = new AbortController()
    const waiting = reason(client.mkdir('never', { signal: controller.signal }))
    const put2 = reason(client.put('never', 'x', { signal: controller.signal }))
    const behind = client.mkdir('one')
    controller.abort(new Error('changed my mind'))
    expect(await waiting).toMatchObject({ message: 'changed my mind' })
    expect(await put2).toMatchObject({ message: 'changed my mind' })
    await download.return()
    await behind
    await expect(storage.stat(['never'])).rejects.toThrow()
    expect(await reason(client.size('a', { signal: controller.signal }))).toMatchObject({ message: 'changed my mind' })
    expect(await client.size('a')).toBe(200_000)
  })
})

describe('a transfer that is broken off', () => {
  it('by leaving the loop, leaves a session that works', async () => {
    await put('big', Buffer.alloc(20_000_000))
    const client = await enter()
    for await (const chunk of await client.get('big')) {
      expect(chunk.length).toBeGreaterThan(0)
      break
    }
    expect(events.map(({ outcome }) => outcome)).toEqual(['aborted'])
    expect(await client.size('big')).toBe(20_000_000)
    const unread = await client.get('big')
    await unread[Symbol.asyncDispose]()
    expect(await unread.next()).toEqual({ done: true, value: undefined })
    await unread.return()
    expect(await client.size('big')).toBe(20_000_000)
  })

  it('by a signal, leaves a session that works', async () => {
    await put('big', Buffer.alloc(20_000_000))
    const client = await enter()
    const controller = new AbortController()
    const download = await client.get('big', { signal: controller.signal })
    await download.next()
    controller.abort(new Error('enough'))
    expect(await reason(all(download))).toMatchObject({ message: 'enough' })
    expect(await client.size('big')).toBe(20_000_000)
    const again = new AbortController()
    const endless = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(1000)
      again.abort(new Error('no more'))
      await new Promise(() => {})
    }
    expect(await reason(client.put('up', endless(), { signal: again.signal }))).toMatchObject({ message: 'no more' })
    await expect(storage.stat(['up'])).rejects.toThrow()
    expect(await client.size('big')).toBe(20_000_000)
    const already = AbortSignal.abort(new Error('never'))
    expect(await reason(client.get('big', { signal: already }))).toMatchObject({ message: 'never' })
    await client.quit()
  })

  it('by a source that throws, is no upload', async () => {
    await put('a', 'old')
    const client = await enter()
    const broken = async function* (): AsyncGenerator<Buffer> {
      yield Buffer.alloc(100_000)
      throw new Error('the disk is gone')
    }
    expect(await reason(client.put('a', broken()))).toMatchObject({ message: 'the disk is gone' })
    expect(await read('a')).toBe('old')
    expect(events.map(({ outcome }) => outcome)).toEqual(['aborted'])
    await client.mkdir('d')
  })

  it('hears the server out, whether it says two words, or three, or one, or nothing', async () => {
    const answers = ['426 cut\r\n226 aborted\r\n', '426 cut\r\n451 lost\r\n226 aborted\r\n', '226 aborted\r\n', '']
    const heard: string[] = []
    const clock = new FakeClock()
    const client = await face(
      async (peer) => {
        await peer.welcome()
        await peer.expect('TYPE', '200 I\r\n')
        for (const answer of answers) {
          const { port, data } = await peer.passive()
          await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
          await peer.expect('RETR', '150 here\r\n')
          ;(await data).write('x')
          await peer.expect('ABOR', answer)
          heard.push(await peer.expect('NOOP', '200 ok\r\n'))
          await peer.expect('MKD', '257 "/a"\r\n')
        }
      },
      { timers: new TimerWheel({ clock }) },
    )
    for (const _answer of answers) {
      const download = await client.get('a')
      await download.next()
      const broken = download.return()
      for (let count = 0; count < 50; count++) {
        await turn()
        clock.advance(100)
      }
      await broken
      await client.mkdir('a')
    }
    expect(heard).toEqual(['NOOP', 'NOOP', 'NOOP', 'NOOP'])
  })
})

describe('a server', () => {
  it('that has no EPSV is asked for PASV, and not asked again', async () => {
    const heard: string[] = []
    const client = await face(async (peer) => {
      await peer.welcome()
      await peer.expect('TYPE', '200 I\r\n')
      heard.push(await peer.expect('EPSV', '500 what\r\n'))
      for (let round = 0; round < 2; round++) {
        const { port, data } = await peer.passive()
        // Another host's address, which is not to be used (A4).
        heard.push(await peer.expect('PASV', `227 go to (10,0,0,1,${port >> 8},${port & 255})\r\n`))
        await peer.expect('RETR', '150 here\r\n')
        ;(await data).end('ok')
        peer.say('226 done\r\n')
      }
    })
    expect(await all(await client.get('a'))).toBe('ok')
    expect(await all(await client.get('a'))).toBe('ok')
    expect(heard).toEqual(['EPSV', 'PASV', 'PASV'])
  })

  it('whose EPSV leads nowhere is asked for PASV', async () => {
    const client = await face(async (peer) => {
      await peer.welcome()
      await peer.expect('TYPE', '200 I\r\n')
      await peer.expect('EPSV', '229 (|||1|)\r\n')
      const { port, data } = await peer.passive()
      await peer.expect('PASV', `227 (127,0,0,1,${port >> 8},${port & 255})\r\n`)
      await peer.expect('RETR', '150 here\r\n')
      ;(await data).end('ok')
      peer.say('226 done\r\n')
    })
    expect(await all(await client.get('a'))).toBe('ok')
  })

  it.each([
    ['227 (1216,256,2,127,127,127)', 'FTP_PASSIVE_REPLY'],
    ['227 nowhere', 'FTP_PASSIVE_REPLY'],
    ['227 (127,0,0,1,0,1)', 'FTP_NO_DATA_CONNECTION'],
    ['502 no', 'FTP_REFUSED'],
  ])('that answers PASV with %s has no data connection (A5)', async (answer, code) => {
    const client = await face(async (peer) => {
      await peer.welcome()
      await peer.expect('TYPE', '200 I\r\n')
      await peer.expect('EPSV', '229 (|||1000000|)\r\n')
      await peer.expect('PASV', `${answer}\r\n`)
      await peer.expect('MKD', '257 "/a"\r\n')
    })
    expect(await reason(client.get('a'))).toMatchObject({ code })
    await client.mkdir('a')
  })

  it('may say 226 before the last octet, or 150 behind it, or nothing before 226', async () => {
    const client = await face(async (peer) => {
      await peer.welcome()
      await peer.expect('TYPE', '200 I\r\n')
      for (const order of ['early', 'late', 'none']) {
        const { port, data } = await peer.passive()
        await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
        await peer.expect('RETR', order === 'early' ? '150 here\r\n226 done\r\n' : '')
        const socket = await data
        socket.write('he')
        if (order === 'early') setTimeout(() => socket.end('llo'), 20)
        else {
          socket.end('llo')
          setTimeout(() => peer.say(order === 'late' ? '150 here\r\n226 done\r\n' : '226 done\r\n'), 20)
        }
      }
    })
    for (let round = 0; round < 3; round++) expect(await all(await client.get('a'))).toBe('hello')
  })

  it('whose data connection nobody answers is given up by a signal', async () => {
    const controller = new AbortController()
    const client = await face(async (peer) => {
      await peer.welcome()
      await peer.expect('TYPE', '200 I\r\n')
      await peer.expect('EPSV', '')
      controller.abort(new Error('enough'))
      peer.say('229 (|||9|)\r\n')
      await peer.expect('MKD', '257 "/a"\r\n')
    })
    expect(await reason(client.get('a', { signal: controller.signal }))).toMatchObject({ message: 'enough' })
    await client.mkdir('a')
  })

  it('that refuses behind the data has refused', async () => {
    const client = await face(async (peer) => {
      await peer.welcome()
      await peer.expect('TYPE', '200 I\r\n')
      const { port, data } = await peer.passive()
      await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
      await peer.expect('RETR', '150 here\r\n')
      ;(await data).end('hello')
      peer.say('451 the disk failed\r\n')
      await peer.expect('MKD', '257 "/a"\r\n')
    })
    expect(await reason(client.get('a').then(all))).toMatchObject({ reply: { code: 451 } })
    await client.mkdir('a')
  })

  it('that gives up in the middle of an upload is heard at once', async () => {
    const client = await face(async (peer) => {
      await peer.welcome()
      await peer.expect('TYPE', '200 I\r\n')
      for (const how of ['word', 'reset']) {
        const { port, data } = await peer.passive()
        await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
        await peer.expect('STOR', '150 go\r\n')
        const socket = await data
        if (how === 'reset') socket.resetAndDestroy()
        peer.say('552 full\r\n')
      }
      await peer.expect('MKD', '257 "/a"\r\n')
    })
    const endless = async function* (): AsyncGenerator<Buffer> {
      for (;;) {
        yield Buffer.alloc(10_000)
        await turn()
      }
    }
    expect(await reason(client.put('a', endless()))).toMatchObject({ reply: { code: 552 } })
    expect(await reason(client.put('a', endless()))).toMatchObject({ reply: { code: 552 } })
    await client.mkdir('a')
  })

  it('that hangs up is gone for good', async () => {
    const client = await face(async (peer) => {
      await peer.welcome()
      await peer.expect('MKD', '')
      peer.end()
    })
    expect(await reason(client.mkdir('a'))).toBeInstanceOf(ClosedError)
    expect(await reason(client.mkdir('b'))).toBeInstanceOf(ClosedError)
    expect(await reason(client.get('b'))).toBeInstanceOf(ClosedError)
    await client.quit()
  })

  it.each(['end', 'cut'] as const)('that goes in a download (%s) has not sent the file', async (how) => {
    const client = await face(async (peer) => {
      await peer.welcome()
      await peer.expect('TYPE', '200 I\r\n')
      const { port, data } = await peer.passive()
      await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
      await peer.expect('RETR', '150 here\r\n')
      ;(await data).end('hello')
      peer[how]()
    })
    expect(await reason(client.get('a').then(all))).toBeInstanceOf(ClosedError)
  })

  it('that says 421 meanwhile says it to the next command', async () => {
    const client = await face(async (peer) => {
      await peer.welcome()
      peer.say('421 idle for too long\r\n')
      peer.end()
    })
    await turn(5)
    expect(await reason(client.mkdir('a'))).toMatchObject({ reply: { to: 'connection', code: 421 } })
    expect(await reason(client.mkdir('a'))).toMatchObject({ reply: { to: 'connection', code: 421 } })
  })

  it.each(['227 junk\r\nxxx\r\n', '200 a\r\n200 b\r\n', '150 what\r\n'])('that answers %j is left', async (answer) => {
    const client = await face(async (peer) => {
      await peer.welcome()
      await peer.expect('MKD', answer)
      await peer.hear()
      peer.say('257 "/a"\r\n')
    })
    await reason(client.mkdir('a'))
    expect(await reason(client.mkdir('b'))).toMatchObject({ code: expect.stringMatching(/^FTP_REPLY/) as unknown })
  })

  it('without MLST is asked for size and time', async () => {
    const client = await face(async (peer) => {
      await peer.welcome()
      await peer.expect('TYPE', '200 I\r\n')
      await peer.expect('SIZE', '213 5\r\n')
      await peer.expect('MDTM', '213 20240203040506\r\n')
      await peer.expect('SIZE', '213 many\r\n')
      await peer.expect('MDTM', '213 today\r\n')
    })
    const entry = await client.stat('a')
    expect(entry).toMatchObject({ name: 'a', type: 'file', size: 5 })
    expect(entry.modified?.toISOString()).toBe('2024-02-03T04:05:06.000Z')
    expect(await reason(client.size('a'))).toMatchObject({ code: 'FTP_VALUE_REPLY' })
    expect(await reason(client.modified('a'))).toMatchObject({ code: 'FTP_VALUE_REPLY' })
  })

  it('whose MLST says nothing has said nothing', async () => {
    const client = await face(async (peer) => {
      await peer.welcome('MLST type*;')
      await peer.expect('MLST', '250 nothing\r\n')
    })
    expect(await reason(client.stat('a'))).toMatchObject({ code: 'FTP_VALUE_REPLY' })
  })

  it('that does not answer is given up', async () => {
    const clock = new FakeClock()
    const client = await face(
      async (peer) => {
        await peer.welcome()
        await peer.hear()
      },
      { timers: new TimerWheel({ clock }) },
    )
    const asked = reason(client.mkdir('a'))
    await turn(5)
    clock.advance(61_000)
    expect(await asked).toBeInstanceOf(TimeoutError)
    expect(await reason(client.mkdir('a'))).toBeInstanceOf(TimeoutError)
  })

  it('may take its time while data move, and none when they have ended', async () => {
    const clock = new FakeClock()
    const client = await face(
      async (peer) => {
        await peer.welcome()
        await peer.expect('TYPE', '200 I\r\n')
        const { port, data } = await peer.passive()
        await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
        await peer.expect('RETR', '150 here\r\n')
        const socket = await data
        for (let minute = 0; minute < 5; minute++) {
          socket.write('x')
          await turn(5)
        }
        socket.end()
      },
      { timers: new TimerWheel({ clock }) },
    )
    const download = await client.get('a')
    let octets = ''
    const ended = reason(
      (async () => {
        for await (const chunk of download) {
          octets += chunk.toString()
          clock.advance(50_000)
        }
      })(),
    )
    for (let round = 0; round < 60; round++) await turn()
    for (let second = 0; second < 70; second++) {
      clock.advance(1000)
      await turn()
    }
    expect(await ended).toBeInstanceOf(TimeoutError)
    expect(octets).toBe('xxxxx')
  })

  it('whose data stall is told so by ABOR', async () => {
    const clock = new FakeClock()
    const client = await face(
      async (peer) => {
        await peer.welcome()
        await peer.expect('TYPE', '200 I\r\n')
        const { port, data } = await peer.passive()
        await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
        await peer.expect('RETR', '150 here\r\n')
        await data
        await peer.expect('ABOR', '426 cut\r\n226 ok\r\n')
        await peer.expect('NOOP', '200 ok\r\n')
        await peer.expect('MKD', '257 "/a"\r\n')
      },
      { timers: new TimerWheel({ clock }) },
    )
    const ended = reason(client.get('a').then(all))
    for (let second = 0; second < 70; second++) {
      await turn(3)
      clock.advance(1000)
    }
    expect(await ended).toMatchObject({ phase: 'stall' })
    await client.mkdir('a')
  })
})

describe('the end', () => {
  it('is said, and can be waited for', async () => {
    const client = await enter()
    await client[Symbol.asyncDispose]()
    expect(await reason(client.mkdir('a'))).toBeInstanceOf(ClosedError)
    await client.quit()
  })

  it('can come at once', async () => {
    const client = await enter()
    const asked = reason(client.mkdir('a'))
    await turn()
    client.destroy(new ClosedError('that is all'))
    expect(['it did not reject', 'that is all']).toContain(((await asked) as Error).message ?? (await asked))
    expect(await reason(client.mkdir('b'))).toMatchObject({ message: 'that is all' })
  })
})
