/** Our client against node:http, and node:http and undici (the global fetch) against our server. */
import { once } from 'node:events'
import { Agent, createServer, request as nodeRequest } from 'node:http'
import type { IncomingMessage, RequestListener, Server as NodeServer } from 'node:http'
import { afterAll, describe, expect, it } from 'vitest'
import { Client, serve } from '../../src/http/index.ts'
import type { ReceivedInformational } from '../../src/http/index.ts'

const LARGE = Buffer.alloc(1_000_000, 'x')

describe('our client and node:http', () => {
  const servers: NodeServer[] = []
  const client = new Client()
  afterAll(async () => {
    await client.close()
    for (const server of servers) server.close()
  })

  async function up(listener: RequestListener): Promise<string> {
    const server = createServer(listener).listen(0, '127.0.0.1')
    servers.push(server)
    await once(server, 'listening')
    const address = server.address()
    if (address === null || typeof address === 'string') throw new Error('no port')
    return `http://127.0.0.1:${address.port}/`
  }

  it('stream through one another', async () => {
    const url = await up((request, response) => void request.pipe(response))
    for (let round = 0; round < 3; round++) {
      const response = await client.request(url, { method: 'POST', body: LARGE })
      expect((await response.bytes()).equals(LARGE)).toBe(true)
    }
  })

  it('tell interim responses and trailers', async () => {
    const url = await up((request, response) => {
      response.writeEarlyHints({ link: '</a>; rel=preload' })
      response.writeHead(200, { trailer: 'x-sum' })
      response.write('hello')
      response.addTrailers({ 'x-sum': '5' })
      response.end()
      request.resume()
    })
    const seen: ReceivedInformational[] = []
    const response = await client.request(url, { onInformational: (head) => seen.push(head) })
    expect(await response.text()).toBe('hello')
    expect(response.trailers.get('x-sum')).toBe('5')
    expect(seen.map(({ status, headers }) => [status, headers.get('link')])).toEqual([[103, '</a>; rel=preload']])
  })

  it('survive a server that closes its idle connections', async () => {
    const url = await up((_, response) => void response.end('ok'))
    const [server] = servers.slice(-1)
    for (let round = 0; round < 5; round++) {
      expect(await (await client.request(url)).text()).toBe('ok')
      server?.closeIdleConnections()
    }
  })

  it('part when the answer breaks off', async () => {
    const url = await up((_, response) => {
      response.writeHead(200, { 'content-length': '10' })
      response.write('hello')
      setImmediate(() => response.destroy())
    })
    const response = await client.request(url)
    await expect(response.text()).rejects.toMatchObject({ name: /HttpError|ClosedError/ })
  })
})

describe('node:http and our server', () => {
  it('keep their connection, stream, and tell trailers', async () => {
    const server = await serve(
      {},
      {
        exchange: async (x) => {
          const out = x.stream(200, { trailer: 'x-sum' })
          let octets = 0
          for await (const slice of x.body) {
            octets += slice.length
            await out.write(slice)
          }
          await out.end({ 'x-sum': String(octets), 'x-got': x.trailers.get('x-t') ?? '-' })
        },
      },
    )
    const agent = new Agent({ keepAlive: true, maxSockets: 1 })
    for (let round = 0; round < 3; round++) {
      const request = nodeRequest(server.url, { method: 'POST', agent, headers: { trailer: 'x-t' } })
      request.write(LARGE)
      request.addTrailers({ 'x-t': 'sent' })
      request.end()
      const [response] = (await once(request, 'response')) as [IncomingMessage]
      const chunks: Buffer[] = []
      for await (const chunk of response) chunks.push(chunk as Buffer)
      expect(Buffer.concat(chunks).equals(LARGE)).toBe(true)
      expect(response.trailers).toEqual({ 'x-sum': '1000000', 'x-got': 'sent' })
    }
    expect(server.connections).toBe(1)
    agent.destroy()
    await server.close()
  })

  it('answer the global fetch', async () => {
    const server = await serve({}, async (request) =>
      Response.json({ method: request.method, text: await request.text() }),
    )
    const response = await fetch(server.url, { method: 'POST', body: 'hello' })
    expect(await response.json()).toEqual({ method: 'POST', text: 'hello' })
    await server.close({ graceMs: 100 })
  })
})
