/**
 * Attacks on the client with their octets, by servers and by whoever sits in between; and by those whose words it is given to send. It must
 * never say what its caller did not mean: no content that ends early elsewhere, no command out of an address, no secret to whom it does not
 * know. Each is played over pairs in memory, whole, octet by octet and cut in two everywhere, and over TCP.
 *
 * Not here, because nothing here writes headers yet: line ends in a subject, names of fields, DKIM tags. A proxy's CONNECT is the matter of
 * `test/unit/net`. What clients do to the server is in `smtp-attacks.test.ts`.
 */
import { describe, expect, it } from 'vitest'
import type { Socket } from '../../src/net/socket.ts'
import { Client, connect } from '../../src/smtp/client.ts'
import type { ClientOptions } from '../../src/smtp/client-options.ts'
import { NORMALIZE, REFUSE, UNIX_LINES } from '../../src/smtp/limits.ts'
import type { OutgoingMessage } from '../../src/smtp/message.ts'
import type { Question } from '../../src/smtp/client.ts'
import { serve } from '../../src/smtp/server.ts'
import { cuts, Liar } from '../support/smtp-liar.ts'
import type { Lies } from '../support/smtp-liar.ts'
import { splits } from '../support/splits.ts'
import { CA } from '../support/tls.ts'

const MESSAGE: OutgoingMessage = { from: 'a@x.test', to: ['b@y.test', 'c@y.test'], message: 'SECRET\r\n' }

type Act = (client: Client) => Promise<unknown>

const sendIt: Act = (client) => client.send(MESSAGE)

/** What came of it: `done`, or the code of the error. */
async function outcomeOf(socket: Socket, options: ClientOptions, act: Act): Promise<string> {
  try {
    const client = await Client.on(socket, { hostname: 'c.test', ...options })
    try {
      await act(client)
      return 'done'
    } finally {
      await client.quit()
    }
  } catch (error) {
    return codeOf(error)
  }
}

/** A broken sending tells why in its cause. */
function codeOf(error: unknown): string {
  const { code, cause } = error as { code?: string; cause?: { code?: string } }
  return cause?.code ?? code ?? String(error)
}

interface Meeting {
  readonly lies: Lies
  readonly options?: ClientOptions
  readonly act?: Act
  /** What may come of it. */
  readonly outcomes: readonly string[]
  /** What the server may have heard, at most. */
  readonly heard: RegExp
  /** Up to where what is said is cut in two. */
  readonly most?: number
}

/** Plays it in every way. */
async function meet({ lies, options = {}, act = sendIt, outcomes, heard, most }: Meeting): Promise<void> {
  const longest = most ?? Math.max(...Object.values(lies).map((said) => said.length), 2)
  for (const { name, cut } of cuts(Math.min(longest, 120))) {
    const liar = new Liar(lies)
    expect(outcomes, name).toContain(await outcomeOf(liar.inMemory(cut), options, act))
    expect(liar.heard, name).toMatch(heard)
  }
  const liar = new Liar(lies)
  expect(outcomes, 'over TCP').toContain(await liar.overTcp((socket) => outcomeOf(socket, options, act)))
  expect(liar.heard, 'over TCP').toMatch(heard)
}

