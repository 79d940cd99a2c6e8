/** Our client, at the servers that people use. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, send } from '../../src/smtp/client.ts'
import { Pool } from '../../src/smtp/pool.ts'
import { describePeer } from '../support/peers.ts'
import { Daemon, freePort } from '../support/programs.ts'
import { CA } from '../support/tls.ts'

const MESSAGE = 'Subject: x\n\n.\n..dots\nthe end'
const RECEIVED = 'Subject: x\r\n\r\n.\r\n..dots\r\nthe end\r\n'

/** aiosmtpd as a library, so that it can choose its port and print what it got. */
const AIOSMTPD = `
import asyncio, base64, sys
from aiosmtpd.smtp import SMTP
class Handler:
    async def handle_RCPT(self, server, session, envelope, address, options):
        if address.startswith('reject'):
            return '550 5.1.1 no such mailbox'
        envelope.rcpt_tos.append(address)
        return '250 OK'
    async def handle_DATA(self, server, session, envelope):
        print('GOT', envelope.mail_from, ','.join(envelope.rcpt_tos), base64.b64encode(envelope.content).decode(), flush=True)
        return '250 2.0.0 kept'
async def main():
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(Handler(), data_size_limit=5000, loop=loop), '127.0.0.1', 0)
    print('PORT', server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
`

describePeer('aiosmtpd', () => {
  let daemon: Daemon
  let url: string
  beforeEach(async () => {
    // Its program is a script of the system's Python, which alone has the library.
    daemon = new Daemon('/usr/bin/python3', ['-c', AIOSMTPD])
    const [, port] = await daemon.printed(/PORT (\d+)\n/)
    url = `smtp://127.0.0.1:${port}`
  })
  afterEach(() => daemon.stop())

  it('takes a message, and refuses a recipient', async () => {
    const { accepted, refused } = await send(url, {
      from: 'a@x.test',
      to: ['b@y.test', 'reject@y.test'],
      message: MESSAGE,
    })
    expect(accepted).toMatchObject([{ address: 'b@y.test' }])
    expect(refused).toMatchObject([{ address: 'reject@y.test', reply: { code: 550, enhanced: '5.1.1' } }])
    const [, from, to, content = ''] = await daemon.printed(/GOT (\S+) (\S+) (\S+)\n/)
    expect([from, to]).toEqual(['a@x.test', 'b@y.test'])
    expect(Buffer.from(content, 'base64').toString()).toBe(RECEIVED)
  })

  it('takes several messages in a session, 8-bit ones too', async () => {
    const client = await connect(url)
    expect(client.capabilities.has('PIPELINING')).toBe(false)
    for (const message of ['one\n', ['t', 'w', 'o', '\n'], 'dreißig\n']) {
      await client.send({ from: '', to: 'b@y.test', message })
    }
    await client.quit()
    await daemon.printed(/(?:GOT [^]*){3}\n/)
    const contents = [...daemon.output.matchAll(/GOT .* (\S+)\n/g)].map(([, content = '']) => content)
    expect(contents.map((content) => Buffer.from(content, 'base64').toString())).toEqual([
      'one\r\n',
      'two\r\n',
      'dreißig\r\n',
    ])
  })

  it('is not asked to take what is too big for it', async () => {
    const message = { from: 'a@x.test', to: 'b@y.test', message: 'x'.repeat(5000) }
    await expect(send(url, message)).rejects.toMatchObject({ code: 'SMTP_MESSAGE_TOO_BIG', side: 'local' })
  })
})

/** The same with TLS, by STARTTLS or from the first octet, and with users, of whom it wants a login; UTF-8 where it is told so. */
const AIOSMTPD_SUBMISSION = `
import asyncio, base64, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult, LoginPassword
certificate, key, mode = sys.argv[1:4]
context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(certificate, key)
class Handler:
    async def handle_DATA(self, server, session, envelope):
        text = base64.b64encode(envelope.content).decode()
        print('GOT', base64.b64encode(envelope.mail_from.encode()).decode(), session.auth_data, envelope.smtp_utf8, text, flush=True)
        return '250 2.0.0 kept'
def authenticate(server, session, envelope, mechanism, login):
    if isinstance(login, LoginPassword) and login.password == b'secret':
        return AuthResult(success=True, auth_data=mechanism)
    return AuthResult(success=False, handled=False)
async def main():
    loop = asyncio.get_running_loop()
    options = dict(authenticator=authenticate, auth_required=True, enable_SMTPUTF8=True, loop=loop)
    if mode == 'starttls':
        options.update(tls_context=context, require_starttls=True)
    else:
        options.update(auth_require_tls=False)
    factory = lambda: SMTP(Handler(), **options)
    server = await loop.create_server(factory, '127.0.0.1', 0, ssl=None if mode == 'starttls' else context)
    print('PORT', server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()
asyncio.run(main())
`

