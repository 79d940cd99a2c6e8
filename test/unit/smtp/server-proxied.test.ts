/** What a trusted proxy says of the client that it speaks for (XCLIENT, XFORWARD), and inquiries. */
import { describe, expect, it } from 'vitest'
import { dial } from '../../../src/net/dial.ts'
import type { Peer } from '../../../src/smtp/peer.ts'
import { Rates } from '../../../src/smtp/rates.ts'
import { refuse, reply } from '../../../src/smtp/reply.ts'
import { serve } from '../../../src/smtp/server.ts'
import type { ServeOptions } from '../../../src/smtp/server.ts'
import type { ServerHandlers } from '../../../src/smtp/handlers.ts'
import { RawPeer } from '../../support/smtp-peer.ts'
import { begun, ENVELOPE, HELLO, Scene } from './server-session.ts'

async function withServer(
  options: Partial<ServeOptions>,
  handlers: Partial<ServerHandlers>,
  test: (peer: RawPeer) => Promise<void>,
): Promise<void> {
  const server = await serve({ hostname: 'mx.test', ...options }, { message: () => true, ...handlers })
  const { address } = server
  if (address.family !== 'IPv4') throw new Error('an IPv4 address is due')
  const socket = await dial({ host: address.host, port: address.port })
  try {
    await test(new RawPeer(socket))
  } finally {
    socket.destroy()
    await server.close({ graceMs: 0 })
  }
}

const TRUSTED = { trustedPeers: ['127.0.0.0/8'] }

/** What is known of a client at one moment. */
function known({ address, name, user, hello, forwarded }: Peer): object {
  return { host: 'host' in address ? address.host : '', name, user, hello: hello?.domain, forwarded }
}

describe('XCLIENT', () => {
  it('is for trusted peers', async () => {
    expect(await new Scene().begin()).not.toContainEqual(expect.stringMatching(/^X/))
    expect(await (await begun()).peer.ask('XCLIENT ADDR=192.0.2.7\r\n')).toMatch(/^5/)
    await withServer({ trustedPeers: ['192.0.2.1'] }, {}, async (peer) => {
      await peer.codes(1)
      expect(await peer.ask(`${HELLO}`)).toBe('250')
      expect(await peer.ask('XCLIENT ADDR=192.0.2.7\r\n')).toMatch(/^5/)
    })
  })

  it('makes it somebody else, who is welcomed anew', async () => {
    const seen: object[] = []
    const handlers: Partial<ServerHandlers> = {
      connect: ({ peer }) => void seen.push(known(peer)),
      mail: ({ peer }) => void seen.push(known(peer)),
    }
    await withServer(TRUSTED, handlers, async (peer) => {
      await peer.codes(1)
      await peer.ask(HELLO)
      expect(await peer.ask('XCLIENT NAME=mx.example ADDR=192.0.2.7 PORT=99\r\n')).toBe('220')
      expect(await peer.ask('MAIL FROM:<a@x.test>\r\n')).toBe('503')
      expect(await peer.ask('EHLO b.test\r\n')).toBe('250')
      expect(await peer.ask('XCLIENT LOGIN=joe\r\n')).toBe('220')
      expect(await peer.ask('EHLO c.test\r\n')).toBe('250')
      expect(await peer.ask('MAIL FROM:<a@x.test>\r\n')).toBe('250')
    })
    const nobody = { name: undefined, user: undefined, hello: undefined, forwarded: undefined }
    const there = { ...nobody, host: '192.0.2.7', name: 'mx.example' }
    expect(seen).toEqual([
      { ...nobody, host: '127.0.0.1' },
      there,
      { ...there, user: 'joe' },
      { ...there, user: 'joe', hello: 'c.test' },
    ])
  })

  it('tells how the client has named itself, up to the next EHLO', async () => {
    const seen: unknown[] = []
    const note = ({ peer }: { readonly peer: Peer }): void => void seen.push(peer.hello)
    await withServer(TRUSTED, { connect: note, mail: note }, async (peer) => {
      await peer.codes(1)
      await peer.ask(HELLO)
      for (const line of [
        ...['HELO=Client.Example PROTO=SMTP', 'ADDR=192.0.2.7', 'HELO=[192.0.2.7] PROTO=ESMTP'],
        ...['HELO=[UNAVAILABLE]', 'HELO=a(b)c', 'HELO=c.test'],
      ]) {
        expect(await peer.ask(`XCLIENT ${line}\r\n`), line).toBe('220')
      }
      expect(await peer.ask('MAIL FROM:<a@x.test>\r\n')).toBe('503')
      await peer.ask('EHLO d.test\r\n')
      expect(await peer.ask('MAIL FROM:<a@x.test>\r\n')).toBe('250')
    })
    const named = { type: 'helo', domain: 'client.example' }
    const literal = { type: 'ehlo', domain: '[192.0.2.7]' }
    const own = { type: 'ehlo', domain: 'd.test' }
    const last = { type: 'ehlo', domain: 'c.test' }
    expect(seen).toEqual([undefined, named, named, literal, undefined, undefined, last, own])
  })

  it('forgets a login that was somebody else’s', async () => {
    const seen: unknown[] = []
    const handlers: Partial<ServerHandlers> = {
      auth: { password: () => true },
      mail: ({ peer }) => void seen.push(peer.user),
    }
    await withServer({ ...TRUSTED, allowCleartextAuth: true }, handlers, async (peer) => {
      await peer.codes(1)
      await peer.ask(HELLO)
      expect(await peer.ask(`AUTH PLAIN ${Buffer.from('\0joe\0x').toString('base64')}\r\n`)).toBe('235')
      expect(await peer.ask('XCLIENT ADDR=[UNAVAILABLE] NAME=[TEMPUNAVAIL]\r\n')).toBe('220')
      await peer.ask(HELLO)
      await peer.ask('MAIL FROM:<a@x.test>\r\n')
    })
    expect(seen).toEqual([undefined])
  })

  it('ends the session of one who is not welcome', async () => {
    const connect: ServerHandlers['connect'] = ({ peer }) =>
      !('host' in peer.address && peer.address.host === '192.0.2.7') || refuse(554, undefined, 'Not you')
    await withServer(TRUSTED, { connect }, async (peer) => {
      await peer.codes(1)
      await peer.ask(HELLO)
      expect(await peer.ask('XCLIENT ADDR=192.0.2.7\r\n', 3)).toBe('554 421 end')
    })
    const rates = new Rates({ connections: { count: 1, perMs: 60_000 } })
    await withServer({ ...TRUSTED, rates }, {}, async (peer) => {
      await peer.codes(1)
      await peer.ask(HELLO)
      expect(await peer.ask('XCLIENT ADDR=192.0.2.7\r\n')).toBe('220')
      await peer.ask(HELLO)
      expect(await peer.ask('XCLIENT ADDR=192.0.2.7\r\n', 2)).toBe('421 end')
    })
  })
})

