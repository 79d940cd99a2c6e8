import { describe, expect, it } from 'vitest'
import { socksTunnel } from '../../../../src/net/index.ts'
import { dial } from '../../../../src/net/dial.ts'
import { Transcript } from '../../../../src/net/transcript.ts'
import { connect, type Client } from '../../../../src/ftp/client.ts'
import type { UploadSource } from '../../../../src/ftp/client-options.ts'
import { serve, type Server } from '../../../../src/ftp/server.ts'
import { memory } from '../../../../src/ftp/storage/memory.ts'
import type { Storage } from '../../../../src/ftp/storage/storage.ts'
import { WritableUpload } from '../../../../src/ftp/writable.ts'
import { pass, reason, setStage } from '../../../support/ftp-stage.ts'
import { all, readFile } from '../../../support/ftp-files.ts'
import type { HandScript } from '../../../support/ftp-peer.ts'

const stage = setStage()

/** A server of ours with one client, for as long as `tests` takes. */
async function withServer(tests: (client: Client, storage: Storage, server: Server) => Promise<void>): Promise<void> {
  const storage = memory()
  const server = await serve({}, { login: () => storage })
  try {
    await tests(stage.keep(await connect(server.url)), storage, server)
  } finally {
    await server.close({ graceMs: 0 })
  }
}

/** A server that hears these commands in this order. */
function script(features: readonly string[], ...steps: readonly (readonly [string, string])[]): HandScript {
  return async (peer) => {
    await peer.welcome(...features)
    for (const [line, answer] of steps) {
      const heard = await peer.hear()
      peer.say(heard === line ? answer : `599 expected ${line}, heard ${heard}\r\n`)
    }
  }
}

describe('logging in', () => {
  it('names the virtual host first, the account behind the password, and the language last', async () => {
    const lines: string[] = []
    const heard: string[] = []
    const url = await stage.play(async (peer) => {
      peer.say('120 soon\r\n220 hand\r\n')
      for (const answer of ['220 host', '331 p', '332 account', '230 in', '500 no', '200 en']) {
        heard.push(await peer.hear())
        peer.say(`${answer}\r\n`)
      }
    })
    const options = { virtualHost: 'ftp.example.test', account: 'sales', language: 'en' }
    const transcript = (): Transcript => new Transcript((line) => lines.push(line))
    stage.keep(await connect(url, { ...options, transcript }))
    expect(heard).toEqual(['HOST ftp.example.test', 'USER joe', 'PASS secret', 'ACCT sales', 'FEAT', 'LANG en'])
    expect(lines.join('\n')).not.toMatch(/secret|sales/)
    expect(lines).toContain('C: ACCT ****')
  })

  it.each([
    ['504 no such host', 'HOST', { virtualHost: 'x' }],
    ['500 what', 'HOST', { virtualHost: 'x' }],
  ])('fails where %s answers %s', async (answer, verb, options) => {
    const url = await stage.play(async (peer) => {
      peer.say('220 hand\r\n')
      await peer.expect(verb, `${answer}\r\n`)
    })
    expect(await reason(connect(url, options))).toMatchObject({ reply: { to: verb } })
  })
})

describe('features', () => {
  it('are those of the reply, in either case, and replace what was known', async () => {
    const client = await stage.face(async (peer) => {
      await peer.welcome('size', 'Rest STREAM', 'MLST type*;size*;')
    })
    expect([...client.features]).toEqual([
      ['SIZE', ''],
      ['REST', 'STREAM'],
      ['MLST', 'type*;size*;'],
    ])
  })
})