const GREETED = /^(?:EHLO c\.test\r\n)?(?:QUIT\r\n)?$/
/** One envelope at most, however far it came, and nothing of the content. */
const ENVELOPED = /^(?![^]*(?:SECRET|MAIL[^]*MAIL))(?:EHLO|$)/
describe('a greeting', () => {
  it.each<[string, string, string[]]>([
    ['of another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', ['SMTP_REPLY_SYNTAX']],
    ['with a code of two digits', '22 mx\r\n', ['SMTP_REPLY_SYNTAX']],
    ['with a code of four', '2200 mx\r\n', ['SMTP_REPLY_SYNTAX']],
    ['with a letter behind its code', '220X mx\r\n', ['SMTP_REPLY_SYNTAX']],
    ['with the code 000', '000 mx\r\n', ['SMTP_REPLY_SYNTAX']],
    ['with the code 120', '120 mx\r\n', ['SMTP_REPLY_SYNTAX']],
    ['with the code 620', '620 mx\r\n', ['SMTP_REPLY_SYNTAX']],
    ['that contradicts itself', '220-mx\r\n554 no\r\n', ['SMTP_REPLY_CODES']],
    ['in lines of LF', '220 mx\n', ['SMTP_REPLY_BARE_LF']],
    ['with a CR in it', '220 mx\revil\r\n', ['SMTP_REPLY_BARE_CR']],
    ['that goes on for ever', '220-mx\r\n'.repeat(300), ['SMTP_REPLY_LINES_MANY']],
    ['whose line goes on for ever', `220 ${'x'.repeat(5000)}`, ['SMTP_REPLY_LINE_TOO_LONG']],
    ['that says 354', '354 go\r\n', ['SMTP_REPLY_WRONG']],
    ['with the answer to EHLO', '220 mx\r\n250-mx\r\n250 AUTH PLAIN\r\n', ['SMTP_REPLY_UNASKED', 'SMTP_REPLY_WRONG']],
    ['that says it is closing', '421 mx\r\n', ['SMTP_REPLY']],
  ])('%s', async (_, greeting, outcomes) => {
    // An answer that comes before its question, but not with the greeting, is taken for one until there is another.
    const heard = outcomes.includes('SMTP_REPLY_UNASKED') ? ENVELOPED : GREETED
    await meet({ lies: { greeting }, outcomes, heard, most: Math.min(greeting.length, 40) })
  })

  it('with any text at all is one', async () => {
    for (const greeting of ['220\r\n', '220 \r\n', '220 \xff\x80\0\r\n', '220-a\r\n220 b\r\n']) {
      await meet({ lies: { greeting }, outcomes: ['done'], heard: /\r\nSECRET\r\n\.\r\nQUIT\r\n$/ })
    }
  })
})

describe('an answer to EHLO', () => {
  it.each<[string, string, string[]]>([
    ['that goes on for ever', '250-SIZE\r\n'.repeat(300), ['SMTP_REPLY_LINES_MANY']],
    ['whose line goes on for ever', `250-${'x'.repeat(5000)}`, ['SMTP_REPLY_LINE_TOO_LONG']],
    ['that contradicts itself', '250-mx\r\n550 PIPELINING\r\n', ['SMTP_REPLY_CODES']],
    ['that comes twice', '250 mx\r\n250 mx\r\n', ['SMTP_REPLY_UNASKED', 'SMTP_REPLY_WRONG']],
    ['that says 354', '354 go\r\n', ['SMTP_REPLY_WRONG']],
    ['that asks for a password', '334 UGFzc3dvcmQ6\r\n', ['SMTP_REPLY_WRONG']],
  ])('%s', async (_, EHLO, outcomes) => {
    await meet({ lies: { EHLO }, outcomes, heard: ENVELOPED, most: Math.min(EHLO.length, 40) })
  })

  it('that offers by its name offers nothing', async () => {
    const lies = { EHLO: '250-PIPELINING 8BITMIME\r\n250 SIZE\r\n' }
    const act: Act = (client) => client.send({ ...MESSAGE, message: '\xfc\r\n' })
    await meet({ lies, act, outcomes: ['SMTP_NOT_OFFERED'], heard: GREETED })
  })

  it('that offers prototypes offers nothing', async () => {
    const lies = { EHLO: '250-mx\r\n250-__proto__\r\n250 constructor\r\n' }
    const act: Act = (client) => client.send({ ...MESSAGE, parameters: { RET: 'HDRS' } })
    await meet({ lies, act, outcomes: ['SMTP_SEND_PARAMETER', 'SMTP_NOT_OFFERED'], heard: GREETED })
  })
})

describe('answers to an envelope', () => {
  it.each<[string, Lies, string[]]>([
    ['354 to MAIL', { MAIL: '354 go\r\n' }, ['SMTP_REPLY_WRONG']],
    ['354 to RCPT', { RCPT: '354 go\r\n' }, ['SMTP_REPLY_WRONG']],
    ['two to MAIL', { MAIL: '250 a\r\n250 b\r\n' }, ['SMTP_REPLY_WRONG', 'SMTP_REPLY_UNASKED']],
    ['yes to DATA', { DATA: '250 kept\r\n' }, ['SMTP_REPLY_WRONG']],
    ['yes to DATA, twice', { DATA: '250 kept\r\n250 kept\r\n' }, ['SMTP_REPLY_WRONG']],
    ['421 in the middle', { RCPT: '421 bye\r\n' }, ['SMTP_REPLY']],
    ['other codes in one reply', { RCPT: '250-a\r\n550 b\r\n' }, ['SMTP_REPLY_CODES']],
    ['nothing but a line end', { MAIL: '\r\n' }, ['SMTP_REPLY_SYNTAX']],
    ['no to all, and then 354', { RCPT: '550 no\r\n', DATA: '354 go\r\n' }, ['SMTP_REPLY']],
  ])('%s', async (_, lies, outcomes) => {
    await meet({ lies, outcomes, heard: ENVELOPED })
  })

  it('two to DATA: content that has begun does not come to its end', async () => {
    // In one piece: a second answer that comes late cannot be told from that to the content.
    const liar = new Liar({ DATA: '354 a\r\n250 kept\r\n' })
    expect(await outcomeOf(liar.inMemory(), {}, sendIt)).toBe('SMTP_REPLY_UNASKED')
    expect(liar.heard).not.toContain('\r\n.\r\n')
  })
})

