import { refuse, send, serve } from 'wireline/smtp'

const options = { port: 0, hostname: 'mx.example.test' }
const server = await serve(options, {
  rcpt: ({ path }) => path.domain === 'example.test' || refuse(550, '5.1.1', 'No such mailbox'),
  message: async ({ envelope, body }) => {
    let octets = 0
    for await (const chunk of body) octets += chunk.length
    console.log(`${octets} octets for ${envelope.recipients.length} recipient`)
  },
})
const to = ['joe@example.test', 'ann@elsewhere.test']
const { accepted, refused } = await send(server.url, { from: 'me@example.test', to, message: 'hello\r\n' })
console.log(accepted.length, 'accepted,', refused.length, 'refused')
await server.close()
