/** Exim between our client and our server: the one widespread mail system that sends with BDAT. */
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { connect, send } from '../../src/smtp/client.ts'
import { serve } from '../../src/smtp/server.ts'
import type { Server } from '../../src/smtp/server.ts'
import { Exim } from '../support/exim-programs.ts'
import { describePeer } from '../support/peers.ts'
import { Inbox } from '../support/smtp-inbox.ts'
import { CA } from '../support/tls.ts'

const OBSTACLE = process.getuid?.() === 0 ? undefined : 'it has to be started by root'

describePeer(
  'exim4',
  (path) => {
    const inbox = new Inbox()
    let server: Server
    let exim: Exim

    beforeAll(async () => {
      server = await serve({ hostname: 'mx.example.test', onError: inbox.onError }, inbox.handlers)
      exim = await Exim.start(path, { port: Number(new URL(server.url).port), options: ['hosts_try_chunking = *'] })
    })
    afterAll(async () => {
      await exim.stop()
      await server.close()
      expect(inbox.errors).toEqual([])
    })
    beforeEach(({ onTestFailed }) => {
      inbox.clear()
      onTestFailed(() => console.error(exim.log))
    })

    it('relays a message with dots and 8 bits, for two recipients at once', async () => {
      const message = 'Subject: one\r\n\r\n.\r\n..\r\n.dot\r\ndreißig\r\n'
      const { accepted } = await send(exim.url, { from: 'a@x.test', to: ['b@y.test', '"c d"@y.test'], message })
      expect(accepted).toHaveLength(2)
      const [one] = await inbox.arrived()
      expect(one).toMatchObject({ from: '<a@x.test>', to: ['<b@y.test>', '<"c d"@y.test>'] })
      expect(one?.text.endsWith(Buffer.from(message.slice(message.indexOf('\r\n\r\n'))).toString('latin1'))).toBe(true)
    })

    it('relays two megabytes, octet by octet', async () => {
      const content = Array.from({ length: 25_000 }, (_, line) => `${line} `.padEnd(78, '.')).join('\r\n')
      await send(exim.url, { from: 'a@x.test', to: 'b@y.test', message: `Subject: big\r\n\r\n${content}\r\n` })
      const [one] = await inbox.arrived()
      const body = one?.text.slice(one.text.indexOf('\r\n\r\n') + 4)
      expect(body === `${content}\r\n`).toBe(true)
    })

    it('relays the messages of a session, each once', async () => {
      const client = await connect(exim.url)
      const bodies = Array.from({ length: 10 }, (_, index) => `body ${index}\r\n`)
      const messages = bodies.map((body) => `Subject: many\r\n\r\n${body}`)
      await Promise.all(messages.map((message) => client.send({ from: 'a@x.test', to: 'b@y.test', message })))
      await client.quit()
      const found = (await inbox.arrived(bodies.length)).map(({ text }) => /body \d+\r\n$/.exec(text)?.[0])
      expect(new Set(found)).toEqual(new Set(bodies))
      expect(found).toHaveLength(bodies.length)
    })

    it('bounces what our server refuses, with its words', async () => {
      await send(exim.url, { from: 'a@x.test', to: ['b@y.test', 'reject@y.test'], message: 'Subject: two\r\n\r\n' })
      const all = await inbox.arrived(2)
      expect(all.find(({ from }) => from === '<a@x.test>')?.to).toEqual(['<b@y.test>'])
      const bounce = all.find(({ from }) => from === '<>')
      expect(bounce?.to).toEqual(['<a@x.test>'])
      expect(bounce?.text).toContain('550 5.1.1 No such mailbox')
    })

    it('takes a message over TLS, and refuses a recipient', async () => {
      const to = ['refused@y.test', 'b@y.test']
      const tls = { ca: CA }
      const { refused } = await send(exim.secureUrl, { from: '', to, message: 'Subject: three\r\n\r\n', tls })
      expect(refused).toMatchObject([{ address: 'refused@y.test', reply: { code: 550, enhanced: '5.1.1' } }])
      const [one] = await inbox.arrived()
      expect(one).toMatchObject({ from: '<>', to: ['<b@y.test>'] })
      expect(one?.text).toContain('with esmtps')
    })
  },
  OBSTACLE,
)
