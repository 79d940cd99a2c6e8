/** A catch-all inbox: it takes every mail, and shows it on the web. `npx tsx examples/smtp-inbox.ts [port] [port of the web]` */
import * as http from 'wireline/http'
import { NORMALIZE, serve, writePath } from 'wireline/smtp'

/** Mails that are kept; older ones are forgotten. */
const MOST = 100
const mails = new Map<string, { readonly envelope: string; readonly message: Buffer }>()
let count = 0

const inbox = await serve(
  {
    port: Number(process.argv[2] ?? 2525),
    hostname: 'inbox.localhost',
    limits: { maxMessageBytes: 10_000_000 },
    // A program under test may be worse than what is let out into the world.
    leniency: { content: NORMALIZE, helloName: 'accept', spaceAfterColon: 'accept' },
  },
  {
    message: async ({ envelope: { from, recipients }, body, trace }) => {
      const slices: Uint8Array[] = []
      for await (const slice of trace.before(body)) slices.push(slice)
      const paths = [from, ...recipients.map(({ path }) => path)].map((path) => writePath(path, 'utf8'))
      mails.set(`/${++count}`, { envelope: paths.join(' '), message: Buffer.concat(slices) })
      mails.delete(`/${count - MOST}`)
    },
  },
)

const web = await http.serve({ port: Number(process.argv[3] ?? 8025) }, { exchange: show })
console.log(`mail to ${inbox.url} can be read at ${web.url}`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void Promise.all([inbox.close(), web.close()]))

/** `/` lists them, `/1` is the first as it came, and DELETE of `/` forgets all: what a test needs. */
function show(x: http.Exchange): void {
  // Never as HTML: nobody knows what is in a mail.
  const plain = { 'content-type': 'text/plain; charset=utf-8', 'x-content-type-options': 'nosniff' }
  const mail = mails.get(x.path)
  if (x.method === 'DELETE' && x.path === '/') mails.clear()
  else if (x.method !== 'GET') return x.respond(405, { allow: 'GET, DELETE' })
  else if (mail !== undefined) return x.respond(200, plain, mail.message)
  else if (x.path !== '/') return x.respond(404, {}, 'There is no such mail\n')
  x.respond(200, plain, Array.from(mails, ([path, { envelope }]) => `${path} ${envelope}\n`).join(''))
}
