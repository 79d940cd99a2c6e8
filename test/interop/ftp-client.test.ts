/** Our client against the servers that people run, with data connections both ways. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, FtpReplyError, type Client, type ConnectOptions, type ListOptions } from '../../src/ftp/index.ts'
import { FTP_DAEMONS, type FtpDaemon } from '../support/ftp-daemons.ts'
import { folder, pattern, type Daemon, type Folder } from '../support/ftp-programs.ts'
import { freePort } from '../support/programs.ts'
import { describePeer } from '../support/peers.ts'

const FILE = pattern(3_000_000)

let root: Folder
let settings: Folder
let running: Daemon | undefined
let clients: Client[] = []
let port: number

beforeEach(async () => {
  root = folder('ftp-daemon')
  settings = folder('ftp-settings')
  port = await freePort()
  writeFileSync(join(root.path, 'big'), FILE)
  writeFileSync(join(root.path, 'lines'), 'one\ntwo\n')
  mkdirSync(join(root.path, 'dir'))
  writeFileSync(join(root.path, 'dir', 'a b'), 'inner')
})

afterEach(async () => {
  for (const client of clients) client.destroy()
  clients = []
  await running?.stop()
  running = undefined
  root.remove()
  settings.remove()
})

async function enter(userinfo: string, options: ConnectOptions = {}): Promise<Client> {
  const client = await connect(`ftp://${userinfo}127.0.0.1:${port}`, options)
  clients.push(client)
  return client
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const gathered: Uint8Array[] = []
  for await (const chunk of chunks) gathered.push(chunk)
  return Buffer.concat(gathered)
}

async function rows(client: Client, path?: string, options?: ListOptions): Promise<string[]> {
  const found: string[] = []
  for await (const { name, type, size, modified } of client.list(path, options)) {
    expect(Math.abs((modified?.getTime() ?? 0) - Date.now())).toBeLessThan(120_000)
    found.push(`${name}:${type}:${type === 'file' ? size : ''}`)
  }
  return found.toSorted()
}

function kept(...path: string[]): Buffer {
  return readFileSync(join(root.path, ...path))
}

/** What every server lets a reader do. */
async function reads(client: Client): Promise<void> {
  for (const options of [{}, { listFormat: 'unix' } as const]) {
    // A LIST's times are by the server's clock, which is ours.
    expect(await rows(client, 'dir', options)).toEqual(['a b:file:5'])
    expect(await rows(client, undefined, options)).toEqual(['big:file:3000000', 'dir:directory:', 'lines:file:8'])
  }
  expect((await all(await client.get('big'))).equals(FILE)).toBe(true)
  expect((await all(await client.get('big', { from: 2_999_000 }))).equals(FILE.subarray(2_999_000))).toBe(true)
  expect((await all(await client.get('lines', { type: 'ascii' }))).toString()).toBe('one\ntwo\n')
  expect(await client.size('big')).toBe(3_000_000)
  expect(Math.abs((await client.modified('big')).getTime() - Date.now())).toBeLessThan(60_000)
  expect(await client.stat('dir/a b')).toMatchObject({ type: 'file', size: 5 })
  expect(await client.get('nowhere').catch((error: unknown) => error)).toBeInstanceOf(FtpReplyError)
}

/** And what it lets a writer do. */
async function writes(client: Client): Promise<void> {
  await client.mkdir('up')
  await client.put('up/x', FILE)
  expect(kept('up', 'x').equals(FILE)).toBe(true)
  await client.put('up/x', 'head')
  await client.put('up/x', 'tail', { from: 4 })
  await client.append('up/x', ' and more')
  expect(kept('up', 'x').toString()).toBe('headtail and more')
  await client.put('up/lines', 'one\r\ntwo\n', { type: 'ascii' })
  expect(kept('up', 'lines').toString()).toBe('one\ntwo\n')
  await client.remove('up/lines')
  const writer = client.writable('up/w').getWriter()
  await writer.write('by a writer')
  await writer.close()
  expect(kept('up', 'w').toString()).toBe('by a writer')
  await client.remove('up/w')
  if (client.features.has('MFMT')) {
    await client.setTimes('up/x', { modified: new Date(Date.UTC(2001, 1, 3, 4, 5, 6)) })
    expect((await client.modified('up/x')).toISOString()).toBe('2001-02-03T04:05:06.000Z')
  }
  await client.rename('up/x', 'up/y z')
  expect((await client.raw('SITE CHMOD 600 up/y z')).code).toBeLessThan(600)
  await client.remove('up/y z')
  await client.removeDirectory('up')
}

/** What is broken off leaves a session that works. */
async function breaksOff(client: Client): Promise<void> {
  for await (const chunk of await client.get('big')) {
    expect(chunk.length).toBeGreaterThan(0)
    break
  }
  expect(await client.size('big')).toBe(3_000_000)
  const controller = new AbortController()
  const download = await client.get('big', { signal: controller.signal })
  await download.next()
  controller.abort(new Error('enough'))
  await expect(all(download)).rejects.toThrow('enough')
  expect((await all(await client.get('dir/a b'))).toString()).toBe('inner')
  const again = new AbortController()
  const endless = async function* (): AsyncGenerator<Buffer> {
    yield FILE
    again.abort(new Error('no more'))
    await new Promise(() => {})
  }
  await expect(client.put('half', endless(), { signal: again.signal })).rejects.toThrow('no more')
  expect((await all(await client.get('dir/a b'))).toString()).toBe('inner')
}

function tests(name: string, { userinfo, start }: FtpDaemon, program: string): void {
  describe(name, () => {
    beforeEach(async () => {
      running = await start(program, { root: root.path, settings: settings.path, port })
    })

    it.each(['passive', 'active'] as const)('is read from and written to, in %s mode', async (mode) => {
      const client = await enter(userinfo, { mode })
      await reads(client)
      await writes(client)
      await client.quit()
    })

    it.each(['passive', 'active'] as const)('is left in the middle, and goes on, in %s mode', async (mode) => {
      const client = await enter(userinfo, { mode })
      await breaksOff(client)
      await client.quit()
    })

    it('refuses a wrong password', async () => {
      await expect(enter('jane:wrong@')).rejects.toMatchObject({ code: 'FTP_REFUSED' })
    })
  })
}

for (const each of FTP_DAEMONS) describePeer(each.program, (program) => tests(each.name, each, program))
