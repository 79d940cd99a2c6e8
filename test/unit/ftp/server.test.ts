import { networkInterfaces } from 'node:os'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { TimerWheel } from '../../../src/net/timers.ts'
import { Transcript } from '../../../src/net/transcript.ts'
import { connect } from '../../../src/ftp/client.ts'
import { COMMANDS } from '../../../src/ftp/commands.ts'
import type { Login, TransferEvent } from '../../../src/ftp/handlers.ts'
import { serve, type Server } from '../../../src/ftp/server.ts'
import type { ServeOptions } from '../../../src/ftp/server-options.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import { StorageError, type Storage } from '../../../src/ftp/storage/storage.ts'
import { readOnly } from '../../../src/ftp/storage/wrappers.ts'
import { FakeClock } from '../../support/clock.ts'
import { HandClient, HandData } from '../../support/ftp-peer.ts'
import { freePort } from '../../support/programs.ts'
import { putFile, readFile } from '../../support/ftp-files.ts'

const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
)

let storage: Storage
let server: Server
let clients: HandClient[] = []
let events: TransferEvent[] = []
let errors: Error[] = []

async function start(
  options: ServeOptions = {},
  login?: (login: Login) => Storage | undefined | Promise<Storage | undefined>,
): Promise<number> {
  server = await serve(
    { timeouts: { loginFailureMs: 1 }, onError: (error) => errors.push(error), ...options },
    {
      login: login ?? (({ user, password }) => (user === 'joe' && password === 'secret' ? storage : undefined)),
      transfer: (event) => void events.push(event),
    },
  )
  return Number(new URL(server.url).port)
}

async function enter(port: number): Promise<HandClient> {
  const client = await HandClient.loggedIn(port)
  clients.push(client)
  return client
}

async function knock(port: number): Promise<HandClient> {
  const client = await HandClient.open(port)
  clients.push(client)
  return client
}

const put = (path: string[], text: string): Promise<void> => putFile(storage, path, text)

const read = (path: string[]): Promise<string> => readFile(storage, path)

/** Each line, and the code that must answer it. */
async function dialogue(client: HandClient, turns: readonly [line: string, code: number][]): Promise<void> {
  for (const [line, code] of turns) {
    const reply = await client.ask(line)
    expect(reply.code, `${line} -> ${reply.text}`).toBe(code)
  }
}

beforeEach(() => {
  storage = memory()
  events = []
  errors = []
})

afterEach(async () => {
  for (const client of clients) client.close()
  clients = []
  await server.close({ graceMs: 0 })
})

