/** Commands of RFC 959 and its successors beyond the daily ones, on live sockets. */
import { createHash } from 'node:crypto'
import { createConnection } from 'node:net'
import { createInterface } from 'node:readline'
import { crc32 } from 'node:zlib'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { CommandRequest, Login, ServerHandlers, TransferEvent } from '../../../src/ftp/handlers.ts'
import { serve, type Server } from '../../../src/ftp/server.ts'
import type { ServeOptions } from '../../../src/ftp/server-options.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import { StorageError, type Storage } from '../../../src/ftp/storage/storage.ts'
import { readOnly } from '../../../src/ftp/storage/wrappers.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'
import { HandClient } from '../../support/ftp-peer.ts'
import { putFile, readFile } from '../../support/ftp-files.ts'

let storage: Storage
let server: Server | undefined
let clients: HandClient[]
let events: TransferEvent[]

beforeEach(() => {
  storage = memory({ maxBytes: 1000 })
  clients = []
  events = []
})

afterEach(async () => {
  for (const client of clients) client.close()
  await server?.close({ graceMs: 0 })
})

async function start(options: ServeOptions = {}, handlers: Partial<ServerHandlers> = {}): Promise<number> {
  server = await serve(
    { timeouts: { loginFailureMs: 1 }, ...options },
    {
      login: ({ password }) => (password === 'secret' ? storage : undefined),
      transfer: (event) => void events.push(event),
      ...handlers,
    },
  )
  return Number(new URL(server.url).port)
}

async function knock(port: number): Promise<HandClient> {
  const client = await HandClient.open(port)
  clients.push(client)
  return client
}

async function enter(port: number): Promise<HandClient> {
  const client = await knock(port)
  for (const line of ['USER joe', 'PASS secret', 'TYPE I']) await client.ask(line)
  return client
}

const put = (name: string, text: string): Promise<void> => putFile(storage, [name], text)

const read = (name: string): Promise<string> => readFile(storage, [name])

/** Each line, and the reply that must answer it: a code, or the whole of it. */
async function dialogue(client: HandClient, turns: readonly [line: string, reply: number | string][]): Promise<void> {
  for (const [line, expected] of turns) {
    const { code, text } = await client.ask(line)
    expect(typeof expected === 'number' ? code : text, `${line} -> ${text}`).toBe(expected)
  }
}

