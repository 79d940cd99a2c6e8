/**
 * Attacks on the server with their octets: what is said, the replies that are owed for it, and what is kept. How each is played, and what must hold
 * behind all of them, stands in `test/support/smtp-attacks.ts`. What takes time, TLS or several connections has tests of its own below.
 *
 * Not here, because nothing here reads messages yet: MIME bombs, forged header fields, lists of addresses in a header. What servers do to
 * clients is in `smtp-client-attacks.test.ts`.
 */
import { describe, expect, it } from 'vitest'
import { dial } from '../../src/net/dial.ts'
import { serve } from '../../src/smtp/server.ts'
import type { ServeOptions } from '../../src/smtp/server.ts'
import { EXTENSIONS } from '../../src/smtp/extensions.ts'
import { NORMALIZE } from '../../src/smtp/limits.ts'
import { successOf } from '../support/smtp-attacks.ts'
import type { Attack } from '../support/smtp-attacks.ts'
import { RawPeer } from '../support/smtp-peer.ts'
import { settle } from '../support/sockets.ts'
import { splits } from '../support/splits.ts'
import { begun, ENVELOPE, HELLO, Scene } from '../unit/smtp/server-session.ts'
import { LOCALHOST } from '../support/tls.ts'

type Row = readonly [
  name: string,
  bytes: string,
  must: string,
  kept?: readonly string[],
  mayWhenCut?: Attack['mayWhenCut'],
]

function attacks(group: string, from: Attack['from'], rows: readonly Row[], server?: Attack['server']): void {
  const table = rows.map(([name, bytes, replies, kept = [], mayWhenCut]): { name: string; attack: Attack } => {
    const optional = { ...(mayWhenCut && { mayWhenCut }), ...(server && { server }) }
    return { name, attack: { from, bytes, must: { replies, kept }, ...optional } }
  })
  describe(group, () => {
    it.each(table)('$name', async ({ attack }) => {
      expect(await successOf(attack)).toBeUndefined()
    })
  })
}

/** What smugglers put behind an end that is none: with a server that takes it for one, a message of their own. */
const SMUGGLED = 'MAIL FROM:<evil@x.test>\r\nRCPT TO:<evil@y.test>\r\nDATA\r\nstolen\r\n.\r\n'

const NO_ENDS = [
  '\n.\n',
  '\n.\r\n',
  '\r.\r',
  '\r.\r\n',
  '\r\n.\r',
  '\r.\n',
  '\n.\r',
  '\r\n.\n',
  '\r\n\0.\r\n',
  '\r\n.\0\r\n',
  '\r\n.\r\r\n',
  '\n..\r\n',
] as const

/** The message that the end behind `SMUGGLED` ends. */
const stuffed = (content: string): string => `<a@x.test> <b@y.test>: ${content}`

attacks(
  'what ends no content, and makes it unfit to be kept',
  'content',
  NO_ENDS.map((end): Row => [JSON.stringify(end), `a${end}${SMUGGLED}`, '554']),
)

attacks(
  'what ends no content when it is repaired',
  'content',
  (
    [
      ['\n.\n', '\r\n.\r\n'],
      ['\n.\r\n', '\r\n.\r\n'],
      ['\r.\r', ' . '],
      ['\r.\r\n', ' .\r\n'],
      ['\r\n.\r', '\r\n '],
      ['\r.\n', ' .\r\n'],
      ['\n.\r', '\r\n. '],
      ['\r\n.\n', '\r\n\r\n'],
      ['\r\n\0.\r\n', '\r\n .\r\n'],
      ['\r\n.\0\r\n', '\r\n \r\n'],
      ['\r\n.\r\r\n', '\r\n \r\n'],
      ['\n..\r\n', '\r\n..\r\n'],
    ] as const
  ).map(([end, repaired]): Row => {
    return [JSON.stringify(end), `a${end}${SMUGGLED}`, '250', [stuffed(`a${repaired}${SMUGGLED.slice(0, -3)}`)]]
  }),
  { leniency: { content: NORMALIZE } },
)