describe('XFORWARD', () => {
  it('tells of one message', async () => {
    const seen: unknown[] = []
    const mail: ServerHandlers['mail'] = ({ peer }) => void seen.push(peer.forwarded)
    await withServer(TRUSTED, { mail }, async (peer) => {
      await peer.codes(1)
      await peer.ask(HELLO)
      expect(await peer.ask('XFORWARD NAME=mx.example ADDR=192.0.2.7\r\nXFORWARD IDENT=4711\r\n', 2)).toBe('250 250')
      expect(await peer.ask(`${ENVELOPE}DATA\r\n`, 3)).toBe('250 250 354')
      expect(await peer.ask('x\r\n.\r\n')).toBe('250')
      expect(await peer.ask('MAIL FROM:<a@x.test>\r\n')).toBe('250')
    })
    expect(seen).toEqual([{ NAME: 'mx.example', ADDR: '192.0.2.7', IDENT: '4711' }, undefined])
  })
})

describe('inquiries', () => {
  it('are answered by the program', async () => {
    const asked: string[] = []
    const scene = await begun({
      vrfy: ({ argument }) => (asked.push(argument), argument === 'joe' && reply(250, '2.1.5', 'Joe <joe@x.test>')),
      expn: async ({ argument }) => argument === 'staff' && reply(250, '2.1.5', '<joe@x.test>', '<ann@x.test>'),
      etrn: ({ argument }) => argument === 'x.test',
    })
    expect(await scene.peer.ask('VRFY joe\r\nVRFY ann\r\nEXPN staff\r\nEXPN all\r\n', 4)).toBe('250 550 250 550')
    expect(await scene.peer.ask('ETRN x.test\r\nETRN y.test\r\n', 2)).toBe('251 459')
    expect(asked).toEqual(['joe', 'ann'])
  })

  it('are offered where there is an answer', async () => {
    expect(await new Scene({ expn: () => true, etrn: () => true }).begin()).toEqual(
      expect.arrayContaining(['EXPN', 'ETRN']),
    )
    const scene = await begun()
    expect(await scene.peer.ask('EXPN x\r\nETRN x.test\r\nVRFY x\r\n', 3)).toBe('502 502 252')
  })
})
