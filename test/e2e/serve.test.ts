/** `wireline serve` as its own process, used through our own clients; `.ci/main-job` does the same with curl, swaks and lftp. */
import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect } from '../../src/ftp/index.ts'
import { Client } from '../../src/http/index.ts'
import { send } from '../../src/smtp/index.ts'

const ROOT = fileURLToPath(new URL('../../', import.meta.url))
const ANY_PORTS = ['--http', '127.0.0.1:0', '--smtp', '127.0.0.1:0', '--ftp', '127.0.0.1:0']

let folder: string
let children: ChildProcess[] = []
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wireline-serve-'))
})
afterEach(async () => {
  for (const child of children) if (child.exitCode === null && child.signalCode === null) child.kill('SIGKILL')
  children = []
  await rm(folder, { recursive: true, force: true })
})

interface Run {
  readonly child: ChildProcess
  /** What was printed so far. */
  readonly printed: () => string
  /** Resolves with the exit code; `null` after a signal. */
  readonly ended: Promise<number | null>
}

function run(...words: string[]): Run {
  const child = spawn(process.execPath, ['--import', 'tsx', join(ROOT, 'src/cli/main.ts'), ...words], { cwd: ROOT })
  children.push(child)
  let text = ''
  for (const stream of [child.stdout, child.stderr])
    stream.setEncoding('utf8').on('data', (chunk: string) => (text += chunk))
  return { child, printed: () => text, ended: once(child, 'close').then(([code]) => code as number | null) }
}

interface Servers extends Run {
  readonly http: string
  readonly smtp: string
  readonly ftp: string
}

async function serve(...words: string[]): Promise<Servers> {
  const running = run('serve', '--data', join(folder, 'data'), ...ANY_PORTS, '--user', 'joe:secret', ...words)
  while (!/^ready$/m.test(running.printed())) await once(running.child.stdout as NodeJS.ReadableStream, 'data')
  const url = (scheme: string): string =>
    new RegExp(`^\\w+ +(${scheme}://[^ \\n/]+)`, 'm').exec(running.printed())?.[1] as string
  return { ...running, http: url('http'), smtp: url('smtp'), ftp: url('ftp') }
}

