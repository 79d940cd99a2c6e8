/** `http.request` with an Agent that keeps as many connections. */
import { Agent, request } from 'node:http'
import type { RequestOptions } from 'node:http'
import { load, terms } from './load.ts'

const { inFlight } = terms()
const agent = new Agent({ keepAlive: true, maxSockets: inFlight, maxFreeSockets: inFlight })

function ask(url: string, options: RequestOptions, content?: Buffer): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const asked = request(url, { agent, ...options }, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => resolve(Buffer.concat(chunks)))
      response.on('error', reject)
    })
    asked.on('error', reject)
    asked.end(content)
  })
}

await load({
  get: async (url) => (await ask(url, {})).toString(),
  upload: async (url, content) => {
    const bytes = await ask(url, { method: 'PUT', headers: { 'content-length': content.length } }, content)
    return bytes.toString()
  },
  download: (url) => ask(url, {}),
})
