/**
 * What a hostile client sends, octet by octet as it stands, to a server over a folder of the disk: on live sockets, cut in two at every place. The
 * session survives and answers what is written here, or is ended where that is written. What takes more time, a second host, or TLS is in
 * `test/unit/ftp`: `attacks.test.ts`, `active.test.ts`, `server-tls.test.ts`.
 */
import { mkdirSync, readdirSync, symlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { disk, serve, type Server, type TransferEvent } from '../../src/ftp/index.ts'
import { folder, type Folder } from '../support/ftp-programs.ts'
import { TimerWheel } from '../../src/net/timers.ts'
import { FakeClock } from '../support/clock.ts'
import { HandClient } from '../support/ftp-peer.ts'
import { splits } from '../support/splits.ts'

/** Sessions at a time. */
const LANES = 8

let place: Folder
let root: string
let server: Server
let port: number
const events: TransferEvent[] = []
const failures: unknown[] = []
const onUnhandled = (reason: unknown): void => void failures.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled).on('uncaughtExceptionMonitor', onUnhandled)
  place = folder('ftp-attacks')
  root = join(place.path, 'root')
  mkdirSync(join(root, 'dir'), { recursive: true })
  mkdirSync(join(root, 'full'))
  writeFileSync(join(root, 'full', 'x'), 'x')
  writeFileSync(join(root, 'a'), 'hello')
  writeFileSync(join(place.path, 'secret'), 'secret')
  symlinkSync('../secret', join(root, 'link'))
  symlinkSync('..', join(root, 'up'))
  server = await serve(
    { timeouts: { loginFailureMs: 1 }, limits: { maxLoginFailuresPerAddress: 100_000 } },
    {
      login: ({ user, password }) => (user === 'joe' && password === 'secret' ? disk(root) : undefined),
      transfer: (event) => void events.push(event),
    },
  )
  port = Number(new URL(server.url).port)
})

afterAll(async () => {
  await server.close({ graceMs: 0 })
  process.off('unhandledRejection', onUnhandled).off('uncaughtExceptionMonitor', onUnhandled)
  place.remove()
  expect(failures).toEqual([])
})

/** What is sent, and the codes of what comes back; behind them the session answers NOOP, or is over where the last is `closed`. */
type Attack = readonly [octets: string, answer: readonly (number | 'closed')[]]