describe('access', () => {
  it('lets in who knows the password, and nobody else', async () => {
    const logins: Login[] = []
    const port = await start({}, (login) => {
      logins.push(login)
      return login.password === 'secret' ? storage : undefined
    })
    const client = await knock(port)
    await dialogue(client, [
      ['PWD', 530],
      ['PASS secret', 503],
      ['USER joe', 331],
      ['PASS wrong', 530],
      ['PASS secret', 503],
      ['USER joe', 331],
      ['PASS secret', 230],
      ['PWD', 257],
      ['USER jim', 331],
      ['PWD', 530],
      ['QUIT', 221],
    ])
    expect(await client.isClosed()).toBe(true)
    expect(logins.map(({ user, password }) => `${user}:${password}`)).toEqual(['joe:wrong', 'joe:secret'])
    expect(logins[0]?.peer.address).toMatchObject({ family: 'IPv4', host: '127.0.0.1' })
    expect(logins[0]?.peer.tls).toBeUndefined()
  })

  it('hangs up behind some failed logins (A20)', async () => {
    const client = await knock(await start({ limits: { maxLoginFailures: 2 } }))
    await dialogue(client, [
      ['USER joe', 331],
      ['PASS a', 530],
      ['USER joe', 331],
      ['PASS b', 421],
    ])
    expect(await client.isClosed()).toBe(true)
  })

  it('makes a failed login wait', async () => {
    const clock = new FakeClock()
    const client = await knock(await start({ timers: new TimerWheel({ clock }), timeouts: { loginFailureMs: 1000 } }))
    await client.ask('USER joe')
    client.send('PASS wrong\r\n')
    const heard = client.hear()
    let isHeard = false
    void heard.then(() => {
      isHeard = true
    })
    for (let round = 0; round < 5; round++) {
      await new Promise((resolve) => setImmediate(resolve))
      clock.advance(100)
    }
    expect(isHeard).toBe(false)
    clock.advance(700)
    expect((await heard).code).toBe(530)
  })

  it('answers 451 to a login that throws, and tells nothing of it', async () => {
    const client = await knock(
      await start({}, () => {
        throw new Error('the database is at db.internal')
      }),
    )
    await client.ask('USER joe')
    const reply = await client.ask('PASS secret')
    expect(reply).toEqual({ code: 451, text: '451 Local error in processing' })
    expect(errors.map(({ message }) => message)).toEqual(['the database is at db.internal'])
    expect((await client.ask('NOOP')).code).toBe(200)
  })

  it('ends a session that does not log in, or says nothing (A19)', async () => {
    const clock = new FakeClock()
    const port = await start({
      timers: new TimerWheel({ clock }),
      timeouts: { loginMs: 1000, idleMs: 5000, loginFailureMs: 1 },
    })
    const stranger = await knock(port)
    stranger.send('NO')
    const client = await enter(port)
    clock.advance(900)
    await client.ask('NOOP')
    clock.advance(200)
    expect((await stranger.hear()).code).toBe(421)
    expect(await stranger.isClosed()).toBe(true)
    // One octet now and then is silence too.
    const other = await enter(port)
    for (const octet of ['N', 'O', 'O', 'P']) {
      client.send(octet)
      // Behind this answer the server has read that octet, too.
      await other.ask('NOOP')
      clock.advance(1200)
    }
    await other.ask('NOOP')
    expect((await client.hear()).code).toBe(421)
    expect(await client.isClosed()).toBe(true)
  })

  it('walks through directories', async () => {
    await storage.makeDirectory(['a'])
    await storage.makeDirectory(['a', 'b "c"'])
    await put(['file'], 'x')
    const client = await enter(await start())
    await dialogue(client, [
      ['CWD a', 250],
      ['CWD nowhere', 550],
      ['CWD ../file', 550],
      ['CWD b "c"', 250],
    ])
    expect((await client.ask('PWD')).text).toBe('257 "/a/b ""c""" is the working directory')
    await dialogue(client, [
      ['CDUP', 250],
      ['XCUP', 250],
      ['CDUP', 250],
      ['CWD ../../..', 250],
    ])
    expect((await client.ask('XPWD')).text).toContain('"/"')
    await dialogue(client, [
      ['CWD a\0b', 501],
      ['CWD a\r\0b', 553],
    ])
  })
})

