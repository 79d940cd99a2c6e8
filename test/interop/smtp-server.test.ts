/** Our server, used by the clients that people use. */
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { refuse } from '../../src/smtp/reply.ts'
import { serve } from '../../src/smtp/server.ts'
import type { Server } from '../../src/smtp/server.ts'
import { writePath } from '../../src/smtp/address.ts'
import { describePeer } from '../support/peers.ts'
import { run } from '../support/smtp-programs.ts'

interface Kept {
  readonly from: string
  readonly to: readonly string[]
  readonly text: string
}

let server: Server
let at: string
let kept: Kept[]
let errors: Error[]

beforeEach(async () => {
  kept = []
  errors = []
  server = await serve(
    { hostname: 'mx.example.test', onError: (error) => errors.push(error) },
    {
      rcpt: ({ path }) => !path.localPart.startsWith('reject') || refuse(550, '5.1.1', 'No such mailbox'),
      message: async ({ envelope, body }) => {
        const chunks: Uint8Array[] = []
        for await (const chunk of body) chunks.push(chunk)
        const to = envelope.recipients.map(({ path }) => writePath(path) ?? '')
        kept.push({ from: writePath(envelope.from) ?? '', to, text: Buffer.concat(chunks).toString('latin1') })
      },
    },
  )
  at = server.url.slice('smtp://'.length)
})

afterEach(async () => {
  await server.close()
  expect(errors).toEqual([])
})

describePeer('swaks', (swaks) => {
  const say = (...args: string[]): ReturnType<typeof run> =>
    run(swaks, ['--server', at, '--helo', 'client.test', '--timeout', '5', '--from', 'a@x.test', ...args])

  it('delivers a message with dots', async () => {
    const { code, output } = await say('--to', 'b@y.test', '--header', 'Subject: t', '--body', 'one\n.\n..two')
    expect(code, output).toBe(0)
    expect(kept).toMatchObject([{ from: '<a@x.test>', to: ['<b@y.test>'] }])
    expect(kept[0]?.text).toMatch(/\r\nSubject: t\r\n[^]*\r\n\r\none\r\n\.\r\n\.\.two\r\n/)
  })

  it('pipelines, and hears of a refused recipient', async () => {
    const { code, output } = await say('--to', 'b@y.test,reject@y.test,c@y.test', '--pipeline')
    expect(code, output).toBe(0)
    expect(output).toContain('550 5.1.1 No such mailbox')
    expect(kept[0]?.to).toEqual(['<b@y.test>', '<c@y.test>'])
  })

  it('sends a bounce, and quoted names', async () => {
    const { code, output } = await run(swaks, [
      ...['--server', at, '--helo', 'client.test', '--timeout', '5'],
      ...['--from', '<>', '--to', '"a b"@y.test'],
    ])
    expect(code, output).toBe(0)
    expect(kept[0]).toMatchObject({ from: '<>', to: ['<"a b"@y.test>'] })
  })

  it('leaves in the middle', async () => {
    const { code, output } = await say('--to', 'b@y.test', '--quit-after', 'RCPT')
    expect(code, output).toBe(0)
    expect(kept).toEqual([])
  })
})

