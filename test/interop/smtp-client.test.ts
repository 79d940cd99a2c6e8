/** Our client, at the servers that people use. */
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, send } from '../../src/smtp/client.ts'
import { describePeer } from '../support/peers.ts'
import { Daemon, freePort } from '../support/smtp-programs.ts'

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
