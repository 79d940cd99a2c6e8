/**
 * How content goes out: behind DATA, as lines with dots before them (RFC 5321 §4.5.2), or in chunks with BDAT (RFC 3030 §2).
 *
 *     DATA    354, content, CRLF.CRLF                            one reply, at the end
 *     BDAT    chunk, chunk ..., the last chunk                   a reply to each
 *
 * A chunk is what has been gathered when it is enough; content that is there as a whole is one. A few may be on their way without a
 * reply, and none is when the last one leaves: by then the server has taken all before it, or has refused the message.
 */
import type { ClientConnection } from './client-connection.ts'
import { DotEncoder } from './data.ts'
import type { Reply } from './events.ts'
import type { ContentPolicy } from './limits.ts'
import { isRefusal } from './reply.ts'

/** Takes content to the server. */
interface Carrier {
  /** Takes a piece. Gives the refusal of the message, where it came before its end. */
  put(piece: Uint8Array): Promise<Reply | undefined>
  /** All pieces were put. Gives the refusal, as `put`. */
  settle(): Promise<Reply | undefined>
  /** Sends the end; the reply to the message is owed from then on. */
  end(): void
}

/** With DATA; the 354 has come. */
export class DataCarrier implements Carrier {
  readonly #connection: ClientConnection

  constructor(connection: ClientConnection) {
    this.#connection = connection
  }

  async put(bytes: Uint8Array): Promise<undefined> {
    this.#connection.send({ type: 'content', bytes })
    await this.#connection.drained()
    // Whatever a server says in the middle of content is the end of the session.
    this.#connection.listen()
  }

  settle(): Promise<undefined> {
    return Promise.resolve(undefined)
  }

  end(): void {
    this.#connection.send({ type: 'endOfData' })
  }
}

/** Octets that are enough for a chunk. */
const CHUNK_BYTES = 262_144

/** Chunks without a reply, where several may be. */
const WINDOW = 4

/** With BDAT. */
export class ChunkCarrier implements Carrier {
  readonly #connection: ClientConnection
  /** Makes lines of it; nothing makes lines of binary content. */
  readonly #encoder: DotEncoder | undefined
  readonly #window: number
  #gathered: Uint8Array[] = []
  #gatheredBytes = 0

  constructor(connection: ClientConnection, policy: ContentPolicy | 'binary') {
    this.#connection = connection
    this.#encoder = policy === 'binary' ? undefined : new DotEncoder(policy, 'chunks')
    this.#window = connection.capabilities.has('PIPELINING') ? WINDOW : 1
  }

  async put(piece: Uint8Array): Promise<Reply | undefined> {
    this.#gather(this.#encoder?.encode(piece) ?? piece)
    if (this.#gatheredBytes < CHUNK_BYTES) return undefined
    // Refused already, or closed: then not another chunk.
    const refusal = await this.#hear(this.#window - 1)
    if (refusal !== undefined) return refusal
    this.#send(false)
    await this.#connection.drained()
    return undefined
  }

  async settle(): Promise<Reply | undefined> {
    if (this.#encoder !== undefined) this.#gather(this.#encoder.end())
    return await this.#hear(0)
  }

  end(): void {
    this.#send(true)
  }

  #gather(bytes: Uint8Array): void {
    if (bytes.length === 0) return
    this.#gathered.push(bytes)
    this.#gatheredBytes += bytes.length
  }

  #send(isLast: boolean): void {
    const connection = this.#connection
    connection.send({ type: 'bdat', size: this.#gatheredBytes, isLast })
    for (const bytes of this.#gathered) connection.send({ type: 'content', bytes })
    connection.send({ type: isLast ? 'endOfData' : 'endOfChunk' })
    this.#gathered = []
    this.#gatheredBytes = 0
  }

  /** Hears what was answered to chunks, and waits until so few replies are owed; none behind a refusal, which refuses the others too. */
  async #hear(owed: number): Promise<Reply | undefined> {
    const connection = this.#connection
    let refusal: Reply | undefined
    while (connection.unanswered > 0) {
      const mustWait = connection.unanswered > (refusal === undefined ? owed : 0)
      const { endOfDataMs } = connection.timeouts
      const reply = mustWait ? await connection.reply('BDAT', endOfDataMs) : connection.arrived('BDAT')
      if (reply === undefined) return undefined
      if (isRefusal(reply)) refusal ??= reply
    }
    // Of who has refused it is known why; it may be gone by now.
    if (refusal === undefined) connection.listen()
    return refusal
  }
}
