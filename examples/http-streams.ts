/** Content of any size in little memory, both ways: a slice is made only when there is room for it. */
import { setTimeout } from 'node:timers/promises'
import { Client, serve } from 'wireline/http'
import type { Exchange } from 'wireline/http'

const SLICE = Buffer.alloc(65_536, 'wireline ')
let made = 0

async function* source(slices: number): AsyncGenerator<Buffer> {
  try {
    for (made = 0; made < slices; made++) yield SLICE
  } finally {
    console.log(made === slices ? 'the source is empty' : 'the source was left early')
  }
}

/** Takes an upload more slowly than it could come, and offers a download that nobody will want to the end. */
async function answer(x: Exchange): Promise<void> {
  if (x.method === 'GET') return await x.respond(200, {}, source(1_000_000))
  let [taken, ahead] = [0, 0]
  for await (const slice of x.body) {
    taken += slice.length
    ahead = Math.max(ahead, made * SLICE.length - taken)
    await setTimeout(1)
  }
  x.respond(200, {}, `${taken >> 20} MiB came, ${ahead >> 20 < 16 ? 'few' : 'many'} of them before they were asked for`)
}

const server = await serve({}, { exchange: answer })
const client = new Client()

const upload = await client.request(server.url, { method: 'PUT', body: source(512) })
console.log(await upload.text())

const download = await client.request(server.url)
let octets = 0
for await (const slice of download.body) if ((octets += slice.length) >= 1_000_000) break
console.log('a million octets were enough')

await Promise.all([client.close(), server.close()])
