/**
 * A dialogue with a client: what its program asks for stands in an `ask` block, and a scripted server is its peer.
 *
 *     C: connect                  the client makes a connection; what follows happens on it
 *     C: GET / HTTP/1.1           the client sends a request that begins so
 *     C:   host: 127.0.0.1:*      some line of it is this
 *     C:   !cookie: *             no line of it is this
 *     C: octets hello             these octets come next: its content, framed as it is
 *     S: HTTP/1.1 200 OK\r\n...   we answer; {FIN} ends our side
 *     C: rest                     whatever else it says up to the end of the connection
 *     C: close                    the client ends the connection, with nothing said in between
 *     C: nothing                  the client says nothing at all
 *
 * `{port}` is the port that we listen at. When the dialogue is over the client must have said nothing that is not in it.
 */
import { createServer, type Server, type Socket } from 'node:net'
import { createServer as createTlsServer } from 'node:tls'
import { faultOfAsk, type Ask, type Asker } from './asking.ts'
import { cutUp, edges, type Fault } from './conversation.ts'
import { demand, OCTETS, withFin, type Demand } from './dialogue.ts'
import { parseOctets, printOctets } from './notation.ts'

/** One step of the scripted server. */
export type PeerStep =
  | { readonly type: 'connect' | 'close' | 'rest' | 'nothing' }
  | { readonly type: 'request'; readonly demands: readonly Demand[] }
  | { readonly type: 'octets'; readonly bytes: Buffer }
  | { readonly type: 'send'; readonly bytes: Buffer; readonly isEnded: boolean }

/** What a client's program asks for, and what its peer hears and says. */
export interface Interview {
  /** What is asked for, one behind the other. */
  readonly asks: readonly Ask[]
  /** The peer's part. */
  readonly steps: readonly PeerStep[]
}

/** A request as the peer hears it: its lines, and how many octets they took. */
export interface Heard {
  /** Start line first; names of fields in lower case. */
  readonly lines: readonly string[]
  /** Its octets, without content. */
  readonly length: number
}

/** What the runner has to know of a protocol's client. */
export interface ClientSpeech {
  /** The first request in what has come, or `undefined` where it is not whole. */
  readonly readRequest: (received: Buffer) => Heard | undefined
  /** A client that asks the server at this port. */
  readonly open: (port: number) => Asker
}

/** A certificate with its key, for a peer that speaks TLS. */
export interface Identity {
  /** In PEM. */
  readonly key: string
  /** In PEM. */
  readonly cert: string
}

/** How long a client may be silent, in milliseconds. */
const PATIENCE_MS = 3_000

/** The steps of a peer. Throws on a line that it cannot read. */
export function parsePeer(text: string): PeerStep[] {
  const steps: PeerStep[] = []
  for (const line of text.split('\n').filter((line) => line !== '')) {
    const [, side, said] = /^([CS]): (.+)$/.exec(line) ?? []
    if (said === undefined) throw new Error(`no "C: " or "S: " line: ${line}`)
    if (side === 'S') steps.push({ type: 'send', ...withFin(said) })
    else if (said.startsWith('  ')) addDemand(steps, said.trimStart())
    else if (said === 'connect' || said === 'close' || said === 'rest' || said === 'nothing') steps.push({ type: said })
    else if (said.startsWith(OCTETS)) steps.push({ type: 'octets', bytes: parseOctets(said.slice(OCTETS.length)) })
    else steps.push({ type: 'request', demands: [demand(said)] })
  }
  return steps
}

function addDemand(steps: PeerStep[], text: string): void {
  const last = steps.at(-1)
  if (last?.type !== 'request') throw new Error(`a demand without a request above it: ${text}`)
  steps.splice(-1, 1, { ...last, demands: [...last.demands, demand(text)] })
}

/** Holds the interview over a real socket, with what the peer says cut into these `pieces`. */
export async function interview(
  speech: ClientSpeech,
  read: (port: number) => Interview,
  pieces: readonly Buffer[],
  identity: Identity | undefined,
): Promise<Fault> {
  const arrivals = new Arrivals(identity)
  const port = await arrivals.listen()
  const { asks, steps } = read(port)
  const peer = new Peer(arrivals, speech, edges(pieces))
  const asker = speech.open(port)
  try {
    const [heard, asked] = await Promise.all([playOrHangUp(peer, steps, arrivals), askAll(asker, asks)])
    return heard ?? asked ?? peer.surplus()
  } catch (error) {
    return String(error)
  } finally {
    await asker.close()
    arrivals.close()
  }
}

/** Where the peer's part has failed nobody answers the client any more: it must not wait. */
async function playOrHangUp(peer: Peer, steps: readonly PeerStep[], arrivals: Arrivals): Promise<Fault> {
  const fault = await peer.play(steps)
  if (fault !== undefined) arrivals.close()
  return fault
}

async function askAll(asker: Asker, asks: readonly Ask[]): Promise<Fault> {
  for (const ask of asks) {
    const fault = await faultOfAsk(asker, ask)
    if (fault !== undefined) return fault
  }
  return undefined
}

/** The connections that the client makes, in their order, and what came on each. */
class Arrivals {
  readonly lines: Line[] = []
  readonly #server: Server
  #onArrival: () => void = () => {}

