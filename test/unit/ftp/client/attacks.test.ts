/** Hostile servers on live sockets, their words cut by TCP in every way: what a client of ours does is what the names of the tests say. */
import type { Socket } from 'node:net'
import { describe, expect, it } from 'vitest'
import { connect, type Client } from '../../../../src/ftp/client.ts'
import type { ConnectOptions } from '../../../../src/ftp/client-options.ts'
import { localName } from '../../../../src/ftp/local-name.ts'
import type { HandServer } from '../../../support/ftp-peer.ts'
import { pass, reason, setStage, turn } from '../../../support/ftp-stage.ts'
import { all } from '../../../support/ftp-files.ts'
import { splits } from '../../../support/splits.ts'

const stage = setStage()

/** All the ways to cut what a server says, a few of many. */
function cuts(text: string): (readonly [name: string, pieces: string[]])[] {
  const octets = Buffer.from(text, 'latin1')
  return [...splits(octets, { maxCuts: 10, random: 2 })].map(({ name, pieces }) => [
    name,
    pieces.map((piece) => piece.toString('latin1')),
  ])
}

/** Another text, cut at the same places; what it has more stays with the last piece. */
function cutLike(pieces: readonly string[], text: string): string[] {
  let at = 0
  return pieces.map((piece, index) => {
    const from = at
    at += piece.length
    return text.slice(from, index === pieces.length - 1 ? text.length : at)
  })
}

/** Says it piece by piece, so that each is read alone. */
async function say(peer: HandServer, pieces: readonly string[]): Promise<void> {
  for (const piece of pieces) {
    peer.say(piece)
    await turn(2)
  }
}

/** A login, TYPE I, and the data connection of a transfer that begins with `verb`. */
async function begin(peer: HandServer, verb: string, ...features: string[]): Promise<Socket> {
  await peer.welcome(...features)
  if (verb !== 'LIST' && verb !== 'MLSD') await peer.expect('TYPE', '200 I\r\n')
  const { port, data } = await peer.passive()
  await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
  await peer.expect(verb, '')
  return data
}

/** A small directory entry is asked for, to see that the session works. */
async function works(client: Client): Promise<void> {
  await client.mkdir('a')
}

describe('greetings', () => {
  const limits = { maxReplyLines: 50, maxReplyBytes: 5000, maxReplyLineBytes: 500 }

  it.each([
    ['lines without end', `220-hi\r\n${'220-and\r\n'.repeat(60)}`, 'FTP_REPLY_TOO_LONG'],
    ['octets without end', `220-hi\r\n${`${'x'.repeat(400)}\r\n`.repeat(20)}`, 'FTP_REPLY_TOO_LONG'],
    ['a line without end', `220 ${'x'.repeat(600)}`, 'FTP_REPLY_TOO_LONG'],
    ['a NUL', '220 a\0b\r\n', 'FTP_REPLY_NUL'],
    ['another protocol', 'SSH-2.0-OpenSSH_9.2\r\n', 'FTP_REPLY_SYNTAX'],
    ['one 120 behind the other', '120 soon\r\n120 soon\r\n', 'FTP_REPLY_CLASS'],
    ['half a reply', '220-hi\r\n', 'NET_TIMEOUT'],
  ])('with %s end the session (A15)', async (_name, greeting, code) => {
    for (const [cut, pieces] of cuts(greeting)) {
      const url = await stage.play((peer) => say(peer, pieces))
      const connecting = reason(connect(url, { limits, timers: stage.wheel }))
      if (code === 'NET_TIMEOUT') await pass(stage.clock, 65)
      expect(await connecting, cut).toMatchObject({ code })
    }
  })

  it('that drip are not waited for longer than for any reply', async () => {
    const url = await stage.play(async (peer) => {
      for (;;) {
        peer.say('2')
        await turn(30)
      }
    })
    const connecting = reason(connect(url, { timers: stage.wheel, limits: { maxReplyLineBytes: 1_000_000 } }))
    await pass(stage.clock, 65)
    expect(await connecting).toMatchObject({ code: 'NET_TIMEOUT', phase: 'reply' })
  })
})

