/** The examples for SMTP, each run as a process of its own: what it prints, and how its server answers. */
import { mkdtemp, readdir, readFile, rm, truncate, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import type { TestContext } from 'vitest'
import { Client } from '../../src/http/index.ts'
import { faults, refuse, send, serve, SmtpReplyError } from '../../src/smtp/index.ts'
import type { Delivery, ServeOptions, Server } from '../../src/smtp/index.ts'
import { Program } from '../support/example.ts'
import { describePeer } from '../support/peers.ts'
import { run } from '../support/smtp-programs.ts'

const pem = (name: string): string => fileURLToPath(new URL(`../support/fixtures/tls/${name}`, import.meta.url))

async function temporary(test: TestContext): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'wireline-smtp-'))
  test.onTestFinished(() => rm(folder, { recursive: true }))
  return folder
}

/** Waits until the program has printed this. */
async function printed(program: Program, text: string): Promise<void> {
  await expect.poll(() => program.output, { timeout: 15_000, interval: 10 }).toContain(text)
}

const codes = (deliveries: readonly Delivery[]): unknown[] =>
  deliveries.map(({ address, reply }) => [address, reply.code])

// Most of their time is that of starting Node: beside one another it is spent once.
describe('the examples for SMTP', { concurrent: true, timeout: 30_000 }, () => {
  it('fail by script', async (test) => {
    const program = new Program(test, 'smtp-faults')
    expect(await program.end()).toBe(0)
    expect(program.output).toMatch(
      /^1: .* 421 Not now\n2: Sending was broken off: .*\n3: 1 accepted, 1 refused\n2 kept, 0 faults left\n$/,
    )
  })

  it('read a mail, and keep what is attached', async (test) => {
    const folder = await temporary(test)
    const file = join(folder, 'mail.eml')
    const lines = [
      'Subject: =?utf-8?Q?gr=C3=BC=C3=9Fe?=',
      'Content-Type: multipart/mixed; boundary=b',
      '',
      '--b',
      '',
      'hello',
      '--b',
      'Content-Type: image/png',
      'Content-Disposition: attachment; filename="../a.png"',
      'Content-Transfer-Encoding: base64',
      '',
      'aQce',
    ]
    await writeFile(file, lines.join('\r\n'))
    const program = new Program(test, 'smtp-read', file, folder)
    expect(await program.end()).toBe(0)
    expect(program.output).toBe(
      'grüße\nmultipart/mixed\n  1 text/plain\n5 octets\n  2 image/png a.png\n3 octets\n' +
        'forgiven in part root: MIME_MULTIPART_UNCLOSED\n',
    )
    expect(await readFile(join(folder, 'a.png'))).toEqual(Buffer.from('aQce', 'base64'))
  })

  it('take submissions', async (test) => {
    const program = new Program(test, 'smtp-submission', pem('localhost.key'), pem('localhost.crt'), pem('ca.crt'))
    expect(await program.end()).toBe(0)
    expect(program.output).toMatch(
      /^7 octets of joe for 1, by TLSv1\.3\nThe server answered MAIL with 550 5\.7\.1 You may not send in this name\n$/,
    )
  })

  describe('send', () => {
    /** A server that refuses those named so, and takes mail for all others. */
    async function receiver(test: TestContext, options: Partial<ServeOptions> = {}): Promise<Server> {
      const server = await serve(
        { hostname: 'mx.test', ...options },
        {
          rcpt: ({ path: { localPart } }) => {
            if (localPart === 'nobody') return refuse(550, '5.1.1', 'No such mailbox')
            return localPart !== 'full' || refuse(452, '4.2.2', 'Mailbox full')
          },
          message: () => {},
        },
      )
      test.onTestFinished(() => server.close({ graceMs: 0 }))
      return server
    }

    async function told(test: TestContext, url: string, ...to: readonly string[]): Promise<unknown[]> {
      const file = join(await temporary(test), 'mail.eml')
      await writeFile(file, 'Subject: hello\n\nhello\n')
      const program = new Program(test, 'smtp-send', url, file, 'a@x.test', ...to)
      return [await program.end(), ...program.output.trimEnd().split('\n')]
    }

    it('to each recipient', async (test) => {
      const { url } = await receiver(test)
      expect(await told(test, url, 'b@y.test', 'c@y.test')).toEqual([0, 'b@y.test: delivered', 'c@y.test: delivered'])
      expect(await told(test, url, 'b@y.test', 'nobody@y.test')).toEqual([
        69,
        'b@y.test: delivered',
        'nobody@y.test: returned, 550 5.1.1 No such mailbox',
      ])
    })

    it('to nobody', async (test) => {
      const { url } = await receiver(test)
      expect(await told(test, url, 'full@y.test', 'nobody@y.test')).toEqual([
        75,
        'full@y.test: later, 452 4.2.2 Mailbox full',
        'nobody@y.test: returned, 550 5.1.1 No such mailbox',
      ])
    })

    it('to those of whom nothing is known', async (test) => {
      const before = await receiver(test, { faults: faults([{ on: 'rcpt', hangUp: 'close' }]) })
      const behind = await receiver(test, { faults: faults([{ on: 'message', hangUp: 'close' }]) })
      expect(await told(test, before.url, 'b@y.test')).toEqual([75, 'b@y.test: later'])
      expect(await told(test, behind.url, 'b@y.test', 'nobody@y.test')).toEqual([
        75,
        'nobody@y.test: returned, 550 5.1.1 No such mailbox',
        'b@y.test: perhaps delivered',
      ])
    })
  })

  it('catch all mail', async (test) => {
    const program = new Program(test, 'smtp-inbox', '0', '0')
    await printed(program, 'http://')
    const [inbox = '', web = ''] = program.output.match(/[a-z]+:\/\/[0-9.:]+/g) ?? []
    const client = new Client()
    test.onTestFinished(() => client.close())
    const ask = async (path: string, method = 'GET'): Promise<[number, string]> => {
      const response = await client.request(web, { method, target: path })
      return [response.status, await response.text()]
    }

    await send(inbox, { from: 'a@x.test', to: ['b@y.test', 'c@z.test'], message: 'Subject: one\n\nhello\n' })
    await send(inbox, { from: '', to: 'a@x.test', message: 'Subject: two\n\nreturned\n' })
    expect(await ask('/')).toEqual([200, '/1 <a@x.test> <b@y.test> <c@z.test>\n/2 <> <a@x.test>\n'])
    expect(await ask('/1')).toEqual([200, expect.stringMatching(/^Return-Path: <a@x.test>\r\n[^]*\r\n\r\nhello\r\n$/)])
    expect(await ask('/3')).toEqual([404, 'There is no such mail\n'])
    expect(await ask('/', 'DELETE')).toEqual([200, ''])
    expect(await ask('/1')).toEqual([404, 'There is no such mail\n'])
    expect((await ask('/', 'PUT'))[0]).toBe(405)
    program.signal('SIGTERM')
    expect(await program.end()).toBe(0)
  })

  it('deliver', async (test) => {
    const folder = await temporary(test)
    const socket = join(folder, 'lmtp')
    const joe = join(folder, 'mail', 'joe@y.test', 'new')
    const program = new Program(test, 'smtp-lmtp', socket, join(folder, 'mail'), 'joe@y.test', 'ann@y.test')
    await printed(program, '2 mailboxes')
    const mail = { from: 'a@x.test', message: 'Subject: one\r\n\r\nhello\r\n' }
    const deliver = (...to: readonly string[]): ReturnType<typeof send> => send(`lmtp://${socket}`, { ...mail, to })

    const first = await deliver('joe@y.test', 'nobody@y.test')
    expect([codes(first.accepted), codes(first.refused)]).toEqual([[['joe@y.test', 250]], [['nobody@y.test', 550]]])
    const [name = ''] = await readdir(joe)
    expect(first.reply.text).toEqual([`Delivered as ${name}`])

    await truncate(join(joe, name), 1_000_000)
    const second = await deliver('joe@y.test', 'ann@y.test')
    expect([codes(second.accepted), codes(second.refused)]).toEqual([[['ann@y.test', 250]], [['joe@y.test', 452]]])
    const third = await deliver('joe@y.test').catch((error: unknown) => error)
    expect(third instanceof SmtpReplyError && third.reply.code).toBe(452)
    expect(await readdir(joe)).toEqual([name])
    program.signal('SIGTERM')
    expect(await program.end()).toBe(0)
  })

  describePeer('swaks', (swaks) => {
    it('catch its mail', async (test) => {
      const program = new Program(test, 'smtp-inbox', '0', '0')
      await printed(program, 'http://')
      const [, port = ''] = /smtp:\/\/127\.0\.0\.1:([0-9]+)/.exec(program.output) ?? []
      const web = /http:[^ \n]*/.exec(program.output)?.[0] ?? ''
      const args = ['--server', '127.0.0.1', '--port', port, '--from', 'a@x.test', '--to', 'b@y.test']
      expect(await run(swaks, [...args, '--helo', 'my_pc', '--body', 'hello'])).toMatchObject({ code: 0 })
      const client = new Client()
      test.onTestFinished(() => client.close())
      expect(await (await client.request(`${web}1`)).text()).toMatch(/^Subject: test /m)
    })

    it('deliver for it', async (test) => {
      const folder = await temporary(test)
      const socket = join(folder, 'lmtp')
      const program = new Program(test, 'smtp-lmtp', socket, join(folder, 'mail'), 'joe@y.test')
      await printed(program, '1 mailboxes')
      const args = ['--protocol', 'LMTP', '--socket', socket, '--from', 'a@x.test', '--to', 'joe@y.test,ann@y.test']
      const { output } = await run(swaks, args)
      expect(output).toContain('250 2.0.0 Delivered as')
      expect(output).toContain('550 5.1.1 No such mailbox')
    })
  })
})
