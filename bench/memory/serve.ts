/**
 * A server whose memory is to be seen: the name of it is the one argument, SIGUSR2 collects its garbage. Each is loaded alone, so that none pays
 * for the code of another, and keeps its connections for longer than a round takes.
 *
 * What is sent has no end, and what comes is not read behind its first piece: so a transfer is under way for as long as one looks.
 */
import { once } from 'node:events'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'

const CONNECTIONS = { maxConnections: 20_000, maxConnectionsPerAddress: 20_000 }
const LONG_MS = 600_000
const PIECE_BYTES = 65_536

const never = new Promise<void>(() => {})

/** An answer without an end, each piece of it in memory of its own. */
async function* endless(): AsyncGenerator<Buffer> {
  for (;;) yield Buffer.alloc(PIECE_BYTES, 'a')
}

/** Takes the first piece, and no other. */
async function begin(content: AsyncIterable<unknown>): Promise<void> {
  for await (const _piece of content) await never
}

/** The servers by name: each listens, and says where. */
const SERVERS: Readonly<Record<string, () => Promise<number>>> = {
  async 'http/wireline'() {
    const { serve } = await import('../../src/http/index.ts')
    const { url } = await serve(
      { port: 0, ...CONNECTIONS },
      {
        exchange: async (x) => {
          if (x.path === '/') return x.respond(200, {}, 'Hello, world!')
          if (x.path === '/upload') return begin(x.body)
          await x.respond(200, {}, endless())
        },
      },
    )
    return Number(new URL(url).port)
  },
  async 'http/node'() {
    const [{ createServer: create }, { Readable }] = [await import('node:http'), await import('node:stream')]
    const server = create({ keepAliveTimeout: LONG_MS }, (request, response) => {
      if (request.url === '/') response.end('Hello, world!')
      else if (request.url === '/upload') void begin(request)
      else Readable.from(endless(), { objectMode: false }).pipe(response)
    })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    return portOf(server.address())
  },
  async 'http/fastify'() {
    const [{ fastify }, { Readable }] = [await import('fastify'), await import('node:stream')]
    const app = fastify({ keepAliveTimeout: LONG_MS })
    app.get('/', (_request, reply) => reply.send('Hello, world!'))
    app.get('/download', (_request, reply) => reply.send(Readable.from(endless(), { objectMode: false })))
    return Number(new URL(await app.listen({ port: 0, host: '127.0.0.1' })).port)
  },
  async 'smtp/wireline'() {
    const { serve } = await import('../../src/smtp/index.ts')
    const { url } = await serve(
      { port: 0, hostname: 'mx.test', ...CONNECTIONS },
      { rcpt: () => true, message: ({ body }) => begin(body) },
    )
    return Number(new URL(url).port)
  },
  async 'smtp/smtp-server'() {
    const { SMTPServer } = await import('smtp-server')
    const server = new SMTPServer({
      ...{ authOptional: true, disabledCommands: ['STARTTLS'], disableReverseLookup: true, maxClients: Infinity },
      ...{ socketTimeout: LONG_MS, onData: (stream: AsyncIterable<unknown>) => void begin(stream) },
    })
    const tcp = server.listen(0, '127.0.0.1')
    await once(tcp, 'listening')
    return portOf(tcp.address())
  },
  async 'ftp/wireline'() {
    const { disk, serve } = await import('../../src/ftp/index.ts')
    const storage = disk(ROOT)
    const { url } = await serve(
      { port: 0, ...CONNECTIONS, limits: { maxSessionsPerUser: 20_000 } },
      { login: ({ password }) => (password === 'secret' ? storage : undefined) },
    )
    return Number(new URL(url).port)
  },
  async 'ftp/ftp-srv'() {
    const { FtpSrv } = await import('ftp-srv')
    // It cannot be asked for its port.
    const probe = createServer().listen(0, '127.0.0.1')
    await once(probe, 'listening')
    const port = portOf(probe.address())
    await new Promise((resolve) => probe.close(resolve))
    const quiet = (): void => {}
    const log = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log }
    const server = new FtpSrv({ url: `ftp://127.0.0.1:${port}`, pasv_url: '127.0.0.1', anonymous: false, log })
    server.on('login', (_login, resolve) => resolve({ root: ROOT }))
    await server.listen()
    return port
  },
}

/** What FTP servers serve: nobody looks at it, but for the file that is downloaded. */
const [name = '', ROOT = tmpdir()] = process.argv.slice(2)

function portOf(address: unknown): number {
  return (address as { readonly port: number }).port
}

process.on('SIGUSR2', () => globalThis.gc?.())
process.once('SIGTERM', () => process.exit())
console.log(await SERVERS[name]?.())
