/** A client over TLS and over Unix sockets: what its options say, and what is verified. */
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, describe, expect, it } from 'vitest'
import { Client } from '../../../src/http/client.ts'
import type { ClientOptions } from '../../../src/http/client-options.ts'
import { serve } from '../../../src/http/server.ts'
import type { TlsServerOptions } from '../../../src/net/socket.ts'
import { CA, CLIENT, LOCALHOST, OTHER, STRANGER } from '../../support/tls.ts'
import { rejection } from '../../support/http-scene.ts'

const closing: (() => Promise<unknown>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** A server that says what it knows of a connection; gives its port. */
async function site(tls: TlsServerOptions): Promise<string> {
  const server = await serve(
    { port: 0, tls },
    { exchange: (x) => x.respond(200, {}, `${x.tls?.alpn} ${x.tls?.servername} ${x.tls?.isAuthorized}`) },
  )
  closing.push(() => server.close({ graceMs: 0 }))
  return new URL(server.url).port
}

async function ask(host: string, port: string, options: ClientOptions): Promise<string> {
  const client = new Client({ resolver: async () => [{ host: '127.0.0.1', family: 'IPv4' }], ...options })
  closing.push(() => client.close())
  return await (await client.request(`https://${host}:${port}/`)).text()
}

describe('a client over TLS', () => {
  it('offers http/1.1, asks for the name, and verifies it', async () => {
    const port = await site({ ...LOCALHOST, alpn: ['h2', 'http/1.1'] })
    expect(await ask('localhost', port, { tls: { ca: CA } })).toBe('http/1.1 localhost false')
    expect(await ask('127.0.0.1', port, { tls: { ca: CA } })).toBe('http/1.1 undefined false')
  })

  it('speaks to nobody who is somebody else', async () => {
    const port = await site(OTHER)
    expect(await rejection(ask('localhost', port, { tls: { ca: CA } }))).toMatchObject({ code: 'NET_TLS_UNTRUSTED' })
    expect(await ask('sub.other.test', port, { tls: { ca: CA } })).toContain('sub.other.test')
  })

  it('speaks to nobody whom it does not trust, unless it is told to', async () => {
    const port = await site(STRANGER)
    expect(await rejection(ask('localhost', port, { tls: { ca: CA } }))).toMatchObject({ code: 'NET_TLS_UNTRUSTED' })
    expect(await rejection(ask('localhost', port, {}))).toMatchObject({ code: 'NET_TLS_UNTRUSTED' })
    expect(await ask('localhost', port, { tls: { rejectUnauthorized: false } })).toContain('localhost')
  })

  it('verifies the name that it is told to', async () => {
    const port = await site(OTHER)
    expect(await ask('localhost', port, { tls: { ca: CA, servername: 'other.test' } })).toContain('other.test')
  })

  it('shows a certificate of its own', async () => {
    const port = await site({ ...LOCALHOST, ca: CA, clientCertificate: 'require' })
    expect(await ask('localhost', port, { tls: { ca: CA, ...CLIENT } })).toMatch(/true$/)
    expect(await rejection(ask('localhost', port, { tls: { ca: CA } }))).toMatchObject({
      name: expect.any(String) as string,
    })
  })

  it('keeps its connection', async () => {
    const server = await serve({ port: 0, tls: LOCALHOST }, { exchange: (x) => x.respond(200, {}, 'x') })
    const client = new Client({ tls: { ca: CA } })
    closing.push(
      () => server.close({ graceMs: 0 }),
      () => client.close(),
    )
    const { port } = new URL(server.url)
    for (let request = 0; request < 3; request++) await (await client.request(`https://localhost:${port}/`)).text()
    expect(server.connections).toBe(1)
  })
})

describe('a client over a Unix socket', () => {
  it('asks and fetches by the names of the URL', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'wireline-'))
    const path = join(folder, 'socket')
    const server = await serve({ path }, { exchange: (x) => x.respond(200, {}, x.authority) })
    const client = new Client({ socketPath: path })
    closing.push(
      () => Promise.resolve(rmSync(folder, { recursive: true })),
      () => server.close({ graceMs: 0 }),
      () => client.close(),
    )
    expect(await (await client.request('http://one.test/')).text()).toBe('one.test')
    expect(await (await client.fetch('http://two.test:81/')).text()).toBe('two.test:81')
  })
})
