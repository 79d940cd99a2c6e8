/** A submission server: its users log in by SCRAM over STARTTLS, and send in their own names. `smtp-submission.ts KEY CERT CA` */
import { readFile } from 'node:fs/promises'
import { scramCredentials, send, serve, submission } from 'wireline/smtp'

const [key = '', cert = '', ca = ''] = await Promise.all(process.argv.slice(2, 5).map((path) => readFile(path, 'utf8')))
// What is stored is no password, and nobody can log in with it.
const users = new Map([['joe', await scramCredentials('secret')]])

const server = await serve(
  { hostname: 'mail.example.test', tls: { key, cert } },
  submission({
    // A password that comes as it is, from programs that know nothing better, is judged by the same keys; within TLS alone.
    auth: { scram: ({ user }) => users.get(user), password: 'scram' },
    message: async ({ peer, envelope, body }) => {
      let octets = 0
      for await (const chunk of body) octets += chunk.length
      console.log(`${octets} octets of ${peer.user} for ${envelope.recipients.length}, by ${peer.tls?.protocol}`)
    },
  }),
)

const url = server.url.replace('smtp://127.0.0.1', 'smtp://joe:secret@localhost')
const tls = { ca }
const to = ['ann@example.test']
await send(url, { from: 'joe@example.test', to, message: 'hello\r\n', tls })
await send(url, { from: 'ann@example.test', to, message: 'hello\r\n', tls }).catch((error: Error) =>
  console.log(error.message),
)
await server.close()
