/** Our client against the servers that people run. */
import { chmodSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, FtpReplyError, type Client } from '../../src/ftp/index.ts'
import { daemon, folder, freePort, pattern, type Daemon, type Folder } from '../support/ftp-programs.ts'
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

async function enter(userinfo: string): Promise<Client> {
  const client = await connect(`ftp://${userinfo}127.0.0.1:${port}`)
  clients.push(client)
  return client
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const gathered: Uint8Array[] = []
  for await (const chunk of chunks) gathered.push(chunk)
  return Buffer.concat(gathered)
}

async function names(client: Client, path?: string): Promise<string[]> {
  const found: string[] = []
  for await (const { name, type, size } of client.list(path))
    found.push(`${name}:${type}:${type === 'file' ? size : ''}`)
  return found.toSorted()
}

/** What every server lets a reader do. */
async function reads(client: Client): Promise<void> {
  expect(await names(client, 'dir')).toEqual(['a b:file:5'])
  expect((await names(client)).filter((name) => !name.startsWith('up'))).toEqual(['big:file:3000000', 'dir:directory:'])
  expect((await all(await client.get('big'))).equals(FILE)).toBe(true)
  expect((await all(await client.get('big', { from: 2_999_000 }))).equals(FILE.subarray(2_999_000))).toBe(true)
  expect(await client.size('big')).toBe(3_000_000)
  expect(Math.abs((await client.modified('big')).getTime() - Date.now())).toBeLessThan(60_000)
  expect(await client.get('nowhere').catch((error: unknown) => error)).toBeInstanceOf(FtpReplyError)
}

/** And what it lets a writer do. */
async function writes(client: Client): Promise<void> {
  await client.mkdir('up')
  await client.put('up/x', FILE)
  expect(readFileSync(join(root.path, 'up', 'x')).equals(FILE)).toBe(true)
  await client.put('up/x', 'head', { from: 0 })
  await client.put('up/x', 'tail', { from: 4 })
  expect(readFileSync(join(root.path, 'up', 'x')).toString()).toBe('headtail')
  await client.rename('up/x', 'up/y z')
  expect(await names(client, 'up')).toEqual(['y z:file:8'])
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
}

// A library of the system's Python, and no program: where it lies, its Python stands for it.
const PYFTPDLIB = '/usr/lib/python3/dist-packages/pyftpdlib'

describePeer(existsSync(PYFTPDLIB) ? 'python3' : 'pyftpdlib', () => {
  const python = '/usr/bin/python3'
  describe('pyftpdlib', () => {
    beforeEach(async () => {
      const args = [
        '-m',
        'pyftpdlib',
        '-i',
        '127.0.0.1',
        '-p',
        String(port),
        '-d',
        root.path,
        '-w',
        '-u',
        'joe',
        '-P',
        'secret',
      ]
      running = await daemon(python, args, port)
    })

    it('is read from and written to', async () => {
      const client = await enter('joe:secret@')
      expect(client.features.has('MLST')).toBe(true)
      await reads(client)
      await writes(client)
      const entry = await client.stat('dir/a b')
      expect(entry).toMatchObject({ type: 'file', size: 5 })
      await client.quit()
    })

    it('is left in the middle, and goes on', async () => {
      const client = await enter('joe:secret@')
      await breaksOff(client)
      await client.quit()
    })

    it('refuses a wrong password', async () => {
      await expect(enter('joe:wrong@')).rejects.toMatchObject({ reply: { code: 530 } })
    })
  })
})

describePeer('vsftpd', (vsftpd) => {
  beforeEach(async () => {
    const options = {
      listen: 'YES',
      listen_address: '127.0.0.1',
      listen_port: port,
      background: 'NO',
      run_as_launching_user: 'YES',
      one_process_model: 'YES',
      anonymous_enable: 'YES',
      local_enable: 'NO',
      write_enable: 'YES',
      anon_upload_enable: 'YES',
      anon_mkdir_write_enable: 'YES',
      anon_other_write_enable: 'YES',
      anon_umask: '022',
      anon_root: root.path,
      allow_writeable_chroot: 'YES',
      async_abor_enable: 'YES',
      xferlog_enable: 'NO',
      seccomp_sandbox: 'NO',
    }
    const file = join(settings.path, 'vsftpd.conf')
    writeFileSync(
      file,
      Object.entries(options)
        .map(([name, value]) => `${name}=${value}\n`)
        .join(''),
    )
    chmodSync(root.path, 0o755)
    running = await daemon(vsftpd, [file], port)
  })

  it('is read from and written to', async () => {
    const client = await enter('')
    await reads(client)
    await writes(client)
    await client.quit()
  })
})
