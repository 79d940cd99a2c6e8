/** The other end of a connection, by hand: says octets, and hears replies or commands as lines of text. */
import type { Socket } from '../../src/net/socket.ts'

/** Somebody at the other end of a socket. */
export class RawPeer {
  readonly #socket: Socket
  #heard = ''

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Says text, one character per octet, in one write. */
  async say(text: string): Promise<void> {
    await this.#socket.write([Buffer.from(text, 'latin1')])
  }

  /** Ends this side. */
  async end(): Promise<void> {
    await this.#socket.end()
  }

  /** Is gone. */
  vanish(): void {
    this.#socket.destroy()
  }

  /** The next line, without its CRLF; `undefined` where the other end has closed. */
  async line(): Promise<string | undefined> {
    for (;;) {
      const end = this.#heard.indexOf('\r\n')
      if (end !== -1) {
        const line = this.#heard.slice(0, end)
        this.#heard = this.#heard.slice(end + 2)
        return line
      }
      const bytes = await this.#socket.read().catch(() => undefined)
      if (bytes === undefined) {
        // Who has heard the end ends too, so that nobody waits for the other.
        void this.#socket.close()
        return undefined
      }
      this.#heard += bytes.toString('latin1')
    }
  }

  /** The last line of the next reply: its code and text. */
  async reply(): Promise<string | undefined> {
    for (;;) {
      const line = await this.line()
      if (line === undefined || line.charAt(3) !== '-') return line
    }
  }

  /** The codes of the next replies; `end` where the other end has closed. */
  async codes(count: number): Promise<string> {
    const codes: string[] = []
    while (codes.length < count) codes.push((await this.reply())?.slice(0, 3) ?? 'end')
    return codes.join(' ')
  }

  /** Says text, and hears the codes of as many replies. */
  async ask(text: string, count = 1): Promise<string> {
    await this.say(text)
    return this.codes(count)
  }

  /** All that is still heard, up to the end. */
  async rest(): Promise<string> {
    let text = ''
    for (let line = await this.line(); line !== undefined; line = await this.line()) text += `${line}\n`
    return text
  }
}
