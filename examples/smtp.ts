import { refuse, send, serve } from 'wireline/smtp'

const server = await serve(
  { port: 0, hostname: 'mx.example.test' },
  {
    rcpt: ({ path }) => path.domain === 'example.test' || refuse(550, '5.1.1', 'No such mailbox'),
    message: async ({ envelope, body }) => {
      let octets = 0
      for await (const chunk of body) octets += chunk.length
      console.log(`${octets} octets for ${envelope.recipients.length} recipient`)
    },
  },
)
const to = ['joe@example.test', 'ann@elsewhere.test']
const { accepted, refused } = await send(server.url, {
  from: 'me@example.test',
  to,
  message: 'Subject: hi\r\n\r\nhello\r\n',
})
console.log(accepted.length, 'accepted,', refused.length, 'refused')
await server.close()