describe('parameters', () => {
  it('takes what every server must have, and refuses the rest with 504', async () => {
    const client = await enter(await start())
    await dialogue(client, [
      ['TYPE A', 200],
      ['TYPE A N', 200],
      ['TYPE A T', 200],
      ['TYPE I', 200],
      ['TYPE L 8', 200],
      ['TYPE A C', 504],
      ['TYPE E', 504],
      ['TYPE L 36', 504],
      ['TYPE X', 501],
      ['TYPE', 501],
      ['MODE S', 200],
      ['MODE B', 504],
      ['MODE C', 504],
      ['MODE Z', 501],
      ['STRU F', 200],
      ['STRU R', 504],
      ['STRU P', 504],
      ['STRU x', 501],
      ['REST 0', 350],
      ['REST 100', 350],
      ['REST -1', 501],
      ['REST 1e3', 501],
      ['TYPE A', 200],
      ['REST 1', 501],
      ['REST 0', 350],
    ])
  })

  it('opens passive ports in the range, one at a time', async () => {
    const first = Math.min(await freePort(), 65_000)
    const client = await enter(await start({ passivePorts: [first, first + 500] }))
    const ports: number[] = []
    for (let round = 0; round < 20; round++) ports.push(await client.port())
    expect(ports.every((port) => port >= first && port <= first + 500)).toBe(true)
    const { text } = await client.ask('PASV')
    expect(text).toMatch(/^227 Entering Passive Mode \(127,0,0,1,\d+,\d+\)\.$/)
    await dialogue(client, [
      ['EPSV 2', 522],
      ['EPSV 1', 229],
      ['EPSV x', 501],
      ['EPSV ALL', 200],
      ['PASV', 503],
      ['EPSV', 229],
    ])
    expect((await client.ask('EPSV 2')).text).toBe('522 Network protocol not supported, use (1)')
  })

  it('says 425 when all its ports are taken, and goes on', async () => {
    const only = await freePort()
    const port = await start({ passivePorts: [only, only] })
    const [first, second] = [await enter(port), await enter(port)]
    expect(await first.port()).toBe(only)
    expect((await second.ask('EPSV')).code).toBe(425)
    expect((await second.ask('NOOP')).code).toBe(200)
    await first.ask('ABOR')
    expect(await second.port()).toBe(only)
  })

  // Some machines have no IPv6 at all.
  it.skipIf(!HAS_IPV6)('speaks IPv6, in which there is no PASV', async () => {
    await put(['a'], 'x')
    const port = await start({ host: '::1' })
    expect(server.url).toBe(`ftp://[::1]:${port}`)
    const client = await HandClient.open(port, '::1')
    clients.push(client)
    await client.ask('USER joe')
    await dialogue(client, [
      ['PASS secret', 230],
      ['PASV', 425],
      ['EPSV 1', 522],
      ['EPSV 2', 229],
    ])
    const ftp = await connect(server.url, { user: 'joe', password: 'secret' })
    const chunks: Buffer[] = []
    for await (const chunk of await ftp.get('a')) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('x')
    await ftp.quit()
  })

  it('refuses a range that is none', async () => {
    await start()
    for (const passivePorts of [
      [0, 5],
      [5, 4],
      [5, 70_000],
      [Number.NaN, 5],
    ] as [number, number][])
      await expect(serve({ passivePorts }, { login: () => storage })).rejects.toThrow(RangeError)
    await expect(serve({ greeting: 'a\r\nb' }, { login: () => storage })).rejects.toThrow('cannot be written')
  })
})

describe('files', () => {
  it('makes, renames, removes and tells', async () => {
    await put(['a.txt'], 'hello')
    const client = await enter(await start())
    await dialogue(client, [
      ['MKD d', 257],
      ['MKD d', 550],
      ['XMKD d/e', 257],
      ['RMD d', 550],
      ['RMD d/e', 250],
      ['RMD nowhere', 550],
      ['SIZE a.txt', 550],
      ['TYPE I', 200],
      ['SIZE a.txt', 213],
      ['SIZE d', 550],
      ['SIZE nowhere', 550],
      ['MDTM nowhere', 550],
      ['RNFR nowhere', 550],
      ['RNFR a.txt', 350],
      ['RNTO d/b.txt', 250],
      ['RNTO x', 503],
      ['DELE a.txt', 550],
      ['DELE d', 550],
      ['DELE d/b.txt', 250],
      ['DELE x\0', 501],
      ['XRMD d', 250],
    ])
    expect((await client.ask('MKD q"u')).text).toBe('257 "/q""u" created')
    expect((await client.ask('MDTM q"u')).text).toMatch(/^213 \d{14}$/)
  })

  it('refuses what the storage cannot do', async () => {
    await put(['a.txt'], 'hello')
    const client = await enter(await start({}, () => readOnly(storage)))
    await dialogue(client, [
      ['DELE a.txt', 550],
      ['MKD d', 550],
      ['RNFR a.txt', 550],
      ['STOR b', 550],
      ['APPE b', 550],
      ['CWD /', 250],
    ])
    const { data } = await client.fetch('MLSD')
    expect(data.toString()).toMatch(/perm=r; a\.txt\r\n$/)
  })

  it('maps what goes wrong to codes, and shows no path of the host', async () => {
    const broken = Object.assign(Object.create(storage) as Storage, {
      capabilities: storage.capabilities,
      removeFile: async () => {
        throw new Error("ENOENT: no such file or directory, unlink '/srv/secret/x'")
      },
      makeDirectory: async () => {
        throw new StorageError('full')
      },
      removeDirectory: async () => {
        throw new StorageError('busy')
      },
    })
    const client = await enter(await start({}, () => broken))
    expect(await client.ask('DELE x')).toEqual({ code: 451, text: '451 Local error in processing' })
    expect(await client.ask('MKD x')).toEqual({ code: 552, text: '552 No space left' })
    expect(await client.ask('RMD x')).toEqual({ code: 450, text: '450 In use; try again later' })
    expect(errors).toHaveLength(1)
  })
})

