/** Our client over TLS, against servers that people run; vsftpd takes no data connection that does not resume the session. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, type Client, type ConnectOptions } from '../../src/ftp/index.ts'
import { FTP_DAEMONS, type FtpDaemon } from '../support/ftp-daemons.ts'
import { folder, pattern, type Daemon, type Folder } from '../support/ftp-programs.ts'
import { freePort } from '../support/programs.ts'
import { describePeer } from '../support/peers.ts'
import { CA } from '../support/tls.ts'

const FILE = pattern(1_000_000)
const FIXTURES = fileURLToPath(new URL('../support/fixtures/tls/', import.meta.url))

/** Those that know CCC. */
const CLEARING: ReadonlySet<string> = new Set(['ProFTPD', 'Pure-FTPd'])

let root: Folder
let settings: Folder
let running: Daemon | undefined
let client: Client | undefined
let port: number

beforeEach(async () => {
  root = folder('ftps-daemon')
  settings = folder('ftps-settings')
  port = await freePort()
  writeFileSync(join(root.path, 'big'), FILE)
  writeFileSync(join(root.path, 'small'), 'hello')
})

afterEach(async () => {
  client?.destroy()
  await running?.stop()
  running = undefined
  root.remove()
  settings.remove()
})

async function enter(userinfo: string, options: ConnectOptions): Promise<Client> {
  client = await connect(`ftp://${userinfo}127.0.0.1:${port}`, options)
  return client
}

async function all(chunks: AsyncIterable<Uint8Array>): Promise<Buffer> {
  const gathered: Uint8Array[] = []
  for await (const chunk of chunks) gathered.push(chunk)
  return Buffer.concat(gathered)
}

function tests({ name, userinfo, start }: FtpDaemon, program: string): void {
  describe(name, () => {
    beforeEach(async () => {
      // The key is read by a user of the server's own.
      const tls = { key: join(settings.path, 'key'), cert: join(settings.path, 'cert') }
      writeFileSync(tls.key, readFileSync(join(FIXTURES, 'localhost.key')), { mode: 0o600 })
      writeFileSync(tls.cert, readFileSync(join(FIXTURES, 'localhost.crt')))
      running = await start(program, { root: root.path, settings: settings.path, port, tls })
    })

    it.each(['passive', 'active'] as const)('is read from and written to, in %s mode', async (mode) => {
      const ftp = await enter(userinfo, { mode, tls: { ca: CA } })
      expect((await all(await ftp.get('big'))).equals(FILE)).toBe(true)
      for (let round = 0; round < 3; round++) {
        expect((await all(await ftp.get('small'))).toString()).toBe('hello')
        const names: string[] = []
        for await (const entry of ftp.list()) names.push(entry.name)
        expect(names).toContain('big')
      }
      await ftp.mkdir('up')
      await ftp.put('up/x', FILE)
      await ftp.put('up/small', 'hello')
      expect(readFileSync(join(root.path, 'up', 'x')).equals(FILE)).toBe(true)
      expect(readFileSync(join(root.path, 'up', 'small')).toString()).toBe('hello')
      await ftp.quit()
    })

    it('is left in the middle, and goes on', async () => {
      const ftp = await enter(userinfo, { tls: { ca: CA } })
      for await (const chunk of await ftp.get('big')) {
        expect(chunk.length).toBeGreaterThan(0)
        break
      }
      expect((await all(await ftp.get('small'))).toString()).toBe('hello')
    })

    it('is asked to end TLS on the control connection', async () => {
      const entering = enter(userinfo, { tls: { ca: CA, control: 'clear' } })
      if (!CLEARING.has(name)) return expect(entering).rejects.toMatchObject({ reply: { to: 'CCC', code: 500 } })
      const ftp = await entering
      expect((await all(await ftp.get('big'))).equals(FILE)).toBe(true)
      const names: string[] = []
      for await (const entry of ftp.list()) names.push(entry.name)
      expect(names.toSorted()).toEqual(['big', 'small'])
      await ftp.put('up', 'hello')
      expect(readFileSync(join(root.path, 'up')).toString()).toBe('hello')
      await ftp.quit()
    })

    it('is not let know a password by a client that does not trust it', async () => {
      await expect(enter(userinfo, { tls: {} })).rejects.toMatchObject({ code: 'NET_TLS_UNTRUSTED' })
    })

    it('lets nobody in without TLS', async () => {
      await expect(enter(userinfo, {})).rejects.toMatchObject({ code: 'FTP_REFUSED' })
    })
  })
}

for (const each of FTP_DAEMONS) describePeer(each.program, (program) => tests(each, program))