describePeer('aiosmtpd', () => {
  const file = (name: string): string => fileURLToPath(new URL(`../support/fixtures/tls/${name}`, import.meta.url))
  const message = { from: 'a@x.test', to: 'b@y.test', message: MESSAGE, tls: { ca: CA } }
  let daemon: Daemon
  afterEach(() => daemon.stop())

  async function start(mode: 'starttls' | 'smtps'): Promise<(user: string) => string> {
    daemon = new Daemon('/usr/bin/python3', [
      '-c',
      AIOSMTPD_SUBMISSION,
      file('localhost.crt'),
      file('localhost.key'),
      mode,
    ])
    const [, port] = await daemon.printed(/PORT (\d+)\n/)
    return (user) => `${mode === 'smtps' ? 'smtps' : 'smtp'}://${user}localhost:${port}`
  }

  it.each(['starttls', 'smtps'] as const)('takes a message from a user: %s', async (mode) => {
    const url = await start(mode)
    for (const mechanism of ['PLAIN', 'LOGIN'] as const) {
      daemon.output = ''
      await send(url('joe:secret@'), { ...message, mechanisms: [mechanism] })
      const [, login, , content = ''] = await daemon.printed(/GOT \S+ (\S+) (\S+) (\S+)\n/)
      expect([login, Buffer.from(content, 'base64').toString()]).toEqual([mechanism, RECEIVED])
    }
    const wrong = send(url('joe:wrong@'), message)
    await expect(wrong).rejects.toMatchObject({ code: 'SMTP_REPLY', command: 'AUTH', reply: { code: 535 } })
    const nobody = send(url(''), message)
    await expect(nobody).rejects.toMatchObject({ command: 'MAIL', reply: { code: 530 } })
  })

  it('is not told a password that whoever listens could read, or whoever answers', async () => {
    const url = await start('starttls')
    await expect(send(url('joe:secret@'), { ...message, starttls: 'none' })).rejects.toMatchObject({ side: 'local' })
    await expect(send(url('joe:secret@'), { ...message, tls: {} })).rejects.toMatchObject({ code: 'NET_TLS_UNTRUSTED' })
    const other = { ...message, tls: { ca: CA, servername: 'other.test' } }
    await expect(send(url('joe:secret@'), other)).rejects.toMatchObject({ code: 'NET_TLS_UNTRUSTED' })
  })

  it('takes addresses and headers above ASCII', async () => {
    const url = await start('starttls')
    await send(url('joe:secret@'), { ...message, from: 'jörg@x.test', message: 'Subject: ü\n\nx\n' })
    const [, from = '', isUtf8, content = ''] = await daemon.printed(/GOT (\S+) \S+ (\S+) (\S+)\n/)
    expect([Buffer.from(from, 'base64').toString(), isUtf8]).toEqual(['jörg@x.test', 'True'])
    expect(Buffer.from(content, 'base64').toString()).toBe('Subject: ü\r\n\r\nx\r\n')
  })

  it('takes many messages over a few sessions of a pool', async () => {
    const url = await start('starttls')
    const pool = new Pool(url('joe:secret@'), { maxConnections: 2, maxMessagesPerConnection: 4, tls: { ca: CA } })
    await Promise.all(Array.from({ length: 20 }, () => pool.send(message)))
    await pool.close()
    await daemon.printed(/(?:GOT [^]*){20}\n/)
  })
})

