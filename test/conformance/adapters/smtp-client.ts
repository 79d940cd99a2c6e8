/**
 * Our SMTP client, as the ask blocks have it: `SEND from@x.test {...} => what became of each recipient`. Options of a message:
 *
 *     "to": ["b@y.test"]        its recipients; default one
 *     "message": "hello\r\n"    its content
 *     "endless": true           content without an end
 *     "timeouts", "starttls", "parameters"     as those of the client and of a message
 *
 * What comes of it: `b@y.test 250`, `c@y.test 550`, and so on, or the code of the error and of the reply. Each line is a session of its own.
 */
import { connect } from '../../../src/smtp/client.ts'
import type { ClientOptions } from '../../../src/smtp/client-options.ts'
import type { OutgoingMessage } from '../../../src/smtp/message.ts'
import type { Delivery } from '../../../src/smtp/fate.ts'
import type { Ask, Asker } from '../runner/asking.ts'
import type { Heard } from '../runner/peer.ts'

/** What an ask line may say behind the sender. */
interface Options extends Pick<ClientOptions, 'timeouts' | 'starttls'>, Pick<OutgoingMessage, 'parameters'> {
  readonly to?: readonly string[]
  readonly message?: string
  readonly endless?: true
}

/** A client of the server at this port. */
export function openSmtpClient(port: number): Asker {
  return { close: () => Promise.resolve(), ask: (ask) => send(`smtp://127.0.0.1:${port}`, ask).catch(nameOf) }
}

/** A command: a line. */
export function readSmtpCommand(received: Buffer): Heard | undefined {
  const end = received.indexOf('\r\n')
  return end === -1 ? undefined : { lines: [received.toString('latin1', 0, end)], length: end + 2 }
}

async function send(target: string, { target: from, options }: Ask): Promise<string> {
  const { to = ['b@y.test'], message = 'hello\r\n', endless, parameters, ...session } = options as Options
  const client = await connect(target, { hostname: 'a.test', ...session })
  try {
    const content = endless === true ? endlessly() : message
    const { accepted, refused } = await client.send({ from, to, message: content, ...(parameters && { parameters }) })
    return [...accepted, ...refused].map(tell).join(', ')
  } finally {
    await client.quit()
  }
}

function tell({ address, reply }: Delivery): string {
  return `${address} ${reply.code}`
}

/** The code of the error, or of what caused it, with that of the reply that it is about. */
function nameOf(error: unknown): string {
  const { cause } = error as Error
  const { code, reply } = (cause ?? error) as { code?: string; reply?: { code: number } }
  return ['error', code ?? String(error), reply?.code].filter((part) => part !== undefined).join(' ')
}

async function* endlessly(): AsyncGenerator<Buffer> {
  for (;;) {
    // A turn of the event loop, in which what comes meanwhile is read.
    await new Promise((resolve) => setImmediate(resolve))
    yield Buffer.from('hello\r\n'.repeat(100))
  }
}
