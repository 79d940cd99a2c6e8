/** nginx and haproxy before our server, our client before them: what passes through is what was sent, and who sent it is known. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { Client, serve } from '../../src/http/index.ts'
import type { Exchange, ServeOptions, Server } from '../../src/http/index.ts'
import { dial } from '../../src/net/index.ts'
import { Talker } from '../support/http-client.ts'
import { describePeer } from '../support/peers.ts'
import { Daemon, emptyFolder, freePort, removeFolder } from '../support/programs.ts'

const LARGE = Buffer.from(Array.from({ length: 3_000_000 }, (_, index) => (index * 7 + (index >> 8)) & 0xff))

async function* slices(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < LARGE.length; at += 50_000) yield LARGE.subarray(at, at + 50_000)
}

/** What the handler saw of the exchange that runs, or ran last. */
let seen = { remote: '', framing: '', aborted: Promise.resolve() }
let connections = new Set<string>()

async function answer(x: Exchange): Promise<void> {
  const { remote } = x
  const aborted = new Promise<void>((resolve) => x.signal.addEventListener('abort', () => resolve()))
  const framing = x.headers.get('content-length') ?? x.headers.get('transfer-encoding') ?? 'none'
  seen = { remote: 'host' in remote ? `${remote.host} ${remote.port}` : remote.family, framing, aborted }
  connections.add(seen.remote)
  switch (x.path) {
    case '/echo':
      return await x.respond(200, { 'x-framing': framing }, x.body)
    case '/chunked':
      return await x.respond(200, {}, slices())
    case '/length':
      return x.respond(200, {}, LARGE)
    case '/early':
      // Answered before the content was read: most of it never will be.
      return x.respond(403, {}, 'no')
    case '/broken':
      return await x.respond(200, {}, broken())
    case '/never':
      return await aborted
    default:
      return x.respond(200, {}, seen.remote)
  }
}

async function* broken(): AsyncGenerator<Uint8Array> {
  yield LARGE.subarray(0, 100_000)
  throw new Error('the disk is gone')
}

const client = new Client()
afterEach(() => {
  connections = new Set()
})
afterAll(() => client.close())

function nginxConfiguration(folder: string, port: number, upstream: number): string {
  return `
daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 64; }
http {
  access_log off; client_max_body_size 0; default_type application/octet-stream;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi;
  upstream ours { server 127.0.0.1:${upstream}; keepalive 4; }
  server {
    listen 127.0.0.1:${port};
    proxy_http_version 1.1; proxy_set_header Connection ""; proxy_next_upstream off;
    location / { proxy_pass http://ours; }
    location /streamed/ { proxy_pass http://ours/; proxy_buffering off; proxy_request_buffering off; }
    location /old/ { proxy_pass http://127.0.0.1:${upstream}/; proxy_http_version 1.0; proxy_set_header Connection close; }
  }
}`
}

describePeer('nginx', (nginx) => {
  let folder: string
  let daemon: Daemon
  let server: Server
  let url: string
  beforeAll(async () => {
    server = await serve({ onError: () => {} }, { exchange: answer })
    folder = emptyFolder('nginx')
    const port = await freePort()
    const upstream = Number(new URL(server.url).port)
    writeFileSync(join(folder, 'nginx.conf'), nginxConfiguration(folder, port, upstream))
    daemon = new Daemon(
      nginx,
      ['-e', join(folder, 'error.log'), '-p', folder, '-c', join(folder, 'nginx.conf')],
      folder,
    )
    await daemon.listening(port)
    url = `http://127.0.0.1:${port}/`
  })
  afterAll(async () => {
    await daemon.stop()
    await server.close()
    removeFolder(folder)
  })

  it('keeps its connection to us', async () => {
    for (let round = 0; round < 10; round++) expect((await client.request(url)).status).toBe(200)
    for (let round = 0; round < 10; round++) {
      expect(await (await client.request(`${url}echo`, { method: 'POST', body: `${round}` })).text()).toBe(`${round}`)
    }
    expect(connections.size).toBe(1)
  })

  describe.each(['', 'streamed/', 'old/'])('below /%s', (prefix) => {
    it('brings large content down, by length and chunked', async () => {
      for (const path of ['length', 'chunked']) {
        const response = await client.request(url + prefix + path)
        expect((await response.bytes()).equals(LARGE), path).toBe(true)
      }
    })

    it('brings large content up, by length and chunked', async () => {
      for (const body of [LARGE, slices()]) {
        const response = await client.request(`${url}${prefix}echo`, { method: 'POST', body })
        expect((await response.bytes()).equals(LARGE)).toBe(true)
        // Only where it does not gather the content first, nginx can pass it on in chunks, and only to HTTP/1.1.
        const isStreamed = prefix === 'streamed/' && body !== LARGE
        expect(response.headers.get('x-framing')).toBe(isStreamed ? 'chunked' : '3000000')
      }
    })

    it('brings an early answer, and the next one is served', async () => {
      const response = await client.request(`${url}${prefix}early`, { method: 'POST', body: 'x'.repeat(10_000) })
      expect([response.status, await response.text()]).toEqual([403, 'no'])
      expect((await client.request(url + prefix)).status).toBe(200)
    })

    it('never makes a whole response of one that broke off', async () => {
      const response = await client.request(`${url}${prefix}broken`).catch((error: unknown) => error as Error)
      if ('status' in response && response.status === 502) return
      const octets = 'body' in response ? await response.bytes().catch((error: Error) => error) : response
      // HTTP/1.0 marks its end by that of the connection alone: nobody behind nginx can tell, unless it was reset.
      if (prefix === 'old/' && Buffer.isBuffer(octets)) expect(octets.length).toBeLessThanOrEqual(100_000)
      else expect(octets).toBeInstanceOf(Error)
    })
  })

  it('lets us know when its client has gone', async () => {
    const abort = new AbortController()
    const asked = client.request(`${url}never`, { signal: abort.signal }).catch((error: { code: string }) => error.code)
    while (!connections.size) await new Promise((resolve) => setTimeout(resolve, 5))
    abort.abort()
    expect(await asked).toBe('NET_ABORTED')
    await seen.aborted
  })

  it('takes our words where we close, and comes again', async () => {
    const port = Number(new URL(server.url).port)
    await server.close({ graceMs: 1_000 })
    expect((await client.request(url)).status).toBe(502)
    server = await serve({ port, onError: () => {} }, { exchange: answer })
    expect((await client.request(url)).status).toBe(200)
    expect(readFileSync(join(folder, 'error.log'), 'latin1')).not.toContain('invalid header')
  })
})