describe('logging in', () => {
  it('asks for an account where the owner does', async () => {
    const logins: Login[] = []
    const port = await start(
      {},
      {
        login: (login) => {
          logins.push(login)
          return login.account === undefined ? 'account' : login.account === 'x1' ? storage : undefined
        },
      },
    )
    const client = await knock(port)
    await dialogue(client, [
      ['ACCT x1', 503],
      ['USER joe', 331],
      ['ACCT x1', 503],
      ['USER joe', 331],
      ['PASS secret', 332],
      ['PWD', 530],
      ['ACCT x1', 503],
      ['USER joe', 331],
      ['PASS secret', 332],
      ['ACCT wrong', 530],
      ['USER joe', 331],
      ['PASS secret', 332],
      ['ACCT x1', 230],
      ['PWD', 257],
      ['ACCT x2', 202],
    ])
    expect(logins.at(-1)).toMatchObject({ user: 'joe', password: 'secret', account: 'x1', host: undefined })
  })

  it('lets nobody in whose owner asks for accounts without end', async () => {
    const client = await knock(await start({}, { login: () => 'account' }))
    await dialogue(client, [
      ['USER joe', 331],
      ['PASS secret', 332],
      ['ACCT x', 530],
    ])
  })

  it('begins anew behind REIN, whatever was set', async () => {
    const client = await enter(await start())
    await storage.makeDirectory(['d'])
    await dialogue(client, [
      ['CWD d', 250],
      ['EPSV ALL', 200],
      ['OPTS MLST size', '200 MLST OPTS size;'],
      ['OPTS HASH MD5', '200 MD5'],
      ['SITE UMASK 077', 200],
      ['ALLO 100', 200],
      ['EPSV', 229],
      ['REIN', 220],
      ['PWD', 530],
      ['PASS secret', 503],
      ['USER joe', 331],
      ['PASS secret', 230],
      ['PWD', '257 "/" is the working directory'],
      ['PASV', 227],
      ['ABOR', 225],
      ['OPTS HASH', '200 SHA-256'],
      ['SITE UMASK', "200 The umask is the server's own"],
      ['RETR d', 425],
      ['SIZE d', 550],
    ])
    expect((await client.ask('STAT')).text).toContain('TYPE A')
  })

  it('knows hosts where the owner does', async () => {
    const hosts: (string | undefined)[] = []
    const port = await start(
      {},
      {
        host: ({ host }) => host === 'files.example.test',
        login: ({ host }) => (hosts.push(host), storage),
      },
    )
    const client = await knock(port)
    expect((await client.ask('FEAT')).text).toContain('\n HOST\n')
    await dialogue(client, [
      ['HOST', 501],
      ['HOST a b', 501],
      ['HOST other.test', 504],
      ['HOST Files.Example.Test', 220],
      ['USER joe', 331],
      ['HOST files.example.test', 503],
      ['USER joe', 331],
      ['PASS x', 230],
      ['HOST files.example.test', 503],
      ['REIN', 220],
      ['USER joe', 331],
      ['PASS x', 230],
    ])
    expect(hosts).toEqual(['files.example.test', undefined])
  })

  it('has no hosts where the owner names none', async () => {
    const client = await knock(await start())
    expect((await client.ask('FEAT')).text).not.toContain('HOST')
    await dialogue(client, [['HOST a.test', 502]])
  })

  it('counts the sessions of a user', async () => {
    const port = await start({ limits: { maxSessionsPerUser: 1 } })
    const first = await enter(port)
    const second = await knock(port)
    await dialogue(second, [
      ['USER joe', 331],
      ['PASS secret', 421],
    ])
    expect(await second.isClosed()).toBe(true)
    await dialogue(first, [
      ['USER joe', 331],
      ['PASS secret', 230],
      ['QUIT', 221],
    ])
    await first.isClosed()
    const third = await knock(port)
    await dialogue(third, [
      ['USER joe', 331],
      ['PASS secret', 230],
    ])
  })

  it('refuses an address from which too much was guessed, for a while (A20)', async () => {
    const clock = new FakeClock()
    const timers = new TimerWheel({ clock })
    const port = await start({
      timers,
      timeouts: { loginFailureMs: 1, banMs: 5000 },
      limits: { maxLoginFailuresPerAddress: 2 },
    })
    const guesser = await knock(port)
    for (let round = 0; round < 2; round++) {
      await guesser.ask('USER joe')
      guesser.send('PASS wrong\r\n')
      const heard = guesser.hear()
      const ticking = setInterval(() => clock.advance(10), 1)
      expect((await heard).code).toBe(530)
      clearInterval(ticking)
    }
    const banned = await knock(port)
    expect(banned.greeting.code).toBe(421)
    expect(await banned.isClosed()).toBe(true)
    clock.advance(5000)
    expect((await knock(port)).greeting.code).toBe(220)
  })

  it('talks to nobody whom the owner does not want', async () => {
    const port = await start({}, { connect: ({ address }) => 'host' in address && address.host !== '127.0.0.2' })
    expect((await knock(port)).greeting.code).toBe(220)
    const other = await HandClient.open(port, '127.0.0.2')
    clients.push(other)
    expect(other.greeting.code).toBe(421)
    expect(await other.isClosed()).toBe(true)
  })

  it('talks to nobody while the owner cannot say', async () => {
    const errors: Error[] = []
    const connect = (): boolean => {
      throw new Error('no database')
    }
    const port = await start({ onError: (error) => errors.push(error) }, { connect })
    expect((await knock(port)).greeting.code).toBe(421)
    expect(errors.map(({ message }) => message)).toEqual(['no database'])
  })
})

