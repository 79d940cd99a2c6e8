/** Node's own `fetch`, which opens as many connections as there are requests at once. */
import { load } from './load.ts'

await load({
  get: async (url) => {
    const response = await fetch(url)
    return await response.text()
  },
  upload: async (url, body) => {
    const response = await fetch(url, { method: 'PUT', body: new Uint8Array(body) })
    return await response.text()
  },
  download: async (url) => {
    const response = await fetch(url)
    return new Uint8Array(await response.arrayBuffer())
  },
})