describe('transfers', () => {
  it('sends and receives files, from a marker too', async () => {
    await put(['a.bin'], '0123456789')
    const client = await enter(await start())
    await client.ask('TYPE I')
    expect(await client.fetch('RETR a.bin')).toEqual({ data: Buffer.from('0123456789'), codes: [125, 226] })
    await client.ask('REST 4')
    expect((await client.fetch('RETR a.bin')).data.toString()).toBe('456789')
    await client.ask('REST 10')
    expect((await client.fetch('RETR a.bin')).data.toString()).toBe('')
    await client.ask('REST 11')
    expect((await client.fetch('RETR a.bin')).codes).toEqual([550])
    expect(await client.store('STOR b.bin', 'new')).toEqual([125, 226])
    expect(await client.store('APPE b.bin', ' end')).toEqual([125, 226])
    expect(await read(['b.bin'])).toBe('new end')
    await client.ask('REST 4')
    expect(await client.store('STOR b.bin', 'XY')).toEqual([125, 226])
    expect(await read(['b.bin'])).toBe('new XYd')
    expect(
      events.map(({ verb, outcome, bytes, path, direction, code }) => [verb, outcome, bytes, path, direction, code]),
    ).toEqual([
      ['RETR', 'complete', 10, '/a.bin', 'sent', 226],
      ['RETR', 'complete', 6, '/a.bin', 'sent', 226],
      ['RETR', 'complete', 0, '/a.bin', 'sent', 226],
      ['STOR', 'complete', 3, '/b.bin', 'received', 226],
      ['APPE', 'complete', 4, '/b.bin', 'received', 226],
      ['STOR', 'complete', 2, '/b.bin', 'received', 226],
    ])
    expect(events[0]).toMatchObject({ user: 'joe', peer: { address: { host: '127.0.0.1' } } })
  })

  it('converts lines in TYPE A', async () => {
    await put(['a.txt'], 'one\ntwo\n')
    const client = await enter(await start())
    expect((await client.fetch('RETR a.txt')).data.toString()).toBe('one\r\ntwo\r\n')
    await client.store('STOR b.txt', 'one\r\ntwo\r\n\r')
    expect(await read(['b.txt'])).toBe('one\ntwo\n\r')
    await client.ask('TYPE I')
    await client.ask('REST 1')
    await client.ask('TYPE A')
    expect((await client.fetch('RETR a.txt')).codes).toEqual([550])
  })

  it('answers 150 where the peer is still to come', async () => {
    await put(['a'], 'x')
    const client = await enter(await start())
    const port = await client.port()
    expect((await client.ask('RETR a')).code).toBe(150)
    const data = await HandData.open(port)
    expect((await data.rest()).toString()).toBe('x')
    expect((await client.hear()).code).toBe(226)
  })

  it('refuses at once, and without a data connection', async () => {
    await storage.makeDirectory(['d'])
    await put(['a'], 'x')
    const client = await enter(await start())
    await dialogue(client, [
      ['RETR a', 425],
      ['STOR a', 425],
      ['LIST', 425],
      ['RETR nowhere', 425],
    ])
    await client.port()
    await dialogue(client, [
      ['RETR nowhere', 550],
      ['RETR d', 550],
      ['STOR d', 550],
      ['STOR nowhere/x', 550],
      ['STOR a\r\0b', 553],
      ['LIST nowhere', 550],
      ['NLST nowhere', 550],
      ['MLSD nowhere', 550],
      ['MLSD a', 501],
      ['MLST nowhere', 550],
      ['STAT nowhere', 550],
    ])
    await client.ask('TYPE I')
    await client.ask('REST 5')
    expect((await client.ask('APPE a')).code).toBe(504)
    await client.ask('REST 5')
    expect((await client.ask('STOR nothing')).code).toBe(550)
    expect(await client.fetch('RETR a')).toMatchObject({ codes: [125, 226] })
  })

  it("goes on when the owner's handler throws", async () => {
    server = await serve(
      { onError: (error) => errors.push(error) },
      {
        login: () => storage,
        transfer: () => {
          throw new TypeError('a bug of the owner')
        },
      },
    )
    await put(['a'], 'x')
    const client = await enter(Number(new URL(server.url).port))
    expect((await client.fetch('RETR a')).codes).toEqual([125, 226])
    expect((await client.ask('NOOP')).code).toBe(200)
    expect(errors).toHaveLength(1)
  })

  it('tells the owner of a transcript that cannot be closed', async () => {
    const transcript = Object.assign(new Transcript(() => {}), {
      close: () => {
        throw new Error('no space left')
      },
    })
    const client = await enter(await start({ transcript: () => transcript }))
    await client.ask('QUIT')
    expect(await client.isClosed()).toBe(true)
    await server.close()
    expect(errors.map(({ message }) => message)).toEqual(['no space left'])
  })

  it('writes a transcript without the password', async () => {
    const lines: string[] = []
    await put(['a'], 'hello')
    const client = await enter(await start({ transcript: () => new Transcript((line) => lines.push(line)) }))
    await client.fetch('RETR a')
    await client.ask('\0')
    await client.ask('HELP NOOP')
    await client.ask('FEAT')
    const text = lines.join('\n')
    expect(text).toContain('C: PASS ****')
    expect(text).not.toContain('secret')
    expect(text).toContain('C: RETR a\nS: 125 Sending the file (5 bytes)\nS: … 5 octets\nS: 226')
    expect(text).toContain('C: (no command)\nS: 501')
    expect(text).toContain('S: 211-Features:\nS:  ')
  })
})