describe('permission', () => {
  it('is asked of the owner for each command, with the path that it names', async () => {
    const requests: CommandRequest[] = []
    const port = await start(
      {},
      {
        allow: (request) => {
          requests.push(request)
          return request.verb !== 'DELE'
        },
      },
    )
    await put('a', 'x')
    await storage.makeDirectory(['d'])
    const client = await enter(port)
    await dialogue(client, [
      ['CWD d', 250],
      ['DELE ../a', 550],
      ['SIZE ../a', 213],
      ['LIST -al ..', 425],
      ['MFMT 20200102030405 ../a', 213],
      ['STAT', 211],
      ['NOOP', 200],
    ])
    expect(requests.map(({ verb, permission, path }) => [verb, permission, path])).toEqual([
      ['TYPE', 'none', undefined],
      ['CWD', 'e', '/d'],
      ['DELE', 'd', '/a'],
      ['SIZE', 'l', '/a'],
      ['LIST', 'l', '/'],
      ['MFMT', 'T', '/a'],
      ['STAT', 'l', '/d'],
      ['NOOP', 'none', undefined],
    ])
    expect(requests[0]).toMatchObject({ user: 'joe', peer: { address: { host: '127.0.0.1' } } })
  })

  it('is refused, or fails, with a code that the command has', async () => {
    const errors: Error[] = []
    const port = await start(
      { onError: (error) => errors.push(error) },
      {
        allow: ({ verb }) => {
          if (verb === 'PWD') throw new Error('no database')
          return verb === 'TYPE'
        },
      },
    )
    const client = await enter(port)
    await dialogue(client, [
      ['TYPE A', 200],
      ['NOOP', 500],
      ['EPSV', 530],
      ['DELE a', 550],
      ['PWD', '500 Local error in processing'],
      ['TYPE I', 200],
    ])
    expect(errors.map(({ message }) => message)).toEqual(['no database'])
  })

  it('is what the storage can do, too', async () => {
    await put('a', 'x')
    const everything = storage
    storage = readOnly(everything)
    const client = await enter(await start())
    const features = (await client.ask('FEAT')).text
    for (const feature of ['MFMT', 'AVBL']) expect(features).not.toContain(feature)
    for (const feature of ['MLST', 'HASH', 'SIZE']) expect(features).toContain(feature)
    await dialogue(client, [
      ['MFMT 20200102030405 a', 550],
      ['MFF Modify=20200102030405; a', 550],
      ['MFF UNIX.mode=0640; a', 550],
      ['SITE CHMOD 640 a', 550],
      ['SITE UTIME 20200102030405 a', 550],
      ['SITE UMASK 077', 550],
      ['AVBL', 502],
      ['ALLO 5', 200],
      ['HASH a', 213],
    ])
  })
})