describe('transfers', () => {
  it('append, and make the file where there is none', () =>
    withServer(async (client, storage) => {
      await client.append('log', 'one')
      await client.append('log', ['two', Buffer.from('three')])
      expect(await readFile(storage, ['log'])).toBe('onetwothree')
    }))

  it('give text the line ends of the other side, and TYPE I comes back behind it', () =>
    withServer(async (client, storage) => {
      await client.put('text', ['one\r', '\ntwo\n', ''], { type: 'ascii' })
      expect(await readFile(storage, ['text'])).toBe('one\ntwo\n')
      expect(await all(await client.get('text', { type: 'ascii' }))).toBe('one\ntwo\n')
      await client.put('text', 'a\nb\r')
      expect(await all(await client.get('text', { type: 'ascii' }))).toBe('a\nb\r')
      expect(await all(await client.get('text'))).toBe('a\nb\r')
      expect(await client.size('text')).toBe(4)
    }))

  it.each(['get', 'put'])(
    'are broken off, and the session goes on, where the server is slower than it is asked to be: %s',
    async (way) => {
      const slow: HandScript = async (peer) => {
        await peer.welcome('EPSV')
        await peer.expect('TYPE', '200 type\r\n')
        const { port, data } = await peer.passive()
        await peer.expect('EPSV', `229 ok (|||${port}|)\r\n`)
        await peer.expect(way === 'get' ? 'RETR' : 'STOR', '150 go\r\n')
        const socket = await data
        if (way === 'get') socket.write('x')
        await peer.expect('ABOR', '426 aborted\r\n226 done\r\n')
        socket.destroy()
        await peer.expect('NOOP', '200 here\r\n')
        await peer.expect('SYST', '215 UNIX\r\n')
      }
      const options = { limits: { minServerRate: 1_000_000 }, timeouts: { rateGraceMs: 5_000 } }
      const client = await stage.face(slow, options)
      const big = Array.from({ length: 50 }, () => Buffer.alloc(1_000_000))
      const outcome = reason(way === 'get' ? client.get('a').then(all) : client.put('a', big))
      // What the kernel takes at once buys some seconds.
      await pass(stage.clock, 30)
      expect(await outcome).toMatchObject({ code: 'FTP_TRANSFER_SLOW', limit: 'minServerRate', max: 1_000_000 })
      expect(await client.raw('SYST')).toMatchObject({ code: 215 })
    },
  )

  it('do not begin in the middle of a text', () =>
    withServer(async (client) => {
      for (const act of [
        () => client.get('a', { type: 'ascii', from: 1 }),
        () => client.put('a', '', { type: 'ascii', from: 1 }),
      ])
        expect(await reason(act())).toMatchObject({ code: 'FTP_RESTART_TEXT', side: 'local' })
    }))

  it('say so where the server cannot begin in the middle', async () => {
    const client = await stage.face(async (peer) => {
      await peer.welcome()
      await peer.expect('TYPE', '200 I\r\n')
      const { port } = await peer.passive()
      await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
      await peer.expect('REST 5', '502 no\r\n')
      await peer.expect('MKD', '257 "/a"\r\n')
    })
    expect(await reason(client.get('a', { from: 5 }))).toMatchObject({ reply: { to: 'REST', code: 502 } })
    await client.mkdir('a')
  })

  it.each([-1, 1.5, Infinity, NaN, 2 ** 53])('do not begin at %d', (from) =>
    withServer(async (client, storage) => {
      await client.put('a', 'kept')
      expect(await reason(client.put('a', 'x', { from }))).toMatchObject({ code: 'FTP_COMMAND_TEXT', side: 'local' })
      expect(await readFile(storage, ['a'])).toBe('kept')
    }),
  )
})

describe("streams of the web's", () => {
  it('are what a download is, too', () =>
    withServer(async (client) => {
      const big = 'x'.repeat(300_000)
      await client.put('a', big)
      const readable = (await client.get('a')).readable()
      expect(await new Response(readable).text()).toBe(big)
      const left = (await client.get('a')).readable()
      const reader = left.getReader()
      expect((await reader.read()).done).toBe(false)
      await reader.cancel()
      expect(await client.size('a')).toBe(300_000)
    }))

  it('can be piped to a server', () =>
    withServer(async (client, storage) => {
      await new Blob(['hello ', 'world']).stream().pipeTo(client.writable('a'))
      expect(await readFile(storage, ['a'])).toBe('hello world')
      await client.writable('empty').close()
      expect(await readFile(storage, ['empty'])).toBe('')
    }))

  it('that are aborted leave nothing, and a session that works', () =>
    withServer(async (client, storage) => {
      const writer = client.writable('a').getWriter()
      await writer.write('half')
      await writer.abort(new Error('enough'))
      await expect(storage.stat(['a'])).rejects.toThrow()
      await client.mkdir('d')
    }))

  it('tell whoever writes what the server says', async () => {
    const client = await stage.face(async (peer) => {
      await peer.welcome()
      await peer.expect('TYPE', '200 I\r\n')
      const { port } = await peer.passive()
      await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
      await peer.expect('STOR', '553 no\r\n')
    })
    const writer = client.writable('a').getWriter()
    const closed = reason(writer.closed)
    await reason(writer.write('x'))
    expect(await closed).toMatchObject({ reply: { code: 553 } })
  })

  it('hold one chunk at a time', async () => {
    const taken: string[] = []
    let go = (): void => {}
    const slow = async (source: UploadSource): Promise<void> => {
      for await (const chunk of source as AsyncIterable<string>) {
        taken.push(chunk)
        await new Promise<void>((resolve) => (go = resolve))
      }
    }
    const writer = new WritableStream(new WritableUpload(slow)).getWriter()
    const [first, second] = [writer.write('one'), writer.write('two')]
    void second
    await new Promise((resolve) => setImmediate(resolve))
    expect(taken).toEqual(['one'])
    go()
    await first
    await new Promise((resolve) => setImmediate(resolve))
    expect(taken).toEqual(['one', 'two'])
    go()
    await writer.close()
  })
})

