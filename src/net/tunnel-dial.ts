/**
 * Dialling through a proxy, whichever language it speaks: connect to it, ask it for a connection to the target, then TLS with the target
 * if wanted, all within one deadline. What is said to the proxy is in `tunnel-http.ts` and `tunnel-socks.ts`.
 *
 *     dial the proxy ──> (TLS with it) ──> ask ──granted──> (TLS with the target) ──> Socket
 *                                           └──refused──> the next address, or the end
 *
 * A tunnel's dialler is a `Dial` like any other: it goes wherever `dial` does, and a proxy that is itself behind a proxy has
 * another tunnel as its own `dial`.
 *
 * The guard. A proxy looks names up by itself, so nobody here could say what it connects to. Where there is a guard, the
 * name is looked up on this side, the guard is asked, and the proxy is given the address that it has let pass. The proxy's own address
 * is not asked about: whoever configures a proxy means it.
 */
import { unlessAborted, within } from './abort.ts'
import { isAllText, byteClass } from './ascii.ts'
import type { ByteClass } from './ascii.ts'
import { ByteQueue } from './bytes.ts'
import { DIAL_TIMEOUT_MS, addressesOf, dial as dialDirectly, nameOf } from './dial.ts'
import type { Dial, DialOptions, DialTarget } from './dial.ts'
import { ConnectError, ProtocolError, ReplyError, TUNNEL_ERRORS, netError } from './errors.ts'
import type { TunnelCode } from './errors.ts'
import type { Socket, TlsClientOptions } from './socket.ts'
import { timers as defaultTimers } from './timers.ts'

/** A proxy that carries connections. */
export interface TunnelProxy {
  /** Its name or address. */
  readonly host: string
  /** Its port. */
  readonly port: number
  /** Whom to say that we are, where the proxy wants to know. */
  readonly username?: string
  /** What proves it. */
  readonly password?: string
  /** TLS with the proxy itself, beneath whatever goes through it. */
  readonly tls?: TlsClientOptions
  /** How the proxy is reached. Default: `dial`; another tunnel's dialler makes a chain. */
  readonly dial?: Dial
}

/** A place that a proxy can connect to. */
export interface TunnelTarget {
  /** A name or address; IPv6 without brackets. */
  readonly host: string
  /** The port. */
  readonly port: number
}

/** The dialogue with a proxy, before it steps aside. */
export interface ProxyDialogue {
  /** Says octets. */
  readonly say: (bytes: Uint8Array) => void
  /** Gives what `read` takes from the front of all that was heard and not taken, once it is there (not `undefined`). */
  readonly hear: <T>(read: (heard: ByteQueue) => T | undefined) => Promise<T>
}

/** Asks a proxy for a connection. Rejects with a `ReplyError` where it refuses, with a `ProtocolError` where it speaks no sense. */
export type AskProxy = (dialogue: ProxyDialogue, target: TunnelTarget) => Promise<void>

/** A dialler through `proxy`, in the language of `ask`. */
export function tunnelDialler(proxy: TunnelProxy, ask: AskProxy): Dial {
  return async (target, options = {}) => {
    const { signal, timeoutMs = DIAL_TIMEOUT_MS, timers = defaultTimers } = options
    const place = demandTarget(target)
    const bounds = { phase: 'connect', timeoutMs, signal, timers }
    return await within(bounds, async (giveUp) => {
      const attempts = await attemptsAt(giveUp, place, options)
      return await firstOf(place, attempts, (attempt) => open(giveUp, proxy, ask, place, attempt, options))
    })
  }
}

/** The error for a proxy that breaks the rules. */
export function tunnelError(code: TunnelCode, offset: number): ProtocolError {
  return new ProtocolError(code, TUNNEL_ERRORS[code], { offset })
}

const HOST_OCTET: ByteClass = byteClass('-._~:', [0x30, 0x39], [0x41, 0x5a], [0x61, 0x7a])
/** The longest name there is (RFC 1035 §2.3.4), and all that SOCKS can say. */
const MAX_HOST_BYTES = 255

/** What a proxy can be told without telling it more than that: no white space, no line end, no NUL. */
function demandTarget(target: DialTarget): TunnelTarget {
  const isFit = 'host' in target && target.host !== '' && target.host.length <= MAX_HOST_BYTES
  if (!isFit || !isAllText(HOST_OCTET, target.host) || !isPort(target.port)) throw netError('NET_TUNNEL_TARGET')
  return target
}

function isPort(port: number): boolean {
  return Number.isInteger(port) && port > 0 && port <= 0xffff
}

/** What to ask the proxy for: the target as it is named, or with a guard each address of it that is let pass. */
async function attemptsAt(
  signal: AbortSignal,
  target: TunnelTarget,
  options: DialOptions,
): Promise<readonly TunnelTarget[]> {
  const { guard, localAddress: _, ...lookUp } = options
  if (guard === undefined) return [target]
  const attempts: TunnelTarget[] = []
  const errors: Error[] = []
  for (const address of await addressesOf(signal, target, lookUp)) {
    try {
      guard(address)
      if ('host' in address) attempts.push({ host: address.host, port: address.port })
    } catch (error) {
      errors.push(error as Error)
    }
  }
  if (attempts.length === 0) throw new ConnectError(nameOf(target), errors)
  return attempts
}

/** The first attempt that the proxy does not refuse. */
async function firstOf(
  target: TunnelTarget,
  attempts: readonly TunnelTarget[],
  run: (attempt: TunnelTarget) => Promise<Socket>,
): Promise<Socket> {
  const refusals: Error[] = []
  for (const attempt of attempts) {
    try {
      return await run(attempt)
    } catch (error) {
      if (!(error instanceof ReplyError) || attempts.length === 1) throw error
      refusals.push(error)
    }
  }
  throw new ConnectError(nameOf(target), refusals)
}

/** Opens one tunnel. Whatever goes wrong on the way, nothing stays open. */
async function open(
  signal: AbortSignal,
  proxy: TunnelProxy,
  ask: AskProxy,
  target: TunnelTarget,
  attempt: TunnelTarget,
  options: DialOptions,
): Promise<Socket> {
  const { guard: _, tls, ...common } = options
  const { host, port, dial = dialDirectly } = proxy
  const way = { ...common, signal, timeoutMs: Infinity, ...(proxy.tls !== undefined && { tls: proxy.tls }) }
  const socket = await dial({ host, port }, way)
  const cancel = (): void => socket.destroy()
  try {
    await unlessAborted(signal, converse(socket, ask, attempt), cancel)
    if (tls !== undefined) await unlessAborted(signal, socket.upgradeTls('client', named(tls, target.host)), cancel)
    return socket
  } catch (error) {
    cancel()
    throw error
  }
}

async function converse(socket: Socket, ask: AskProxy, target: TunnelTarget): Promise<void> {
  const heard = new ByteQueue()
  const hear: ProxyDialogue['hear'] = async (read) => {
    for (;;) {
      const value = read(heard)
      if (value !== undefined) return value
      const bytes = await socket.read()
      if (bytes === undefined) throw tunnelError('TUNNEL_INCOMPLETE', heard.offset + heard.length)
      heard.push(bytes)
    }
  }
  await ask({ say: (bytes) => void socket.push([bytes]), hear }, target)
  // A target that speaks first may have spoken already.
  socket.unread(heard.takeAll())
}

/** TLS verifies the target, not the proxy that was dialled. Options that name the host are passed on as they are, and remembered by TLS. */
function named(tls: TlsClientOptions, host: string): TlsClientOptions {
  return tls.servername === undefined ? { ...tls, servername: host } : tls
}