describe('lists', () => {
  beforeEach(async () => {
    await storage.makeDirectory(['d'])
    await put(['d', 'x.txt'], '12345')
    await put(['d', 'é'], '')
    await storage.makeDirectory(['d', 'sub'])
  })

  it('lists for people', async () => {
    const client = await enter(await start())
    const { data, codes } = await client.fetch('LIST -al d')
    expect(codes).toEqual([125, 226])
    const rows = data.toString().split('\r\n')
    expect(rows.find((row) => row.endsWith(' é'))).toBeDefined()
    expect(rows.find((row) => row.endsWith('x.txt'))).toMatch(
      /^-rw-r--r-- 1 ftp ftp +5 [A-Z][a-z]{2} [ \d]\d \d\d:\d\d x\.txt$/,
    )
    expect(rows.find((row) => row.endsWith('sub'))).toMatch(/^drwxr-xr-x 1 ftp ftp +0 .* sub$/)
    expect((await client.fetch('LIST d/x.txt')).data.toString()).toContain(' x.txt\r\n')
    expect((await client.fetch('LIST')).data.toString()).toContain(' d\r\n')
    await client.ask('CWD d/sub')
    expect(await client.fetch('LIST')).toEqual({ data: Buffer.alloc(0), codes: [125, 226] })
  })

  it('lists names that can be asked for as they are', async () => {
    const client = await enter(await start())
    const names = async (command: string): Promise<string[]> =>
      (await client.fetch(command)).data.toString().split('\r\n').filter(Boolean).toSorted()
    expect(await names('NLST d')).toEqual(['d/sub', 'd/x.txt', 'd/é'])
    expect(await names('NLST /d/')).toEqual(['/d/sub', '/d/x.txt', '/d/é'])
    expect(await names('NLST')).toEqual(['d'])
    expect(await names('NLST d/x.txt')).toEqual(['d/x.txt'])
  })

  it('lists for programs', async () => {
    const client = await enter(await start())
    const { data } = await client.fetch('MLSD d')
    const rows = data.toString().split('\r\n').filter(Boolean).toSorted()
    expect(rows[0]).toMatch(/^type=dir;modify=\d{14};perm=cdeflmp; sub$/)
    expect(rows.at(-1)).toMatch(/^type=file;size=5;modify=\d{14};perm=adfrw; x\.txt$/)
    expect((await client.ask('MLST d/x.txt')).text).toMatch(
      /^250-Listing\n {1}type=file;size=5;.*; \/d\/x\.txt\n250 End$/,
    )
    expect((await client.ask('MLST')).text).toMatch(/ \/\n250 End$/)
    expect(await client.ask('OPTS MLST size;x.y;TYPE;')).toMatchObject({ text: '200 MLST OPTS type;size;' })
    expect((await client.ask('FEAT')).text).toContain(' MLST type*;size*;modify;perm;')
    expect((await client.fetch('MLSD d')).data.toString()).toContain('type=file;size=5; x.txt\r\n')
    expect(await client.ask('OPTS MLST')).toMatchObject({ text: '200 MLST OPTS' })
    expect((await client.fetch('MLSD d')).data.toString()).toContain('\r\n sub\r\n')
    expect((await client.ask('OPTS MLST size; type;')).code).toBe(501)
  })

  it('lists on the control connection, up to a limit', async () => {
    const client = await enter(await start({ limits: { maxStatusEntries: 2 } }))
    const { code, text } = await client.ask('STAT d')
    expect(code).toBe(212)
    expect(text.split('\n')).toHaveLength(5)
    expect(text).toContain('and more')
    expect((await client.ask('STAT d/x.txt')).code).toBe(213)
  })

  it('lists many entries in pieces', async () => {
    for (let index = 0; index < 2000; index++) await put(['d', 'sub', `a-rather-long-name-${index}`], '')
    const client = await enter(await start())
    const { data } = await client.fetch('NLST d/sub')
    expect(data.toString().split('\r\n')).toHaveLength(2001)
  })

  it('lets no name fake a row (A10)', async () => {
    const wicked = 'x\r\n-rw-r--r-- 1 a a 666 Jan 1 2020 FAKE'
    const entries = [{ name: wicked, type: 'file', size: 1, modifiedMs: 0, version: '' } as const]
    const evil = Object.assign(Object.create(storage) as Storage, {
      capabilities: storage.capabilities,
      stat: storage.stat.bind(storage),
      async *list() {
        yield* entries
      },
    })
    const client = await enter(await start({}, () => evil))
    const rows = async (command: string): Promise<string[]> =>
      (await client.fetch(command)).data.toString().split('\r\n')
    expect(await rows('LIST')).toEqual([
      expect.stringMatching(/^-rw-r--r-- 1 ftp ftp +1 Jan {2}1 {2}1970 x\?\?-rw.*FAKE$/),
      '',
    ])
    expect(await rows('NLST')).toEqual([''])
    expect(await rows('MLSD')).toEqual([''])
    expect((await client.ask('STAT .')).text.split('\n')).toHaveLength(3)
  })

  it('says 451 when the listing fails in the middle, and closes what it reads from', async () => {
    let isClosed = false
    const broken = Object.assign(Object.create(storage) as Storage, {
      capabilities: storage.capabilities,
      stat: storage.stat.bind(storage),
      async *list() {
        try {
          yield { name: 'a', type: 'file', size: 1, modifiedMs: 0, version: '' } as const
          throw new StorageError('failed')
        } finally {
          isClosed = true
        }
      },
    })
    const client = await enter(await start({}, () => broken))
    expect((await client.fetch('LIST')).codes).toEqual([125, 451])
    expect(isClosed).toBe(true)
  })
})

