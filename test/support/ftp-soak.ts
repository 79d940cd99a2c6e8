/** One client after the other for the soak test, each with a will of its own: what it does, how far it gets, and what must be there then. */
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { mkdirSync, readFileSync } from 'node:fs'
import { connect as netConnect } from 'node:net'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { connect, type Client, type ConnectOptions } from '../../src/ftp/index.ts'

/** Where a lane's clients go, and how. */
export interface LaneTarget {
  readonly url: string
  readonly options: ConnectOptions
}

/** How a step of a session is disturbed: not at all, by its signal, or by a client that is gone. */
type Disturbance = 'none' | 'abort' | 'vanish'

/** What a signal of ours says. */
const ENOUGH = new Error('enough')
const CHUNK_BYTES = 8192
/** Whoever is waited for longer than this hangs. */
const TIMEOUTS = { dataMs: 30_000, replyMs: 30_000, connectMs: 30_000, stallMs: 30_000 }
/** What strangers say a part of. None has a wrong password: too many of those, and nobody is let in any more. */
const STRANGERS = [
  'USER joe\r\nPASS secret\r\nTYPE I\r\nEPSV\r\nSTOR lane0/stranger\r\nNOOP\r\nABOR\r\nQUIT\r\n',
  'USER joe\r\nPASS secret\r\nPASV\r\nPASV\r\nEPSV\r\nLIST\r\nSTAT\r\n',
  'USER joe\r\nPASS secret\r\nPORT 127,0,0,1,4,1\r\nRETR lane0/0-0\r\n',
  'AUTH TLS\r\n\x16\x03\x01\x00\xa5\x01\x00\x00\xa1\x03\x03 half of a ClientHello',
  `\xff\xf4\xff\xf2ABOR\r\nSIZE ${'x'.repeat(9000)}`,
]

const digestOf = (octets: Uint8Array): string => createHash('sha256').update(octets).digest('hex')

/** Sessions one behind the other, in a directory of the server that is theirs. */
export class SoakLane {
  /** Uploads that the server has said it has. */
  acknowledged = 0
  /** Transfers that were broken off by their signal. */
  aborted = 0
  /** Clients that were gone in the middle of something. */
  vanished = 0
  readonly #name: string
  readonly #target: LaneTarget
  readonly #folder: string
  readonly #random: () => number
  /** For each file what it may hold: a digest, or `absent`. One alone when the last upload was acknowledged. */
  readonly #files = new Map<string, Set<string>>()
  readonly #faults: string[] = []
  #generation = 0

  /** `folder` is the server's, to look into it behind its back. */
  constructor(name: string, target: LaneTarget, folder: string, random: () => number) {
    this.#name = name
    this.#target = target
    this.#folder = folder
    this.#random = random
    mkdirSync(join(folder, name))
  }

