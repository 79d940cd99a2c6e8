/** A whole Postfix between our client and our server: what the one gives it, it relays to the other. */
import { createHash } from 'node:crypto'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Transcript } from '../../src/net/transcript.ts'
import { connect, send } from '../../src/smtp/client.ts'
import { DEFAULT_EXTENSIONS } from '../../src/smtp/extensions.ts'
import type { ServerHandlers } from '../../src/smtp/handlers.ts'
import type { PeerAttributes } from '../../src/smtp/peer-attributes.ts'
import { serve } from '../../src/smtp/server.ts'
import type { Server } from '../../src/smtp/server.ts'
import { describePeer } from '../support/peers.ts'
import { Postfix } from '../support/postfix-programs.ts'
import { Inbox } from '../support/smtp-inbox.ts'
import { CA, LOCALHOST } from '../support/tls.ts'

const OBSTACLE = process.getuid?.() === 0 ? undefined : 'Postfix is started by root alone'

const ENVELOPE = { from: 'a@x.test', to: 'b@y.test' }

describePeer('postfix', talkToPostfix, OBSTACLE)

function talkToPostfix(): void {
  const inbox = new Inbox()
  let server: Server
  let postfix: Postfix
  let forwarded: PeerAttributes | undefined

  beforeAll(async () => {
    const extensions = [...DEFAULT_EXTENSIONS, 'DSN'] as const
    const trustedPeers = ['127.0.0.1']
    const { onError, handlers } = inbox
    const mail: ServerHandlers['mail'] = ({ peer }) => void (forwarded = peer.forwarded)
    const options = { hostname: 'mx.example.test', tls: LOCALHOST, extensions, trustedPeers, onError }
    server = await serve(options, { ...handlers, mail })
    postfix = await Postfix.start([
      `relayhost = [127.0.0.1]:${new URL(server.url).port}`,
      'smtpd_recipient_restrictions = check_recipient_access inline:{refused@y.test=REJECT}, permit_mynetworks, reject',
      'message_size_limit = 3000000',
      'smtp_tls_security_level = secure',
      'smtp_tls_secure_cert_match = localhost',
      'smtp_send_xforward_command = yes',
    ])
  })
  afterAll(async () => {
    await postfix.stop()
    await server.close()
    expect(inbox.errors).toEqual([])
  })
  beforeEach(({ onTestFailed }) => {
    inbox.clear()
    onTestFailed(() => console.error(postfix.log.split('\n').slice(-40).join('\n')))
  })

  describe('through it', () => {
    it('goes a message with dots and 8 bits, for two recipients at once', async () => {
      const message = 'Subject: one\r\n\r\n.\r\n..\r\n.dot\r\ndreißig\r\n'
      const { accepted } = await send(postfix.url, { from: 'a@x.test', to: ['b@y.test', '"c d"@y.test'], message })
      expect(accepted).toHaveLength(2)
      const [one] = await inbox.arrived()
      expect(one).toMatchObject({ from: '<a@x.test>', to: ['<b@y.test>', '<"c d"@y.test>'] })
      expect(one?.parameters).toMatchObject({ BODY: '8BITMIME', SIZE: expect.any(Number) as number })
      expect(one?.text).toMatch(/^Received: from [^]*\r\n\tby postfix\.test \(Postfix\) with ESMTPS? id/)
      expect(one?.text.endsWith(Buffer.from(`\r\n${message}`).toString('latin1'))).toBe(true)
    })

    it('go two megabytes, octet by octet', async () => {
      const content = Array.from({ length: 25_000 }, (_, line) => `${line} `.padEnd(78, '.')).join('\r\n')
      await send(postfix.url, { ...ENVELOPE, message: `Subject: big\r\n\r\n${content}\r\n` })
      const [one] = await inbox.arrived()
      const [, body = ''] = one?.text.split('\r\n\r\n') ?? []
      const digest = (text: string): string => createHash('sha256').update(text).digest('hex')
      expect(digest(body)).toBe(digest(`${content}\r\n`))
    })

    it('go many messages of a session, each once', async () => {
      const client = await connect(postfix.url)
      const subjects = Array.from({ length: 20 }, (_, index) => `Subject: ${index}\r\n`)
      const to = ['b@y.test', 'c@y.test']
      await Promise.all(subjects.map((message) => client.send({ from: 'a@x.test', to, message })))
      await client.quit()
      const all = await inbox.arrived(subjects.length)
      const found = all.map(({ text }) => /^Subject: .*\r\n/m.exec(text)?.[0])
      expect(new Set(found)).toEqual(new Set(subjects))
      expect(found).toHaveLength(subjects.length)
    })

    it('goes what the sender wants to be notified of', async () => {
      const notify = { NOTIFY: ['SUCCESS', 'FAILURE'], ORCPT: { type: 'rfc822', address: 'B+x@y.test' } } as const
      const to = [{ address: 'b@y.test', parameters: notify }, 'c@y.test']
      const parameters = { RET: 'HDRS', ENVID: 'QQ+314=159' } as const
      await send(postfix.url, { from: 'a@x.test', to, parameters, message: 'Subject: two\r\n' })
      const [one] = await inbox.arrived()
      expect(one?.parameters).toMatchObject(parameters)
      expect(one?.forEach[0]).toEqual(notify)
    })

    it('go addresses and headers in UTF-8', async () => {
      const message = 'Subject: grüße\r\n\r\nacht\r\n'
      await send(postfix.url, { from: 'jürgen@x.test', to: 'bücher@y.test', message })
      const [one] = await inbox.arrived()
      expect(one).toMatchObject({ from: '<jürgen@x.test>', to: ['<bücher@y.test>'], parameters: { SMTPUTF8: true } })
      expect(Buffer.from(one?.text ?? '', 'latin1').toString()).toContain('Subject: grüße\r\n')
    })
  })

  describe('as a client', () => {
    it('goes over to TLS before it relays anything, and knows us by our certificate', async () => {
      await send(postfix.url, { from: '', to: 'b@y.test', message: 'Subject: three\r\n' })
      expect(await inbox.arrived()).toMatchObject([
        { from: '<>', received: expect.stringContaining('with ESMTPS id') as string },
      ])
    })

    it('tells whom it has the message from', async () => {
      await send(postfix.url, { ...ENVELOPE, message: 'Subject: four\r\n', hostname: 'client.test' })
      await inbox.arrived()
      expect(forwarded).toMatchObject({ ADDR: '127.0.0.1', HELO: 'client.test', PROTO: 'ESMTP', SOURCE: 'REMOTE' })
    })

    it('bounces what our server refuses, with its words', async () => {
      await send(postfix.url, { from: 'a@x.test', to: ['b@y.test', 'reject@y.test'], message: 'Subject: four\r\n' })
      const all = await inbox.arrived(2)
      expect(all.find(({ from }) => from === '<a@x.test>')?.to).toEqual(['<b@y.test>'])
      const bounce = all.find(({ from }) => from === '<>')
      expect(bounce?.to).toEqual(['<a@x.test>'])
      expect(bounce?.text).toContain('Diagnostic-Code: smtp; 550 5.1.1 No such mailbox')
    })

    it('comes back where it was told to', async () => {
      await send(postfix.url, { from: 'a@x.test', to: 'later@y.test', message: 'Subject: five\r\n' })
      await postfix.logged(/status=deferred \(host .* said: 451 4\.7\.1 Come back later/)
      await postfix.deferred()
      expect(inbox.kept).toEqual([])
      await postfix.flush()
      expect(await inbox.arrived()).toMatchObject([{ to: ['<later@y.test>'] }])
    })
  })

  describe('as a server', () => {
    it.each([
      ['from the first octet', () => postfix.secureUrl],
      ['with STARTTLS', () => postfix.url],
    ])('takes a message over TLS %s', async (_, url) => {
      const secure = { starttls: 'required', tls: { ca: CA } } as const
      await send(url(), { ...ENVELOPE, message: 'Subject: six\r\n', ...secure })
      const [one] = await inbox.arrived()
      expect(one?.text).toContain('with ESMTPS id')
    })

    it.each(['whenOffered', 'never'] as const)('takes a message in chunks %s', async (chunking) => {
      const said: string[] = []
      const transcript = (): Transcript => new Transcript((line) => said.push(line))
      const message = ['Subject: seven\r\n\r\n', '.\r\n..\r\n', 'end\r\n']
      await send(postfix.url, { ...ENVELOPE, message, chunking, starttls: 'none', transcript })
      const [one] = await inbox.arrived()
      expect(one?.text.endsWith('\r\n\r\n.\r\n..\r\nend\r\n')).toBe(true)
      expect(said.some((line) => line.startsWith('C: BDAT '))).toBe(chunking === 'whenOffered')
      expect(said.includes('C: DATA')).toBe(chunking === 'never')
    })

    it('refuses a recipient, and is not asked to take what is too big for it', async () => {
      const to = ['refused@y.test', 'b@y.test']
      const { refused } = await send(postfix.url, { from: 'a@x.test', to, message: 'Subject: eight\r\n' })
      expect(refused).toMatchObject([{ address: 'refused@y.test', reply: { code: 554, enhanced: '5.7.1' } }])
      expect(await inbox.arrived()).toMatchObject([{ to: ['<b@y.test>'] }])
      const tooBig = { ...ENVELOPE, message: 'x'.repeat(3_000_000) }
      await expect(send(postfix.url, tooBig)).rejects.toMatchObject({ code: 'SMTP_MESSAGE_TOO_BIG', side: 'local' })
    })
  })
}
