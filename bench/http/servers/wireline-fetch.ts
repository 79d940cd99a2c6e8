/** Our server, in the web's terms. */
import { serve } from '../../../src/http/index.ts'
import { announce, HELLO, JSON_TYPE, LARGE, TEXT } from './answers.ts'

async function answer(request: Request): Promise<Response> {
  switch (new URL(request.url).pathname) {
    case '/':
      return new Response(HELLO, { headers: { 'content-type': TEXT } })
    case '/large':
      return new Response(new Uint8Array(LARGE), { headers: { 'content-type': TEXT } })
    default:
      return new Response(await request.arrayBuffer(), { headers: { 'content-type': JSON_TYPE } })
  }
}

const server = await serve({ port: 0 }, answer)
announce(Number(new URL(server.url).port))