describe('information', () => {
  it('tells of itself', async () => {
    const client = await enter(await start({ greeting: 'Hello' }))
    expect((await client.ask('SYST')).text).toBe('215 UNIX Type: L8')
    const features = (await client.ask('FEAT')).text.split('\n')
    expect(features[0]).toBe('211-Features:')
    expect(features.at(-1)).toBe('211 End')
    for (const feature of [
      'EPRT',
      'EPSV',
      'MDTM',
      'MLST type*;size*;modify*;perm*;UNIX.mode*;',
      'REST STREAM',
      'SIZE',
      'TVFS',
      'UTF8',
    ])
      expect(features).toContain(` ${feature}`)
    expect(features.slice(1, -1)).toEqual(features.slice(1, -1).toSorted())
    const help = await client.ask('HELP')
    for (const verb of Object.keys(COMMANDS)) expect(help.text).toContain(` ${verb}`)
    expect((await client.ask('HELP rest')).text).toBe('214 Syntax: REST <octets>')
    expect((await client.ask('HELP XPWD')).text).toBe('214 Syntax: PWD')
    await dialogue(client, [
      ['HELP XYZZY', 501],
      ['OPTS UTF8 ON', 200],
      ['OPTS utf8', 200],
      ['OPTS UTF8 OFF', 501],
      ['OPTS RETR x', 501],
      ['MIC 5', 502],
      ['XYZZY', 500],
      ['NOOP', 200],
      ['ABOR', 225],
    ])
    expect((await client.ask('STAT')).text).toMatch(
      /^211-Status:\n Connected from 127\.0\.0\.1\n Logged in as joe\n.*\n.*\n No transfer\n211 End$/,
    )
  })

  it('refuses Telnet options and takes no harm from the rest of it (A25)', async () => {
    const client = await enter(await start())
    client.send('\xff\xfd\x01NO\xff\xfb\x03OP\r\n')
    expect(await client.octets(6)).toBe('\xff\xfc\x01\xff\xfe\x03')
    expect((await client.hear()).text).toBe('200 OK')
    client.send('\xff\xfe\x01\xff\xfa\x01\xff\xf0\xff\xf4\xff\xf2NOOP\r\n')
    expect((await client.hear()).text).toBe('200 OK')
  })
})

