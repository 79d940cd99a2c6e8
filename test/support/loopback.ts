/** Peers over real TCP that say given octets and nothing else, for tests that look at a server or a client of HTTP from outside. */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'

/** Writes piece by piece: the next one when the last one has left, and everybody has had a turn. */
async function write(socket: Socket, pieces: readonly Uint8Array[]): Promise<void> {
  for (const piece of pieces) {
    if (!socket.writable) return
    await new Promise<void>((resolve) => {
      socket.write(piece, () => setImmediate(resolve))
    })
  }
}

/**
 * Says `pieces` to the server at `port`, and FIN behind them where `ends` says so, and hears all that it says until it ends the
 * connection. Rejects where that is reset.
 */
export async function hearAll(port: number, pieces: readonly Uint8Array[], ends: boolean): Promise<Buffer> {
  const socket = connect({ host: '127.0.0.1', port, noDelay: true })
  const heard: Buffer[] = []
  socket.on('data', (bytes: Buffer) => heard.push(bytes))
  const closed = once(socket, 'close')
  await once(socket, 'connect')
  await write(socket, pieces)
  if (ends) socket.end()
  await closed
  return Buffer.concat(heard)
}

const ANSWER = Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nfresh')

/** A server that answers the first request of all with given octets, and every other one with `fresh`. */
export class ScriptedServer {
  /** How many connections there were. */
  connections = 0
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  #script: readonly Uint8Array[]
  readonly #ends: boolean

  /** A server that says `script`, and FIN behind it where `ends` says so. */
  constructor(script: readonly Uint8Array[], ends: boolean) {
    this.#script = script
    this.#ends = ends
    this.#server = createServer({ noDelay: true }, (socket) => this.#serve(socket))
  }

  /** Listens. */
  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1')
    await once(this.#server, 'listening')
  }

  /** Where it listens. */
  get url(): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/`
  }

  /** Closes it and cuts its connections. */
  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
  }

  #serve(socket: Socket): void {
    this.connections++
    this.#sockets.add(socket)
    // A client that refuses what it hears may reset the connection.
    socket.on('error', () => {})
    let heard = ''
    socket.on('data', (bytes: Buffer) => {
      heard += bytes.toString('latin1')
      // No request of the tests has content.
      if (!heard.endsWith('\r\n\r\n')) return
      heard = ''
      void this.#answer(socket)
    })
  }

  async #answer(socket: Socket): Promise<void> {
    const script = this.#script
    this.#script = [ANSWER]
    await write(socket, script)
    if (script[0] !== ANSWER && this.#ends) socket.end()
  }
}
