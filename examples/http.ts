import { Client, serve } from 'wireline/http'

const server = await serve({ port: 0 }, (request) => {
  const { pathname } = new URL(request.url)
  return new Response(`hello ${pathname}\n`)
})
const client = new Client()
const response = await client.request(`${server.url}world`)
console.log(response.status, await response.text())
await client.close()
await server.close()