describe('the end', () => {
  it('drains: who is idle is told, who transfers may finish', async () => {
    await put(['big'], 'x'.repeat(3_000_000))
    const port = await start()
    const [idle, busy] = [await enter(port), await enter(port)]
    await busy.ask('TYPE I')
    const data = await busy.data()
    expect((await busy.ask('RETR big')).code).toBe(125)
    expect(server.connections).toBe(2)
    const closing = server.close({ graceMs: 5000 })
    expect((await idle.hear()).code).toBe(421)
    expect(await idle.isClosed()).toBe(true)
    idle.close()
    expect((await data.rest()).length).toBe(3_000_000)
    expect(await busy.codes(2)).toEqual([226, 421])
    expect(await busy.isClosed()).toBe(true)
    busy.close()
    await closing
  })

  it('cuts what is left after the grace', async () => {
    await put(['big'], 'x'.repeat(20_000_000))
    const client = await enter(await start())
    await client.ask('TYPE I')
    const data = await client.data()
    data.socket.pause()
    await client.ask('RETR big')
    await server.close({ graceMs: 1 })
    expect(events.map(({ outcome }) => outcome)).toEqual(['aborted'])
    data.socket.destroy()
  })

  it('answers QUIT behind the transfer that runs', async () => {
    await put(['a'], 'x'.repeat(100_000))
    const client = await enter(await start())
    const data = await client.data()
    await client.ask('RETR a')
    client.send('QUIT\r\n')
    await data.rest()
    expect(await client.codes(2)).toEqual([226, 221])
    expect(await client.isClosed()).toBe(true)
  })

  it('says 421 where there are too many', async () => {
    const port = await start({ maxConnections: 1, whenFull: 'refuse' })
    await enter(port)
    const second = await knock(port)
    expect(second.greeting).toEqual({ code: 421, text: '421 Too many connections' })
    expect(await second.isClosed()).toBe(true)
  })

  it('is disposable', async () => {
    await start()
    await server[Symbol.asyncDispose]()
    expect(server.address).toMatchObject({ family: 'IPv4' })
  })
})