describePeer('haproxy', (haproxy) => {
  let folder: string
  let daemon: Daemon
  const servers: Record<string, Server> = {}
  const ports: Record<string, number> = {}
  const KINDS: Record<string, { readonly line: string; readonly options: ServeOptions }> = {
    plain: { line: '', options: {} },
    v1: { line: 'send-proxy', options: { proxyFrom: ['127.0.0.1'] } },
    // Health checks come with a header of their own (LOCAL): where that were not understood, there would be no server.
    v2: { line: 'send-proxy-v2 check inter 50', options: { proxyFrom: ['127.0.0.0/8'] } },
    v2vector: { line: 'send-proxy-v2 proxy-v2-options unique-id', options: { proxyFrom: ['127.0.0.1'] } },
  }

  beforeAll(async () => {
    folder = emptyFolder('haproxy')
    let text = `global
  maxconn 100
defaults
  mode http
  http-reuse safe
  timeout connect 5s
  timeout client 10s
  timeout server 10s
`
    for (const [kind, { line, options }] of Object.entries(KINDS)) {
      const server = await serve({ ...options, onError: () => {} }, { exchange: answer })
      const port = await freePort()
      servers[kind] = server
      ports[kind] = port
      text += `listen ${kind}
  bind 127.0.0.1:${port}
  unique-id-format %ID
  server ours ${new URL(server.url).host} ${line}
`
    }
    writeFileSync(join(folder, 'haproxy.cfg'), text)
    daemon = new Daemon(haproxy, ['-db', '-f', join(folder, 'haproxy.cfg')], folder)
    for (const port of Object.values(ports)) await daemon.listening(port)
  })
  afterAll(async () => {
    await daemon.stop()
    for (const server of Object.values(servers)) await server.close()
    removeFolder(folder)
  })

  it.each(['v1', 'v2', 'v2vector'])('says with %s whose connection it brings', async (kind) => {
    const socket = await dial({ host: '127.0.0.1', port: ports[kind] ?? 0 })
    const peer = new Talker(socket)
    await peer.say(`GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`)
    const { local } = socket
    expect(await peer.hearAll()).toMatch(new RegExp(`\r\n\r\n127.0.0.1 ${'port' in local ? local.port : 0}$`))
    await socket.close()
  })

  it('is itself the client where it says nothing', async () => {
    const socket = await dial({ host: '127.0.0.1', port: ports['plain'] ?? 0 })
    const peer = new Talker(socket)
    await peer.say(`GET / HTTP/1.1\r\nHost: a.test\r\nConnection: close\r\n\r\n`)
    const { local } = socket
    expect(await peer.hearAll()).not.toMatch(new RegExp(` ${'port' in local ? local.port : 0}$`))
    await socket.close()
  })

  it.each(Object.keys(KINDS))('brings large content up and down (%s)', async (kind) => {
    const url = `http://127.0.0.1:${ports[kind]}/`
    for (const path of ['length', 'chunked']) {
      expect((await (await client.request(url + path)).bytes()).equals(LARGE), path).toBe(true)
    }
    for (const body of [LARGE, slices()]) {
      const response = await client.request(`${url}echo`, { method: 'POST', body })
      expect((await response.bytes()).equals(LARGE)).toBe(true)
      expect(response.headers.get('x-framing')).toBe(body === LARGE ? '3000000' : 'chunked')
    }
  })

  it.each(['plain', 'v2'])('brings an early answer, and never a broken one as whole (%s)', async (kind) => {
    const url = `http://127.0.0.1:${ports[kind]}/`
    const early = await client.request(`${url}early`, { method: 'POST', body: 'x'.repeat(10_000) })
    expect([early.status, await early.text()]).toEqual([403, 'no'])
    const outcome = await client.request(`${url}broken`).then(
      (response) => response.bytes().catch((error: Error) => error),
      (error: unknown) => error,
    )
    expect(outcome).toBeInstanceOf(Error)
    expect((await client.request(url)).status).toBe(200)
  })

  it('is not believed where nobody trusts it, and demanded where somebody does', async () => {
    const bare = new Talker(await dial({ host: '127.0.0.1', port: Number(new URL(servers['v1']?.url ?? '').port) }))
    await bare.say('GET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    expect(await bare.hearAll()).not.toContain('200')
    const liar = new Talker(await dial({ host: '127.0.0.1', port: Number(new URL(servers['plain']?.url ?? '').port) }))
    await liar.say('PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\nGET / HTTP/1.1\r\nHost: a.test\r\n\r\n')
    expect(await liar.hearAll()).toMatch(/^HTTP\/1.1 400 /)
  })

  it('finds nothing wrong with our answers', () => {
    expect(daemon.output).not.toContain('PH--')
  })
})