describe('replies', () => {
  it('that nobody asked for end the session before anything is taken for answered (A13)', async () => {
    for (const [cut, pieces] of cuts('257 "/a"\r\n250 "/b" is gone\r\n')) {
      const client = await stage.face(async (peer) => {
        await peer.welcome()
        await peer.expect('MKD', '')
        await say(peer, pieces)
      })
      // Whether the second is there already when the first is told is TCP's affair.
      await reason(client.mkdir('a'))
      await turn(200)
      expect(await reason(client.remove('b')), cut).toMatchObject({ code: expect.stringMatching(/UNASKED|REFUSED/) })
    }
  })

  it('may hold lines of other replies', async () => {
    for (const [cut, pieces] of cuts('257-"/a"\r\n250 no\r\n257-\r\n 257 no\r\n550 no\r\n257 made\r\n')) {
      const client = await stage.face(async (peer) => {
        await peer.welcome()
        await peer.expect('MKD', '')
        await say(peer, pieces)
        await peer.expect('SITE', '200 ok\r\n')
      })
      await works(client)
      expect((await client.raw('SITE X')).code, cut).toBe(200)
    }
  })

  it('to PASV name a port and never a host (A4)', async () => {
    for (const [cut, pieces] of cuts('227 ok (10,0,0,1,200,200)\r\n')) {
      const client = await stage.face(async (peer) => {
        await peer.welcome()
        await peer.expect('TYPE', '200 I\r\n')
        await peer.expect('EPSV', '502 no\r\n')
        const { port, data } = await peer.passive()
        await peer.expect('PASV', '')
        await say(peer, cutLike(pieces, `227 ok (10,0,0,1,${port >> 8},${port & 255})\r\n`))
        await peer.expect('RETR', '150 here\r\n')
        ;(await data).end('mine')
        peer.say('226 done\r\n')
      })
      expect(await all(await client.get('a')), cut).toBe('mine')
    }
  })

  it.each([
    '227 (1216,256,2,127,127,127)',
    '227 (127,0,0,1,0,0)',
    '227 (127,0,0,1,1)',
    `227 ${'1,'.repeat(3000)}`,
    '227 (127,0,0,1,1e2,1)',
  ])('to PASV that name no port make no connection: %.40s (A5)', async (answer) => {
    for (const [cut, pieces] of cuts(`${answer}\r\n`).slice(0, 6)) {
      if (answer.length > 1000 && cut === 'byte by byte') continue
      const client = await stage.face(async (peer) => {
        await peer.welcome()
        await peer.expect('EPSV', '229 (|||0|)\r\n')
        await peer.expect('PASV', '')
        await say(peer, pieces)
        await peer.expect('MKD', '257 "/a"\r\n')
      })
      expect(await reason(all2(client)), cut).toMatchObject({ code: 'FTP_PASSIVE_REPLY' })
      await works(client)
    }
  })
})

async function all2(client: Client): Promise<string[]> {
  const names: string[] = []
  for await (const { name } of client.list()) names.push(name)
  return names
}

describe('the two ends of a transfer', () => {
  const data = 'hello world'
  it.each(['150 here\r\n226 done\r\n', '150-here\r\n150 now\r\n226-a\r\n226 b\r\n', '226 done\r\n'])(
    'may come in either order, however the replies %j are cut',
    async (replies) => {
      for (const [cut, pieces] of cuts(replies))
        for (const order of ['data first', 'replies first', 'mixed'] as const) {
          const client = await stage.face(async (peer) => {
            const socket = await begin(peer, 'RETR')
            if (order === 'data first') socket.end(data)
            if (order === 'mixed') socket.write(data.slice(0, 5))
            await turn(5)
            await say(peer, pieces)
            if (order === 'replies first') socket.end(data)
            if (order === 'mixed') socket.end(data.slice(5))
            await peer.expect('MKD', '257 "/a"\r\n')
          })
          expect(await all(await client.get('a')), `${cut}, ${order}`).toBe(data)
          await works(client)
        }
    },
  )

  it.each(['426 cut', '451 lost', '550 odd', '552 full'])('are no success where the reply is %s', async (answer) => {
    for (const order of ['data first', 'reply first']) {
      const client = await stage.face(async (peer) => {
        const socket = await begin(peer, 'RETR')
        peer.say('150 here\r\n')
        if (order === 'data first') socket.end(data)
        await turn(5)
        peer.say(`${answer}\r\n`)
        if (order === 'reply first') socket.end(data)
        await peer.expect('MKD', '257 "/a"\r\n')
      })
      const code = Number(answer.slice(0, 3))
      expect(await reason(client.get('a').then(all)), order).toMatchObject({ reply: { code } })
      await works(client)
    }
  })

  it('are no success where no reply comes', async () => {
    const client = await stage.face(async (peer) => {
      const socket = await begin(peer, 'RETR')
      peer.say('150 here\r\n')
      socket.end(data)
    })
    const ended = reason(client.get('a').then(all))
    await pass(stage.clock, 65)
    expect(await ended).toMatchObject({ code: 'NET_TIMEOUT', phase: 'reply' })
  })
})

