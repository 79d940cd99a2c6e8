import { existsSync } from 'node:fs'
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import type { ServeOptions } from '../../../src/cli/options.ts'
import { loginOf, StartError, startServers, type Running } from '../../../src/cli/serve.ts'
import { connect } from '../../../src/ftp/index.ts'
import { Client } from '../../../src/http/index.ts'
import { send } from '../../../src/smtp/index.ts'

const ANY = { host: '127.0.0.1', port: 0 }

let folder: string
let running: Running | undefined
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wireline-cli-'))
})
afterEach(async () => {
  await running?.close({ graceMs: 0 })
  running = undefined
  await rm(folder, { recursive: true, force: true })
})

async function start(
  options: Partial<ServeOptions> = {},
): Promise<{ lines: string[]; url: (scheme: string) => string }> {
  const lines: string[] = []
  const data = join(folder, 'data')
  const user = { name: 'joe', password: 'secret' }
  const all = { data, http: ANY, smtp: ANY, ftp: ANY, user, workers: 1, trace: false, ...options }
  running = await startServers(all, loginOf(all), (line) => lines.push(line))
  lines.push(...running.lines)
  return { lines, url: (scheme) => new RegExp(`${scheme}://[^ /\\n]+`).exec(lines.join('\n'))?.[0] as string }
}

describe('startServers', () => {
  it('makes the data directory', async () => {
    await start()
    expect(['files', 'mail'].map((name) => existsSync(join(folder, 'data', name)))).toEqual([true, true])
  })

  it('quotes a login for the shell', async () => {
    const { lines } = await start({ user: { name: "o'neill", password: 'x' } })
    expect(lines.at(-1)).toContain(`lftp -u 'o'\\''neill,PASSWORD' -p`)
  })

  it('makes another password for each run', async () => {
    const passwords = new Set<string>()
    for (let round = 0; round < 2; round++) {
      const { lines } = await start({ user: undefined })
      passwords.add(/password (\S{12}) /.exec(lines.join('\n'))?.[1] as string)
      await running?.close({ graceMs: 0 })
    }
    expect(passwords.size).toBe(2)
  })

  it('lets in the right user only', async () => {
    const { url } = await start()
    for (const [user, password] of [
      ['joe', 'wrong'],
      ['ann', 'secret'],
      ['ann', 'wrong'],
    ] as const) {
      await expect(connect(url('ftp'), { user, password })).rejects.toMatchObject({ code: 'FTP_REFUSED' })
    }
    await (await connect(url('ftp'), { user: 'joe', password: 'secret' })).quit()
  })

  it('answers HEAD without a content, and closes the file', async () => {
    const { url } = await start()
    const client = new Client()
    await writeFile(join(folder, 'data/files/a'), 'hello')
    for (let round = 0; round < 20; round++) {
      const head = await client.request(`${url('http')}/files/a`, { method: 'HEAD' })
      expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '5', ''])
    }
    const { headers } = await client.request(`${url('http')}/files/a`, { headers: { host: 'LOCALHOST' } })
    const fresh = await client.request(`${url('http')}/files/a`, {
      headers: { 'if-none-match': headers.get('etag') as string },
    })
    expect([fresh.status, await fresh.text()]).toEqual([304, ''])
    await client.close()
  })

  it('answers 451 for what is broken on our side, says no more than that, and prints it', async () => {
    const { lines, url } = await start()
    await rm(join(folder, 'data/mail'), { recursive: true })
    await writeFile(join(folder, 'data/mail'), 'in the way')
    const sending = send(url('smtp'), { from: 'me@example.test', to: ['joe@example.test'], message: 'x\r\n' })
    await expect(sending).rejects.toMatchObject({ reply: { code: 451, text: ['Local error in processing'] } })
    expect(lines.join('\n')).toMatch(/^error: /m)
  })

  it('traces each connection under its protocol and number', async () => {
    const { lines, url } = await start({ trace: true })
    const client = new Client()
    await (await client.request(`${url('http')}/`)).text()
    await client.close()
    expect(lines).toContain('http#1 C: GET / HTTP/1.1')
  })
})

describe('what stands in the way', () => {
  it('is an address in use, and then none of the three runs', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await new Promise((resolve) => other.once('listening', resolve))
    const { port } = other.address() as { port: number }
    const failed = start({ ftp: { host: '127.0.0.1', port } })
    await expect(failed).rejects.toBeInstanceOf(StartError)
    await expect(failed).rejects.toThrow(`FTP cannot listen on 127.0.0.1:${port}`)
    other.close()
  })

  it('is a data directory that cannot be one', async () => {
    await mkdir(join(folder, 'data'))
    await writeFile(join(folder, 'data/mail'), 'in the way')
    await expect(start()).rejects.toThrow(/^the data directory .* cannot be used: /)
  })
})
