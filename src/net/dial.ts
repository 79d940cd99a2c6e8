/**
 * Connecting to a name: Happy Eyeballs (RFC 8305) over every address that the name has, then TLS if wanted, all within one
 * deadline.
 *
 *     name ──resolver──> addresses ──interleaved──> attempts, 250 ms apart ──first success──> (TLS) ──> Socket
 *                                       │ guard
 *
 * Attempts run beside one another: a slow one does not hold up the next, a failed one starts it at once, and when one has succeeded
 * the others are cut. Deviation from RFC 8305 §3: both families are looked up in one call of the resolver, as the
 * operating system offers it, so there is no resolution delay to wait for.
 */
import { lookup } from 'node:dns/promises'
import { isIP, connect as netConnect } from 'node:net'
import type { NetConnectOpts, Socket as NodeSocket } from 'node:net'
import { unlessAborted, within } from './abort.ts'
import { addressFrom, parseIp } from './address.ts'
import { ConnectError } from './errors.ts'
import { readBufferOf } from './read-buffer.ts'
import type { Address, Socket, TlsClientOptions } from './socket.ts'
import { HIGH_WATER_MARK, StreamSocket } from './tcp.ts'
import { timers as defaultTimers } from './timers.ts'
import type { Timer, TimerWheel } from './timers.ts'

/** Where to: a name or address and a port, or the path of a Unix socket. */
export type DialTarget = { readonly host: string; readonly port: number } | { readonly path: string }

/** Finds the addresses of a name, the best first. Rejecting or an empty answer fails the dial. */
export type Resolver = (
  host: string,
  signal: AbortSignal,
) => Promise<readonly { readonly host: string; readonly family: 'IPv4' | 'IPv6' }[]>

/** How to dial. */
export interface DialOptions {
  /** Goes over to TLS at once. The name to verify is `servername`, or the host that is dialled. */
  readonly tls?: TlsClientOptions
  /** How long all of it may take (look-up, attempts, handshake), in milliseconds. Default 30,000. */
  readonly timeoutMs?: number
  /** How long an attempt is alone before the next begins, in milliseconds. Default 250 (RFC 8305 §5). */
  readonly attemptDelayMs?: number
  /** Gives up: the dial rejects with `NET_ABORTED`, whose cause is the signal's reason; a reason that is a `NetError` is passed on. */
  readonly signal?: AbortSignal
  /** Default: the operating system's. */
  readonly resolver?: Resolver
  /**
   * Called with each address before it is connected to; by throwing it forbids the address. Sees what is connected to, not what
   * was asked for, so a name that points into one's own network is caught (SSRF):
   *
   *     const inside = new AddressSet(['127.0.0.0/8', '10.0.0.0/8', '::1', 'fc00::/7', 'unix'])
   *     const guard = (address: Address) => { if (inside.has(address)) throw new Error('inside') }
   */
  readonly guard?: (address: Address) => void
  /** Our own address to connect from; addresses of the other family are left out. */
  readonly localAddress?: string
  /** Our own port to connect from. Default any that is free; below 1,024 the system wants a privilege. */
  readonly localPort?: number
  /** Default: the shared wheel. */
  readonly timers?: TimerWheel
}

/** Dials, as `dial` does. A tunnel's dialler (`tunnel.ts`) is one too, and goes wherever this one does. */
export type Dial = (target: DialTarget, options?: DialOptions) => Promise<Socket>

/** Also the longest that a look-up may hang: the system's own limit is minutes. */
export const DIAL_TIMEOUT_MS = 30_000
/** RFC 8305 §8: recommended. */
const ATTEMPT_DELAY_MS = 250

/**
 * Connects. Rejects with `ConnectError` `NET_CONNECT` where no address could be reached, with `TimeoutError`, with `TlsError`, or
 * with `NET_ABORTED`; nothing stays open then.
 */
export async function dial(target: DialTarget, options: DialOptions = {}): Promise<Socket> {
  const { signal, timeoutMs = DIAL_TIMEOUT_MS, timers = defaultTimers } = options
  const bounds = { phase: 'connect', timeoutMs, signal, timers }
  return await within(bounds, async (giveUp) => await dialUntil(giveUp, target, options))
}

/** Dials until `signal` aborts, whose reason is the error to reject with. */
async function dialUntil(signal: AbortSignal, target: DialTarget, options: DialOptions): Promise<Socket> {
  const addresses = 'path' in target ? [unixAddress(target.path)] : await addressesOf(signal, target, options)
  const race = new Race(target, addresses, options)
  const socket = await unlessAborted(signal, race.run(), () => race.cancel())
  const { tls } = options
  if (tls !== undefined) await unlessAborted(signal, socket.upgradeTls('client', tls), () => socket.destroy())
  return socket
}

/** What the system would use for any program: the hosts file, then DNS, in its order (RFC 6724). */
const systemResolver: Resolver = async (host) => {
  const answers = await lookup(host, { all: true, verbatim: true })
  return answers.map(({ address, family }) => ({ host: address, family: family === 6 ? 'IPv6' : 'IPv4' }))
}

/** The addresses of a target, in the order in which to try them. Rejects with a `ConnectError` where the look-up fails. */
export async function addressesOf(
  signal: AbortSignal,
  target: { readonly host: string; readonly port: number },
  options: DialOptions,
): Promise<readonly Address[]> {
  const { host, port } = target
  const answers = isIP(host) === 0 ? await lookUp(signal, target, options.resolver ?? systemResolver) : [{ host }]
  // An answer that is no address would be looked up once more, behind the guard's back: it is none.
  const addresses = answers.flatMap((answer) => addressFrom(answer.host, port) ?? [])
  const own = options.localAddress === undefined ? undefined : parseIp(options.localAddress)
  return own === undefined
    ? interleave(addresses)
    : addresses.filter((address) => address.family === (own.length === 4 ? 'IPv4' : 'IPv6'))
}

