/** Node's own server. */
import { createServer } from 'node:http'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { announce, HELLO, JSON_TYPE, LARGE, TEXT } from './answers.ts'

function answer(response: ServerResponse, type: string, content: string | Buffer): void {
  response.writeHead(200, { 'content-type': type, 'content-length': content.length }).end(content)
}

function echo(request: IncomingMessage, response: ServerResponse): void {
  const parts: Buffer[] = []
  request.on('data', (part: Buffer) => parts.push(part))
  request.on('end', () => answer(response, JSON_TYPE, Buffer.concat(parts)))
}

const server = createServer((request, response) => {
  switch (request.url) {
    case '/':
      return answer(response, TEXT, HELLO)
    case '/large':
      return answer(response, TEXT, LARGE)
    default:
      return echo(request, response)
  }
})
server.listen(0, '127.0.0.1', () => announce((server.address() as AddressInfo).port))