attacks('what only looks like an end', 'content', [
  ...(
    [
      ['\r\n. \r\n', '\r\n \r\n'],
      ['\r\n.\t\r\n', '\r\n\t\r\n'],
      ['\x0b.\x0b', '\x0b.\x0b'],
      ['\x85.\x85', '\x85.\x85'],
      ['\r\n..\r\n', '\r\n.\r\n'],
    ] as const
  ).map(([end, content]): Row => {
    return [JSON.stringify(end), `a${end}${SMUGGLED}`, '250', [stuffed(`a${content}${SMUGGLED.slice(0, -3)}`)]]
  }),
  ['a first line of two dots', '..\r\n.\r\n', '250', [stuffed('.\r\n')]],
  ['an end at once', '.\r\n', '250', [stuffed('')]],
  ['a stray CR before a true end, which ends', 'a\r\r\n.\r\n', '554'],
])

attacks('what must be waited for', 'envelope', [
  [
    'content behind DATA',
    'DATA\r\nearly\r\n.\r\n',
    '554 end',
    [],
    { replies: '354 250', kept: [stuffed('early\r\n')] },
  ],
  ['commands behind EHLO', 'EHLO b.test\r\nRCPT TO:<evil@y.test>\r\n', '554 end', [], { replies: '250 503' }],
])

attacks('what need not be waited for', 'content', [
  [
    'a group that begins with content',
    'x\r\n.\r\nMAIL FROM:<c@x.test>\r\nRCPT TO:<d@y.test>\r\nRSET\r\n',
    '250 250 250 250',
    [stuffed('x\r\n')],
  ],
])

