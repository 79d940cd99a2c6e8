/** A sender, put to the test: a server that is full, refuses to talk, and loses its answer, exactly when the script says so. */
import { faults, refuse, send, serve } from 'wireline/smtp'

const script = faults([
  { on: 'greeting', nth: 1, reply: refuse(421, '4.3.2', 'Not now') },
  { on: 'rcpt', address: 'full@y.test', reply: refuse(452, '4.2.2', 'Mailbox full') },
  { on: 'message', nth: 1, hangUp: 'close' },
])
let kept = 0
const server = await serve({ hostname: 'mx.test', faults: script }, { message: () => void kept++ })

const message = { from: 'a@x.test', to: ['b@y.test', 'full@y.test'], message: 'hello\r\n' }
for (const attempt of [1, 2, 3]) {
  try {
    const { accepted, refused } = await send(server.url, message)
    console.log(`${attempt}: ${accepted.length} accepted, ${refused.length} refused`)
  } catch (error) {
    console.log(`${attempt}: ${error instanceof Error ? error.message : 'no error'}`)
  }
}
// The second attempt was kept too, and its answer lost: whoever sends again must expect that.
console.log(`${kept} kept, ${script.unplayed.length} faults left`)
await server.close()