describe('STARTTLS', () => {
  const EHLO = '250-mx\r\n250-AUTH PLAIN LOGIN\r\n250 STARTTLS\r\n'
  const LOGIN = { type: 'password', user: 'joe', password: 'secret' } as const
  const TLS = { ca: CA, servername: 'localhost' }
  /** No more commands in the clear; what follows can only be TLS. */
  const UNTOLD = /^EHLO c\.test\r\n(?:STARTTLS\r\n)?(?:QUIT\r\n)?(?![A-Z])/

  it.each<[string, Lies, ClientOptions, string[]]>([
    ['that is taken out', { EHLO: '250-mx\r\n250 AUTH PLAIN\r\n' }, { starttls: 'required' }, ['SMTP_NOT_OFFERED']],
    [
      'that is taken out before a login',
      { EHLO: '250-mx\r\n250 AUTH PLAIN\r\n' },
      { login: LOGIN },
      ['SMTP_NOT_OFFERED'],
    ],
    [
      'that is blanked out',
      { EHLO: '250-mx\r\n250-AUTH PLAIN\r\n250 XXXXXXXA\r\n' },
      { login: LOGIN },
      ['SMTP_NOT_OFFERED'],
    ],
    ['that has no time', { EHLO, STARTTLS: '454 later\r\n' }, { starttls: 'required' }, ['SMTP_REPLY']],
    ['that is refused', { EHLO, STARTTLS: '502 no\r\n' }, { starttls: 'required' }, ['SMTP_REPLY']],
    ['that is refused before a login', { EHLO, STARTTLS: '554 no\r\n' }, { login: LOGIN }, ['SMTP_REPLY']],
    [
      'that is opportunistic and refused before a login',
      { EHLO, STARTTLS: '454 no\r\n' },
      { login: LOGIN, starttls: 'opportunistic' },
      ['SMTP_AUTH_MECHANISM', 'SMTP_REPLY'],
    ],
    ['that is answered oddly', { EHLO, STARTTLS: '250 ok\r\n' }, { starttls: 'required' }, ['SMTP_REPLY_WRONG']],
    ['never, before a login', { EHLO }, { login: LOGIN, starttls: 'none' }, ['SMTP_AUTH_MECHANISM']],
  ])('%s', async (_, lies, options, outcomes) => {
    await meet({ lies, options: { tls: TLS, ...options }, outcomes, heard: UNTOLD })
  })

  it.each(['250-evil\r\n250 AUTH PLAIN\r\n', '220 again\r\n', '250', '\0', '\x16\x03\x01'])(
    'with %j planted behind its 220',
    async (planted) => {
      const lies = { EHLO, STARTTLS: `220 go\r\n${planted}` }
      const outcomes = ['SMTP_TLS_LEFTOVER', 'NET_TLS_LEFTOVER', 'NET_TLS_HANDSHAKE', 'NET_RESET', 'NET_CLOSED']
      // What comes late stands where the handshake should be: that never ends where it could be the beginning of one.
      const isHandshake = planted.startsWith('\x16')
      const options: ClientOptions = {
        starttls: 'required',
        tls: TLS,
        login: LOGIN,
        ...(isHandshake && { timeouts: { replyMs: 50 } }),
      }
      if (isHandshake) {
        const liar = new Liar(lies)
        expect(outcomes).toContain(await outcomeOf(liar.inMemory(), options, sendIt))
        expect(liar.heard).toMatch(UNTOLD)
      } else await meet({ lies, options, outcomes, heard: UNTOLD })
    },
  )
})

