/**
 * A rate limit around a storage. Everybody who shares the object shares the rate: give each session its own, or all of them one.
 *
 * Each direction has a moment before which nothing more may pass. A chunk moves that moment on by as long as it may take; whoever
 * comes too early waits, which holds back the socket, which holds back the peer.
 */
import { timers as defaultTimers, type TimerWheel } from '../../net/timers.ts'
import type { VirtualPath } from '../path.ts'
import { Forwarding } from './forwarding.ts'
import { handOver } from './storage.ts'
import type { ReadOptions, Sink, Source, Storage, WriteMode } from './storage.ts'

/** How fast. */
export interface RateOptions {
  /** Octets a second that may be read. Default no limit. */
  readonly readBytesPerSecond?: number
  /** Octets a second that may be written. Default no limit. */
  readonly writeBytesPerSecond?: number
  /** Default: the shared wheel. */
  readonly timers?: TimerWheel
}

/** The storage at a limited rate. */
export function rateLimited(storage: Storage, options: RateOptions): Storage {
  return new RateLimited(storage, options)
}

/** One direction. */
class Pace {
  readonly #bytesPerMs: number
  readonly #timers: TimerWheel
  /** When the next octet may pass. */
  #free = -Infinity

  constructor(bytesPerSecond: number, timers: TimerWheel) {
    this.#bytesPerMs = bytesPerSecond / 1000
    this.#timers = timers
  }

  /** Resolves when `bytes` octets may pass. */
  pass(bytes: number): Promise<void> | undefined {
    const now = this.#timers.now()
    const start = Math.max(now, this.#free)
    this.#free = start + bytes / this.#bytesPerMs
    if (start === now) return undefined
    return new Promise((resolve) => void this.#timers.after(start - now, resolve))
  }
}

class RateLimited extends Forwarding {
  readonly #reading: Pace
  readonly #writing: Pace

  constructor(storage: Storage, options: RateOptions) {
    super(storage)
    const { readBytesPerSecond = Infinity, writeBytesPerSecond = Infinity, timers = defaultTimers } = options
    this.#reading = new Pace(readBytesPerSecond, timers)
    this.#writing = new Pace(writeBytesPerSecond, timers)
  }

  override async read(path: VirtualPath, options?: ReadOptions): Promise<Source> {
    const source = await super.read(path, options)
    const paced = (chunks: AsyncIterable<Buffer>): AsyncGenerator<Buffer> => inTime(chunks, this.#reading)
    return {
      stat: source.stat,
      close: () => source.close(),
      lend: () => paced(source.lend?.() ?? source),
      [Symbol.asyncIterator]: () => paced(source),
    }
  }

  override async write(path: VirtualPath, mode: WriteMode): Promise<Sink> {
    const sink = await super.write(path, mode)
    const pace = this.#writing
    return {
      async write(bytes: Uint8Array): Promise<void> {
        await pace.pass(bytes.length)
        await sink.write(bytes)
      },
      async take(bytes: Uint8Array): Promise<void> {
        await pace.pass(bytes.length)
        await handOver(sink, bytes)
      },
      commit: () => sink.commit(),
      abort: () => sink.abort(),
    }
  }
}

/** The chunks, each when it may pass. */
async function* inTime(chunks: AsyncIterable<Buffer>, pace: Pace): AsyncGenerator<Buffer> {
  for await (const chunk of chunks) {
    await pace.pass(chunk.length)
    yield chunk
  }
}
