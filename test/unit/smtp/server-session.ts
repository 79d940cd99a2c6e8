/** Sessions of a server over pairs in memory, for the tests of what is said in them: the client by hand, time by hand. */
import { expect } from 'vitest'
import { pair } from '../../../src/net/pair.ts'
import type { Session } from '../../../src/net/session.ts'
import type { Socket, TlsClientOptions, TlsInfo } from '../../../src/net/socket.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import type { ServerHandlers } from '../../../src/smtp/handlers.ts'
import { serveConnection } from '../../../src/smtp/server.ts'
import type { ServerConnectionOptions } from '../../../src/smtp/server.ts'
import { FakeClock } from '../../support/clock.ts'
import { RawPeer } from '../../support/smtp-peer.ts'
import { CA } from '../../support/tls.ts'

export const HELLO = 'EHLO a.test\r\n'
export const ENVELOPE = 'MAIL FROM:<a@x.test>\r\nRCPT TO:<b@y.test>\r\n'

/** Sets how a session's bytes are cut, besides its options. */
export type SceneOptions = Partial<ServerConnectionOptions> & { readonly cut?: (bytes: Buffer) => Iterable<Buffer> }

/** One session. */
export class Scene {
  readonly clock: FakeClock = new FakeClock()
  readonly client: Socket
  readonly server: Socket
  readonly session: Session
  readonly peer: RawPeer
  /** The messages that were kept. */
  readonly kept: string[] = []
  /** What the operator was told. */
  readonly errors: Error[] = []

  constructor(handlers: Partial<ServerHandlers> = {}, { cut, ...options }: SceneOptions = {}) {
    const timers = new TimerWheel({ clock: this.clock })
    const [client, server] = pair({ timers, ...(cut !== undefined && { cut }) })
    this.client = client
    this.server = server
    this.peer = new RawPeer(client)
    this.session = serveConnection(
      server,
      { hostname: 'mx.test', timers, onError: (error) => this.errors.push(error), ...options },
      {
        message: async ({ body }) => {
          let text = ''
          for await (const chunk of body) text += Buffer.from(chunk).toString('latin1')
          this.kept.push(text)
        },
        ...handlers,
      },
    )
  }

  /** Waits for the greeting, and says EHLO; gives the lines of its reply. */
  async begin(): Promise<readonly string[]> {
    expect(await this.peer.codes(1)).toBe('220')
    return this.hello()
  }

  /** Says EHLO; gives the lines of its reply but the first, without their codes. */
  async hello(): Promise<readonly string[]> {
    await this.peer.say(HELLO)
    const lines: string[] = []
    for (let line = await this.peer.line(); line !== undefined; line = await this.peer.line()) {
      expect(line.slice(0, 3)).toBe('250')
      lines.push(line.slice(4))
      if (line.charAt(3) === ' ') break
    }
    return lines.slice(1)
  }

  /** Goes over to TLS as a client. */
  async startTls(options: TlsClientOptions = {}): Promise<TlsInfo> {
    expect(await this.peer.ask('STARTTLS\r\n')).toBe('220')
    return this.client.upgradeTls('client', { ca: CA, servername: 'localhost', ...options })
  }

  /** Ends it as the client. */
  async end(): Promise<void> {
    await this.peer.say('QUIT\r\n')
    await this.peer.rest()
    await this.session.done
  }
}

/** A session in which the client has said its name. */
export async function begun(...scene: ConstructorParameters<typeof Scene>): Promise<Scene> {
  const made = new Scene(...scene)
  await made.begin()
  return made
}