describe('content that ends early elsewhere', () => {
  const EVIL = 'MAIL FROM:<evil@x.test>\r\nRCPT TO:<evil@y.test>\r\nDATA\r\nstolen\r\n'
  const SEVEN = ['\n.\n', '\n.\r', '\r.\n', '\r.\r', '\n.\r\n', '\r.\r\n', '\r\n\0.\r\n'] as const
  const MORE = [
    '\r\n.\r\n',
    '\r\n.\n',
    '\r\n.\r',
    '.\r\n',
    '.\n',
    '\r\n.\0\r\n',
    '\r\r\n.\r\n',
    '\n..\r\n',
    '\r\n.',
  ] as const

  it.each([...SEVEN, ...MORE])('%j never leaves, whatever the pieces', async (end) => {
    for (const content of [`a${end}${EVIL}`, `${end}${EVIL}`, `a${end}`]) {
      for (const policy of [UNIX_LINES, REFUSE, NORMALIZE]) {
        for (const { name, pieces } of splits(Buffer.from(content, 'latin1'), { maxCuts: 12, random: 1 })) {
          const liar = new Liar({})
          const act: Act = (client) => client.send({ ...MESSAGE, message: pieces })
          await outcomeOf(liar.inMemory(), { content: policy, chunking: 'never' }, act)
          expect(faultOf(liar.heard), `${name} of ${JSON.stringify(content)}`).toBeUndefined()
        }
      }
    }
  })

  it.each([...SEVEN, ...MORE])('%j brings no second message to our server, by DATA and by BDAT', async (end) => {
    const kept: string[] = []
    const server = await serve(
      { hostname: 'mx.test' },
      {
        message: async ({ envelope, body }) => {
          let text = ''
          for await (const chunk of body) text += Buffer.from(chunk).toString('latin1')
          kept.push(`${envelope.from?.localPart} ${text}`)
        },
      },
    )
    const { address } = server
    for (const chunking of ['never', 'whenOffered'] as const) {
      for (const content of [UNIX_LINES, NORMALIZE]) {
        const client = await connect(`smtp://127.0.0.1:${'port' in address ? address.port : 0}`, { chunking, content })
        await client.send({ ...MESSAGE, message: [`a${end}`, EVIL] }).catch(() => {})
        await client.quit()
      }
    }
    await server.close({ graceMs: 0 })
    expect(kept.every((message) => message.startsWith('a a'))).toBe(true)
    expect(kept.length).toBeLessThanOrEqual(4)
  })

  /** Why what was heard holds more than one message, or octets that a receiver may take for an end. */
  function faultOf(heard: string): string | undefined {
    const [, content] = heard.split('DATA\r\n', 2)
    if (content === undefined) return heard.includes('evil') ? 'an evil command' : undefined
    const rest = heard.slice(heard.indexOf('DATA\r\n') + 'DATA\r\n'.length)
    if (rest.includes('\0') || /\r(?!\n)|(?<!\r)\n/.test(rest.replace(/\r$/, '')))
      return `an octet that must not be: ${JSON.stringify(rest)}`
    const ends = [...`\r\n${rest}`.matchAll(/\r\n\.(?=\r\n)/g)].length
    if (ends > 1) return `${ends} ends`
    const behind = ends === 1 ? `\r\n${rest}`.slice(`\r\n${rest}`.indexOf('\r\n.\r\n') + 5) : ''
    return /^(?:QUIT\r\n)?$/.test(behind) ? undefined : `behind the end: ${behind}`
  }
})

