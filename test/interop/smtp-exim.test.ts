/** Exim between our client and our server: the one widespread mail system that sends with BDAT. */
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { Transcript } from '../../src/net/transcript.ts'
import { connect, send } from '../../src/smtp/client.ts'
import { DEFAULT_EXTENSIONS } from '../../src/smtp/extensions.ts'
import { serve } from '../../src/smtp/server.ts'
import type { Server } from '../../src/smtp/server.ts'
import { Exim } from '../support/exim-programs.ts'
import { describePeer } from '../support/peers.ts'
import { Inbox } from '../support/smtp-inbox.ts'
import { CA, LOCALHOST } from '../support/tls.ts'

const OBSTACLE = process.getuid?.() === 0 ? undefined : 'it is started by root alone'
const ENVELOPE = { from: 'a@x.test', to: 'b@y.test' }

/** What stands behind the header. */
function contentOf(text: string | undefined): string | undefined {
  return text?.slice(text.indexOf('\r\n\r\n') + 4)
}

describePeer('exim4', talkToExim, OBSTACLE)

function talkToExim(path: string): void {
  const inbox = new Inbox()
  const transcripts: string[] = []
  let server: Server
  let exim: Exim

  beforeAll(async () => {
    const { onError, handlers } = inbox
    const transcript = (): Transcript => new Transcript((line) => transcripts.push(line))
    const extensions = [...DEFAULT_EXTENSIONS, 'DSN'] as const
    const options = { hostname: 'mx.example.test', tls: LOCALHOST, extensions, transcript, onError }
    server = await serve(options, handlers)
    exim = await Exim.start(path, {
      port: Number(new URL(server.url).port),
      options: [
        'hosts_require_tls = *',
        'tls_verify_hosts = *',
        'tls_verify_cert_hostnames =',
        'hosts_try_chunking = *',
      ],
    })
  })
  afterAll(async () => {
    await exim.stop()
    await server.close()
    expect(inbox.errors).toEqual([])
  })
  beforeEach(({ onTestFailed }) => {
    inbox.clear()
    transcripts.length = 0
    onTestFailed(() => console.error(exim.log.split('\n').slice(-40).join('\n')))
  })

  describe('through it', () => {
    it('goes a message with dots and 8 bits, for two recipients at once', async () => {
      const message = 'Subject: one\r\n\r\n.\r\n..\r\n.dot\r\ndreißig\r\n'
      const { accepted } = await send(exim.url, { from: 'a@x.test', to: ['b@y.test', '"c d"@y.test'], message })
      expect(accepted).toHaveLength(2)
      const [one] = await inbox.arrived()
      expect(one).toMatchObject({ from: '<a@x.test>', to: ['<b@y.test>', '<"c d"@y.test>'] })
      expect(contentOf(one?.text)).toBe(Buffer.from('.\r\n..\r\n.dot\r\ndreißig\r\n').toString('latin1'))
    })

    it('go two megabytes, octet by octet', async () => {
      const content = Array.from({ length: 25_000 }, (_, line) => `${line} `.padEnd(78, '.')).join('\r\n')
      await send(exim.url, { ...ENVELOPE, message: `Subject: big\r\n\r\n${content}\r\n` })
      const [one] = await inbox.arrived()
      expect(contentOf(one?.text) === `${content}\r\n`).toBe(true)
      expect(transcripts.filter((line) => /^C: BDAT \d+$/.test(line))).not.toEqual([])
    })

    it('go the messages of a session, each once', async () => {
      const client = await connect(exim.url)
      const bodies = Array.from({ length: 10 }, (_, index) => `body ${index}\r\n`)
      const messages = bodies.map((body) => `Subject: many\r\n\r\n${body}`)
      await Promise.all(messages.map((message) => client.send({ ...ENVELOPE, message })))
      await client.quit()
      const found = (await inbox.arrived(bodies.length)).map(({ text }) => contentOf(text))
      expect(new Set(found)).toEqual(new Set(bodies))
      expect(found).toHaveLength(bodies.length)
    })

    it('goes what the sender wants to be notified of', async () => {
      const notify = { NOTIFY: ['SUCCESS', 'FAILURE'], ORCPT: { type: 'rfc822', address: 'B+x@y.test' } } as const
      const to = [{ address: 'b@y.test', parameters: notify }, 'c@y.test']
      const parameters = { RET: 'HDRS', ENVID: 'QQ314159' } as const
      await send(exim.url, { from: 'a@x.test', to, parameters, message: 'Subject: two\r\n\r\n' })
      const [one] = await inbox.arrived()
      expect(one?.parameters).toMatchObject(parameters)
      expect(one?.forEach[0]).toEqual(notify)
    })

    it('go addresses and headers in UTF-8', async () => {
      const message = 'Subject: grüße\r\n\r\nacht\r\n'
      await send(exim.url, { from: 'jürgen@x.test', to: 'bücher@y.test', message })
      const [one] = await inbox.arrived()
      expect(one).toMatchObject({ from: '<jürgen@x.test>', to: ['<bücher@y.test>'], parameters: { SMTPUTF8: true } })
      expect(Buffer.from(one?.text ?? '', 'latin1').toString()).toContain('Subject: grüße\r\n')
    })
  })

  describe('as a client', () => {
    it('goes over to TLS before it relays anything', async () => {
      await send(exim.url, { from: '', to: 'b@y.test', message: 'Subject: three\r\n\r\n' })
      const [one] = await inbox.arrived()
      expect(one?.from).toBe('<>')
      expect(one?.received).toMatch(/ with (UTF8SMTPS|ESMTPS) id/)
    })

    it('sends in chunks, and nothing but chunks', async () => {
      await send(exim.url, { ...ENVELOPE, message: 'Subject: three\r\n\r\n.\r\n' })
      const [one] = await inbox.arrived()
      expect(contentOf(one?.text)).toBe('.\r\n')
      expect(transcripts.filter((line) => line.startsWith('C: BDAT '))).toHaveLength(1)
      expect(transcripts).not.toContain('C: DATA')
    })

    it('bounces what our server refuses, with its words', async () => {
      await send(exim.url, { from: 'a@x.test', to: ['b@y.test', 'reject@y.test'], message: 'Subject: four\r\n\r\n' })
      const all = await inbox.arrived(2)
      expect(all.find(({ from }) => from === '<a@x.test>')?.to).toEqual(['<b@y.test>'])
      const bounce = all.find(({ from }) => from === '<>')
      expect(bounce?.to).toEqual(['<a@x.test>'])
      expect(bounce?.text).toContain('550 5.1.1 No such mailbox')
    })
  })

  describe('as a server', () => {
    it.each([
      ['from the first octet', () => exim.secureUrl],
      ['with STARTTLS', () => exim.url],
    ])('takes a message over TLS %s, and refuses a recipient', async (_, url) => {
      const to = ['refused@y.test', 'b@y.test']
      const secure = { starttls: 'required', tls: { ca: CA } } as const
      const { refused } = await send(url(), { from: '', to, message: 'Subject: five\r\n\r\n', ...secure })
      expect(refused).toMatchObject([{ address: 'refused@y.test', reply: { code: 550, enhanced: '5.1.1' } }])
      const [one] = await inbox.arrived()
      expect(one?.to).toEqual(['<b@y.test>'])
      expect(one?.text).toMatch(/ with (utf8)?esmtps/)
    })

    it.each([
      ['one chunk', 'whenOffered', ['Subject: six\r\n\r\n.\r\nend\r\n'], /^C: BDAT \d+ LAST$/],
      [
        'many chunks',
        'whenOffered',
        ['Subject: six\r\n\r\n', '.\r\n', 'end\r\n', `${'x'.repeat(900)}\r\n`.repeat(400)],
        /^C: BDAT \d+$/,
      ],
      ['lines behind 354', 'never', ['Subject: six\r\n\r\n', '.\r\n', 'end\r\n'], /^C: DATA$/],
    ] as const)('takes a message in %s', async (_, chunking, pieces, saying) => {
      const said: string[] = []
      const transcript = (): Transcript => new Transcript((line) => said.push(line))
      await send(exim.url, { ...ENVELOPE, message: [...pieces], chunking, starttls: 'none', transcript })
      const [one] = await inbox.arrived()
      expect(contentOf(one?.text)).toBe(contentOf(pieces.join('')))
      expect(said.filter((line) => saying.test(line))).not.toEqual([])
    })
  })
}