describePeer('curl', (curl) => {
  let folder: string
  let file: string
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'wireline-smtp-'))
    file = join(folder, 'message')
    await writeFile(file, 'Subject: c\r\n\r\n.dot\r\n\xe9\r\n', 'latin1')
  })
  afterEach(() => rm(folder, { recursive: true }))

  it('uploads a message', async () => {
    const args = ['--mail-from', 'a@x.test', '--mail-rcpt', 'b@y.test', '--mail-rcpt', 'c@y.test', '-T', file]
    const { code, output } = await run(curl, ['-sS', `smtp://${at}/client.test`, ...args])
    expect(code, output).toBe(0)
    const text = 'Subject: c\r\n\r\n.dot\r\n\xe9\r\n'
    expect(kept).toEqual([{ from: '<a@x.test>', to: ['<b@y.test>', '<c@y.test>'], text }])
  })

  it('goes on behind a refused recipient', async () => {
    const args = ['--mail-rcpt', 'reject@y.test', '--mail-rcpt', 'b@y.test', '--mail-rcpt-allowfails', '-T', file]
    const { code, output } = await run(curl, ['-sS', `smtp://${at}`, '--mail-from', 'a@x.test', ...args])
    expect(code, output).toBe(0)
    expect(kept[0]?.to).toEqual(['<b@y.test>'])
  })

  it('asks for help and for users', async () => {
    const help = await run(curl, ['-sSv', `smtp://${at}`, '-X', 'HELP'])
    expect(help.output).toContain('214 2.0.0 Commands: EHLO')
    const verified = await run(curl, ['-sSv', `smtp://${at}`, '--mail-rcpt', 'joe', '-X', 'VRFY'])
    expect(verified.output).toContain('252 2.0.0')
  })
})

describePeer('python3', (python) => {
  it('smtplib sends with SIZE and BODY, and lists who was refused', async () => {
    const program = `
import smtplib, sys
s = smtplib.SMTP('127.0.0.1', int(sys.argv[1]), local_hostname='p.test')
s.ehlo()
print(sorted(s.esmtp_features))
print(s.sendmail('a@x.test', ['b@y.test', 'reject@y.test'], b'Subject: x\\r\\n\\r\\n.dot\\r\\n\\xe9\\r\\n', mail_options=['BODY=8BITMIME']))
print(s.docmd('VRFY', 'joe')[0], s.noop()[0], s.rset()[0], s.help())
try:
    s.mail('a@x.test', ['SIZE=99999999999'])
    print(s.mail('a@x.test', ['SIZE=99999999999']))
except Exception as e:
    print(repr(e))
s.quit()
`
    const { code, output } = await run(python, ['-c', program, at.split(':')[1] ?? ''])
    expect(code, output).toBe(0)
    expect(output).toContain(
      "['8bitmime', 'chunking', 'enhancedstatuscodes', 'help', 'limits', 'pipelining', 'size', 'smtputf8']",
    )
    expect(output).toContain(`{'reject@y.test': (550, b'5.1.1 No such mailbox')}`)
    expect(output).toContain('252 250 250')
    expect(output).toContain(`(552, b'5.3.4 Message too big')`)
    expect(kept).toEqual([{ from: '<a@x.test>', to: ['<b@y.test>'], text: 'Subject: x\r\n\r\n.dot\r\n\xe9\r\n' }])
  })
})

describePeer('smtp-source', (source) => {
  it.each([
    ['kept sessions', ['-d']],
    ['a session for each', []],
  ])('sends many messages, with %s', async (_, more) => {
    const args = ['-m', '40', '-s', '4', '-l', '4000', '-r', '3', '-f', 'a@x.test', '-t', 'b@y.test']
    const { code, output } = await run(source, ['-4', ...args, ...more, `inet:${at}`])
    expect(code, output).toBe(0)
    expect(kept).toHaveLength(40)
    for (const { to, text } of kept) {
      expect(to).toHaveLength(3)
      expect(text.length).toBeGreaterThan(4000)
    }
  })
})

describePeer('msmtp', (msmtp) => {
  it('delivers a message', async () => {
    const [host = '', port = ''] = at.split(':')
    const args = [
      `--host=${host}`,
      `--port=${port}`,
      '--from=a@x.test',
      '--tls=off',
      '--auth=off',
      '--timeout=5',
      'b@y.test',
    ]
    const { code, output } = await run(msmtp, args, 'Subject: m\n\n.dot\n')
    expect(code, output).toBe(0)
    expect(kept[0]?.text).toMatch(/\r\nSubject: m\r\n\r\n\.dot\r\n$/)
  })
})