describe('words that hold a command', () => {
  const sending =
    (more: Partial<OutgoingMessage>): Act =>
    (client) =>
      client.send({ ...MESSAGE, ...more })
  const asking =
    (question: Question): Act =>
    (client) =>
      client.ask(question)

  it.each<[string, Act, string[]]>([
    ['a sender', sending({ from: 'a@x.test>\r\nRCPT TO:<v@y.test' }), ['SMTP_SEND_PATH']],
    ['a recipient', sending({ to: 'b@y.test>\r\nRCPT TO:<v@y.test' }), ['SMTP_SEND_PATH']],
    ['a recipient with a parameter', sending({ to: 'b@y.test> NOTIFY=NEVER' }), ['SMTP_SEND_PATH']],
    ['a sender with a LF', sending({ from: 'a\nb@x.test' }), ['SMTP_SEND_PATH']],
    ['a sender with a quoted LF', sending({ from: '"a\\\nb"@x.test' }), ['SMTP_SEND_PATH']],
    ['a sender with a NUL', sending({ from: '"a\0b"@x.test' }), ['SMTP_SEND_PATH']],
    ['a sender with a DEL', sending({ from: 'a\x7f@x.test' }), ['SMTP_SEND_PATH']],
    ['a domain with a CR', sending({ from: 'a@x.test\r' }), ['SMTP_SEND_PATH']],
    ['a path in parts', sending({ from: { localPart: 'a\r\nDATA', domain: 'x.test' } }), ['SMTP_SEND_PATH']],
    ['a domain in parts', sending({ to: { localPart: 'b', domain: 'y.test>\r\nDATA' } }), ['SMTP_SEND_PATH']],
    [
      'a domain with a bracket',
      sending({ to: { localPart: 'b', domain: 'y.test> NOTIFY=NEVER' } }),
      ['SMTP_SEND_PATH'],
    ],
    ['a list in one', sending({ to: 'b@y.test,c@y.test' }), ['SMTP_SEND_PATH']],
    ['a comment', sending({ to: 'b@y.test(x)evil.test' }), ['SMTP_SEND_PATH']],
    ['a soft hyphen in a domain', sending({ to: 'b@y\xad.test' }), ['SMTP_SEND_PATH', 'SMTP_NOT_OFFERED']],
    [
      'a size',
      sending({ parameters: { SIZE: '1\r\nRSET' as unknown as number } }),
      ['SMTP_SEND_PARAMETER', 'SMTP_NOT_OFFERED'],
    ],
    ['a body', sending({ parameters: { BODY: '7BIT\r\nRSET' as '7BIT' } }), ['SMTP_SEND_PARAMETER']],
    ['RET', sending({ parameters: { RET: 'HDRS\r\nRSET' as 'HDRS' } }), ['SMTP_SEND_PARAMETER']],
    ['VRFY', asking({ type: 'vrfy', argument: 'joe\r\nRSET' }), ['SMTP_SEND_COMMAND']],
    ['VRFY with a LF', asking({ type: 'vrfy', argument: 'joe\nRSET' }), ['SMTP_SEND_COMMAND']],
    ['HELP', asking({ type: 'help', argument: '\r\nRSET' }), ['SMTP_SEND_COMMAND']],
    ['ETRN', asking({ type: 'etrn', argument: 'x.test\r\nRSET' }), ['SMTP_SEND_COMMAND']],
  ])('%s', async (_, act, outcomes) => {
    await meet({ lies: {}, act, outcomes, heard: /^EHLO c\.test\r\nQUIT\r\n$/ })
  })

  it('which are quoted: an address that was only odd', async () => {
    for (const [localPart, written] of [
      ['foo@psres.net> ORCPT=admin@admin.com', '"foo@psres.net> ORCPT=admin@admin.com"'],
      ['xclow3n@gmail.com x', '"xclow3n@gmail.com x"'],
      ['a"b\\c', '"a\\"b\\\\c"'],
    ] as const) {
      const act = sending({ from: { localPart, domain: 'test.com' } })
      const liar = new Liar({})
      expect(await outcomeOf(liar.inMemory(), {}, act)).toBe('done')
      expect(liar.heard).toContain(
        `\r\nMAIL FROM:<${written}@test.com>\r\nRCPT TO:<b@y.test>\r\nRCPT TO:<c@y.test>\r\nDATA\r\n`,
      )
    }
  })

  it('which are encoded: an ENVID, an ORCPT', async () => {
    const to = { address: 'b@y.test', parameters: { ORCPT: { type: 'rfc822', address: 'b+c=d@y.test' } } }
    const liar = new Liar({})
    await outcomeOf(liar.inMemory(), {}, sending({ to, parameters: { ENVID: 'a b+c' } }))
    expect(liar.heard).toContain('MAIL FROM:<a@x.test> ENVID=a+20b+2Bc\r\n')
    for (const ENVID of ['a\r\nRSET', 'a\nb', 'a\0b']) {
      await meet({
        lies: {},
        act: sending({ parameters: { ENVID } }),
        outcomes: ['SMTP_SEND_PARAMETER'],
        heard: GREETED,
      })
    }
    const evil = { address: 'b@y.test', parameters: { ORCPT: { type: 'rfc822\r\nRSET', address: 'b@y.test' } } }
    await meet({ lies: {}, act: sending({ to: evil }), outcomes: ['SMTP_SEND_PARAMETER'], heard: GREETED })
  })

  it.each(['c.test\r\nMAIL FROM:<evil@x.test>', 'c\ntest', 'c test', ''])('a name of our own: %j', async (hostname) => {
    await meet({ lies: {}, options: { hostname }, outcomes: ['SMTP_SEND_COMMAND'], heard: /^(?:QUIT\r\n)?$/ })
  })
})