describe('facts', () => {
  it('are set: MFMT, MFF, SITE CHMOD, SITE UTIME', async () => {
    await put('a b', 'x')
    const client = await enter(await start())
    await dialogue(client, [
      ['MFMT 20200102030405 a b', '213 Modify=20200102030405; /a b'],
      ['MDTM a b', '213 20200102030405'],
      ['MFMT 2020 a b', 501],
      ['MFMT 20200102030405 nowhere', 550],
      ['MFCT 20200102030405 a b', 504],
      ['MFF Modify=20210102030405;UNIX.mode=0640; a b', '213 Modify=20210102030405;UNIX.mode=0640; /a b'],
      ['MFF UNIX.owner=root; a b', 504],
      ['MFF Modify=x; a b', 501],
      ['MFF UNIX.mode=4755; a b', 501],
      ['SITE CHMOD 600 a b', '200 The mode is 600'],
      ['SITE CHMOD 4755 a b', 501],
      ['SITE CHMOD 600', 501],
      ['SITE CHMOD 600 nowhere', 550],
      ['SITE UTIME 202201020304 a b', 200],
      ['MDTM a b', '213 20220102030400'],
      ['SITE UTIME x a', 501],
      ['SITE SYMLINK a c', 504],
      ['SITE EXEC x', 504],
      ['SITE toString', 504],
      ['SITE', 501],
    ])
    expect(await storage.stat(['a b'])).toMatchObject({ mode: 0o600 })
    expect((await client.ask('SITE HELP')).text).toContain('\n CHMOD <mode> <path>\n')
    expect((await client.ask('MLST a b')).text).toContain('UNIX.mode=0600;')
  })

  it('of new files and directories follow SITE UMASK', async () => {
    const client = await enter(await start())
    await dialogue(client, [
      ['SITE UMASK', "200 The umask is the server's own"],
      ['SITE UMASK 9', 501],
      ['SITE UMASK 027', '200 The umask is 027'],
      ['MKD d', 257],
    ])
    expect(await client.store('STOR a', 'x')).toEqual([125, 226])
    expect(await client.store('APPE b', 'x')).toEqual([125, 226])
    expect((await storage.stat(['d'])).mode).toBe(0o750)
    expect((await storage.stat(['a'])).mode).toBe(0o640)
    expect((await storage.stat(['b'])).mode).toBe(0o640)
  })

  it('tell how much room there is: AVBL, ALLO', async () => {
    await put('a', '12345')
    const client = await enter(await start())
    await dialogue(client, [
      ['AVBL', '213 995'],
      ['AVBL /', '213 995'],
      ['AVBL a', 550],
      ['AVBL nowhere', 550],
      ['ALLO 995', 200],
      ['ALLO 996', 552],
      ['ALLO 10 R 80', 200],
      ['ALLO x', 501],
    ])
  })
})

describe('ALLO', () => {
  it('says how long an upload is, and one that is shorter is none (A24)', async () => {
    const client = await enter(await start())
    await client.ask('ALLO 10')
    expect(await client.store('STOR a', '123456789')).toEqual([125, 426])
    await expect(storage.stat(['a'])).rejects.toThrow('No such file')
    expect(await client.store('STOR a', '123456789')).toEqual([125, 226])
    await client.ask('ALLO 10')
    expect(await client.store('STOR a', '1234567890')).toEqual([125, 226])
    // Of a file that is resumed the whole length may be meant.
    await dialogue(client, [
      ['ALLO 12', 200],
      ['REST 10', 350],
    ])
    expect(await client.store('STOR a', 'ab')).toEqual([125, 226])
    expect(await read('a')).toBe('1234567890ab')
    // In TYPE A lines grow and shrink.
    await dialogue(client, [
      ['ALLO 100', 200],
      ['TYPE A', 200],
    ])
    expect(await client.store('STOR a', 'x\r\n')).toEqual([125, 226])
    expect(events.map(({ outcome, code }) => [outcome, code])).toEqual([
      ['aborted', 426],
      ['complete', 226],
      ['complete', 226],
      ['complete', 226],
      ['complete', 226],
    ])
  })
})

describe('the end of an upload', () => {
  it('is not believed before the control connection has had its time to end, too (A24)', async () => {
    const clock = new FakeClock()
    const port = await start({ timers: new TimerWheel({ clock }), uploadSettleMs: 500 })
    const client = await enter(port)
    const data = await client.data()
    expect((await client.ask('STOR a')).code).toBe(125)
    data.socket.end('half')
    await data.ending()
    await expect(storage.stat(['a'])).rejects.toThrow('No such file')
    client.close()
    while (events.length === 0) await new Promise((resolve) => setImmediate(resolve))
    expect(events.map(({ outcome, bytes }) => [outcome, bytes])).toEqual([['aborted', 4]])
    await expect(storage.stat(['a'])).rejects.toThrow('No such file')

    const other = await enter(port)
    const more = await other.data()
    expect((await other.ask('STOR a')).code).toBe(125)
    more.socket.end('all')
    await more.ending()
    clock.advance(600)
    expect((await other.hear()).code).toBe(226)
    expect(await read('a')).toBe('all')
    await expect(serve({ uploadSettleMs: -1 }, { login: () => storage })).rejects.toThrow(RangeError)
  })
})

