/**
 * A client as the load, started as `load.js <name> <port> <seconds>`: ten messages of 1 KiB are always on their way over ten connections.
 * Prints messages a second; the first half of the time warms up, and is not counted.
 */
import { createTransport } from 'nodemailer'
import { Pool } from '../../../src/smtp/index.ts'

const CONNECTIONS = 10

const FROM = 'me@client.example.test'
const TO = 'you@server.example.test'
const MESSAGE = `From: <${FROM}>\r\nTo: <${TO}>\r\nSubject: a message\r\n\r\n${`${'x'.repeat(70)}\r\n`.repeat(13)}`

/** How a client sends one message, and how it ends. */
interface Sender {
  readonly send: () => Promise<unknown>
  readonly close: () => unknown
}

const SENDERS: Readonly<Record<string, (port: number) => Sender>> = {
  wireline(port) {
    const pool = new Pool(`smtp://127.0.0.1:${port}`, {
      maxConnections: CONNECTIONS,
      maxMessagesPerConnection: Number.MAX_SAFE_INTEGER,
    })
    const message = { from: FROM, to: [TO], message: MESSAGE }
    return { send: () => pool.send(message), close: () => pool.close() }
  },
  nodemailer(port) {
    const pool = createTransport({
      ...{ host: '127.0.0.1', port, pool: true, ignoreTLS: true },
      ...{ maxConnections: CONNECTIONS, maxMessages: Infinity },
    })
    const message = { envelope: { from: FROM, to: [TO] }, raw: MESSAGE }
    return { send: () => pool.sendMail(message), close: () => pool.close() }
  },
}

const [name = '', port = '', seconds = ''] = process.argv.slice(2)
const { send, close } = (SENDERS[name] as (port: number) => Sender)(Number(port))

/** Messages a second. */
async function run(ms: number): Promise<number> {
  const began = performance.now()
  let sent = 0
  const one = async (): Promise<void> => {
    while (performance.now() - began < ms) {
      await send()
      sent++
    }
  }
  await Promise.all(Array.from({ length: CONNECTIONS }, one))
  return (sent * 1000) / (performance.now() - began)
}

await run(Number(seconds) * 500)
console.log(await run(Number(seconds) * 500))
await close()
