/** A client of HTTP that says octets and hears octets, on any socket: what a test needs to look at a server from outside. */
import type { Socket } from '../../src/net/socket.ts'

/** One end of a connection, as text; characters are octets (latin1). */
export class Talker {
  /** What was heard and not yet taken. */
  heard = ''
  readonly #socket: Socket

  constructor(socket: Socket) {
    this.#socket = socket
  }

  /** Says octets, and waits until they have left. */
  async say(text: string): Promise<void> {
    await this.#socket.write([Buffer.from(text, 'latin1')])
  }

  /** Says no more. */
  async end(): Promise<void> {
    await this.#socket.end()
  }

  /** Takes what was heard up to and with `text`, waiting for it; rejects where the connection ends before. */
  async hear(text: string): Promise<string> {
    while (!this.heard.includes(text)) {
      const bytes = await this.#socket.read()
      if (bytes === undefined) throw new Error(`the connection ended behind ${JSON.stringify(this.heard)}`)
      this.heard += bytes.toString('latin1')
    }
    const end = this.heard.indexOf(text) + text.length
    const taken = this.heard.slice(0, end)
    this.heard = this.heard.slice(end)
    return taken
  }

  /** Takes all that is heard up to the end of the connection; `reset` stands behind it where it was cut. */
  async hearAll(): Promise<string> {
    try {
      for (let bytes = await this.#socket.read(); bytes !== undefined; bytes = await this.#socket.read()) {
        this.heard += bytes.toString('latin1')
      }
      return this.heard
    } catch {
      return `${this.heard}(reset)`
    }
  }

  /** Goes, without a word. */
  cut(): void {
    this.#socket.destroy()
  }
}

/** A response without the Date that no test knows. */
export function undated(text: string): string {
  return text.replace(/Date: [^\r]*\r\n/g, '')
}
