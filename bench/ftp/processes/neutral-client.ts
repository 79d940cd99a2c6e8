/**
 * A client that is no contender: it speaks just enough FTP to load any server in the same way, and spends as little as Node can. The port of
 * EPSV is connected to while the command is on its way; what comes is read into one buffer that is never looked at and small enough
 * for the core's own cache, and what goes is sent from one.
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import type { Socket } from 'node:net'

const BUFFER_BYTES = 65_536

/** Gives one buffer again and again, as often as its octets are wanted. */
export interface Cargo {
  readonly buffer: Buffer
  readonly octets: number
}

/** A session that is logged in, in TYPE I. */
export class NeutralClient {
  readonly #control: Socket
  readonly #buffer = Buffer.allocUnsafeSlow(BUFFER_BYTES)
  #text = ''
  #wake: () => void = () => {}

  private constructor(port: number) {
    this.#control = connect({ port, host: '127.0.0.1', noDelay: true })
    this.#control.setEncoding('latin1').on('data', (text: string) => {
      this.#text += text
      this.#wake()
    })
  }

  static async login(port: number, user: string): Promise<NeutralClient> {
    const client = new NeutralClient(port)
    await client.#expect(220)
    await client.ask(`USER ${user}`, 331)
    await client.ask('PASS secret', 230)
    await client.ask('TYPE I', 200)
    return client
  }

  /** Sends a command and waits for the reply that ends it: its text. */
  ask(command: string, code: number): Promise<string> {
    this.#control.write(`${command}\r\n`)
    return this.#expect(code)
  }

  /** Downloads a file: how many octets came. `look` sees them, until it returns. */
  async retrieve(path: string, look: (octets: Buffer) => void = () => {}): Promise<number> {
    const port = await this.#passivePort()
    let octets = 0
    const buffer = this.#buffer
    const callback = (count: number): boolean => {
      octets += count
      look(buffer.subarray(0, count))
      return true
    }
    const data = connect({ port, host: '127.0.0.1', onread: { buffer, callback } })
    const ended = once(data, 'close')
    await this.ask(`RETR ${path}`, 226)
    await ended
    return octets
  }

  /** Uploads a file. */
  async store(path: string, { buffer, octets }: Cargo): Promise<void> {
    const data = connect({ port: await this.#passivePort(), host: '127.0.0.1' })
    this.#control.write(`STOR ${path}\r\n`)
    await sendAll(data, { buffer, octets })
    await this.#expect(226)
    data.destroy()
  }

  async quit(): Promise<void> {
    this.#control.end('QUIT\r\n')
    await once(this.#control, 'close')
  }

  async #passivePort(): Promise<number> {
    const text = await this.ask('EPSV', 229)
    return Number(/\|(\d+)\|\)/.exec(text)?.[1])
  }

  /** Waits for the reply that has this code, past preliminary ones; any other is a fault of the server's. */
  async #expect(code: number): Promise<string> {
    for (;;) {
      const end = this.#text.indexOf('\r\n')
      if (end === -1) {
        await new Promise<void>((resolve) => (this.#wake = resolve))
        continue
      }
      const line = this.#text.slice(0, end)
      this.#text = this.#text.slice(end + 2)
      if (line.startsWith(`${code} `)) return line
      if (!/^1\d\d |^\d\d\d-|^ /.test(line)) throw new Error(`${code} was expected: ${line}`)
    }
  }
}

/** Sends all and ends, as fast as it is taken. */
export async function sendAll(socket: Socket, { buffer, octets }: Cargo): Promise<void> {
  for (let left = octets; left > 0; left -= buffer.length) {
    const isTaken = socket.write(left < buffer.length ? buffer.subarray(0, left) : buffer)
    if (!isTaken) await once(socket, 'drain')
  }
  socket.end()
}
