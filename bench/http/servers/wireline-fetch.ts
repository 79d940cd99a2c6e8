/** Our server, in the web's terms: with our `Response`, or, where it is told `platform`, with Node's. */
import { Response as LightResponse, serve } from '../../../src/http/index.ts'
import { announce, HELLO, JSON_TYPE, LARGE, TEXT } from './answers.ts'

const Response = process.argv[2] === 'platform' ? globalThis.Response : LightResponse

const LARGE_BYTES = new Uint8Array(LARGE)

function answer(request: Request): Response | Promise<Response> {
  switch (new URL(request.url).pathname) {
    case '/':
      return new Response(HELLO, { headers: { 'content-type': TEXT } })
    case '/large':
      return new Response(LARGE_BYTES, { headers: { 'content-type': TEXT } })
    default:
      return echo(request)
  }
}

async function echo(request: Request): Promise<Response> {
  return new Response(await request.arrayBuffer(), { headers: { 'content-type': JSON_TYPE } })
}

const server = await serve({ port: 0 }, answer)
announce(Number(new URL(server.url).port))
