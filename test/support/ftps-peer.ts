/**
 * FTPS spoken by hand, for tests of our own two ends: a client on `node:tls` that takes the control connection into TLS and opens data
 * connections with the session that a test gives it, or with none.
 */
import { once } from 'node:events'
import { connect as netConnect, type Socket } from 'node:net'
import { connect as tlsConnect, type ConnectionOptions, type TLSSocket } from 'node:tls'
import { CA } from './tls.ts'

/** What octets have come, as text. */
class Heard {
  text = ''
  isOver = false
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1')
      this.#wake()
    })
    for (const end of ['end', 'close', 'error'])
      socket.on(end, () => {
        this.isOver = true
        this.#wake()
      })
  }

  async until(pattern: RegExp): Promise<string> {
    for (;;) {
      const match = pattern.exec(this.text)
      if (match !== null) {
        this.text = this.text.slice(match.index + match[0].length)
        return match[0]
      }
      if (this.isOver) return ''
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }
}

const REPLY = /^(?:(\d{3}) [^\n]*|(\d{3})-[^]*?\r\n\2 [^\n]*)\r\n/

/** A client by hand, in the clear at first. */
export class TlsHandClient {
  #socket: Socket
  #heard: Heard
  readonly #raw: Socket
  readonly #options: ConnectionOptions
  /** Tickets of the control connection, the newest last. */
  readonly sessions: Buffer[] = []

  private constructor(raw: Socket, options: ConnectionOptions) {
    this.#raw = raw
    this.#socket = raw
    this.#options = { ca: CA, host: 'localhost', servername: 'localhost', ...options }
    this.#heard = new Heard(raw)
  }

  /** Connects, and says and hears nothing. */
  static async dial(port: number, options: ConnectionOptions = {}): Promise<TlsHandClient> {
    const raw = netConnect({ port, host: '127.0.0.1', noDelay: true })
    await once(raw, 'connect')
    return new TlsHandClient(raw, options)
  }

  /** Connects, hears the greeting, goes into TLS, and logs in with PROT P. */
  static async loggedIn(port: number, options: ConnectionOptions = {}): Promise<TlsHandClient> {
    const client = await TlsHandClient.dial(port, options)
    await client.hear()
    await client.ask('AUTH TLS')
    await client.handshake()
    for (const line of ['USER joe', 'PASS secret', 'PBSZ 0', 'PROT P', 'TYPE I']) await client.ask(line)
    return client
  }

  get tls(): TLSSocket {
    return this.#socket as TLSSocket
  }

  get raw(): Socket {
    return this.#raw
  }

  async handshake(): Promise<void> {
    this.#raw.removeAllListeners('data')
    const socket = tlsConnect({ ...this.#options, socket: this.#raw })
    socket.on('session', (session) => this.sessions.push(session))
    this.#socket = socket
    this.#heard = new Heard(socket)
    await once(socket, 'secureConnect')
  }

  send(octets: string): void {
    this.#socket.write(Buffer.from(octets, 'latin1'))
  }

  async hear(): Promise<{ readonly code: number; readonly text: string }> {
    const text = await this.#heard.until(REPLY)
    return { code: Number(text.slice(0, 3)), text: text.trimEnd().replaceAll('\r\n', '\n') }
  }

  ask(line: string): Promise<{ readonly code: number; readonly text: string }> {
    this.send(`${line}\r\n`)
    return this.hear()
  }

  /** All that still comes up to the end. */
  async rest(): Promise<string> {
    await this.#heard.until(/(?!)/)
    return this.#heard.text
  }

  /** Connects to a passive port, in the clear. */
  async data(): Promise<Socket> {
    const { text } = await this.ask('EPSV')
    const socket = netConnect({ port: Number(/\|\|\|(\d+)\|/.exec(text)?.[1]), host: '127.0.0.1', noDelay: true })
    socket.on('error', () => {})
    await once(socket, 'connect')
    return socket
  }

  /** TLS on a data connection, with a session to resume or none. */
  secure(data: Socket, session: Buffer | 'none' | undefined = this.sessions.at(-1)): TLSSocket {
    const resumed = session === 'none' || session === undefined ? {} : { session }
    const socket = tlsConnect({ ...this.#options, socket: data, ...resumed })
    socket.on('session', (next) => this.sessions.push(next)).on('error', () => {})
    return socket
  }

  /** Downloads: the data, and the codes of both replies. The first is given as 150 where it is 125: which it is, TCP decides. */
  async fetch(
    command: string,
    session: Buffer | 'none' | undefined = this.sessions.at(-1),
  ): Promise<{ readonly data: string; readonly codes: number[] }> {
    const data = await this.data()
    const first = (await this.ask(command)).code
    if (first >= 200) return data.destroy() && { data: '', codes: [first] }
    const heard = new Heard(this.secure(data, session))
    await heard.until(/(?!)/)
    return { data: heard.text, codes: [150, (await this.hear()).code] }
  }

  /** Uploads, and ends with close_notify, or with a FIN alone. */
  async store(command: string, octets: string, ending: 'closeNotify' | 'fin' = 'closeNotify'): Promise<number[]> {
    const data = await this.data()
    const first = (await this.ask(command)).code
    if (first >= 200) return data.destroy() && [first]
    const socket = this.secure(data)
    await once(socket, 'secureConnect')
    socket.resume()
    if (ending === 'closeNotify') socket.end(octets)
    else socket.write(octets, () => data.end())
    return [150, (await this.hear()).code]
  }

  close(): void {
    this.#socket.destroy()
    this.#raw.destroy()
  }
}
