/** `undici.request` over an Agent with as many connections, no pipelining. */
import { Agent, request } from 'undici'
import { load, terms } from './load.ts'

const dispatcher = new Agent({ connections: terms().inFlight, pipelining: 1 })

await load({
  get: async (url) => {
    const { body } = await request(url, { dispatcher })
    return await body.text()
  },
  upload: async (url, content) => {
    const { body } = await request(url, { dispatcher, method: 'PUT', body: content })
    return await body.text()
  },
  download: async (url) => {
    const { body } = await request(url, { dispatcher })
    return await body.bytes()
  },
})
