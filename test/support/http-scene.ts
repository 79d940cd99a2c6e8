/** A client of HTTP whose servers are played by hand: each connection that it dials is one end of a pair in memory. */
import { Client } from '../../src/http/client.ts'
import type { ClientOptions } from '../../src/http/client-options.ts'
import type { DialTarget } from '../../src/net/dial.ts'
import { pair } from '../../src/net/pair.ts'
import type { PairOptions } from '../../src/net/pair.ts'
import type { Socket } from '../../src/net/socket.ts'
import { TimerWheel } from '../../src/net/timers.ts'
import { FakeClock } from './clock.ts'
import { Talker } from './http-client.ts'
import { settle } from './sockets.ts'

/** The server's end of one connection. */
export class ServerEnd extends Talker {
  readonly socket: Socket
  /** The client's end of the same. */
  readonly near: Socket

  constructor(socket: Socket, near: Socket) {
    super(socket)
    this.socket = socket
    this.near = near
  }

  /** Takes all that has come and was not taken, when everybody has had time to say something. */
  async rest(): Promise<string> {
    await settle()
    for (let bytes = this.socket.take(); bytes !== undefined; bytes = this.socket.take())
      this.heard += bytes.toString('latin1')
    const rest = this.heard
    this.heard = ''
    return rest
  }

  /** Takes a request's head, and answers with `response`. */
  async answer(response: string): Promise<string> {
    const head = await this.hear('\r\n\r\n')
    await this.say(response)
    return head
  }
}

/** A client, and the servers that it dials. */
export class Scene {
  readonly client: Client
  readonly timers: TimerWheel
  /** All connections that were made, in order. */
  readonly ends: ServerEnd[] = []
  /** Where they were to go. */
  readonly dialled: string[] = []
  readonly #clock = new FakeClock()
  #taken = 0

  constructor(options: ClientOptions = {}, pairOptions: PairOptions = {}) {
    const timers = new TimerWheel({ clock: this.#clock })
    this.timers = timers
    const dial = (target: DialTarget): Promise<Socket> => {
      const [near, far] = pair({ timers, ...pairOptions })
      this.dialled.push('path' in target ? target.path : `${target.host}:${target.port}`)
      this.ends.push(new ServerEnd(far, near))
      return Promise.resolve(near)
    }
    this.client = new Client({ timers, dial, ...options })
  }

  /** The next connection that was not taken yet, once it is made. */
  next(): Promise<ServerEnd> {
    return this.at(this.#taken++)
  }

  /** Connection number `index`, once it is made. */
  async at(index: number): Promise<ServerEnd> {
    for (let turn = 0; turn < 1000 && this.ends.length <= index; turn++) await settle(1)
    const end = this.ends[index]
    if (end === undefined) throw new Error(`nobody has dialled for the ${index + 1}. time`)
    return end
  }

  /** Lets time pass, in steps in which everybody can act. */
  async pass(ms: number): Promise<void> {
    await settle()
    this.#clock.advance(ms + 50)
    await settle()
  }
}

/** A response with this content. */
export function ok(content: string, ...fields: string[]): string {
  return `HTTP/1.1 200 OK\r\n${fields.map((field) => `${field}\r\n`).join('')}Content-Length: ${content.length}\r\n\r\n${content}`
}

/** What a promise rejects with. */
export async function rejection(promise: Promise<unknown>): Promise<unknown> {
  return await promise.then(
    (value) => {
      throw new Error('it did not reject', { cause: value })
    },
    (error: unknown) => error,
  )
}