/** One way to cut it, on a connection of its own. */
async function heard(
  login: string,
  pieces: readonly Buffer[],
  answer: Attack[1],
): Promise<readonly (number | string)[]> {
  const client = await HandClient.open(port)
  try {
    if (login !== '') {
      client.send(login)
      await client.codes(login.split('\r\n').length - 1)
    }
    for (const piece of pieces) {
      client.socket.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const isLast = answer.at(-1) === 'closed'
    if (!isLast) client.send('NOOP\r\n')
    const codes = await client.codes(isLast ? answer.length - 1 : answer.length + 1)
    return isLast ? [...codes, (await client.isClosed()) ? 'closed' : 'said more'] : codes
  } finally {
    client.close()
  }
}

/** Plays an attack under every split, some at a time. */
async function play([octets, answer]: Attack, login: string): Promise<void> {
  const ways = [...splits(Buffer.from(octets, 'latin1'), { maxCuts: 100, random: 2 })]
  const expected = answer.at(-1) === 'closed' ? answer : [...answer, 200]
  const lane = async (): Promise<void> => {
    for (let way = ways.pop(); way !== undefined; way = ways.pop())
      expect(await heard(login, way.pieces, answer), way.name).toEqual(expected)
  }
  await Promise.all(Array.from({ length: LANES }, lane))
}

/** One attack with each of the arguments. */
function each(before: string, argumentsOf: readonly string[], code: number): Attack[] {
  return argumentsOf.map((argument) => [`${before} ${argument}\r\n`, [code]])
}

const LOGIN = 'USER joe\r\nPASS secret\r\nTYPE I\r\n'

describe.each<[title: string, attacks: readonly Attack[]]>([
  [
    'the bounce (A1)',
    [
      ['PORT 10,0,0,5,0,25\r\nRETR a\r\n', [504, 425]],
      ['PORT 127,0,0,1,0,25\r\nRETR a\r\n', [504, 425]],
      ['EPRT |1|127.0.0.1|22|\r\n', [504]],
      ['EPRT |2|::ffff:10.0.0.5|25|\r\nSTOR b\r\n', [522, 425]],
      ['EPRT |2|::ffff:127.0.0.1|25|\r\n', [522]],
      ['EPRT |2|::1%lo|2500|\r\n', [501]],
    ],
  ],
  [
    'a port that is none (A2)',
    [
      ...each(
        'PORT',
        [
          '127,0,0,1,300,1',
          '1,2,3,4,5',
          '127,0,0,1,-1,1',
          '127,0,0,1,1e2,1',
          '127,0,0,1, 8,1',
          '127,0,0,1,0x8,1',
          '1,2,3,4,5,6,7',
        ],
        501,
      ),
      ...each('EPRT', ['|1|127.0.0.1|70000|', '|1|127.0.0.1|-1|', '1|127.0.0.1|80', '|1|127.0.0|2000|'], 501),
    ],
  ],
  [
    'a way out of the root (A6)',
    [
      ...each(
        'SIZE',
        [
          '../secret',
          '../../../../../../etc/passwd',
          '/dir/../../secret',
          '....//secret',
          '%2e%2e/secret',
          '\xc0\xae\xc0\xae\x2fsecret',
        ],
        550,
      ),
      ...each('SIZE', ['..\\secret', 'C:\\secret', 'a::$DATA', 'link', 'up/secret', 'ROOT~1'], 550),
      ...each('CWD', ['~root', 'up', 'link', 'dir/../../..\\'], 550),
      ['CWD ../../..\r\nSIZE a\r\n', [250, 213]],
    ],
  ],
  [
    'NUL, CR and LF within a line (A7)',
    [
      ['SIZE a\0b\r\n', [501]],
      ['SIZE a\rb\r\n', [500]],
      ['SIZE a\nDELE a\r\n', [500]],
      ['NOOP\nNOOP\r\n', [500]],
    ],
  ],
  [
    'a pattern that takes for ever (A16)',
    [
      ...each('STAT', ['*/../*/../*/../*/../*', '{a,b}'.repeat(12), '*a'.repeat(20) + '*b', '[[[[[[a-z'], 550),
      ['NLST -R */*/*/*\r\n', [550]],
    ],
  ],
  [
    'a restart marker that is none (A17)',
    [
      ...each('REST', ['99999999999999999999', '9007199254740992', '-1', '1e3', '10.5', '0x10', ' 1', '1 '], 501),
      ['REST 6\r\nEPSV\r\nRETR a\r\n', [350, 229, 550]],
    ],
  ],
  ['SIZE that would read the whole file (A18)', [['TYPE A\r\nSIZE a\r\n', [200, 550]]]],
  [
    'Telnet in every place (A25)',
    [
      ['SI\xff\xf1ZE \xff\xf0a\r\n', [213]],
      ['SIZE a\xff\xf4\xff\xf2\r\n', [213]],
      ['SIZE \xff\x61\r\n', [213]],
      ['SIZE a\xff\xff\r\n', [550]],
      ['\xff\xfa\x18\x01\xff\xf0NOOP\r\n', [200]],
      ['\xff\xf4\xff\xf2ABOR\r\n', [225]],
    ],
  ],
  ['a PROXY header of a stranger (A26)', [['PROXY TCP4 10.0.0.1 10.0.0.2 1 2\r\n', [500]]]],
])('%s', (_title, attacks) => {
  it.each(attacks)('%j', (octets, answer) => play([octets, answer], LOGIN))
})

describe.each<[title: string, attacks: readonly Attack[]]>([
  [
    'guessing (A20)',
    [
      [
        `${'USER nobody\r\nPASS guess\r\n'.repeat(5)}USER joe\r\n`,
        [331, 530, 331, 530, 331, 530, 331, 530, 331, 421, 'closed'],
      ],
      ['PASS secret\r\nCWD /\r\nUSER joe\r\nNOOP\r\nPASS secret\r\n', [503, 530, 331, 200, 503]],
    ],
  ],
  [
    'another protocol (A21)',
    [
      ['GET / HTTP/1.1\r\nHost: a\r\n\r\nUSER joe\r\n', [421, 'closed']],
      ['POST /x HTTP/1.0\r\n\r\nUSER joe\r\nPASS secret\r\n', [421, 'closed']],
      ['EHLO a.test\r\nMAIL FROM:<>\r\n', [421, 'closed']],
    ],
  ],
])('before the login, %s', (_title, attacks) => {
  it.each(attacks)('%j', (octets, answer) => play([octets, answer], ''))
})

it('an option of Telnet is refused where it stands (A25)', async () => {
  for (const { name, pieces } of splits(Buffer.from('\xff\xfd\x01SIZE a\xff\xfb\x03\r\n', 'latin1'))) {
    const client = await HandClient.loggedIn(port)
    await client.ask('TYPE I')
    for (const piece of pieces) {
      client.socket.write(piece)
      await new Promise((resolve) => setImmediate(resolve))
    }
    const answer = '\xff\xfc\x01\xff\xfe\x03213 5\r\n'
    expect(await client.octets(answer.length), name).toBe(answer)
    client.close()
  }
})

/** What the system refuses, for each verb: the code, and nothing of where the files lie. */
it.each<[command: string, code: number]>([
  ['RETR nowhere', 550],
  ['RETR dir', 550],
  ['RETR a/b', 550],
  ['RETR link', 550],
  ['RETR up/secret', 550],
  [`RETR ${'n'.repeat(300)}`, 553],
  ['STOR dir', 550],
  ['STOR nowhere/b', 550],
  ['STOR link/b', 550],
  ['STOR up/b', 550],
  [`STOR ${'n'.repeat(300)}`, 553],
  ['APPE dir', 550],
  ['APPE link', 550],
  ['LIST nowhere', 550],
  ['MLSD a', 501],
  ['DELE dir', 550],
  ['DELE nowhere', 550],
  ['RMD full', 550],
  ['RMD a', 550],
  ['RMD /', 550],
  ['MKD dir', 550],
  ['MKD a/b', 550],
  ['CWD a', 550],
  ['SIZE dir', 550],
  ['MDTM nowhere', 550],
  ['MLST up/secret', 550],
  ['MFMT 20200101000000 nowhere', 550],
  ['SITE CHMOD 600 link', 550],
  ['RNFR nowhere', 550],
])('%s is answered %d, without a word of the host', async (command, code) => {
  const client = await HandClient.loggedIn(port)
  await client.port()
  const reply = await client.ask(command)
  expect(reply).toMatchObject({ code })
  expect(reply.text).not.toContain(place.path)
  expect(reply.text).not.toMatch(/E[A-Z]{4,}|\/tmp|\/proc|errno/)
  expect((await client.ask('NOOP')).code).toBe(200)
  client.close()
})

it('an upload that drips is broken off, and leaves what was there (A19)', async () => {
  const clock = new FakeClock()
  const told: TransferEvent[] = []
  const drained = await serve(
    { timers: new TimerWheel({ clock }) },
    { login: () => disk(root), transfer: (event) => void told.push(event) },
  )
  const client = await HandClient.loggedIn(Number(new URL(drained.url).port))
  await client.ask('TYPE I')
  const data = await client.data()
  expect((await client.ask('STOR a')).code).toBe(125)
  for (let turns = 0; told.length === 0 && turns < 5; turns++) {
    data.socket.write('x')
    // The octet has to be there before its time has passed.
    for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve))
    clock.advance(50_000)
    for (let round = 0; round < 20; round++) await new Promise((resolve) => setImmediate(resolve))
  }
  expect((await client.hear()).text).toBe('426 The data connection is too slow (minTransferRate 100)')
  expect(told).toMatchObject([{ outcome: 'aborted', verb: 'STOR', path: '/a', bytes: 2, code: 426 }])
  expect(await data.ending()).not.toBe('open')
  expect((await client.ask('SIZE a')).text).toBe('213 5')
  client.close()
  await drained.close({ graceMs: 0 })
})

it('none of which has left anything', () => {
  expect(readdirSync(place.path).toSorted()).toEqual(['root', 'secret'])
  expect(readdirSync(root).toSorted()).toEqual(['a', 'dir', 'full', 'link', 'up'])
  expect(events).toEqual([])
})