describePeer('smtp-sink', (sink) => {
  const asRoot = process.getuid?.() === 0 ? ['-u', 'root'] : []
  let daemon: Daemon
  let folder: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wireline-sink-'))
  })
  afterEach(async () => {
    await daemon.stop()
    await rm(folder, { recursive: true })
  })

  async function start(...args: string[]): Promise<string> {
    const port = await freePort()
    daemon = new Daemon(sink, ['-4', ...asRoot, ...args, '-d', join(folder, '%H%M%S.'), `127.0.0.1:${port}`, '100'])
    await daemon.listening(port)
    return `smtp://127.0.0.1:${port}`
  }

  const message = { from: 'a@x.test', to: ['b@y.test', 'c@y.test'], message: MESSAGE }

  it.each([
    ['in one group', []],
    ['command by command', ['-p']],
    ['with HELO', ['-e']],
  ])('takes a message %s', async (_, args) => {
    const url = await start(...args)
    const { accepted } = await send(url, { ...message, hostname: 'client.test' })
    expect(accepted).toHaveLength(2)
    const files = await readdir(folder)
    expect(files).toHaveLength(1)
    const text = await readFile(join(folder, files[0] ?? ''), 'latin1')
    expect(text).toContain('X-Mail-Args: <a@x.test>')
    expect(text).toContain('X-Rcpt-Args: <c@y.test>')
    // The program writes its lines as Unix has them.
    expect(text.replaceAll('\r\n', '\n')).toContain(RECEIVED.replaceAll('\r\n', '\n'))
  })

  it('takes many messages in a session', async () => {
    const client = await connect(await start())
    const all = Array.from({ length: 50 }, () => client.send(message))
    for (const { accepted } of await Promise.all(all)) expect(accepted).toHaveLength(2)
    await client.quit()
  })

  it('takes a message by LMTP, and answers for each recipient', async () => {
    const url = (await start('-L')).replace('smtp:', 'lmtp:')
    const to = ['b@y.test', 'c@y.test', 'b@y.test']
    const { accepted } = await send(url, { ...message, to })
    expect(accepted.map(({ address }) => address)).toEqual(to)
  })

  it('refuses a message by LMTP', async () => {
    for (const [fault, command] of [
      ['.', 'message'],
      ['rcpt', 'RCPT'],
    ] as const) {
      const url = (await start('-L', '-f', fault)).replace('smtp:', 'lmtp:')
      await expect(send(url, message)).rejects.toMatchObject({ command, refused: [{}, {}] })
      await daemon.stop()
    }
  })

  it('takes more recipients than go out at once', async () => {
    const to = Array.from({ length: 250 }, (_, index) => `u${index}@y.test`)
    const { accepted } = await send(await start(), { ...message, to })
    expect(accepted).toHaveLength(250)
  })

  it('takes messages over a pool, and may hang up where QUIT is said', async () => {
    const pool = new Pool(await start('-q', 'quit'), { maxConnections: 3, maxMessagesPerConnection: 5 })
    const results = await Promise.all(Array.from({ length: 30 }, () => pool.send(message)))
    await pool.close()
    expect(results.map(({ accepted }) => accepted.length)).toEqual(Array.from({ length: 30 }, () => 2))
  })

  describe('with faults', () => {
    it.each([
      ['-r', 'mail', 'MAIL', true],
      ['-f', 'mail', 'MAIL', false],
      ['-r', 'rcpt', 'RCPT', true],
      ['-f', 'rcpt', 'RCPT', false],
      ['-r', 'data', 'DATA', true],
      ['-f', 'data', 'DATA', false],
      ['-r', '.', 'message', true],
      ['-f', '.', 'message', false],
    ])('%s %s', async (option, command, refused, isTransient) => {
      for (const more of [[], ['-p']]) {
        const url = await start(option, command, ...more)
        await expect(send(url, message)).rejects.toMatchObject({ code: 'SMTP_REPLY', command: refused, isTransient })
        await daemon.stop()
      }
    })

    it.each(['connect', 'mail', 'rcpt', 'data', '.'])('a server that hangs up at %s', async (command) => {
      const url = await start('-q', command)
      const error = (await send(url, message).catch((thrown: unknown) => thrown)) as { code: string; command?: string }
      // Some of these are said with 421, and some by hanging up alone.
      expect(['SMTP_CUT_SHORT', 'NET_CLOSED', 'SMTP_REPLY']).toContain(error.code)
    })
  })
})