describe('what a file is', () => {
  it('can be set: when it was changed', async () => {
    const client = await stage.face(script([], ['MFMT 20240229230509 a b', '213 Modify=20240229230509; a b\r\n']))
    await client.setTimes('a b', { modified: new Date(Date.UTC(2024, 1, 29, 23, 5, 9, 999)) })
    expect(await reason(client.setTimes('a\r\nDELE b', { modified: new Date() }))).toMatchObject({
      code: 'FTP_COMMAND_TEXT',
    })
  })

  it.each([
    ['HASH SHA-256;SHA-1*', undefined, [['OPTS HASH SHA-256', '200 SHA-256'], ['HASH a', `213 SHA-256 0-4 ${'Ab'.repeat(32)} a`]], 'SHA-256', 'ab'.repeat(32)], // prettier-ignore
    ['HASH SHA-256;SHA-1*', 'SHA-1', [['HASH a', `213 SHA-1 0-4 ${'c0'.repeat(20)} a`]], 'SHA-1', 'c0'.repeat(20)],
    ['XMD5', undefined, [['XMD5 a', `250 ${'5'.repeat(32)}`]], 'MD5', '5'.repeat(32)],
    ['XCRC', 'CRC32', [['XCRC a', '250 1F2e']], 'CRC32', '00001f2e'],
  ] as const)('can be computed: %s, asked for %s', async (feature, algorithm, steps, found, hex) => {
    const lines = steps.map(([line, answer]) => [line, `${answer}\r\n`] as const)
    const client = await stage.face(script([feature], ...lines))
    expect(await client.hash('a', algorithm === undefined ? {} : { algorithm })).toEqual({ algorithm: found, hex })
  })

  it('is not computed where the server says that it cannot, or says nothing that could be it', async () => {
    const client = await stage.face(script(['XMD5'], ['XMD5 a', '250 no digits here\r\n']))
    expect(await reason(client.hash('a', { algorithm: 'SHA-512' }))).toMatchObject({ code: 'FTP_FEATURE_MISSING' })
    expect(await reason(client.hash('a'))).toMatchObject({ code: 'FTP_VALUE_REPLY' })
    expect(await reason(client.hash('a\n'))).toMatchObject({ code: 'FTP_COMMAND_TEXT' })
  })
})

describe('raw', () => {
  it('says one line, and answers what the server says', async () => {
    const client = await stage.face(
      script(
        [],
        ['SITE CHMOD 600 a', '200 ok\r\n'],
        ['XYZZY', '500 what\r\n'],
        ['TYPE A', '200 A\r\n'],
        ['TYPE I', '200 I\r\n'],
        ['SIZE a', '213 5\r\n'],
      ),
    )
    expect((await client.raw('site CHMOD 600 a')).code).toBe(200)
    expect((await client.raw('XYZZY')).lines).toEqual(['what'])
    await client.raw('TYPE A')
    expect(await client.size('a')).toBe(5)
  })

  it.each(['', ' ', 'NOOP\r\nDELE a', 'NOOP\n', 'SITE a\0', '1', 'AUTH TLS', 'ccc', 'ABOR', 'QUIT'])(
    'does not say %j',
    async (line) => {
      const client = await stage.face(script([], ['MKD a', '257 "/a"\r\n']))
      expect(await reason(client.raw(line))).toMatchObject({ code: 'FTP_COMMAND_TEXT', side: 'local' })
      await client.mkdir('a')
    },
  )
})

describe('list', () => {
  it('reads LIST in the format that it is told', async () => {
    const client = await stage.face(async (peer) => {
      await peer.welcome('MLST type*;')
      const { port, data } = await peer.passive()
      await peer.expect('EPSV', `229 (|||${port}|)\r\n`)
      await peer.expect('LIST', '150 here\r\n')
      ;(await data).end('QSYS            77824 02/03/00 15:09:55 *DIR       a\r\n')
      peer.say('226 done\r\n')
    })
    const times: unknown[] = []
    for await (const { time } of client.list('.', { listFormat: 'as400-dmy' })) times.push([time?.day, time?.month])
    expect(times).toEqual([[2, 3]])
  })
})

describe('dial', () => {
  it('makes the connections, control and data, and is given the name of the URL', async () => {
    const targets: unknown[] = []
    await withServer(async (_client, storage, server) => {
      const { port } = new URL(server.url)
      const client = stage.keep(
        await connect(`ftp://localhost:${port}`, {
          dial: (target, options) => {
            targets.push('host' in target ? target.host : target)
            return dial({ host: '127.0.0.1', port: 'port' in target ? target.port : 0 }, options)
          },
        }),
      )
      await client.put('a', 'through')
      expect(await readFile(storage, ['a'])).toBe('through')
    })
    expect(targets).toEqual(['localhost', 'localhost'])
  })

  it('may be a tunnel, whose refusal is a data connection that there is not', async () => {
    const refusing = socksTunnel({ host: '127.0.0.1', port: 1 })
    expect(await reason(connect('ftp://localhost', { dial: refusing }))).toMatchObject({ code: 'NET_CONNECT' })
  })
})
