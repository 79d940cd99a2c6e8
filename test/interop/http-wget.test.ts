/** wget against our server: downloads, resumed ones, whole sites, forms, files that are new and files that are not. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import * as http from '../../src/http/index.ts'
import { describePeer } from '../support/peers.ts'
import { emptyFolder, removeFolder, run } from '../support/programs.ts'
import { CA, LOCALHOST } from '../support/tls.ts'

const FILE = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) & 0xff))
const CHANGED = Date.UTC(2020, 0, 1)
const SITE: Record<string, string> = {
  '/site/': '<a href="one.html">one</a> <a href="two.html">two</a> <img src="dot.gif">',
  '/site/one.html': '<a href="deep/three.html">three</a>',
  '/site/two.html': 'two',
  '/site/deep/three.html': '<a href="../">home</a>',
  '/site/dot.gif': 'GIF89a',
}

async function* slices(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < FILE.length; at += 10_000) yield FILE.subarray(at, at + 10_000)
}

async function answer(x: http.Exchange): Promise<void> {
  if (x.method === 'POST') return x.respond(200, {}, `${x.headers.get('content-type')} ${await x.body.text()}`)
  if (x.path === '/chunked') return x.respond(200, {}, slices())
  if (x.path === '/away') return x.respond(302, { location: '/file' })
  const page = SITE[x.path]
  const type = x.path.endsWith('.gif') ? 'image/gif' : 'text/html'
  if (page !== undefined) return x.respond(200, { 'content-type': type }, page)
  if (x.path !== '/file') return x.respond(404)
  const fields = { 'last-modified': http.formatHttpDate(CHANGED), 'accept-ranges': 'bytes' }
  const has = { etag: undefined, lastModifiedMs: CHANGED }
  const outcome = http.evaluatePreconditions(x.method, http.conditionalFields(x.headers), has, Date.now())
  if (outcome === 'notModified') return x.respond(304, fields)
  const wanted = http.parseRange(x.headers.get('range'), FILE.length)
  if (wanted.type === 'unsatisfiable') {
    return x.respond(416, { 'content-range': http.formatUnsatisfiedRange(FILE.length) })
  }
  const [range] = wanted.type === 'ranges' ? wanted.ranges : []
  if (range === undefined) return x.respond(200, fields, FILE)
  const part = { ...fields, 'content-range': http.formatContentRange(range, FILE.length) }
  x.respond(206, part, FILE.subarray(range.first, range.last + 1))
}

describePeer('wget', (wget) => {
  let server: http.Server
  let secure: http.Server
  let folder: string
  let connections = 0
  beforeAll(async () => {
    const transcript = (): undefined => void connections++
    server = await http.serve({ transcript }, { exchange: answer })
    secure = await http.serve({ tls: LOCALHOST }, { exchange: answer })
    folder = emptyFolder('wget')
    writeFileSync(join(folder, 'ca.crt'), CA)
  })
  afterAll(async () => {
    await Promise.all([server.close(), secure.close()])
    removeFolder(folder)
  })

  /** What wget wrote to its output, or its exit code and complaints. */
  async function get(...args: string[]): Promise<string> {
    const { exit, stdout, stderr } = await run(wget, ['-nv', '--tries=1', '--timeout=5', ...args], folder)
    return exit === 0 ? stdout : `exit ${exit}: ${stderr}`
  }

  it('downloads, by length and chunked', async () => {
    for (const path of ['file', 'chunked']) {
      expect(await get('-O', '-', server.url + path)).toBe(FILE.toString('latin1'))
    }
  })

  it('follows a redirect on the same connection', async () => {
    connections = 0
    expect(await get('-O', '-', `${server.url}away`)).toBe(FILE.toString('latin1'))
    expect(connections).toBe(1)
  })

  it('goes on with a download, and sees that there is nothing more', async () => {
    writeFileSync(join(folder, 'file'), FILE.subarray(0, 100_000))
    expect(await get('-c', `${server.url}file`)).toBe('')
    expect(readFileSync(join(folder, 'file')).equals(FILE)).toBe(true)
    expect(await get('-c', `${server.url}file`)).toBe('')
    expect(readFileSync(join(folder, 'file')).equals(FILE)).toBe(true)
  })

  it('takes a file only where it is newer', async () => {
    for (const status of ['200 OK', '304 Not Modified']) {
      expect(await get('-N', '-S', '-P', 'new', '-o', 'log', `${server.url}file`)).toBe('')
      expect(readFileSync(join(folder, 'log'), 'latin1')).toContain(`HTTP/1.1 ${status}`)
    }
    expect(readFileSync(join(folder, 'new', 'file')).equals(FILE)).toBe(true)
  })

  it('mirrors a site over one connection', async () => {
    connections = 0
    await get('-r', '-p', '-nH', '-P', 'mirror', `${server.url}site/`)
    const files = readdirSync(join(folder, 'mirror', 'site'), { recursive: true })
      .map(String)
      .toSorted()
    expect(files).toEqual(['deep', 'deep/three.html', 'dot.gif', 'index.html', 'one.html', 'two.html'])
    expect(connections).toBe(1)
  })

  it('sends a form, and looks without taking', async () => {
    expect(await get('-O', '-', '--post-data=a=1&b=2', server.url)).toBe('application/x-www-form-urlencoded a=1&b=2')
    expect(await get('--spider', `${server.url}file`)).not.toContain('exit')
    expect(await get('--spider', `${server.url}nothing`)).toContain('exit 8')
  })

  it('verifies the certificate', async () => {
    const url = `${secure.url.replace('127.0.0.1', 'localhost')}file`
    expect(await get('-O', '-', '--ca-certificate=ca.crt', url)).toBe(FILE.toString('latin1'))
    expect(await get('-O', '-', url)).toContain('exit 5')
  })
})
