import { connect, memory, serve } from 'wireline/ftp'

const files = memory()
const options = { port: 0 }
const server = await serve(options, {
  login: ({ user, password }) => (user === 'joe' && password === 'secret' ? files : undefined),
  transfer: (event) => console.log(event.outcome, event.path, event.bytes),
})
const ftp = await connect(server.url, { user: 'joe', password: 'secret' })
await ftp.put('/hello.txt', 'hello world')
for await (const entry of ftp.list('/')) console.log(entry.name, entry.size)
for await (const chunk of await ftp.get('/hello.txt', { from: 6 })) console.log(chunk.toString())
await ftp.quit()
await server.close()
