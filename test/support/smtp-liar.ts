/**
 * A server that says what a test tells it to, and keeps every octet that it hears: for a client that must not be fooled, over a pair in memory
 * whose octets are cut as the test wants, or over TCP. What it is not told to say otherwise it says as a server should.
 */
import { dial } from '../../src/net/dial.ts'
import { listen } from '../../src/net/listener.ts'
import { pair } from '../../src/net/pair.ts'
import type { Socket } from '../../src/net/socket.ts'
import { LOCALHOST } from './tls.ts'

/** What it says to a verb, and where nobody has asked yet; `end` stands for the end of the content. */
export type Lies = Readonly<Partial<Record<Verb, string>>>

type Verb =
  'greeting' | 'EHLO' | 'HELO' | 'STARTTLS' | 'AUTH' | 'MAIL' | 'RCPT' | 'DATA' | 'end' | 'RSET' | 'NOOP' | 'QUIT'

const TRUTHS: Lies = {
  greeting: '220 mx.test\r\n',
  EHLO: '250-mx.test\r\n250-PIPELINING\r\n250-8BITMIME\r\n250-DSN\r\n250 ETRN\r\n',
  STARTTLS: '220 go\r\n',
  DATA: '354 go\r\n',
  QUIT: '221 bye\r\n',
}

/** Such a server, for one session. */
export class Liar {
  /** All that it has heard, one character per octet. */
  heard = ''
  readonly #lies: Lies
  #state: 'commands' | 'content' = 'commands'
  #line = ''

  constructor(lies: Lies) {
    this.#lies = lies
  }

  /** A socket to it in memory; what either side writes is cut so. */
  inMemory(cut?: (bytes: Buffer) => Iterable<Buffer>): Socket {
    const [client, server] = pair(cut === undefined ? {} : { cut })
    void this.#serve(server).catch(() => server.destroy())
    return client
  }

  /** Does something with a socket to it over TCP. */
  async overTcp<T>(work: (socket: Socket) => Promise<T>): Promise<T> {
    const listener = await listen({ host: '127.0.0.1' }, (socket) => {
      const done = this.#serve(socket).catch(() => socket.destroy())
      return { done, drain: () => {}, destroy: () => socket.destroy() }
    })
    try {
      const { address } = listener
      return await work(await dial({ host: '127.0.0.1', port: 'port' in address ? address.port : 0 }))
    } finally {
      await listener.close({ graceMs: 0 })
    }
  }

  async #serve(socket: Socket): Promise<void> {
    await this.#say(socket, 'greeting')
    for (let bytes = await socket.read(); bytes !== undefined; bytes = await socket.read()) {
      this.heard += bytes.toString('latin1')
      this.#line += bytes.toString('latin1')
      for (let end = this.#line.indexOf('\r\n'); end !== -1; end = this.#line.indexOf('\r\n')) {
        const line = this.#line.slice(0, end)
        this.#line = this.#line.slice(end + 2)
        await this.#answer(socket, line)
      }
    }
    await socket.close()
  }

  async #answer(socket: Socket, line: string): Promise<void> {
    if (this.#state === 'content') {
      if (line !== '.') return
      this.#state = 'commands'
      return await this.#say(socket, 'end')
    }
    const verb = line.split(' ')[0] as Verb
    await this.#say(socket, verb)
    if (verb === 'DATA' && this.#lies.DATA === undefined) this.#state = 'content'
    if (verb === 'STARTTLS' && this.#lies.STARTTLS === undefined) await socket.upgradeTls('server', LOCALHOST)
  }

  async #say(socket: Socket, verb: Verb): Promise<void> {
    const said = this.#lies[verb] ?? TRUTHS[verb] ?? '250 ok\r\n'
    if (said !== '') await socket.write([Buffer.from(said, 'latin1')])
  }
}

/** How a session with a liar is cut: whole, octet by octet, and every write in two at each place up to `most`. */
export function* cuts(
  most: number,
): Generator<{ name: string; cut: ((bytes: Buffer) => Iterable<Buffer>) | undefined }> {
  yield { name: 'whole', cut: undefined }
  yield { name: 'octet by octet', cut: (bytes) => Array.from(bytes, (octet) => Buffer.of(octet)) }
  for (let at = 1; at < most; at++) {
    const cut = (bytes: Buffer): Buffer[] => (at < bytes.length ? [bytes.subarray(0, at), bytes.subarray(at)] : [bytes])
    yield { name: `cut at ${at}`, cut }
  }
}
