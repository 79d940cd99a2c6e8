/**
 * FTP spoken by hand, for tests of our own two ends: a client that sends any octets, and a server that answers by a script. Both stand on
 * `node:net` alone, so that no fault of ours can agree with itself; only which replies a command may have is asked of the table.
 */
import { once } from 'node:events'
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net'
import { isReplyOf, isVerbKnown, lookUp } from '../../src/ftp/commands.ts'

/** A reply, as a client by hand sees it. */
export interface HeardReply {
  readonly code: number
  /** All its lines, without line ends, joined by LF. */
  readonly text: string
}

/** Octets that arrive, to be waited for. They may be many: pieces are put together when somebody looks, and not as each comes. */
class Inbox {
  #pieces: Buffer[] = []
  #ended: 'open' | 'ended' | 'reset' = 'open'
  #wake: () => void = () => {}

  constructor(socket: Socket) {
    socket.on('data', (piece: Buffer) => {
      this.#pieces.push(piece)
      this.#wake()
    })
    socket.on('end', () => this.#end('ended'))
    socket.on('error', () => this.#end('reset'))
    socket.on('close', () => this.#end('ended'))
  }

  get ending(): 'open' | 'ended' | 'reset' {
    return this.#ended
  }

  /** What `take` finds at the front, as soon as it finds something; `undefined` at the end. */
  async when<Found>(
    take: (received: string) => { readonly found: Found; readonly length: number } | undefined,
  ): Promise<Found | undefined> {
    for (;;) {
      const received = Buffer.concat(this.#pieces)
      const taken = take(received.toString('latin1'))
      this.#pieces = [received.subarray(taken?.length)]
      if (taken !== undefined) return taken.found
      if (this.#ended !== 'open') return undefined
      await this.#news()
    }
  }

  /** All octets up to the end. */
  async rest(): Promise<Buffer> {
    while (this.#ended === 'open') await this.#news()
    return Buffer.concat(this.#pieces.splice(0))
  }

  /** Resolves when something has come, or the end. */
  async #news(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#wake = resolve
    })
  }

  #end(how: 'ended' | 'reset'): void {
    if (this.#ended === 'open') this.#ended = how
    this.#wake()
  }
}

/** A client by hand. */
export class HandClient {
  readonly socket: Socket
  /** The server's first words. */
  greeting: HeardReply = { code: 0, text: '' }
  readonly #inbox: Inbox

  private constructor(socket: Socket) {
    this.socket = socket
    this.#inbox = new Inbox(socket)
  }

  /** Connects to the port, from `localAddress`, and hears the greeting. */
  static async open(port: number, localAddress = '127.0.0.1'): Promise<HandClient> {
    const host = localAddress.includes(':') ? '::1' : '127.0.0.1'
    const socket = connect({ host, port, localAddress, allowHalfOpen: true })
    socket.setNoDelay(true)
    const client = new HandClient(socket)
    client.greeting = await client.hear()
    return client
  }

  /** The same, logged in as joe. */
  static async loggedIn(port: number): Promise<HandClient> {
    const client = await HandClient.open(port)
    await client.ask('USER joe')
    await client.ask('PASS secret')
    return client
  }

  /** Sends octets as they are. */
  send(octets: string): void {
    this.socket.write(Buffer.from(octets, 'latin1'))
  }

  /** Sends a line and hears one reply, which must be one that the line's command may have. */
  async ask(line: string): Promise<HeardReply> {
    this.send(`${line}\r\n`)
    const reply = await this.hear()
    const verb = lookUp(line.split(' ', 1)[0]?.toUpperCase() ?? '')
    if (reply.code !== 0 && isVerbKnown(verb) && !isReplyOf(verb, reply.code, false))
      throw new Error(`${verb} may not be answered ${reply.text}`)
    return reply
  }

  /** The next reply; code 0 where the connection has ended. */
  async hear(): Promise<HeardReply> {
    const reply = await this.#inbox.when((received) => {
      const match = /^(?:(\d{3}) [^\n]*|(\d{3})-[^]*?\r\n\2 [^\n]*)\r\n/.exec(received)
      if (match === null) return undefined
      const text = match[0].slice(0, -2).replaceAll('\r\n', '\n')
      return { found: { code: Number(match[0].slice(0, 3)), text }, length: match[0].length }
    })
    return reply ?? { code: 0, text: '' }
  }

  /** The next octets, as they are. */
  async octets(count: number): Promise<string> {
    const take = (received: string): { found: string; length: number } | undefined =>
      received.length < count ? undefined : { found: received.slice(0, count), length: count }
    return (await this.#inbox.when(take)) ?? ''
  }

  /** The codes of the next replies. */
  async codes(count: number): Promise<number[]> {
    const codes: number[] = []
    while (codes.length < count) codes.push((await this.hear()).code)
    return codes
  }

  /** A data connection by EPSV. */
  async data(localAddress = '127.0.0.1'): Promise<HandData> {
    return HandData.open(await this.port(), localAddress)
  }

  /** The port that EPSV names. */
  async port(): Promise<number> {
    const { text } = await this.ask('EPSV')
    return Number(/\|\|\|(\d+)\|/.exec(text)?.[1])
  }

  /** Downloads: a data connection, the command, both replies. */
  async fetch(command: string): Promise<{ readonly data: Buffer; readonly codes: number[] }> {
    const data = await this.data()
    this.send(`${command}\r\n`)
    const first = (await this.hear()).code
    if (first >= 200) {
      data.socket.destroy()
      return { data: Buffer.alloc(0), codes: [first] }
    }
    const octets = await data.rest()
    return { data: octets, codes: [first, (await this.hear()).code] }
  }

  /** Uploads: a data connection, the command, the octets, both replies. */
  async store(command: string, octets: string): Promise<number[]> {
    const data = await this.data()
    this.send(`${command}\r\n`)
    const first = (await this.hear()).code
    if (first >= 200) {
      data.socket.destroy()
      return [first]
    }
    data.socket.end(Buffer.from(octets, 'latin1'))
    return [first, (await this.hear()).code]
  }

  /** Whether the server ends the connection, with nothing said before. */
  async isClosed(): Promise<boolean> {
    return (await this.#inbox.rest()).length === 0
  }

  close(): void {
    this.socket.destroy()
  }
}

/** A data connection by hand. */
export class HandData {
  readonly socket: Socket
  readonly #inbox: Inbox

  private constructor(socket: Socket) {
    this.socket = socket
    this.#inbox = new Inbox(socket)
  }

  /** Connects, and waits until that is done. */
  static async open(port: number, localAddress = '127.0.0.1'): Promise<HandData> {
    const socket = connect({ host: '127.0.0.1', port, localAddress, allowHalfOpen: true })
    const data = new HandData(socket)
    await once(socket, 'connect')
    return data
  }

  /** All octets up to the end; our side is ended, too. */
  async rest(): Promise<Buffer> {
    const rest = await this.#inbox.rest()
    this.socket.end()
    return rest
  }

  /** How it ended. */
  async ending(): Promise<'open' | 'ended' | 'reset'> {
    await this.#inbox.rest()
    return this.#inbox.ending
  }
}

/** A server by hand: what it does with one control connection. */
export type HandScript = (peer: HandServer) => Promise<void>

/** A server by hand, for one control connection after another. */
export class HandServer {
  readonly #socket: Socket
  readonly #inbox: Inbox

  constructor(socket: Socket) {
    this.#socket = socket
    this.#inbox = new Inbox(socket)
  }

  /** Listens, and plays the script with each that comes. */
  static async listen(script: HandScript): Promise<{ readonly url: string; close(): void }> {
    const sockets = new Set<Socket>()
    const server = createServer((socket) => {
      sockets.add(socket)
      socket.on('error', () => {}).setNoDelay(true)
      script(new HandServer(socket)).catch(() => socket.destroy())
    })
    const port = await listening(server)
    const close = (): void => {
      server.close()
      for (const socket of sockets) socket.destroy()
    }
    return { url: `ftp://joe:secret@127.0.0.1:${port}`, close }
  }

  /** Sends octets as they are. */
  say(octets: string): void {
    this.#socket.write(Buffer.from(octets, 'latin1'))
  }

  /** The next command line, without Telnet and line end; the empty text at the end. */
  async hear(): Promise<string> {
    const line = await this.#inbox.when((received) => {
      const lf = received.indexOf('\r\n')
      return lf === -1 ? undefined : { found: received.slice(0, lf), length: lf + 2 }
    })
    return (line ?? '').replaceAll(/\xff(?:[\xfb-\xfe][^]|[\xf0-\xfa])/g, '')
  }

  /** Hears a line that begins with `verb`, and answers it. Throws where it is another. */
  async expect(verb: string, answer: string): Promise<string> {
    const line = await this.hear()
    if (!line.startsWith(verb)) throw new Error(`expected ${verb}, heard ${line}`)
    this.say(answer)
    return line
  }

  /** Greets, and lets anybody in; FEAT names these features. */
  async welcome(...features: string[]): Promise<void> {
    this.say('220 hand\r\n')
    await this.expect('USER', '331 password\r\n')
    await this.expect('PASS', '230 in\r\n')
    const lines = features.map((feature) => ` ${feature}\r\n`).join('')
    await this.expect('FEAT', features.length === 0 ? '502 no\r\n' : `211-Features\r\n${lines}211 End\r\n`)
  }

  /** A passive port: its number, and the data connection that comes. */
  async passive(): Promise<{ readonly port: number; readonly data: Promise<Socket> }> {
    const server = createServer({ allowHalfOpen: true })
    const port = await listening(server)
    // Nobody may ever come.
    this.#socket.once('close', () => server.close())
    const data = once(server, 'connection').then(([socket]) => {
      server.close()
      return (socket as Socket).on('error', () => {})
    })
    return { port, data }
  }

  /** Ends the connection. */
  end(): void {
    this.#socket.end()
  }

  /** Cuts it. */
  cut(): void {
    this.#socket.resetAndDestroy()
  }
}

async function listening(server: Server): Promise<number> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return (server.address() as AddressInfo).port
}