describe('wireline serve', () => {
  it('prints a line per server, a line per client to try, and ready', async () => {
    const { printed } = await serve()
    expect(printed().split('\n')).toEqual([
      expect.stringMatching(/^wireline \d+\.\d+\.\d+$/) as string,
      expect.stringMatching(/^HTTP {2}http:\/\/127\.0\.0\.1:\d+\//) as string,
      expect.stringMatching(/^SMTP {2}smtp:\/\/127\.0\.0\.1:\d+$/) as string,
      expect.stringMatching(/^FTP {3}ftp:\/\/127\.0\.0\.1:\d+ {2}user joe$/) as string,
      'try:',
      expect.stringMatching(/^ {2}curl -T /) as string,
      expect.stringMatching(/^ {2}swaks --server 127\.0\.0\.1:\d+ /) as string,
      expect.stringMatching(/^ {2}lftp -u joe,PASSWORD -p \d+ /) as string,
      'ready',
      '',
    ])
  })

  it('shows over each protocol what came by another', async () => {
    const { http, smtp, ftp } = await serve()
    await using client = new Client()
    const bytes = Buffer.alloc(300_000, 'wireline')
    expect((await client.request(`${http}/files/a.bin`, { method: 'PUT', body: bytes })).status).toBe(201)
    await using session = await connect(ftp, { user: 'joe', password: 'secret' })
    const names: string[] = []
    for await (const entry of session.list('/')) names.push(`${entry.name} ${entry.size}`)
    expect(names).toEqual(['a.bin 300000'])
    await session.put('/b.txt', 'by FTP')
    const response = await client.request(`${http}/files/b.txt`)
    expect([response.status, await response.text()]).toEqual([200, 'by FTP'])

    const to = ['joe@example.test', 'ann@example.test']
    const { accepted } = await send(smtp, { from: 'me@example.test', to, message: 'Subject: a mail\r\n\r\n.dot\r\n' })
    expect(accepted).toHaveLength(2)
    const mailbox = await (await client.request(`${http}/mail/joe%40example.test/`)).text()
    const href = /href="\.\/([^"]+)">a mail</.exec(mailbox)?.[1] as string
    const mail = await (await client.request(`${http}/mail/joe%40example.test/${href}`)).text()
    expect(mail).toMatch(/^Return-Path: <me@example\.test>\r\nReceived: from [^]*Subject: a mail\r\n\r\n\.dot\r\n$/)
  })

  it('answers only to localhost, so that no page on the web can reach it by another name', async () => {
    const { http } = await serve()
    await using client = new Client()
    const response = await client.request(`${http}/files/`, { headers: { host: 'evil.example' } })
    await response.text()
    expect(response.status).toBe(421)
  })

  it('traces what crosses the wire, without the password', async () => {
    const { ftp, printed } = await serve('--trace')
    await using session = await connect(ftp, { user: 'joe', password: 'secret' })
    await session.quit()
    expect(printed()).toMatch(/^ftp#1 C: PASS \*\*\*\*$/m)
    expect(printed()).not.toContain('secret')
  })

  it('makes a password and prints it once where none is given', async () => {
    const running = run('serve', '--data', join(folder, 'data'), ...ANY_PORTS)
    while (!/^ready$/m.test(running.printed())) await once(running.child.stdout as NodeJS.ReadableStream, 'data')
    const [, url, password] = /^FTP +(ftp:\S+) {2}user wireline, password (\S+) /m.exec(running.printed()) ?? []
    await using session = await connect(url as string, { user: 'wireline', password: password as string })
    await expect(connect(url as string, { user: 'wireline', password: 'wrong' })).rejects.toThrow(/530/)
    await session.quit()
  })

  it('serves in several processes, which are replaced at SIGHUP and end at SIGTERM', { timeout: 60_000 }, async () => {
    const { http, ftp, child, printed, ended } = await serve('--workers', '2')
    expect(printed()).toMatch(/^2 workers: [0-9]+ [0-9]+; SIGHUP replaces them$/m)
    await using client = new Client()
    const put = async (name: string): Promise<string> => {
      const session = await connect(ftp.replace('//', '//joe:secret@'))
      await session.put(`/${name}`, Buffer.alloc(100_000, name))
      await session.quit()
      return (await client.request(`${http}/files/${name}`)).text()
    }
    // Each session has a data port of its own, whichever process it is in.
    const names = ['a', 'b', 'c', 'd', 'e', 'f']
    expect(await Promise.all(names.map(put))).toEqual(names.map((name) => name.repeat(100_000)))
    child.kill('SIGHUP')
    await until(() => Promise.resolve(/^restarted: [0-9]+ [0-9]+$/m.test(printed())))
    expect(await put('g')).toBe('g'.repeat(100_000))
    child.kill('SIGTERM')
    expect(await ended).toBe(0)
    expect(printed()).not.toContain('error')
  })

  it('says why its processes cannot start', async () => {
    const { http } = await serve()
    const port = new URL(http).port
    const other = run(
      'serve',
      '--data',
      join(folder, 'data'),
      ...ANY_PORTS,
      '--workers',
      '2',
      '--http',
      `127.0.0.1:${port}`,
    )
    expect(await other.ended).toBe(1)
    expect(other.printed()).toMatch(/^wireline: .*HTTP cannot listen on 127\.0\.0\.1:[0-9]+: .*in use.*$/m)
  })

  it.each(['SIGTERM', 'SIGINT'] as const)('lets an upload come to its end after %s, and exits 0', async (signal) => {
    const { http, child, ended } = await serve()
    await using client = new Client()
    let goOn = (): void => {}
    const held = new Promise<void>((resolve) => (goOn = resolve))
    const body = (async function* () {
      yield Buffer.from('first ')
      await held
      yield Buffer.from('last')
    })()
    const putting = client.request(`${http}/files/slow`, { method: 'PUT', body })
    await until(async () => (await readdir(join(folder, 'data/files'))).length === 1)
    child.kill(signal)
    await until(() =>
      client.request(`${http}/`).then(
        () => false,
        () => true,
      ),
    )
    goOn()
    expect((await putting).status).toBe(201)
    expect(await ended).toBe(0)
    expect(await readFile(join(folder, 'data/files/slow'), 'utf8')).toBe('first last')
  })

  it('cuts what is left after a second signal, and still exits 0', async () => {
    const { http, child, ended } = await serve()
    await using client = new Client()
    const body = (async function* () {
      yield Buffer.from('first')
      await new Promise(() => {})
    })()
    const putting = client.request(`${http}/files/slow`, { method: 'PUT', body })
    await until(async () => (await readdir(join(folder, 'data/files'))).length === 1)
    child.kill('SIGTERM')
    await until(() =>
      client.request(`${http}/`).then(
        () => false,
        () => true,
      ),
    )
    child.kill('SIGTERM')
    await expect(putting).rejects.toThrow()
    expect(await ended).toBe(0)
    expect(await readdir(join(folder, 'data/files'))).toEqual([])
  })

  it('leaves no half file under its name when it is killed', async () => {
    const { http, child, ended } = await serve()
    await using client = new Client()
    const body = (async function* () {
      yield Buffer.alloc(100_000)
      await new Promise(() => {})
    })()
    const putting = client.request(`${http}/files/half`, { method: 'PUT', body })
    await until(async () => (await readdir(join(folder, 'data/files'))).length === 1)
    child.kill('SIGKILL')
    await expect(putting).rejects.toThrow()
    await ended
    expect((await readdir(join(folder, 'data/files'))).filter((name) => !name.startsWith('.wireline-'))).toEqual([])
  })
})

