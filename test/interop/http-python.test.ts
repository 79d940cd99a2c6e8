/** Python's http.client against our server, and our client against its http.server. */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { Client, serve } from '../../src/http/index.ts'
import type { Exchange, Server } from '../../src/http/index.ts'
import { describePeer } from '../support/peers.ts'
import { Daemon, emptyFolder, freePort, removeFolder, run } from '../support/programs.ts'
import { CA, LOCALHOST } from '../support/tls.ts'

/** Prints a line for each answer: status, length or framing, and what came. */
const CLIENT = `
import http.client, ssl, sys
port, secure = int(sys.argv[1]), int(sys.argv[2])

def show(connection, *args, **named):
    connection.request(*args, **named)
    response = connection.getresponse()
    body = response.read()
    framing = response.getheader('content-length') or response.getheader('transfer-encoding') or '-'
    print(response.status, framing, len(body), body[:40].decode('latin-1'))

plain = http.client.HTTPConnection('127.0.0.1', port, timeout=5)
show(plain, 'GET', '/hello')
show(plain, 'HEAD', '/hello')
show(plain, 'GET', '/chunked')
show(plain, 'POST', '/echo', body=b'x' * 1000000)
show(plain, 'POST', '/echo', body=(b'y' * 10000 for _ in range(100)), encode_chunked=True)
show(plain, 'DELETE', '/empty')
show(plain, 'OPTIONS', '*')
plain.close()

tls = http.client.HTTPSConnection('localhost', secure, timeout=5, context=ssl.create_default_context(cafile=sys.argv[3]))
show(tls, 'POST', '/echo', body='over TLS')
show(tls, 'GET', '/hello')
tls.close()
`

const SERVER = `
import sys
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

class Handler(BaseHTTPRequestHandler):
    protocol_version = 'HTTP/1.1'
    def do_GET(self):
        body = self.path.encode()
        self.send_response(200)
        self.send_header('Content-Length', str(len(body)))
        self.end_headers()
        self.wfile.write(body)
    def do_POST(self):
        body = self.rfile.read(int(self.headers['Content-Length']))
        self.send_response(200)
        self.send_header('Transfer-Encoding', 'chunked')
        self.end_headers()
        for at in range(0, len(body), 1000):
            part = body[at:at + 1000]
            self.wfile.write(b'%x\\r\\n%s\\r\\n' % (len(part), part))
        self.wfile.write(b'0\\r\\n\\r\\n')

class Old(Handler):
    protocol_version = 'HTTP/1.0'
    def do_GET(self):
        self.send_response(200)
        self.end_headers()
        self.wfile.write(b'z' * 100000)

ThreadingHTTPServer(('127.0.0.1', int(sys.argv[1])), Handler if sys.argv[2] == '1.1' else Old).serve_forever()
`

const CONTENT = Buffer.alloc(100_000, 'c')

async function answer(x: Exchange): Promise<void> {
  if (x.path === '/echo') return x.respond(200, {}, await x.body.bytes())
  if (x.path === '/chunked') return await x.respond(200, {}, slices())
  if (x.path === '/empty') return x.respond(204)
  x.respond(200, {}, x.form === 'asterisk' ? 'all of it' : 'hello')
}

async function* slices(): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < CONTENT.length; at += 10_000) yield CONTENT.subarray(at, at + 10_000)
}

describePeer('python3', (python) => {
  let folder: string
  const client = new Client()
  const daemons: Daemon[] = []
  const servers: Server[] = []
  beforeAll(() => {
    folder = emptyFolder('python')
    writeFileSync(join(folder, 'client.py'), CLIENT)
    writeFileSync(join(folder, 'server.py'), SERVER)
    writeFileSync(join(folder, 'ca.crt'), CA)
  })
  afterAll(async () => {
    await client.close()
    for (const daemon of daemons) await daemon.stop()
    for (const server of servers) await server.close()
    removeFolder(folder)
  })

  it('asks our server, in the clear and over TLS, on one connection each', async () => {
    let connections = 0
    const transcript = (): undefined => void connections++
    const plain = await serve({ transcript }, { exchange: answer })
    const secure = await serve({ transcript, tls: LOCALHOST }, { exchange: answer })
    servers.push(plain, secure)
    const ports = [plain, secure].map(({ url }) => new URL(url).port)
    const { exit, stdout, stderr } = await run(python, ['client.py', ...ports, 'ca.crt'], folder)
    expect([exit, stderr]).toEqual([0, ''])
    expect(stdout.split('\n')).toEqual([
      '200 5 5 hello',
      '200 5 0 ',
      `200 chunked 100000 ${'c'.repeat(40)}`,
      `200 1000000 1000000 ${'x'.repeat(40)}`,
      `200 1000000 1000000 ${'y'.repeat(40)}`,
      '204 - 0 ',
      '200 9 9 all of it',
      '200 8 8 over TLS',
      '200 5 5 hello',
      '',
    ])
    expect(connections).toBe(2)
  })

  async function up(version: string): Promise<string> {
    const port = await freePort()
    const daemon = new Daemon(python, ['server.py', `${port}`, version], folder)
    daemons.push(daemon)
    await daemon.listening(port)
    return `http://127.0.0.1:${port}`
  }

  it('answers our client, by length and in chunks', async () => {
    const url = await up('1.1')
    for (let round = 0; round < 3; round++) {
      expect(await (await client.request(`${url}/${round}`)).text()).toBe(`/${round}`)
      const echo = await client.request(url, { method: 'POST', body: CONTENT })
      expect((await echo.bytes()).equals(CONTENT)).toBe(true)
    }
  })

  it('answers our client in HTTP/1.0, up to the end of the connection', async () => {
    const url = await up('1.0')
    for (let round = 0; round < 3; round++) {
      const response = await client.request(url)
      expect([response.version, (await response.bytes()).length]).toEqual(['1.0', 100_000])
    }
  })
})
