/** Our client against nginx. */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client } from '../../src/http/index.ts'
import { describePeer } from '../support/peers.ts'
import { freePort } from '../support/programs.ts'

const FILE = Buffer.from(Array.from({ length: 300_000 }, (_, index) => (index * 7) & 0xff))

/** One process, everything in `folder`, nothing in the background. */
function configuration(folder: string, port: number): string {
  return `
daemon off; master_process off; pid ${folder}/pid; error_log ${folder}/error.log;
events { worker_connections 64; }
http {
  access_log off; keepalive_timeout 5; keepalive_requests 5; default_type application/octet-stream;
  client_body_temp_path ${folder}/body; proxy_temp_path ${folder}/proxy; fastcgi_temp_path ${folder}/fastcgi;
  uwsgi_temp_path ${folder}/uwsgi; scgi_temp_path ${folder}/scgi; client_max_body_size 1m;
  server {
    listen 127.0.0.1:${port};
    location / { root ${folder}/www; }
    location /echo { proxy_pass http://127.0.0.1:${port}/status; proxy_http_version 1.1; proxy_buffering off; }
    location /status { return 200 "$request_method $http_content_length $http_transfer_encoding\\n"; }
    location /empty { return 204; }
    location /away { return 302 /file; }
    location /last { keepalive_timeout 0; return 200 last; }
  }
}`
}

describePeer('nginx', (nginx) => {
  let folder: string
  let url: string
  let server: ChildProcess
  const client = new Client()

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'wireline-nginx-'))
    mkdirSync(join(folder, 'www'))
    writeFileSync(join(folder, 'www', 'file'), FILE)
    const port = await freePort()
    writeFileSync(join(folder, 'nginx.conf'), configuration(folder, port))
    server = spawn(nginx, ['-e', join(folder, 'error.log'), '-p', folder, '-c', join(folder, 'nginx.conf')], {
      stdio: 'ignore',
    })
    url = `http://127.0.0.1:${port}/`
    await untilItAnswers(url)
  })
  afterAll(async () => {
    await client.close()
    server.kill()
    if (server.exitCode === null) await once(server, 'exit')
    rmSync(folder, { recursive: true })
  })

  async function untilItAnswers(at: string): Promise<void> {
    for (let attempt = 0; attempt < 200; attempt++) {
      if (server.exitCode !== null) throw new Error(readFileSync(join(folder, 'error.log'), 'utf8'))
      const response = await client.request(`${at}empty`).catch(() => undefined)
      if (response?.status === 204) return
      await new Promise((resolve) => setTimeout(resolve, 25))
    }
    throw new Error('nginx does not answer')
  }

  it('downloads, whole and in ranges', async () => {
    expect((await (await client.request(`${url}file`)).bytes()).equals(FILE)).toBe(true)
    const part = await client.request(`${url}file`, { headers: { range: 'bytes=10-19' } })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 10-19/300000'])
    expect((await part.bytes()).equals(FILE.subarray(10, 20))).toBe(true)
  })

  it('reads what has no content', async () => {
    const head = await client.request(`${url}file`, { method: 'HEAD' })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '300000', ''])
    const empty = await client.request(`${url}empty`)
    expect([empty.status, await empty.text()]).toEqual([204, ''])
    const etag = (await client.request(`${url}file`, { method: 'HEAD' })).headers.get('etag') ?? ''
    expect((await client.request(`${url}file`, { headers: { 'if-none-match': etag } })).status).toBe(304)
  })

  it('asks for more than a connection is good for, at once and one by one', async () => {
    const texts = await Promise.all(
      Array.from({ length: 40 }, async () => (await client.request(`${url}status`)).text()),
    )
    expect(new Set(texts)).toEqual(new Set(['GET  \n']))
    for (let request = 0; request < 20; request++)
      expect(await (await client.request(`${url}last`)).text()).toBe('last')
  })

  it('sends content of either framing, with and without waiting for a 100', async () => {
    async function* slices(): AsyncGenerator<Uint8Array> {
      for (let at = 0; at < FILE.length; at += 10_000) yield FILE.subarray(at, at + 10_000)
    }
    for (const headers of [{}, { expect: '100-continue' }]) {
      const whole = await client.request(`${url}status`, { method: 'POST', body: FILE, headers })
      expect(await whole.text()).toBe('POST 300000 \n')
      const chunked = await client.request(`${url}status`, { method: 'POST', body: slices(), headers })
      expect(await chunked.text()).toBe('POST  chunked\n')
    }
  })

  it('is told that its content is too large, and goes on', async () => {
    const response = await client
      .request(`${url}file`, { method: 'PUT', body: Buffer.alloc(2_000_000) })
      .catch((error: unknown) => error)
    // nginx closes with octets unread, and its reset may overtake its answer.
    expect(response).toSatisfy(
      (it: { status?: number; code?: string }) => it.status === 413 || it.code === 'NET_CLOSED',
    )
    expect((await client.request(`${url}empty`)).status).toBe(204)
  })

  it('reads through a proxy that buffers nothing', async () => {
    expect(await (await client.request(`${url}echo`, { method: 'POST', body: 'hello' })).text()).toBe('POST 5 \n')
  })

  it('follows where fetch does', async () => {
    const response = await client.fetch(`${url}away`)
    expect([response.redirected, response.url]).toEqual([true, `${url}file`])
    expect(Buffer.from(await response.arrayBuffer()).equals(FILE)).toBe(true)
  })

  it('is told what is wrong', async () => {
    expect((await client.request(`${url}nothing`)).status).toBe(404)
    expect((await client.request(`${url}${'a'.repeat(10_000)}`)).status).toBe(414)
  })
})
