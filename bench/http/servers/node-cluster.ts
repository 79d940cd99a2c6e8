/** Node's own server in so many workers of `node:cluster`. */
import cluster from 'node:cluster'
import { once } from 'node:events'
import { createServer } from 'node:http'
import { announce, HELLO, TEXT } from './answers.ts'

if (cluster.isPrimary) {
  const workers = Array.from({ length: Number(process.argv[2]) }, () => cluster.fork())
  const heard = await Promise.all(workers.map((worker) => once(worker, 'listening') as Promise<[{ port: number }]>))
  announce(heard[0]?.[0].port ?? 0)
} else {
  createServer((_request, response) => {
    response.writeHead(200, { 'content-type': TEXT, 'content-length': HELLO.length }).end(HELLO)
  }).listen(0, '127.0.0.1')
}
