/**
 * Chromium, without a window, against our server: a page with its assets, forms, uploads and downloads by a script.
 *
 * It prints the page once that is loaded. So that this is not too early, each page has an image (`/wait`) that the server answers only when
 * the page's script has done all that it should; a page that a form leaves is never loaded.
 */
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, expect, it } from 'vitest'
import { serve } from '../../src/http/index.ts'
import type { Server } from '../../src/http/index.ts'
import { describePeer } from '../support/peers.ts'
import { emptyFolder, removeFolder, run } from '../support/programs.ts'

const OCTETS = 2_000_000
const FILE = Buffer.from(Array.from({ length: OCTETS }, (_, index) => (index * 7) & 0xff))
const DOT = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64')

const PAGE = `<!doctype html><link rel="stylesheet" href="/style.css"><p id="styled">styled</p>
<img id="dot" src="/dot.gif"><img src="/wait"><script src="/script.js"></script>`

const SCRIPT = `(async () => {
  const say = (text) => document.body.append(text, ', ')
  say(getComputedStyle(styled).color)
  await dot.decode()
  say(dot.naturalWidth + ' pixel')
  const file = new Uint8Array(${OCTETS}).map((_, index) => index * 7)
  say(await (await fetch('/upload', { method: 'POST', body: file })).text())
  const echo = new Uint8Array(await (await fetch('/download')).arrayBuffer())
  say(echo.length + ' ' + echo.every((octet, index) => octet === file[index]))
  const left = (await fetch('/download')).body.getReader()
  await left.read()
  await left.cancel()
  say((await fetch('/nothing')).status)
  say((await fetch('/download', { method: 'HEAD' })).headers.get('x-kind'))
  say(await (await fetch('/upload', { method: 'PUT', body: 'small' })).text())
  await fetch('/done')
})()`

function formPage(encoding: string): string {
  return `<!doctype html><img src="/wait"><form method="post" action="/sent" enctype="${encoding}">
<input name="name" value="Jürgen &amp; Co"><textarea name="text">a
b</textarea></form><script>document.forms[0].submit()</script>`
}

function html(text: string): Response {
  return new Response(text, { headers: { 'content-type': 'text/html; charset=utf-8' } })
}

describePeer('chromium', (chromium) => {
  let server: Server
  let folder: string
  let seen: string[] = []
  let clients = new Set<unknown>()
  let wait = Promise.resolve()
  let done: () => void = () => {}

  async function answer(request: Request): Promise<Response> {
    const { pathname, searchParams } = new URL(request.url)
    seen.push(`${request.method} ${pathname}`)
    switch (pathname) {
      case '/page':
        return html(PAGE)
      case '/form':
        return html(formPage(searchParams.get('encoding') ?? ''))
      case '/sent': {
        const form = [...(await request.formData())]
        return html(`<p>${JSON.stringify(form)}`)
      }
      case '/style.css':
        return new Response('p { color: rgb(1, 2, 3) }', { headers: { 'content-type': 'text/css' } })
      case '/script.js':
        return new Response(SCRIPT, { headers: { 'content-type': 'text/javascript' } })
      case '/dot.gif':
        return new Response(DOT, { headers: { 'content-type': 'image/gif' } })
      case '/upload': {
        const octets = Buffer.from(await request.arrayBuffer())
        return new Response(`${octets.length} ${octets.equals(FILE)}`)
      }
      case '/download':
        return new Response(ReadableStream.from(slices()), {
          headers: { 'x-kind': 'streamed', 'cache-control': 'no-store' },
        })
      case '/done':
        done()
        return new Response(null, { status: 204 })
      case '/wait':
        await wait
        return new Response(DOT, { headers: { 'content-type': 'image/gif' } })
      default:
        return new Response(null, { status: 404 })
    }
  }

  async function* slices(): AsyncGenerator<Uint8Array> {
    for (let at = 0; at < OCTETS; at += 50_000) yield FILE.subarray(at, at + 50_000)
  }

  beforeAll(async () => {
    server = await serve({ transcript: (socket) => void clients.add(socket) }, answer)
    folder = emptyFolder('chromium')
  })
  afterAll(async () => {
    await server.close({ graceMs: 100 })
    removeFolder(folder)
  })
  beforeEach(() => {
    seen = []
    clients = new Set()
    wait = new Promise((resolve) => {
      done = resolve
    })
  })

  /** The document that the browser has in the end. */
  async function show(path: string): Promise<string> {
    const flags = ['gpu', 'quic', 'background-networking', 'component-update', 'sync', 'dev-shm-usage']
    const args = ['--headless', '--no-sandbox', '--no-first-run', ...flags.map((flag) => `--disable-${flag}`)]
    const own = [`--user-data-dir=${join(folder, 'profile')}`, '--dump-dom', `${server.url}${path}`]
    const { exit, stdout, stderr } = await run(chromium, [...args, ...own], folder)
    return exit === 0 ? stdout : `exit ${exit}: ${stderr}`
  }

  it('shows a page with its assets, uploads and downloads', { timeout: 30_000 }, async () => {
    const document = await show('page')
    const said = ['rgb(1, 2, 3)', '1 pixel', `${OCTETS} true`, `${OCTETS} true`, '404', 'streamed', '5 false']
    expect(document).toContain(`${said.join(', ')}, `)
    expect(seen).toEqual(
      expect.arrayContaining(['GET /page', 'GET /style.css', 'GET /script.js', 'GET /dot.gif', 'GET /wait']),
    )
    expect(seen.filter((line) => line.endsWith('load')).toSorted()).toEqual([
      'GET /download',
      'GET /download',
      'HEAD /download',
      'POST /upload',
      'PUT /upload',
    ])
    // A browser has six connections to one origin at most; the one that it left within a download is not among them any more.
    expect(clients.size).toBeLessThanOrEqual(7)
  })

  it.each(['application/x-www-form-urlencoded', 'multipart/form-data'])(
    'sends a form as %s',
    { timeout: 30_000 },
    async (encoding) => {
      const document = await show(`form?encoding=${encoding}`)
      done()
      const text = Buffer.from(document, 'latin1').toString()
      expect(text).toContain(String.raw`[["name","Jürgen &amp; Co"],["text","a\r\nb"]]`)
      expect(seen).toEqual(expect.arrayContaining(['GET /form', 'POST /sent']))
    },
  )
})
