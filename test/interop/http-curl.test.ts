/** curl against our server: what it sends on its own accord, and what it is told to. */
import { execFile } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { formatContentRange, parseRange, serve } from '../../src/http/index.ts'
import type { Exchange, Server } from '../../src/http/index.ts'
import { describePeer } from '../support/peers.ts'
import { LOCALHOST } from '../support/tls.ts'

const FILE = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) & 0xff))

async function answer(x: Exchange): Promise<void> {
  if (x.method === 'PUT' || x.method === 'POST') {
    let octets = 0
    let isSame = true
    for await (const slice of x.body) {
      isSame &&= FILE.subarray(octets, octets + slice.length).equals(slice)
      octets += slice.length
    }
    return x.respond(201, { 'x-trailer': x.trailers.get('x-sum') ?? '-' }, `${octets} ${isSame}`)
  }
  if (x.path === '/slow') return x.respond(200, {}, slices())
  const range = parseRange(x.headers.get('range'), FILE.length)
  if (range.type !== 'ranges') return x.respond(200, { 'accept-ranges': 'bytes' }, FILE)
  const [wanted] = range.ranges
  if (wanted === undefined) return x.respond(416)
  x.respond(
    206,
    { 'content-range': formatContentRange(wanted, FILE.length) },
    FILE.subarray(wanted.first, wanted.last + 1),
  )
}

async function* slices(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < FILE.length; at += 10_000) yield FILE.subarray(at, at + 10_000)
}

describePeer('curl', (curl) => {
  let server: Server
  let secure: Server
  let folder: string
  beforeAll(async () => {
    server = await serve({}, { exchange: answer })
    secure = await serve({ tls: LOCALHOST }, { exchange: answer })
    folder = mkdtempSync(join(tmpdir(), 'wireline-curl-'))
    writeFileSync(join(folder, 'file'), FILE)
  })
  afterAll(async () => {
    await Promise.all([server.close(), secure.close()])
    rmSync(folder, { recursive: true })
  })

  /** What curl printed; its exit code where that is not 0. */
  function run(...args: string[]): Promise<string> {
    return new Promise((resolve) => {
      const options = { encoding: 'latin1', maxBuffer: 1 << 24, cwd: folder } as const
      execFile(curl, ['-sS', '--max-time', '10', ...args], options, (error, stdout, stderr) => {
        resolve(error === null ? stdout : `exit ${error.code}: ${stderr}`)
      })
    })
  }

  it('downloads', async () => {
    expect(await run(server.url)).toBe(FILE.toString('latin1'))
  })

  it('downloads a stream, chunked or up to the end of the connection', async () => {
    expect(await run(`${server.url}slow`)).toBe(FILE.toString('latin1'))
    expect(await run('--http1.0', `${server.url}slow`)).toBe(FILE.toString('latin1'))
  })

  it('asks for the head alone', async () => {
    expect(await run('-I', server.url)).toMatch(/^HTTP\/1.1 200 OK\r\n[^]*Content-Length: 300000\r\n/)
  })

  it('uploads a file, and waits for a 100 before', async () => {
    const verbose = await run('-T', 'file', '-v', '-o', '/dev/null', '--stderr', '-', server.url)
    expect(verbose).toContain('< HTTP/1.1 100 Continue')
    expect(verbose).toContain('< HTTP/1.1 201 Created')
    expect(await run('-T', 'file', server.url)).toBe('300000 true')
  })

  it('uploads chunk by chunk', async () => {
    expect(await run('-T', 'file', '-H', 'Transfer-Encoding: chunked', server.url)).toBe('300000 true')
    expect(await run('--data-binary', '@file', '-H', 'Expect:', server.url)).toBe('300000 true')
  })

  it('keeps its connection for the next request', async () => {
    const told = await run(server.url, server.url, '-o', 'a', '-o', 'b', '-w', '%{num_connects} ')
    expect(told).toBe('1 0 ')
    expect(readFileSync(join(folder, 'b')).equals(FILE)).toBe(true)
  })

  it('asks for a range, and goes on with a download', async () => {
    expect(await run('-r', '10-19', server.url)).toBe(FILE.toString('latin1', 10, 20))
    writeFileSync(join(folder, 'part'), FILE.subarray(0, 1000))
    expect(await run('-C', '-', '-o', 'part', server.url)).toBe('')
    expect(readFileSync(join(folder, 'part')).equals(FILE)).toBe(true)
  })

  it('speaks HTTP/1.0, and may stay', async () => {
    expect(await run('--http1.0', server.url)).toBe(FILE.toString('latin1'))
    const told = await run(
      '--http1.0',
      '-H',
      'Connection: keep-alive',
      server.url,
      server.url,
      '-o',
      'a',
      '-o',
      'b',
      '-w',
      '%{num_connects} ',
    )
    expect(told).toBe('1 0 ')
  })

  it('speaks TLS', async () => {
    expect(await run('-k', '--http1.1', secure.url.replace('127.0.0.1', 'localhost'))).toBe(FILE.toString('latin1'))
    expect(await run('-k', '--http1.1', '-T', 'file', secure.url)).toBe('300000 true')
  })

  it('is told what is wrong with its request', async () => {
    expect(await run('-o', '/dev/null', '-w', '%{http_code}', '-H', 'Host: a b', server.url)).toBe('400')
    expect(await run('-o', '/dev/null', '-w', '%{http_code}', `${server.url}${'a'.repeat(20_000)}`)).toBe('414')
    expect(await run('-o', '/dev/null', '-w', '%{http_code}', '-H', `X: ${'a'.repeat(20_000)}`, server.url)).toBe('431')
  })
})
