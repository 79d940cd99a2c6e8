/** wireline's client, as `docs/http.md` shows it. */
import { Client } from '../../../src/http/index.ts'
import { load, terms } from './load.ts'

const { inFlight } = terms()
const client = new Client({ maxConnectionsPerOrigin: inFlight, maxIdlePerOrigin: inFlight })

await load({
  get: async (url) => {
    const response = await client.request(url)
    return await response.text()
  },
  upload: async (url, body) => {
    const response = await client.request(url, { method: 'PUT', body })
    return await response.text()
  },
  download: async (url) => {
    const response = await client.request(url)
    return await response.bytes()
  },
})
