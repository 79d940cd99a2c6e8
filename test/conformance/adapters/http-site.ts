/**
 * The site that the HTTP dialogues are held with. What a server does by itself it does here; what HTTP leaves to handlers (405,
 * 401, 415) these handlers show to be possible as the RFCs want it.
 *
 *     GET /          200, `hello` and a line feed         POST /echo      200, the content that was sent
 *     GET /probe     418, without content                 POST /unread    204, and the content is not looked at
 *     GET /fields    200, the target, the authority, and each field line as it came
 *     GET /private   401, but 200 with the password `joe:secret`
 *     GET /reset     205                                  GET /trailers   200, `hello` with a trailer X-Sum
 *     GET /switch    101 to the protocol `echo`, else 426; CONNECT: 200; both give back what they get
 *     /files/        the files of `wireline serve`, with one `letters.txt` (the 26 small ones, changed in 1994)
 *     anything else  404
 *
 * Methods that are not used here get 405 where they are known, and 501 where they are not.
 */
import { answerFiles } from '../../../src/cli/web-files.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import type { Storage } from '../../../src/ftp/storage/storage.ts'
import type { Exchange } from '../../../src/http/exchange.ts'
import type { ExchangeHandler } from '../../../src/http/server-connection.ts'
import type { Socket } from '../../../src/net/socket.ts'

/** A resource: which methods it has, and what it says. */
interface Resource {
  readonly methods: readonly string[]
  readonly answer: (exchange: Exchange) => void | Promise<void>
}

const READ = ['GET', 'HEAD']
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'TRACE', 'CONNECT']
const CHALLENGE = [['WWW-Authenticate', 'Basic realm="test"']] as const
const CREDENTIALS = `Basic ${Buffer.from('joe:secret').toString('base64')}`

const RESOURCES: Readonly<Record<string, Resource>> = {
  '/': { methods: READ, answer: (exchange) => exchange.respond(200, [], 'hello\n') },
  '/echo': { methods: ['POST'], answer: echo },
  '/unread': { methods: ['POST'], answer: (exchange) => exchange.respond(204) },
  '/probe': { methods: READ, answer: (exchange) => exchange.respond(418) },
  '/reset': { methods: READ, answer: (exchange) => exchange.respond(205) },
  '/fields': { methods: READ, answer: (exchange) => exchange.respond(200, [], fieldsOf(exchange)) },
  '/private': { methods: READ, answer: guarded },
  '/trailers': { methods: READ, answer: trailers },
  '/switch': { methods: READ, answer: offered },
}

/** The site, with files of its own. */
export function site(): ExchangeHandler {
  const files = storage()
  return async (exchange) => {
    if (exchange.method === 'CONNECT') return giveBack(exchange.takeOver(200))
    if (!METHODS.includes(exchange.method)) return exchange.respond(501)
    if (exchange.path.startsWith('/files/')) return await file(await files, exchange)
    const resource = Object.hasOwn(RESOURCES, exchange.path) ? RESOURCES[exchange.path] : undefined
    if (resource === undefined) return exchange.respond(404)
    if (!resource.methods.includes(exchange.method)) {
      return exchange.respond(405, [['Allow', resource.methods.join(', ')]])
    }
    return await resource.answer(exchange)
  }
}

async function storage(): Promise<Storage> {
  const files = memory({ now: () => Date.UTC(1994, 10, 6, 8, 49, 37) })
  const sink = await files.write(['letters.txt'], { type: 'create' })
  await sink.write(Buffer.from('abcdefghijklmnopqrstuvwxyz'))
  await sink.commit()
  return files
}

async function file(files: Storage, exchange: Exchange): Promise<void> {
  const { method, path, headers, body } = exchange
  const question = { method, path, field: (name: string) => headers.get(name), content: body }
  const { status, fields, content } = await answerFiles(files, question, Date.UTC(2026, 0, 1))
  if (typeof content === 'string') return exchange.respond(status, fields, content)
  await exchange.respond(status, fields, content)
}

async function echo(exchange: Exchange): Promise<void> {
  const coding = exchange.headers.get('content-encoding') ?? 'identity'
  if (coding !== 'identity') return exchange.respond(415, [['Accept-Encoding', 'identity']])
  if (exchange.headers.get('content-type') === 'application/x-none') return exchange.respond(415)
  exchange.respond(200, [], await exchange.body.bytes())
}

function fieldsOf({ target, authority, headers }: Exchange): string {
  return [target, authority, ...Array.from(headers, ([name, value]) => `${name}: ${value}`)].join('\n')
}

function guarded(exchange: Exchange): void {
  const isKnown = exchange.headers.get('authorization') === CREDENTIALS
  return isKnown ? exchange.respond(200, [], 'secret') : exchange.respond(401, CHALLENGE)
}

async function trailers(exchange: Exchange): Promise<void> {
  const stream = exchange.stream(200)
  await stream.write('hello')
  await stream.end([['X-Sum', '5']])
}

function offered(exchange: Exchange): void {
  const fields = [
    ['Upgrade', 'echo'],
    ['Connection', 'upgrade'],
  ] as const
  // Nobody offers in HTTP/1.0, nor without the connection option: taking over refuses it, and 426 says what would do.
  const isOffer = exchange.headers.get('upgrade') === 'echo' && exchange.headers.get('connection') === 'upgrade'
  if (isOffer && exchange.version === '1.1') giveBack(exchange.takeOver(101, fields))
  else exchange.respond(426, fields)
}

/** Sends back what comes, up to the client's end. */
function giveBack(socket: Socket): void {
  const run = async (): Promise<void> => {
    for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) {
      await socket.write([Buffer.from(bytes)])
    }
    await socket.end()
  }
  run().catch(() => socket.destroy())
}