describe('another protocol', () => {
  it.each([
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n'],
    ['HTTP', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'],
    ['SMTP', 'EHLO a.test\r\n'],
  ])('is cut off at once: %s (A21)', async (_name, octets) => {
    const client = await knock(await start())
    for (const octet of octets) client.send(octet)
    expect((await client.hear()).code).toBe(421)
    expect(await client.isClosed()).toBe(true)
  })
})

describe('a PROXY header', () => {
  it('is believed of a trusted proxy, on both connections, and of nobody else (A26)', async () => {
    await put('a', 'hello')
    const port = await start({ proxyFrom: ['127.0.0.1'] })
    const header = 'PROXY TCP4 192.0.2.7 192.0.2.1 5000 21\r\n'
    const socket = createConnection({ port, host: '127.0.0.1' })
    const lines = createInterface({ input: socket })[Symbol.asyncIterator]()
    const hear = async (): Promise<string> => String((await lines.next()).value)
    socket.write(`${header}USER joe\r\nPASS secret\r\nTYPE I\r\nEPSV\r\n`)
    let line = ''
    while (!line.startsWith('229')) line = await hear()
    const data = createConnection({ port: Number(/\|\|\|(\d+)\|/.exec(line)?.[1]), host: '127.0.0.1' })
    data.write(header)
    socket.write('RETR a\r\n')
    const chunks: Buffer[] = []
    for await (const chunk of data) chunks.push(chunk as Buffer)
    expect(Buffer.concat(chunks).toString()).toBe('hello')
    expect(await hear()).toMatch(/^1[25]/)
    expect(await hear()).toMatch(/^226/)
    expect(events[0]?.peer.address).toMatchObject({ host: '192.0.2.7' })
    socket.destroy()
    // From elsewhere it is a line that is no command.
    const stranger = await HandClient.open(port, '127.0.0.2')
    clients.push(stranger)
    expect((await stranger.ask('PROXY TCP4 192.0.2.7 192.0.2.1 5000 21')).code).toBe(500)
  })
})

describe('STOU', () => {
  it('finds a name, and says it in the 1yz (RFC 1123 §4.1.2.9)', async () => {
    const client = await enter(await start())
    await storage.makeDirectory(['d'])
    await put('a', 'old')
    const names: string[] = []
    for (const line of ['STOU', 'STOU', 'STOU a', 'STOU d/x']) {
      const data = await client.data()
      const { code, text } = await client.ask(line)
      expect(code).toBe(125)
      names.push(/^125 FILE: (\/.+)$/.exec(text)?.[1] ?? '')
      data.socket.end('new')
      expect((await client.hear()).code).toBe(226)
    }
    expect(new Set(names).size).toBe(4)
    expect(names[2]).toMatch(/^\/a\.[0-9a-f]{16}$/)
    expect(names[3]).toMatch(/^\/d\/x\./)
    expect(await read('a')).toBe('old')
    for (const name of names.slice(0, 3)) expect(await read(name.slice(1))).toBe('new')
    expect(events.map(({ verb, path, direction, type }) => [verb, path, direction, type])[2]).toEqual([
      'STOU',
      names[2],
      'received',
      'I',
    ])
    await dialogue(client, [
      ['STOU', 425],
      ['REST 5', 350],
      ['STOU', 504],
    ])
  })
})

describe('RANG and the hashes', () => {
  const text = 'hello, world.'
  const sha = (part: string): string => createHash('sha256').update(part).digest('hex')

  it('send and hash a part', async () => {
    await put('a', text)
    const client = await enter(await start())
    await dialogue(client, [
      ['HASH a', `213 SHA-256 0-12 ${sha(text)} a`],
      ['RANG 7 11', 350],
      ['HASH a', `213 SHA-256 7-11 ${sha('world')} a`],
      ['HASH a', `213 SHA-256 0-12 ${sha(text)} a`],
      ['OPTS HASH md5', '200 MD5'],
      ['HASH a', `213 MD5 0-12 ${createHash('md5').update(text).digest('hex')} a`],
      ['OPTS HASH CRC32', 200],
      ['HASH a', `213 CRC32 0-12 ${crc32(text).toString(16).padStart(8, '0')} a`],
      ['OPTS HASH SHA-3', 501],
      ['HASH nowhere', 550],
      ['HASH .', 550],
      ['XCRC a', `250 ${crc32(text).toString(16).padStart(8, '0')}`],
      ['XMD5 a', `250 ${createHash('md5').update(text).digest('hex')}`],
      ['XSHA a', `250 ${createHash('sha1').update(text).digest('hex')}`],
      ['XSHA256 "a" 7 12', `250 ${sha('world')}`],
      ['XSHA512 "a" 7', `250 ${createHash('sha512').update('world.').digest('hex')}`],
      ['XMD5 "a" 5 5', 501],
      ['RANG 5 4', 501],
    ])
    expect((await client.ask('FEAT')).text).toContain('\n HASH SHA-512;SHA-256;SHA-1;MD5;CRC32*\n')
    await client.ask('RANG 7 11')
    expect((await client.fetch('RETR a')).data.toString()).toBe('world')
    await client.ask('RANG 7 100')
    expect((await client.fetch('RETR a')).data.toString()).toBe('world.')
    await client.ask('REST 7')
    await client.ask('RANG 1 0')
    expect((await client.fetch('RETR a')).data.toString()).toBe(text)
    await client.ask('RANG 100 200')
    expect((await client.fetch('RETR a')).codes).toEqual([550])
    await dialogue(client, [
      ['RANG 0 5', 350],
      ['STOR b', 504],
      ['RANG 0 5', 350],
      ['APPE b', 504],
      ['TYPE A', 200],
      ['RANG 0 5', 501],
    ])
  })

  it('have limits: octets of a file, and hashes at a time (A18)', async () => {
    await put('a', text)
    let wake: () => void = () => {}
    const asleep = new Promise<void>((resolve) => {
      wake = resolve
    })
    const quick = storage
    storage = Object.assign(Object.create(Object.getPrototypeOf(quick)) as Storage, {
      capabilities: quick.capabilities,
      read: async (...args: Parameters<Storage['read']>) => {
        if (args[0][0] === 'slow') await asleep
        return quick.read(['a'], args[1])
      },
    })
    const port = await start({ limits: { maxHashBytes: 5, maxHashesAtOnce: 1 } })
    const [client, other] = [await enter(port), await enter(port)]
    await dialogue(client, [
      ['HASH a', 550],
      ['RANG 0 4', 350],
      ['HASH a', 213],
      ['RANG 0 4', 350],
    ])
    client.send('HASH slow\r\n')
    await other.ask('NOOP')
    await dialogue(other, [['XMD5 "a" 0 5', 450]])
    wake()
    expect((await client.hear()).code).toBe(213)
    await dialogue(other, [['XMD5 "a" 0 5', 250]])
  })

  it('end with 451 where the storage fails, and tell nothing of it', async () => {
    storage = Object.assign(Object.create(Object.getPrototypeOf(storage)) as Storage, {
      capabilities: storage.capabilities,
      read: () => Promise.reject(new StorageError('failed', { cause: new Error('/srv/secret') })),
    })
    const client = await enter(await start())
    await dialogue(client, [['HASH a', '451 The storage failed']])
  })
})

describe('the rest', () => {
  it('is answered', async () => {
    const client = await knock(await start())
    await dialogue(client, [
      ['CLNT some client 1.0', '200 Noted'],
      ['LANG', 200],
      ['LANG en-GB', 200],
      ['LANG de', 504],
      ['LANG 1', 501],
      ['USER joe', 331],
      ['PASS secret', 230],
      ['SMNT /x', 502],
      ['HELP MFMT', '214 Syntax: MFMT <time> <path>'],
    ])
  })
})