  /** One session after another until it is time to stop. Never rejects. */
  async run(isOver: () => boolean): Promise<void> {
    while (!isOver()) {
      try {
        if (this.#chance(0.1)) await this.#visit()
        else await this.#session()
      } catch (error) {
        this.#faults.push(`${this.#name}: ${String(error)}, because of ${String((error as Error).cause)}`)
      }
    }
  }

  /** What went wrong though nobody broke it off, and files that hold what they must not. */
  faults(): string[] {
    const wrong = [...this.#files].filter(([name, allowed]) => !allowed.has(this.#kept(name)))
    return [...this.#faults, ...wrong.map(([name]) => `${name} is not what was put there`)]
  }

  /** A client that does a few things, and leaves by QUIT or without a word. */
  async #session(): Promise<void> {
    const client = await connect(this.#target.url, { timeouts: TIMEOUTS, ...this.#target.options })
    try {
      for (let steps = this.#below(6); steps >= 0; steps--) {
        const disturbance = this.#disturbance()
        if ((await this.#step(client, disturbance)) === 'gone') return
      }
      if (this.#chance(0.7)) await client.quit()
    } finally {
      client.destroy()
    }
  }

  /** One thing, disturbed or not. What is not disturbed must not fail; a session whose signal was used goes on. */
  async #step(client: Client, disturbance: Disturbance): Promise<'there' | 'gone'> {
    const controller = new AbortController()
    let afterwards: 'there' | 'gone' = 'there'
    const disturb = (): void => {
      if (disturbance === 'abort') controller.abort(ENOUGH)
      if (disturbance !== 'vanish') return
      client.destroy()
      afterwards = 'gone'
    }
    // Half of the disturbances come by time, the others with the octets.
    const octets = this.#chance(0.5) ? this.#below(60_000) : Infinity
    const onProgress = (bytes: number): void => (bytes >= octets ? disturb() : undefined)
    const alarm = disturbance !== 'none' && octets === Infinity ? setTimeout(disturb, this.#below(20)) : undefined
    const doing = this.#chance(0.55)
      ? this.#upload(client, { signal: controller.signal, onProgress })
      : this.#read(client, { signal: controller.signal, onProgress })
    try {
      await doing
      // It may have gone just when a download had all that it wanted.
      return afterwards
    } catch (error) {
      if (disturbance === 'none' || (disturbance === 'abort' && error !== ENOUGH)) throw error
      this[disturbance === 'abort' ? 'aborted' : 'vanished']++
      // What a client that is gone has sent may still become a file: nobody else may write there.
      this.#generation++
      return disturbance === 'abort' ? 'there' : 'gone'
    } finally {
      clearTimeout(alarm)
    }
  }

  /** A new file, in place of the old one or behind it. */
  async #upload(client: Client, options: Disturbed): Promise<void> {
    const name = this.#file()
    const octets = Buffer.alloc(this.#size(), Math.floor(this.#random() * 0x7fff_ffff).toString(36))
    const allowed = this.#files.get(name) ?? new Set(['absent'])
    this.#files.set(name, allowed.add(digestOf(octets)))
    await client.put(name, inChunks(octets), options)
    this.#files.set(name, new Set([digestOf(octets)]))
    this.acknowledged++
  }

  /** A download to its end or to some chunk of it, a listing, or a port that is asked for and not used. */
  async #read(client: Client, options: Disturbed): Promise<void> {
    const name = this.#file()
    const isThere = this.#files.get(name)?.has('absent') === false
    if (this.#chance(0.2)) return void (await client.raw('EPSV', { signal: options.signal }))
    if (this.#chance(0.3) || !isThere) {
      for await (const { name } of client.list(this.#name, { signal: options.signal }))
        if (this.#chance(0.1) && name) break
      return
    }
    const chunks: Uint8Array[] = []
    const stopsAt = this.#chance(0.2) ? this.#size() : Infinity
    let length = 0
    for await (const chunk of await client.get(name, options)) {
      chunks.push(chunk)
      length += chunk.length
      if (length > stopsAt) return
    }
    if (this.#files.get(name)?.has(digestOf(Buffer.concat(chunks))) !== true) throw new Error(`${name} came otherwise`)
  }

  /** Somebody who says a part of something, and is gone in one of the ways to go. */
  async #visit(): Promise<void> {
    const socket = netConnect({ host: '127.0.0.1', port: Number(new URL(this.#target.url).port) })
    socket.on('error', () => {}).resume()
    const closed = once(socket, 'close')
    await once(socket, 'connect')
    const words = STRANGERS[this.#below(STRANGERS.length)] as string
    const cut = this.#below(words.length)
    socket.write(words.slice(0, cut), 'latin1')
    await after(this.#below(15))
    socket.write(words.slice(cut, cut + this.#below(words.length - cut)), 'latin1')
    if (this.#chance(0.5)) socket.resetAndDestroy()
    else socket.destroy()
    await closed
  }

  /** One of three names; others behind every disturbance. */
  #file(): string {
    return `${this.#name}/${this.#generation}-${this.#below(3)}`
  }

  #kept(name: string): string {
    try {
      return digestOf(readFileSync(join(this.#folder, name)))
    } catch {
      return 'absent'
    }
  }

  /** Most files are small, some are larger than all that any buffer on the way holds. */
  #size(): number {
    return this.#chance(0.1) ? this.#below(1_000_000) : this.#below(40_000)
  }

  #disturbance(): Disturbance {
    return this.#chance(0.6) ? 'none' : this.#chance(0.5) ? 'abort' : 'vanish'
  }

  #below(limit: number): number {
    return Math.floor(this.#random() * limit)
  }

  #chance(probability: number): boolean {
    return this.#random() < probability
  }
}

interface Disturbed {
  readonly signal: AbortSignal
  readonly onProgress: (bytes: number) => void
}

async function* inChunks(octets: Buffer): AsyncGenerator<Buffer> {
  for (let at = 0; at < octets.length; at += CHUNK_BYTES) {
    yield octets.subarray(at, at + CHUNK_BYTES)
    await new Promise((resolve) => setImmediate(resolve))
  }
}