/** Asks the resolver; however it fails (rejects, throws, hangs), the dial fails in one way. */
async function lookUp(
  signal: AbortSignal,
  target: { readonly host: string; readonly port: number },
  resolver: Resolver,
): ReturnType<Resolver> {
  const ask = async (): ReturnType<Resolver> => {
    try {
      return await resolver(target.host, signal)
    } catch (error) {
      throw new ConnectError(nameOf(target), [error as Error])
    }
  }
  return await unlessAborted(signal, ask(), () => {})
}

/** RFC 8305 §4: the families take turns, IPv6 first; within a family the resolver's order stays. */
function interleave(addresses: readonly Address[]): readonly Address[] {
  const six = addresses.filter(({ family }) => family === 'IPv6')
  const four = addresses.filter(({ family }) => family !== 'IPv6')
  const turns = Array.from({ length: Math.max(six.length, four.length) }, (_, turn) => [six[turn], four[turn]])
  return turns.flat().filter((address) => address !== undefined)
}

function unixAddress(path: string): Address {
  return { family: 'unix', path }
}

/** The target in a word: for errors, and as CONNECT has it. */
export function nameOf(target: DialTarget): string {
  if ('path' in target) return target.path
  return target.host.includes(':') ? `[${target.host}]:${target.port}` : `${target.host}:${target.port}`
}

/** The attempts, beside one another (RFC 8305 §5). */
class Race {
  readonly #target: DialTarget
  readonly #addresses: readonly Address[]
  readonly #options: DialOptions
  readonly #timers: TimerWheel
  /** Attempts under way, and in the end the one that won. */
  readonly #streams = new Set<NodeSocket>()
  readonly #errors: Error[] = []
  #next = 0
  #delay: Timer | undefined
  #resolve: (winner: StreamSocket) => void = () => {}
  #reject: (error: Error) => void = () => {}

  constructor(target: DialTarget, addresses: readonly Address[], options: DialOptions) {
    this.#target = target
    this.#addresses = addresses
    this.#options = options
    this.#timers = options.timers ?? defaultTimers
  }

  /** Runs the race; rejects with a `ConnectError` where every attempt has failed. */
  run(): Promise<StreamSocket> {
    return new Promise((resolve, reject) => {
      this.#resolve = resolve
      this.#reject = reject
      this.#startNext()
    })
  }

  /** Cuts whatever was begun. */
  cancel(): void {
    this.#delay?.cancel()
    for (const stream of this.#streams) stream.destroy()
  }

  /** Starts attempts until one is under way; with none left and none under way the race is lost. */
  #startNext(): void {
    this.#delay?.cancel()
    let isStarted = false
    while (!isStarted && this.#next < this.#addresses.length) {
      isStarted = this.#start(this.#addresses[this.#next++] as Address)
    }
    if (!isStarted && this.#streams.size === 0) this.#reject(new ConnectError(nameOf(this.#target), this.#errors))
    if (isStarted && this.#next < this.#addresses.length) {
      this.#delay = this.#timers.after(this.#options.attemptDelayMs ?? ATTEMPT_DELAY_MS, () => this.#startNext())
    }
  }

  /** Starts an attempt; `false` where that failed at once. */
  #start(remote: Address): boolean {
    try {
      this.#options.guard?.(remote)
      const stream = openStream(remote, this.#options)
      const onError = (error: Error): void => this.#onError(stream, error)
      this.#streams.add(stream)
      stream.on('error', onError)
      stream.once('connect', () => {
        this.#win(stream, remote)
        stream.off('error', onError)
      })
      return true
    } catch (error) {
      this.#errors.push(error as Error)
      return false
    }
  }

  /** An attempt has failed: the next one need not wait for its turn (RFC 8305 §5). */
  #onError(stream: NodeSocket, error: Error): void {
    this.#streams.delete(stream)
    this.#errors.push(error)
    this.#startNext()
  }

  /** An attempt has succeeded: the others are cut, and no further one starts. */
  #win(stream: NodeSocket, remote: Address): void {
    this.#streams.delete(stream)
    this.cancel()
    this.#streams.add(stream)
    const socket = new StreamSocket(stream, {
      local: addressFrom(stream.localAddress, stream.localPort) ?? unixAddress(''),
      remote,
      timers: this.#timers,
      ...('host' in this.#target && { host: this.#target.host }),
    })
    this.#resolve(socket)
  }
}

/** Begins to connect. What TLS reads from the first octet on does not come by the stream. */
function openStream(remote: Address, options: DialOptions): NodeSocket {
  const onread = options.tls === undefined ? readBufferOf(() => stream) : undefined
  const common = { allowHalfOpen: true, noDelay: true, highWaterMark: HIGH_WATER_MARK, ...(onread && { onread }) }
  const stream: NodeSocket = netConnect({ ...common, ...nodeTarget(remote, options) })
  return stream
}

/** `autoSelectFamily` is Node's own Happy Eyeballs, which would be a race within ours. */
function nodeTarget(remote: Address, { localAddress, localPort }: DialOptions): NetConnectOpts {
  if (remote.family === 'unix') return { path: remote.path }
  if (remote.family === 'memory') throw new RangeError('Nothing in memory can be dialled')
  const { host, port } = remote
  return {
    host,
    port,
    autoSelectFamily: false,
    ...(localAddress !== undefined && { localAddress }),
    ...(localPort !== undefined && { localPort }),
  }
}