describe('listings', () => {
  const list = async (listing: string, options: ConnectOptions = {}, ...features: string[]): Promise<Client> =>
    stage.face(async (peer) => {
      const socket = await begin(peer, features.length > 0 ? 'MLSD' : 'LIST', ...features)
      peer.say('150 here\r\n')
      socket.end(listing)
      peer.say('226 done\r\n')
      const next = await peer.hear()
      peer.say(next.startsWith('ABOR') ? '226 done\r\n' : '257 "/a"\r\n')
      if (!next.startsWith('ABOR')) return
      await peer.expect('NOOP', '200 ok\r\n')
      await peer.expect('MKD', '257 "/a"\r\n')
    }, options)

  it('with a line that does not end are broken off', async () => {
    const client = await list('x'.repeat(100_000))
    expect(await reason(all2(client))).toMatchObject({ code: 'FTP_LISTING_TOO_LONG', limit: 'maxListingLineBytes' })
    await works(client)
  })

  it('that do not end are broken off, rows or no rows', async () => {
    for (const row of ['-rw-r--r-- 1 a b 5 Jan 1 2001 x\r\n', 'nothing at all\r\n']) {
      const client = await list(row.repeat(20_000), { limits: { maxListingBytes: 100_000 } })
      expect(await reason(all2(client))).toMatchObject({ code: 'FTP_LISTING_TOO_LONG', limit: 'maxListingBytes' })
      await works(client)
    }
  })

  it('name what they like, and no local file (A11)', async () => {
    const names = ['../../x', '/etc/passwd', 'a\\b', 'C:x', 'NUL', 'ok', 'a\x1b[2J']
    const client = await list(names.map((name) => `type=file; ${name}\r\n`).join(''), {}, 'MLST type*;')
    const found = await all2(client)
    expect(found).toEqual(names)
    expect(found.map(localName).filter((name) => name !== undefined)).toEqual(['ok'])
    await works(client)
  })
})

describe('a data connection that is reset', () => {
  const moments = [
    'before the 150',
    'behind the 150',
    'in the middle',
    'behind the last octet',
    'behind the 226',
  ] as const

  it.each(moments.flatMap((moment) => (['RETR', 'STOR', 'LIST'] as const).map((verb) => [moment, verb] as const)))(
    '%s of %s leaves a session that works',
    async (moment, verb) => {
      const isAnswered = moment === 'behind the 226'
      const client = await stage.face(async (peer) => {
        const socket = await begin(peer, verb)
        socket.resume()
        if (moment === 'before the 150') socket.resetAndDestroy()
        peer.say('150 here\r\n')
        await turn(3)
        if (moment === 'behind the 150') socket.resetAndDestroy()
        if (verb !== 'STOR') socket.write('-rw-r--r-- 1 a b 5 Jan 1 2001 x\r\n')
        await turn(3)
        if (isAnswered) peer.say('226 done\r\n')
        socket.resetAndDestroy()
        await turn(3)
        if (!isAnswered) peer.say('426 cut\r\n')
        const next = await peer.hear()
        if (next.startsWith('ABOR')) {
          peer.say('226 ok\r\n')
          await peer.expect('NOOP', '200 ok\r\n')
          await peer.expect('MKD', '257 "/a"\r\n')
        } else peer.say('257 "/a"\r\n')
      })
      const endless = async function* (): AsyncGenerator<Buffer> {
        for (;;) {
          yield Buffer.alloc(50_000)
          await turn()
        }
      }
      const act = {
        RETR: () => client.get('a').then(all),
        STOR: () => client.put('a', endless()),
        LIST: () => all2(client),
      }
      expect(await reason(act[verb]())).toMatchObject(isAnswered ? { code: 'NET_CLOSED' } : { reply: { code: 426 } })
      await works(client)
    },
  )
})

describe('a control connection that is cut', () => {
  it.each([0, 1, 2, 3, 4, 5, 6, 7])('behind %d replies leaves nobody waiting', async (count) => {
    const url = await stage.play(async (peer) => {
      let left = count
      const answer = async (verb: string, octets: string): Promise<void> => {
        if (verb !== '') await peer.expect(verb, '')
        if (left-- === 0) peer.cut()
        else peer.say(octets)
      }
      await answer('', '220 hand\r\n')
      await answer('USER', '331 p\r\n')
      await answer('PASS', '230 in\r\n')
      await answer('FEAT', '500 no\r\n')
      await answer('TYPE', '200 I\r\n')
      const { port, data } = await peer.passive()
      await answer('EPSV', `229 (|||${port}|)\r\n`)
      await answer('RETR', '150 here\r\n')
      ;(await data).write('x')
      await turn(5)
      peer.cut()
    })
    const told = await reason(
      connect(url, { timers: stage.wheel }).then(async (client) => all(await stage.keep(client).get('a'))),
    )
    // A reset may be there before the connection is.
    expect(told).toMatchObject({ code: expect.stringMatching(/^NET_(?:CLOSED|CONNECT)$/) })
  })
})
