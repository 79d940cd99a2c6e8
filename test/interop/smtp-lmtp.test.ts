/** Our LMTP server, used by those who deliver to one: a reply for each recipient that was accepted, in their order. */
import { afterAll, afterEach, beforeAll, beforeEach, expect, it } from 'vitest'
import type { ServerHandlers } from '../../src/smtp/handlers.ts'
import { send } from '../../src/smtp/client.ts'
import { refuse } from '../../src/smtp/reply.ts'
import { serve } from '../../src/smtp/server.ts'
import type { Server } from '../../src/smtp/server.ts'
import { describePeer } from '../support/peers.ts'
import { Postfix } from '../support/postfix-programs.ts'
import { Inbox } from '../support/smtp-inbox.ts'
import { run } from '../support/smtp-programs.ts'

let inbox: Inbox
let server: Server
let port: string

/** `reject` has no mailbox, and that of `full` is full, which is known only when the message is there. */
function store(into: Inbox): ServerHandlers {
  return {
    ...into.handlers,
    message: async (context) => {
      await into.handlers.message(context)
      return context.envelope.recipients.map(
        ({ path }) => path.localPart !== 'full' || refuse(452, '4.2.2', 'Mailbox full'),
      )
    },
  }
}

beforeEach(async () => {
  inbox = new Inbox()
  server = await serve({ hostname: 'store.test', protocol: 'lmtp', onError: inbox.onError }, store(inbox))
  port = String(new URL(server.url).port)
})
afterEach(async () => {
  await server.close()
  expect(inbox.errors).toEqual([])
})

describePeer('swaks', (swaks) => {
  const say = (...args: readonly string[]): ReturnType<typeof run> =>
    run(swaks, [
      ...['--server', `127.0.0.1:${port}`, '--helo', 'client.test', '--timeout', '5', '--from', 'a@x.test', ...args],
    ])

  it.each([[[]], [['--pipeline']]])('hears of each recipient %j', async (more) => {
    const args = ['--protocol', 'LMTP', '--to', 'b@y.test,full@y.test,reject@y.test,B@y.test', ...more]
    const { output } = await say(...args)
    expect(output).toContain('LHLO client.test')
    expect(output).toContain('550 5.1.1 No such mailbox')
    expect(inbox.kept).toMatchObject([{ to: ['<b@y.test>', '<full@y.test>', '<B@y.test>'] }])
    expect(output).toMatch(/-> \.\n<-  250 2.*\n<\*\* 452 4\.2\.2 Mailbox full\n<-  250 2.*\n/)
  })

  it('is told that this is no SMTP', async () => {
    const { code, output } = await say('--protocol', 'ESMTP', '--to', 'b@y.test')
    expect(code, output).not.toBe(0)
    expect(output).toMatch(/-> EHLO client\.test\n<\*\* 500 5/)
    expect(inbox.kept).toEqual([])
  })
})

describePeer('msmtp', (msmtp) => {
  it('delivers a message', async () => {
    const way = ['--protocol=lmtp', '--host=127.0.0.1', `--port=${port}`, '--tls=off', '--auth=off', '--timeout=5']
    const { code, output } = await run(
      msmtp,
      [...way, '--from=a@x.test', 'b@y.test', 'c@y.test'],
      'Subject: m\n\n.dot\n',
    )
    expect(code, output).toBe(0)
    expect(inbox.kept[0]?.text).toMatch(/\r\nSubject: m\r\n\r\n\.dot\r\n$/)
  })
})

describePeer('smtp-source', (source) => {
  it.each([[['-d']], [[]]])('delivers many messages for three each %j', async (more) => {
    const args = ['-L', '-m', '40', '-s', '4', '-l', '4000', '-r', '3', '-f', 'a@x.test', '-t', 'b@y.test', ...more]
    const { code, output } = await run(source, ['-4', ...args, `inet:127.0.0.1:${port}`])
    expect(code, output).toBe(0)
    expect(inbox.kept).toHaveLength(40)
    expect(inbox.kept.every(({ to }) => to.length === 3)).toBe(true)
  })
})

describePeer('python3', (python) => {
  it('smtplib delivers a message', async () => {
    const program = `
import smtplib, sys
s = smtplib.LMTP('127.0.0.1', int(sys.argv[1]))
print(s.ehlo()[0], sorted(s.esmtp_features))
s.mail('a@x.test')
print([s.rcpt(to)[0] for to in ('b@y.test', 'reject@y.test')])
print(s.data(b'Subject: x\\r\\n\\r\\n.dot\\r\\n')[0])
s.quit()
`
    const { code, output } = await run(python, ['-c', program, port])
    expect(code, output).toBe(0)
    expect(output).toContain('[250, 550]\n250\n')
    expect(inbox.kept).toMatchObject([{ to: ['<b@y.test>'], text: 'Subject: x\r\n\r\n.dot\r\n' }])
  })
})

const OBSTACLE = process.getuid?.() === 0 ? undefined : 'Postfix is started by root alone'

describePeer('postfix', deliverFromPostfix, OBSTACLE)

function deliverFromPostfix(): void {
  const shelf = new Inbox()
  let behind: Server
  let postfix: Postfix
  beforeAll(async () => {
    behind = await serve({ hostname: 'store.test', protocol: 'lmtp', onError: shelf.onError }, store(shelf))
    postfix = await Postfix.start([
      `default_transport = lmtp:inet:[127.0.0.1]:${new URL(behind.url).port}`,
      'relay_transport = $default_transport',
    ])
  })
  afterAll(async () => {
    await postfix.stop()
    await behind.close()
    expect(shelf.errors).toEqual([])
  })

  it('takes each answer for its recipient', async () => {
    const to = ['b@y.test', 'full@y.test', 'reject@y.test', 'c@y.test']
    await send(postfix.url, { from: '', to, message: 'Subject: x\r\n\r\n.dot\r\n' })
    const [one] = await shelf.arrived()
    // Postfix has an order of its own.
    expect(new Set(one?.to)).toEqual(new Set(['<b@y.test>', '<full@y.test>', '<c@y.test>']))
    await postfix.logged(/to=<b@y\.test>.*status=sent/)
    await postfix.logged(/to=<full@y\.test>.*dsn=4\.2\.2, status=deferred .*452 4\.2\.2 Mailbox full/)
    await postfix.logged(/to=<reject@y\.test>.*dsn=5\.1\.1, status=bounced/)
    await postfix.logged(/to=<c@y\.test>.*status=sent/)
  })
}
