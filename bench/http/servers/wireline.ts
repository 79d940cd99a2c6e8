/** Our server, an exchange at a time. */
import { serve } from '../../../src/http/index.ts'
import type { Exchange } from '../../../src/http/index.ts'
import { announce, HELLO, JSON_TYPE, LARGE, TEXT } from './answers.ts'

function answer(x: Exchange): void | Promise<void> {
  switch (x.path) {
    case '/':
      return x.respond(200, { 'content-type': TEXT }, HELLO)
    case '/large':
      return x.respond(200, { 'content-type': TEXT }, LARGE)
    default:
      return echo(x)
  }
}

async function echo(x: Exchange): Promise<void> {
  x.respond(200, { 'content-type': JSON_TYPE }, await x.body.bytes())
}

const server = await serve({ port: 0 }, { exchange: answer })
announce(Number(new URL(server.url).port))
