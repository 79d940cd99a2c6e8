/**
 * The vectors of HTTP/1.1 on live sockets, at both ends. Requests go to our server over TCP, with a good request behind them: it is
 * answered, as it should be, where the vector leaves the connection open, and else nothing behind the vector is. Responses come to our
 * client from a server that says nothing else: taken or refused as the vector says, and what was not clean never carries another request.
 */
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { Client } from '../../src/http/client.ts'
import type { Exchange } from '../../src/http/exchange.ts'
import { serve, type Server } from '../../src/http/server.ts'
import { NetError } from '../../src/net/errors.ts'
import { octetsOf, VECTORS, type Vector } from '../support/http-vectors.ts'
import { readWithNode } from '../support/llhttp.ts'
import { hearAll, ScriptedServer } from '../support/loopback.ts'
import { cutAt } from '../support/splits.ts'

const PROBE = Buffer.from('GET /probe HTTP/1.1\r\nHost: probe\r\n\r\n')

/** Whole, and cut in two at one third and at two thirds. */
function cuts(bytes: Buffer): Buffer[][] {
  const thirds = [Math.floor(bytes.length / 3), Math.floor((2 * bytes.length) / 3)]
  return [[bytes], ...thirds.map((cut) => cutAt(bytes, [cut]))]
}

describe('our server', () => {
  let server: Server
  let heedless: Server
  beforeAll(async () => {
    server = await serve({}, { exchange: echo })
    heedless = await serve({}, { exchange: answerUnread })
  })
  afterAll(() => Promise.all([server.close({ graceMs: 0 }), heedless.close({ graceMs: 0 })]))

  const requests = VECTORS.filter(({ role }) => role === 'request')

  it.each(requests.map((vector) => [vector.id, vector] as const))('answers %s as it should', async (_, vector) => {
    const bytes = octetsOf(vector)
    for (const pieces of cuts(bytes)) {
      // What is not complete has nothing behind it but the end of the connection.
      const isWaiting = vector.verdict === 'wait'
      const heard = await talk(server, isWaiting ? pieces : [...pieces, PROBE], isWaiting || isKept(vector))
      expect(heard, `${pieces.length} pieces`).toEqual(expected(vector))
    }
  })

  // Where the client might still hold its content back, an early answer ends the connection instead.
  const withContent = requests.filter(
    (vector) => isKept(vector) && vector.bodies?.[0] !== '' && vector.id !== 'expect.case',
  )

  it.each(withContent.map((vector) => [vector.id, vector] as const))(
    'finds what is behind %s unread',
    async (_, vector) => {
      const answers = vector.bodies?.map(() => ['204', ''])
      for (const pieces of cuts(octetsOf(vector))) {
        expect(await talk(heedless, [...pieces, PROBE], true)).toEqual([...(answers ?? []), ['418', 'probe']])
      }
    },
  )
})

/** What comes of the vector with the probe behind it. */
function expected(vector: Vector): Answers {
  const { id, verdict, status, bodies } = vector
  if (bodies === undefined) return [[verdict === 'wait' ? '400' : String(status), '']]
  const answers = bodies.map((body) => [id === 'rl.connect-ok' ? '405' : '200', body] as const)
  return isKept(vector) ? [...answers, ['418', 'probe']] : answers
}

/** Whether the connection outlives the vector: it is accepted, and no request of it is the last one. */
function isKept(vector: Vector): boolean {
  const isLast = /HTTP\/1\.0|\nConnection: (.*, )?close/i.test(octetsOf(vector).toString('latin1'))
  return vector.prefer === 'accept' && !isLast
}

/** Status and content of final responses; the content of errors is for people. */
type Answers = readonly (readonly [status: string, body: string])[]

/** What the server answers, as Node's parser reads it. Where `ends` is false the client does not end the connection, so the server has to. */
async function talk(server: Server, pieces: readonly Buffer[], ends: boolean): Promise<Answers> {
  const heard = await hearAll(Number(new URL(server.url).port), pieces, ends)
  const { messages, begun, ending } = readWithNode({ role: 'response', pieces: [heard], eof: true })
  expect([begun, ending.kind === 'refuses' ? ending : undefined]).toEqual([undefined, undefined])
  // A server that ends the connection says so (RFC 9112 §9.6).
  if (!ends) expect(messages.at(-1)?.fields).toContain('Connection: close')
  const final = messages.filter(({ first }) => !first.startsWith('1'))
  return final.map(({ first, body }) => [first, Number(first) >= 400 && first !== '418' ? '' : body])
}

/** A handler that has no eye for content. */
function answerUnread(exchange: Exchange): void {
  if (exchange.path === '/probe') exchange.respond(418, [], 'probe')
  else exchange.respond(204)
}

async function echo(exchange: Exchange): Promise<void> {
  if (exchange.method === 'CONNECT') return exchange.respond(405, [['Allow', 'GET, POST']])
  if (exchange.path === '/probe') return exchange.respond(418, [], 'probe')
  exchange.respond(200, [], await exchange.body.bytes())
}

describe('our client', () => {
  const responses = VECTORS.filter(({ role }) => role === 'response')

  it.each(responses.map((vector) => [vector.id, vector] as const))('takes %s for what it is', async (_, vector) => {
    for (const pieces of cuts(octetsOf(vector))) {
      const server = new ScriptedServer(pieces, vector.eof === true)
      await server.listen()
      const client = new Client()
      try {
        expect(await ask(client, server.url, vector.method)).toBe(takenOf(vector))
        expect(await ask(client, server.url, 'GET')).toBe('fresh')
        expect(server.connections, 'connections').toBe(isClean(vector) ? 1 : 2)
      } finally {
        await client.close()
        await server.close()
      }
    }
  })
})

/** Behind these responses come octets that belong to none: the response is good, its connection is not. */
const SURPLUS: Readonly<Record<string, string>> = { 'resp.extra-after-cl': 'hello', 'resp.204-cl': '' }

/** The content of the vector's response, or that it is refused. */
function takenOf({ id, prefer, bodies }: Vector): string {
  return SURPLUS[id] ?? (prefer === 'accept' ? bodies?.join('') : undefined) ?? 'refused'
}

/** Whether the connection may carry another request behind the vector. */
function isClean({ prefer, eof }: Vector): boolean {
  return prefer === 'accept' && eof !== true
}

/** The content of the response, or `refused`. */
async function ask(client: Client, url: string, method = 'GET'): Promise<string> {
  try {
    const response = await client.request(url, { method })
    return (await response.bytes()).toString('latin1')
  } catch (error) {
    // Anything but our own errors is a defect.
    expect(error).toBeInstanceOf(NetError)
    return 'refused'
  }
}