attacks(
  'envelopes that hold a second command',
  'hello',
  [
    ['a parameter of RCPT on MAIL', 'MAIL FROM:<a@x.test> NOTIFY=NEVER\r\n', '555'],
    ['a bracket in the address', 'MAIL FROM:<a@x.test>> SIZE=1\r\n', '501'],
    [
      'a bracket in quotes, which is quoted again',
      'MAIL FROM:<"a@x.test> SIZE=1"@x.test>\r\nRCPT TO:<b@y.test>\r\nBDAT 3 LAST\r\na\r\n',
      '250 250 250',
      ['<"a@x.test> SIZE=1"@x.test> <b@y.test>: a\r\n'],
    ],
    ['a CR in quotes', 'MAIL FROM:<"a\rb"@x.test>\r\n', '500'],
    ['a quoted CR in quotes', 'MAIL FROM:<"a\\\r\n"@x.test>\r\n', '501 500'],
    ['CRLF in ENVID', 'MAIL FROM:<a@x.test> ENVID=a+0D+0ARSET\r\n', '501'],
    ['CRLF in ORCPT', 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test> ORCPT=rfc822;b+0D+0ARSET\r\n', '250 501'],
    ['NUL in ORCPT', 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test> ORCPT=rfc822;b+00\r\n', '250 501'],
    ['CRLF in AUTH=', 'MAIL FROM:<a@x.test> AUTH=a+0D+0A@x.test\r\n', '501'],
    ['a CR in the name of EHLO', 'EHLO a\rb\r\n', '500'],
    ['a bracket in the name of EHLO', 'EHLO a.test)\r\n', '501'],
  ],
  { extensions: EXTENSIONS },
)

attacks('octets that no command has', 'hello', [
  ['NUL in an address', 'MAIL FROM:<a\0b@x.test>\r\n', '501'],
  ['NUL in a verb', 'NO\0OP\r\n', '500'],
  ['NUL before a line end', 'RSET\0\r\n', '500'],
  ['an octet above 0x7F', 'MAIL FROM:<\xfc@x.test>\r\n', '501'],
  ['the same with SMTPUTF8, where it is no UTF-8', 'MAIL FROM:<\xfc@x.test> SMTPUTF8\r\n', '501'],
  ['a UTF-8 slash that is too long', 'MAIL FROM:<\xc0\xaf@x.test> SMTPUTF8\r\n', '501'],
  ['half of a surrogate pair', 'MAIL FROM:<\xed\xa0\x80@x.test> SMTPUTF8\r\n', '501'],
  ['in EHLO', 'EHLO \xff.test\r\n', '501'],
  ['DEL in an address', 'MAIL FROM:<a\x7f@x.test>\r\n', '501'],
])

attacks(
  'verbs that are none',
  'hello',
  [
    ['a browser', `GET / HTTP/1.1\r\nHost: x\r\n\r\n${SMUGGLED}`, '421 end'],
    ['a form that posts mail', `POST / HTTP/1.1\r\nContent-Length: 100\r\n\r\n${SMUGGLED}`, '421 end'],
    ['a blank before a verb', ' NOOP\r\n', '500'],
    ['a tab before a verb', '\tNOOP\r\n', '500'],
    ['an empty line', '\r\n', '500'],
    ['two commands with a CR between', 'NOOP\rMAIL FROM:<evil@x.test>\r\n', '500'],
    ['two commands with a LF between', 'NOOP\nMAIL FROM:<evil@x.test>\r\n', '500'],
    ['a CR before a verb', '\rNOOP\r\n', '500'],
    ['two CRs before a LF', 'NOOP\r\r\n', '500'],
    ['a long s, which folds to an s', 'R\xc5\xbfET\r\n', '500'],
    ['a Kelvin sign in a keyword', 'MAIL FROM:<a@x.test> \xe2\x84\xaa=1\r\n', '501'],
    ['a dotless i', 'QU\xc4\xb1T\r\n', '500'],
    ['__proto__', '__proto__\r\n', '500'],
    ['constructor', 'constructor\r\n', '500'],
    ['toString', 'toString x\r\n', '500'],
    ['__proto__ as a parameter', 'MAIL FROM:<a@x.test> __proto__=1\r\n', '501'],
    ['constructor as a parameter', 'MAIL FROM:<a@x.test> constructor=1\r\n', '555'],
    ['hasOwnProperty as a parameter', 'MAIL FROM:<a@x.test> hasOwnProperty\r\n', '555'],
    ['valueOf as a mechanism', 'AUTH valueOf\r\n', '504'],
  ],
  { allowCleartextAuth: true },
)

attacks('what is for those alone who are trusted', 'hello', [
  ['PROXY', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n', '500'],
  ['PROXY v2', '\r\n\r\n\0\r\nQUIT\n!\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\0\x19\r\n', '500 500 500 500'],
  ['XCLIENT', 'XCLIENT ADDR=192.0.2.1 LOGIN=joe\r\n', '550'],
  ['XFORWARD', 'XFORWARD ADDR=192.0.2.1\r\n', '550'],
])

attacks(
  'proxies that lie',
  'hello',
  [
    ['CRLF in a name', 'XCLIENT NAME=a.test+0D+0AX\r\n', '501'],
    ['no address', 'XCLIENT ADDR=1.2.3\r\n', '501'],
    ['an unknown attribute', 'XCLIENT __proto__=x\r\n', '501'],
    ['a transaction of somebody else', 'MAIL FROM:<a@x.test>\r\nXCLIENT ADDR=192.0.2.1\r\n', '250 503'],
    ['PROXY once more', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 25\r\n', '500'],
  ],
  { trustedPeers: ['127.0.0.1'] },
)

const LOGIN = Buffer.from('\0joe\0secret').toString('base64')

attacks(
  'logins',
  'hello',
  [
    ['in the clear', `AUTH PLAIN ${LOGIN}\r\n`, '538'],
    ['in the clear, in steps', `AUTH PLAIN\r\n${LOGIN}\r\n`, '538 500'],
  ],
  { tls: LOCALHOST },
)

attacks(
  'lines that are too long',
  'hello',
  [
    ['a command', `NOOP ${'x'.repeat(3000)}\r\n`, '500'],
    ['a verb', `${'x'.repeat(3000)}\r\n`, '500'],
    ['one that hides a command', `NOOP ${'x'.repeat(3000)}RSET\r\n`, '500'],
    ['one with a CR in it', `NOOP ${'x'.repeat(3000)}\rRSET\r\n`, '500'],
    ['one with a LF in it', `NOOP ${'x'.repeat(3000)}\nRSET\r\n`, '500'],
    ['a path', `MAIL FROM:<${'x'.repeat(250)}@x.test>\r\n`, '501'],
    ['a login', `AUTH PLAIN ${'A'.repeat(20_000)}\r\n`, '500'],
    ['a response of a login', `AUTH PLAIN\r\n${'A'.repeat(20_000)}\r\n`, '334 500'],
    ['a size of 20 digits', 'MAIL FROM:<a@x.test> SIZE=99999999999999999999\r\n', '552'],
    ['a size above 2^53', 'MAIL FROM:<a@x.test> SIZE=9007199254740993\r\n', '552'],
    ['a size of 21 digits', 'MAIL FROM:<a@x.test> SIZE=000000000000000000001\r\n', '501'],
    ['a chunk of 20 digits', `BDAT 99999999999999999999 LAST\r\n${SMUGGLED}`, '421 end'],
    ['a chunk above 2^53', `BDAT 9007199254740993\r\n${SMUGGLED}`, '421 end'],
  ],
  { allowCleartextAuth: true },
)

attacks(
  'more than there is room for',
  'envelope',
  [
    [
      'recipients',
      `${'RCPT TO:<c@y.test>\r\n'.repeat(6)}BDAT 3 LAST\r\nx\r\n`,
      '250 452 452 452 452 452 250',
      ['<a@x.test> <b@y.test> <c@y.test>: x\r\n'],
    ],
    ['a chunk', `BDAT 80 LAST\r\n${'NOOP\r\n'.repeat(13)}\r\n`, '552'],
    [
      'chunks',
      `BDAT 40\r\n${'NOOP\r\n'.repeat(6)}RSETBDAT 40\r\n${'NOOP\r\n'.repeat(6)}RSETBDAT 5 LAST\r\nQUIT\n`,
      '250 552 503',
    ],
    ['what is dropped', `BDAT 999999\r\n${SMUGGLED}`, '421 end'],
  ],
  { limits: { maxRecipients: 2, maxMessageBytes: 64, maxDiscardedBytes: 10_000 } },
)

attacks(
  'messages that are too much',
  'content',
  [
    ['octets', `${'NOOP\r\n'.repeat(20)}.\r\n`, '552'],
    ['octets of one line', `${'x'.repeat(100)}\r\n${SMUGGLED}`, '554'],
  ],
  { limits: { maxMessageBytes: 110, maxTextLineBytes: 80 } },
)

attacks('chunks', 'hello', [
  ['without a transaction', `BDAT 26 LAST\r\n${'MAIL FROM:<evil@x.test>\r\n'}Q`, '503'],
  ['without a recipient', 'MAIL FROM:<a@x.test>\r\nBDAT 6\r\nQUIT\r\nBDAT 6 LAST\r\nQUIT\r\n', '250 554 554'],
  [
    'for a recipient that was refused',
    'MAIL FROM:<a@x.test>\r\nRCPT TO:<nobody@y.test>\r\nBDAT 6 LAST\r\nQUIT\r\n',
    '250 550 554',
  ],
  ['a size that is none', 'BDAT -1\r\nQUIT\r\n', '501 end'],
  ['a size in hexadecimal', 'BDAT 0x10\r\nQUIT\r\n', '501 end'],
  ['a size with a sign', 'BDAT +5\r\nQUIT\r\n', '501 end'],
  ['no size', 'BDAT\r\nQUIT\r\n', '501 end'],
  ['another word than LAST', 'BDAT 6 LASTING\r\nQUIT\r\n', '501 end'],
])

attacks('chunks of a message', 'envelope', [
  [
    'DATA between',
    'BDAT 3\r\na\r\nDATA\r\nBDAT 3 LAST\r\nb\r\n',
    '250 554 end',
    [],
    { replies: '250 503 250', kept: [stuffed('a\r\nb\r\n')] },
  ],
  ['a chunk behind the last', 'BDAT 3 LAST\r\na\r\nBDAT 6 LAST\r\nQUIT\r\n', '250 503', [stuffed('a\r\n')]],
  ['a dot on a line of its own', 'BDAT 9 LAST\r\na\r\n.\r\nb\r\nRSET\r\n', '250 250', [stuffed('a\r\n.\r\nb\r\n')]],
  ['bare LFs', `BDAT 8\r\na\n.\nRSETBDAT 6 LAST\r\nQUIT\r\n`, '554 503'],
  ['RSET, which forgets them', 'BDAT 3\r\na\r\nRSET\r\nBDAT 6 LAST\r\nQUIT\r\n', '250 250 503'],
])

const many = (times: number, code: string): string => Array.from({ length: times }, () => code).join(' ')

attacks(
  'floods',
  'hello',
  [
    ['NOOP', 'NOOP\r\n'.repeat(12), `${many(9, '250')} 421 end`],
    ['RSET', 'RSET\r\n'.repeat(12), `${many(9, '250')} 421 end`],
    ['VRFY', 'VRFY a\r\n'.repeat(12), `${many(9, '252')} 421 end`],
    ['commands that are none', 'X\r\n'.repeat(12), `${many(5, '500')} 421 end`],
    ['the same in one line end', '\r\n'.repeat(12), `${many(5, '500')} 421 end`],
    ['logins that fail', `AUTH PLAIN ${LOGIN}A===\r\n`.repeat(12), `${many(5, '501')} 421 end`],
    [
      'recipients that are refused',
      `MAIL FROM:<>\r\n${'RCPT TO:<nobody@y.test>\r\n'.repeat(12)}`,
      `250 ${many(8, '550')} 421 end`,
    ],
    ['transactions without a message', `${ENVELOPE}RSET\r\n`.repeat(6), `${many(9, '250')} 421 end`],
  ],
  { limits: { maxErrors: 5, maxCommandsWithoutMessage: 10 }, allowCleartextAuth: true },
)

/** A client of a server that listens, and the messages that the server has kept. */
async function withListener(
  options: Partial<ServeOptions>,
  test: (connect: () => Promise<RawPeer>, kept: string[]) => Promise<void>,
): Promise<void> {
  const kept: string[] = []
  const server = await serve(
    { hostname: 'mx.test', ...options },
    { message: ({ trace }) => void kept.push(trace.received) },
  )
  const { address } = server
  const peers: RawPeer[] = []
  const connect = async (): Promise<RawPeer> => {
    const peer = new RawPeer(await dial({ host: '127.0.0.1', port: 'port' in address ? address.port : 0 }))
    peers.push(peer)
    return peer
  }
  try {
    await test(connect, kept)
  } finally {
    for (const peer of peers) peer.vanish()
    await server.close({ graceMs: 0 })
  }
}

describe('PROXY headers, from whom they are demanded', () => {
  const PROXIES = { proxyFrom: ['127.0.0.1'] }
  const V2 = '\r\n\r\n\0\r\nQUIT\n'

  it.each([
    ['none', 'EHLO a.test\r\n'],
    ['a first line without an end', `PROXY TCP4 ${'1'.repeat(1000)}`],
    ['an address that is none', 'PROXY TCP4 1.2.3.4.5 192.0.2.2 1 25\r\n'],
    ['a port that is none', 'PROXY TCP4 192.0.2.1 192.0.2.2 99999 25\r\n'],
    ['a LF for a CRLF', 'PROXY TCP4 192.0.2.1 192.0.2.2 1 25\n'],
    ['binary that is too short for its family', `${V2}!\x11\0\x04\xc0\0\x02\x01`],
    ['binary of another version', `${V2}\x11\x11\0\x0c\xc0\0\x02\x01\xc0\0\x02\x02\0\x01\0\x19`],
    ['binary that says it is 64 KiB', `${V2}!\x11\xff\xff${'x'.repeat(65_535)}`],
  ])('%s', async (_, header) => {
    await withListener(PROXIES, async (connect, kept) => {
      const peer = await connect()
      await peer.say(`${header}${HELLO}`).catch(() => {})
      expect(await peer.rest()).not.toContain('250')
      expect(kept).toEqual([])
    })
  })

  it('wherever a true one is cut, and a second is a command that is none', async () => {
    const header = Buffer.from('PROXY TCP4 192.0.2.7 192.0.2.2 1 25\r\n')
    await withListener(PROXIES, async (connect, kept) => {
      for (const { pieces } of splits(header, { maxCuts: 8, random: 1 })) {
        const peer = await connect()
        for (const piece of pieces) {
          await peer.say(piece.toString('latin1'))
          await settle(2)
        }
        expect(await peer.codes(1)).toBe('220')
        expect(await peer.ask('PROXY TCP4 192.0.2.8 192.0.2.2 1 25\r\n')).toBe('500')
        await peer.ask(HELLO)
        expect(await peer.ask(`${ENVELOPE}BDAT 3 LAST\r\nx\r\n`, 3)).toBe('250 250 250')
        expect(kept.pop()).toContain('from a.test ([192.0.2.7])')
      }
    })
  })
})

describe('XCLIENT', () => {
  it('does not keep the login of the one before', async () => {
    const users: unknown[] = []
    const options = { trustedPeers: ['127.0.0.1'], allowCleartextAuth: true }
    const server = await serve(
      { hostname: 'mx.test', ...options },
      { auth: { password: () => true }, mail: ({ peer }) => void users.push(peer.user), message: () => true },
    )
    const { address } = server
    const peer = new RawPeer(await dial({ host: '127.0.0.1', port: 'port' in address ? address.port : 0 }))
    await peer.codes(1)
    await peer.ask(HELLO)
    expect(await peer.ask(`AUTH PLAIN ${LOGIN}\r\n`)).toBe('235')
    expect(await peer.ask('XCLIENT ADDR=192.0.2.9\r\n')).toBe('220')
    await peer.ask(HELLO)
    expect(await peer.ask('MAIL FROM:<a@x.test>\r\n')).toBe('250')
    expect(users).toEqual([undefined])
    peer.vanish()
    await server.close({ graceMs: 0 })
  })

  it('tells a name that goes into no header', async () => {
    await withListener({ trustedPeers: ['127.0.0.1'] }, async (connect, kept) => {
      const peer = await connect()
      await peer.codes(1)
      await peer.ask(HELLO)
      expect(await peer.ask('XCLIENT NAME=evil.test+0D+0AX-Evil:+20yes ADDR=192.0.2.9\r\n')).toBe('501')
      expect(await peer.ask('XCLIENT NAME=evil)\x00 ADDR=192.0.2.9\r\n')).toBe('501')
      expect(await peer.ask(`${ENVELOPE}BDAT 3 LAST\r\nx\r\n`, 3)).toBe('250 250 250')
      expect(kept.join('')).toMatch(
        /^Received: from a\.test \(\[127\.0\.0\.1\]\)\r\n by mx\.test [^\r\n]*\r\n for <b@y\.test>;[^\r\n]*\r\n$/,
      )
    })
  })
})

describe('clients that use up what there is', () => {
  it('send an octet now and then: of a greeting, of commands', async () => {
    const scene = await begun({}, { timeouts: { commandMs: 1000 } })
    for (const octet of 'NOOP x') {
      await scene.peer.say(octet)
      await settle()
      scene.clock.advance(160)
    }
    await settle()
    scene.clock.advance(100)
    expect(await scene.peer.rest()).toBe('421 4.4.2 mx.test Timeout, closing connection\n')
  })

  it('send an octet now and then: of content, of chunks', async () => {
    for (const [beginning, codes] of [
      [`${ENVELOPE}DATA\r\n`, '250 250 354'],
      [`${ENVELOPE}BDAT 5000 LAST\r\n`, '250 250'],
    ] as const) {
      const scene = await begun({}, { timeouts: { blockMs: 1000 }, limits: { minBlockBytes: 10 } })
      expect(await scene.peer.ask(beginning, codes.split(' ').length)).toBe(codes)
      for (let octet = 0; octet < 6; octet++) {
        await settle()
        scene.clock.advance(190)
        await scene.peer.say('x').catch(() => {})
      }
      await settle()
      scene.clock.advance(300)
      expect(await scene.peer.rest()).toBe('421 4.4.2 mx.test Timeout, closing connection\n')
      expect(scene.kept).toEqual([])
    }
  })

  it('never read', async () => {
    let answered = 0
    const vrfy = (): void => void answered++
    const scene = await begun({ vrfy }, { timeouts: { blockMs: 1000 }, limits: { maxCommandsWithoutMessage: 1e6 } })
    for (let round = 0; round < 20; round++) {
      scene.client.push([Buffer.from('VRFY joe\r\n'.repeat(2000))])
      await settle()
    }
    // It is held back: nothing is read as long as what was answered does not leave.
    expect(answered).toBeLessThan(20_000)
    for (let second = 0; second < 5; second++) {
      scene.clock.advance(1000)
      await settle()
    }
    await scene.session.done
  })

  it('begin TLS, and say no more', async () => {
    const scene = await begun({}, { tls: LOCALHOST })
    expect(await scene.peer.ask('STARTTLS\r\n')).toBe('220')
    for (let minute = 0; minute < 10; minute++) {
      await settle()
      scene.clock.advance(60_000)
    }
    await scene.session.done
    expect(scene.errors).toEqual([])
  })

  it('say nothing at all', async () => {
    const scene = new Scene()
    expect(await scene.peer.codes(1)).toBe('220')
    await settle()
    scene.clock.advance(301_000)
    expect(await scene.peer.rest()).toBe('421 4.4.2 mx.test Timeout, closing connection\n')
  })

  it('come all at once', async () => {
    await withListener({ maxConnectionsPerAddress: 2, maxConnections: 3, whenFull: 'refuse' }, async (connect) => {
      const peers = [await connect(), await connect()]
      for (const peer of peers) expect(await peer.codes(1)).toBe('220')
      expect(await (await connect()).codes(2)).toBe('421 end')
      expect(await peers[0]?.ask('QUIT\r\n', 2)).toBe('221 end')
      await settle()
      expect(await (await connect()).codes(1)).toBe('220')
    })
  })
})
