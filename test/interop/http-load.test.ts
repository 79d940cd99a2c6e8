/** h2load and ab against our server: many requests at once, one behind the other and in pipelines. All are answered. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { serve } from '../../src/http/index.ts'
import type { Exchange, Server } from '../../src/http/index.ts'
import { describePeer } from '../support/peers.ts'
import { emptyFolder, removeFolder, run } from '../support/programs.ts'
import { LOCALHOST } from '../support/tls.ts'

const CONTENT = Buffer.alloc(20_000, 'content')
let server: Server
let secure: Server
let folder: string
let requests = 0
let connections = 0
const versions = new Set<string>()

async function answer(x: Exchange): Promise<void> {
  requests++
  versions.add(x.version)
  if (x.method === 'POST') {
    const octets = await x.body.bytes()
    return x.respond(octets.equals(CONTENT) ? 200 : 400, {}, 'taken')
  }
  if (x.path === '/chunked') return await x.respond(200, {}, chunks())
  x.respond(200, { 'content-type': 'text/plain' }, 'hello')
}

async function* chunks(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < CONTENT.length; at += 6_000) yield CONTENT.subarray(at, at + 6_000)
}

beforeAll(async () => {
  const transcript = (): undefined => void connections++
  server = await serve({ transcript }, { exchange: answer })
  secure = await serve({ transcript, tls: { ...LOCALHOST, alpn: ['http/1.1'] } }, { exchange: answer })
  folder = emptyFolder('load')
  writeFileSync(join(folder, 'content'), CONTENT)
})
afterAll(async () => {
  await Promise.all([server.close(), secure.close()])
  removeFolder(folder)
})
beforeEach(() => {
  requests = 0
  connections = 0
  versions.clear()
})

describePeer('h2load', (h2load) => {
  async function load(...args: string[]): Promise<string> {
    const { exit, stdout, stderr } = await run(h2load, ['--h1', '-n', '2000', '-c', '8', ...args], folder)
    const told = stdout.split('\n').find((line) => line.startsWith('requests: '))
    return exit === 0 ? `${told}` : `exit ${exit}: ${stderr}`
  }
  const ALL = 'requests: 2000 total, 2000 started, 2000 done, 2000 succeeded, 0 failed, 0 errored, 0 timeout'

  it('is answered 2,000 times over 8 connections', async () => {
    expect(await load(server.url)).toBe(ALL)
    expect([requests, connections]).toEqual([2000, 8])
  })

  it('is answered in pipelines', async () => {
    expect(await load('-m', '16', server.url)).toBe(ALL)
    expect([requests, connections]).toEqual([2000, 8])
  })

  it('is answered in chunks', async () => {
    expect(await load(`${server.url}chunked`)).toBe(ALL)
  })

  it('uploads', async () => {
    expect(await load('-d', 'content', server.url)).toBe(ALL)
  })

  it('finds http/1.1 by ALPN', async () => {
    expect(await load('-m', '4', secure.url)).toBe(ALL)
    expect([requests, connections]).toEqual([2000, 8])
  })
})

describePeer('ab', (ab) => {
  async function bench(...args: string[]): Promise<Record<string, string>> {
    const { exit, stdout, stderr } = await run(ab, ['-q', '-n', '1000', '-c', '8', '-s', '5', ...args], folder)
    const told = [...stdout.matchAll(/^([A-Z][A-Za-z0-9 -]+): +(\d+)/gm)].map(([, name, value]) => [name, value])
    return { exit: exit === 0 ? 'well' : stderr, ...(Object.fromEntries(told) as Record<string, string>) }
  }
  const WELL = { exit: 'well', 'Complete requests': '1000', 'Failed requests': '0' }

  it('is answered on a connection each, in HTTP/1.0', async () => {
    const told = await bench(server.url)
    expect(told).toMatchObject(WELL)
    expect(told).not.toHaveProperty('Non-2xx responses')
    expect([...versions]).toEqual(['1.0'])
    // In the end it has some connections more than it needs.
    expect(connections).toBeGreaterThanOrEqual(1000)
  })

  it('is answered on connections that are kept', async () => {
    const told = await bench('-k', server.url)
    expect(told).toMatchObject({ ...WELL, 'Keep-Alive requests': '1000' })
    expect(connections).toBeLessThanOrEqual(16)
  })

  it('uploads, asks for heads, and reads up to the end of the connection', async () => {
    expect(await bench('-k', '-p', 'content', '-T', 'text/plain', server.url)).toMatchObject(WELL)
    expect(await bench('-k', '-i', server.url)).toMatchObject({ ...WELL, 'HTML transferred': '0' })
    expect(await bench('-k', `${server.url}chunked`)).toMatchObject({ ...WELL, 'Document Length': '20000' })
  })
})