describe('what stands in the way', () => {
  it('is a port in use: one line and exit 1', async () => {
    const other = createServer().listen(0, '127.0.0.1')
    await once(other, 'listening')
    const { port } = other.address() as AddressInfo
    const { ended, printed } = run('serve', '--data', join(folder, 'data'), ...ANY_PORTS, '--ftp', `127.0.0.1:${port}`)
    expect(await ended).toBe(1)
    expect(printed()).toMatch(
      new RegExp(`^wireline: FTP cannot listen on 127\\.0\\.0\\.1:${port}: [^\\n]*in use[^\\n]*\\n$`),
    )
    other.close()
  })

  it('is a directory that cannot be used: one line and exit 1', async () => {
    await writeFile(join(folder, 'data'), 'in the way')
    const { ended, printed } = run('serve', '--data', join(folder, 'data'), ...ANY_PORTS)
    expect(await ended).toBe(1)
    expect(printed()).toMatch(/^wireline: the data directory [^\n]* cannot be used: [^\n]*\n$/)
  })

  it.each([[['serve', '--bogus']], [['serve', '--http', 'x']], [['dance']], [[]]])(
    'is %j: one line and exit 2',
    async (words) => {
      const { ended, printed } = run(...words)
      expect(await ended).toBe(2)
      expect(printed()).toMatch(/^wireline: [^\n]+\n$/)
    },
  )
})

it('says its version and how to use it', async () => {
  const [version, help] = [run('--version'), run('--help')]
  expect([await version.ended, await help.ended]).toEqual([0, 0])
  expect(version.printed()).toMatch(/^\d+\.\d+\.\d+\n$/)
  expect(help.printed()).toMatch(/^usage: wireline serve/)
})

/** Asks until the answer is yes, giving way to the event loop in between; the test's own timeout is the limit. */
async function until(isSo: () => Promise<boolean>): Promise<void> {
  while (!(await isSo())) await new Promise((resolve) => setImmediate(resolve))
}