  constructor(identity: Identity | undefined) {
    const accept = (socket: Socket): void => {
      this.lines.push(new Line(socket))
      this.#onArrival()
    }
    if (identity === undefined) this.#server = createServer({ allowHalfOpen: true, noDelay: true }, accept)
    else this.#server = createTlsServer({ ...identity, allowHalfOpen: true }, accept).on('tlsClientError', () => {})
  }

  async listen(): Promise<number> {
    await new Promise<void>((resolve) => void this.#server.listen(0, '127.0.0.1', resolve))
    const address = this.#server.address()
    return typeof address === 'object' && address !== null ? address.port : 0
  }

  /** Connection number `index`, once it is made; `undefined` where it never is. */
  async at(index: number): Promise<Line | undefined> {
    if (this.lines.length <= index) await patiently((resolve) => (this.#onArrival = resolve))
    return this.lines[index]
  }

  close(): void {
    this.#server.close()
    for (const line of this.lines) line.socket.destroy()
  }
}

/** One connection of the client's. */
class Line {
  received: Buffer = Buffer.alloc(0)
  isEnded = false
  readonly socket: Socket
  #onNews: () => void = () => {}

  constructor(socket: Socket) {
    this.socket = socket
    const end = (): void => {
      this.isEnded = true
      this.#onNews()
    }
    socket.on('data', (bytes: Buffer) => {
      this.received = Buffer.concat([this.received, bytes])
      this.#onNews()
    })
    socket.on('end', end).on('close', end).on('error', end)
  }

  take(length: number): Buffer {
    const taken = this.received.subarray(0, length)
    this.received = this.received.subarray(length)
    return taken
  }

  /** Waits for more, or for the end. `false` where neither comes. */
  async hear(): Promise<boolean> {
    let isNews = false
    await patiently((resolve) => {
      this.#onNews = () => {
        isNews = true
        resolve()
      }
    })
    return isNews
  }
}

/** Waits until `resolve` is called, but not for ever. */
function patiently(wait: (resolve: () => void) => void): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, PATIENCE_MS)
    wait(() => {
      clearTimeout(timer)
      resolve()
    })
  })
}

class Peer {
  readonly #arrivals: Arrivals
  readonly #speech: ClientSpeech
  readonly #cuts: ReadonlySet<number>
  #line: Line | undefined
  #connections = 0
  #said = 0

  constructor(arrivals: Arrivals, speech: ClientSpeech, cuts: ReadonlySet<number>) {
    this.#arrivals = arrivals
    this.#speech = speech
    this.#cuts = cuts
  }

  async play(steps: readonly PeerStep[]): Promise<Fault> {
    for (const step of steps) {
      const fault = await this.#take(step)
      if (fault !== undefined) return fault
    }
    return undefined
  }

  /** What the client has said that is not in the dialogue. */
  surplus(): Fault {
    const line = this.#arrivals.lines.find(({ received }) => received.length > 0)
    return line && `the client said more than the dialogue has: ${printOctets(line.received)}`
  }

  async #take(step: PeerStep): Promise<Fault> {
    if (step.type === 'connect') {
      this.#line = await this.#arrivals.at(this.#connections++)
      return this.#line === undefined ? 'expected a connection, and none was made' : undefined
    }
    const line = this.#line
    if (step.type === 'nothing') return undefined
    if (line === undefined) return 'a dialogue with a client begins with "C: connect"'
    switch (step.type) {
      case 'send':
        return this.#say(line.socket, step.bytes, step.isEnded)
      case 'octets': {
        while (line.received.length < step.bytes.length && !line.isEnded && (await line.hear()));
        const had = line.take(step.bytes.length)
        return had.equals(step.bytes)
          ? undefined
          : `expected the octets ${printOctets(step.bytes)}\n  but they were ${printOctets(had)}`
      }
      case 'close': {
        while (!line.isEnded && line.received.length === 0 && (await line.hear()));
        if (line.received.length > 0) return `expected the end, but the client said ${printOctets(line.received)}`
        return line.isEnded ? undefined : 'expected the client to end the connection'
      }
      case 'rest':
        while (!line.isEnded && (await line.hear()));
        line.take(line.received.length)
        return line.isEnded ? undefined : 'expected the client to come to an end'
      case 'request':
        return this.#hear(line, step.demands)
    }
  }

  async #hear(line: Line, demands: readonly Demand[]): Promise<Fault> {
    for (;;) {
      const heard = this.#speech.readRequest(line.received)
      if (heard !== undefined) {
        line.take(heard.length)
        const unmet = demands.find((each) => heard.lines.some((text) => each.pattern.test(text)) === each.isRefusal)
        return unmet && `expected "${unmet.text}", but the client said ${heard.lines.join(' | ')}`
      }
      if (line.isEnded || !(await line.hear())) {
        return `expected "${demands[0]?.text}", but there came ${printOctets(line.received) || 'nothing'}`
      }
    }
  }

  async #say(socket: Socket, bytes: Buffer, isEnded: boolean): Promise<Fault> {
    for (const piece of cutUp(bytes, this.#said, this.#cuts)) {
      // A turn of the event loop between two segments, in which the client gets to read the first.
      await new Promise<void>((resolve) => {
        socket.write(piece, () => setImmediate(resolve))
      })
    }
    this.#said += bytes.length
    if (isEnded) socket.end()
    return undefined
  }
}
