/**
 * TLS over a stream that is already connected, for either side: contexts, the handshake, and what it agreed on. Whether TLS
 * begins with the first octet or after a STARTTLS is the caller's business, as are deadlines; that no plaintext is left over
 * is checked in `tcp.ts`.
 *
 * Contexts made from a key and a certificate are kept with their options object, for as long as that lives: all connections of
 * a listener share one, which is what makes session tickets (resumption) work, and no key is parsed twice.
 */
import { X509Certificate } from 'node:crypto'
import { createServer, isIP, type Server } from 'node:net'
import type { Duplex } from 'node:stream'
import { connect, createSecureContext, TLSSocket } from 'node:tls'
import type { ConnectionOptions, PeerCertificate, SecureContext, TLSSocketOptions } from 'node:tls'
import { netError } from './errors.ts'
import type { SessionStore, TlsClientOptions, TlsInfo, TlsServerOptions } from './socket.ts'
import { TlsCarrier } from './tls-carrier.ts'
import { ClearableCarrier } from './tls-clearable.ts'

/** How long a handshake may take unless the options say otherwise, in milliseconds. */
export const HANDSHAKE_TIMEOUT_MS = 10_000

/** A handshake under way. */
export interface Handshake {
  /** The stream of plaintext; may be destroyed at any time, which fails the handshake. */
  readonly stream: TLSSocket
  /** Fulfilled when the handshake is over; rejects with a `TlsError`. */
  readonly done: Promise<TlsInfo>
  /** What lies under TLS, where that may end before the connection does. */
  readonly carrier: ClearableCarrier | undefined
}

/** Begins the server's side of a handshake on `under`, which nobody else reads any more. */
export function beginServerHandshake(under: Duplex, options: TlsServerOptions, highWaterMark: number): Handshake {
  const clientCertificate = options.clientCertificate ?? 'none'
  const { contextFor, alpn, sessions } = options
  const settings: TLSSocketOptions & { highWaterMark: number } = {
    isServer: true,
    secureContext: serverContext(options),
    requestCert: clientCertificate !== 'none',
    rejectUnauthorized: clientCertificate === 'require',
    highWaterMark,
    ...(alpn !== undefined && { ALPNProtocols: [...alpn] }),
    ...(sessions !== undefined && { server: serverKeeping(sessions) }),
    ...(contextFor !== undefined && {
      SNICallback: (servername, answer) => answerWith(answer, () => contextFor(servername)),
    }),
  }
  const { stream, carrier } = carried(under, options, (below) => new TLSSocket(below, settings))
  // A TLSSocket that belongs to no tls.Server tells of its errors in this way only, and lives on.
  stream.on('_tlsError', (error: Error) => stream.destroy(error))
  const isAuthorized = (): boolean => clientCertificate !== 'none' && hasVerifiedPeer(stream)
  return { stream, carrier, done: outcome(stream, 'secure', isAuthorized, clientCertificate === 'require') }
}

/** Begins the client's side. `host` is the name to verify where the options name none. */
export function beginClientHandshake(
  under: Duplex,
  options: TlsClientOptions,
  host: string,
  highWaterMark: number,
): Handshake {
  const servername = options.servername ?? host
  const settings: ConnectionOptions & { highWaterMark: number } = {
    host: servername,
    highWaterMark,
    rejectUnauthorized: options.rejectUnauthorized ?? true,
    // RFC 6066 §3: an address is no server name. It is verified all the same, as `host`.
    ...(isIP(servername) === 0 && { servername }),
    ...(isIP(servername) === 6 && { checkServerIdentity: checkIpv6Identity }),
    ...(options.alpn !== undefined && { ALPNProtocols: [...options.alpn] }),
    ...(options.session !== undefined && { session: options.session }),
    secureContext: clientContext(options),
  }
  const { stream, carrier } = carried(under, options, (below) => connect({ ...settings, socket: below }))
  // Tickets come behind the handshake (TLS 1.3), as long as the connection lives.
  const { onSession } = options
  if (onSession !== undefined) stream.on('session', (session) => onSession(session))
  return { stream, carrier, done: outcome(stream, 'secureConnect', () => stream.authorized, false) }
}

/** A TLSSocket asks its server for sessions, and for nothing else; this one never listens. */
function serverKeeping(sessions: SessionStore): Server {
  const server = createServer()
  server.on('newSession', (id: Buffer, session: Buffer, done: () => void) => {
    sessions.set(id.toString('hex'), session)
    done()
  })
  server.on('resumeSession', (id: Buffer, answer: (error: null, session: Buffer | null) => void) => {
    answer(null, sessions.get(id.toString('hex')) ?? null)
  })
  return server
}

/** A TLSSocket, and what lies under it. */
interface Carried {
  readonly stream: TLSSocket
  readonly carrier: ClearableCarrier | undefined
}

/** Makes a TLSSocket over a stream; where its end matters, with a carrier between the two. */
function carried(
  under: Duplex,
  { mustCloseNotify = false, mayClear = false }: Pick<TlsClientOptions, 'mustCloseNotify' | 'mayClear'>,
  make: (below: Duplex) => TLSSocket,
): Carried {
  const onFin = (): void => {
    if (!hasEnd(stream)) stream.destroy(netError('NET_TLS_TRUNCATED'))
  }
  if (mayClear) return clearable(under, mustCloseNotify, make)
  const stream = make(mustCloseNotify ? new TlsCarrier(under, onFin) : under)
  return { stream, carrier: undefined }
}

/** The same, over a carrier that outlives TLS. Behind `clear()` a FIN alone is no end, whatever it was before. */
function clearable(under: Duplex, mustCloseNotify: boolean, make: (below: Duplex) => TLSSocket): Carried {
  const carrier = new ClearableCarrier(under, {
    hasTlsEnded: () => hasEnd(stream),
    onFin: () => {
      if ((mustCloseNotify || carrier.isClearing) && !hasEnd(stream)) stream.destroy(netError('NET_TLS_TRUNCATED'))
    },
    onCleared: () => stream.destroy(stream.readableLength > 0 ? netError('NET_TLS_LEFTOVER') : undefined),
  })
  const stream = make(carrier)
  // Behind TLS' own listener: when this one is called, TLS has digested the piece.
  carrier.on('data', carrier.look)
  return { stream, carrier }
}

/** Whether the stream has been given its end, read or not. Node says so in no public place, but in this one since it has streams. */
function hasEnd(stream: TLSSocket): boolean {
  const state: unknown = Reflect.get(stream, '_readableState')
  return typeof state === 'object' && state !== null && Reflect.get(state, 'ended') === true
}

/** Waits for one of the ways in which a handshake ends; every one of them is an event of the stream. */
function outcome(
  stream: TLSSocket,
  success: 'secure' | 'secureConnect',
  isAuthorized: () => boolean,
  mustBeAuthorized: boolean,
): Promise<TlsInfo> {
  return new Promise((resolve, reject) => {
    let cause: Error | undefined
    const onError = (error: Error): void => {
      cause ??= error
    }
    const fail = (code: 'NET_TLS_HANDSHAKE' | 'NET_TLS_UNTRUSTED'): void => {
      settle()
      reject(netError(code, { cause }))
      stream.destroy()
    }
    const onFailure = (): void => fail(hasRefusedPeer(stream) ? 'NET_TLS_UNTRUSTED' : 'NET_TLS_HANDSHAKE')
    const onSuccess = (): void => {
      // Node lets a certificate that does not verify pass here, and leaves the verdict to whoever asks.
      if (mustBeAuthorized && !isAuthorized()) return fail('NET_TLS_UNTRUSTED')
      const info = tlsInfo(stream, isAuthorized())
      // A server is told from within OpenSSL's state machine, before the session tickets of TLS 1.3 are written: who ended the stream
      // in the same turn would end it without close_notify, and a short answer would look cut off.
      setImmediate(() => {
        settle()
        resolve(info)
      })
    }
    // A peer that ends or closes before it is done has failed too: no handshake is left waiting for its deadline.
    const settle = (): void => {
      stream.off(success, onSuccess).off('_tlsError', onError).off('error', onError)
      stream.off('end', onFailure).off('close', onFailure)
    }
    stream.on(success, onSuccess).on('_tlsError', onError).on('error', onError)
    stream.on('end', onFailure).on('close', onFailure)
  })
}

/** Whether Node ended a client's handshake because of the server's certificate. The type says that this is never null. */
function hasRefusedPeer(stream: TLSSocket): boolean {
  const error: Error | null = stream.authorizationError
  return error !== null
}

/**
 * Whether the client's certificate verified. Node works this out only for sockets of its own tls.Server, so it is asked of the
 * native handle, as tls.Server does; where there is nobody to ask, nobody is trusted.
 */
function hasVerifiedPeer(stream: TLSSocket): boolean {
  const handle: unknown = Reflect.get(stream, '_handle')
  if (typeof handle !== 'object' || handle === null) return false
  const verifyError: unknown = Reflect.get(handle, 'verifyError')
  if (typeof verifyError !== 'function' || stream.getPeerX509Certificate() === undefined) return false
  const error: unknown = Reflect.apply(verifyError, handle, [])
  return error === null || error === undefined
}

/** What there is to know, taken down now: once the stream is destroyed, it has forgotten. */
function tlsInfo(stream: TLSSocket, isAuthorized: boolean): TlsInfo {
  const { alpnProtocol, servername } = stream
  return Object.freeze({
    protocol: stream.getProtocol() ?? '',
    cipher: stream.getCipher().standardName,
    alpn: typeof alpnProtocol === 'string' ? alpnProtocol : undefined,
    servername: typeof servername === 'string' && servername !== '' ? servername : undefined,
    isResumed: stream.isSessionReused(),
    isAuthorized,
    localCertificate: stream.getX509Certificate()?.raw,
    peerCertificate: stream.getPeerX509Certificate()?.raw,
    exportKeyingMaterial: (length: number, label: string, context?: Buffer): Buffer =>
      stream.exportKeyingMaterial(length, label, context ?? Buffer.alloc(0)),
  })
}

/**
 * Whether the certificate is good for an IPv6 address. Node 22.23.3 takes every one of them for a name that no certificate has; 24
 * has mended it, and says why: `domainToASCII` makes nothing of an address.
 */
function checkIpv6Identity(address: string, { raw }: PeerCertificate): Error | undefined {
  if (new X509Certificate(raw).checkIP(address) !== undefined) return undefined
  return new Error(`The certificate is not good for ${address}`)
}

/** By the identity of the options: as long as they live, and no longer. */
const contexts = new WeakMap<object, SecureContext>()

/**
 * The context of a server's options, made when it is first asked for and kept. Throws a `TlsError` `NET_TLS_OPTIONS` where key and
 * certificate are unusable; a listener asks before it listens.
 */
export function serverContext(options: TlsServerOptions): SecureContext {
  if (options.context !== undefined) return options.context
  const { key, cert, ca, ticketKeys } = options
  return remembered(options, () =>
    createSecureContext({
      // RFC 8996: TLS 1.0 and 1.1 MUST NOT be negotiated, whatever the process's defaults are.
      minVersion: 'TLSv1.2',
      honorCipherOrder: true,
      // Without a name of its own no session of a client that shows a certificate can be resumed.
      sessionIdContext: 'wireline',
      ...(ticketKeys !== undefined && { ticketKeys }),
      ...(key !== undefined && { key }),
      ...(cert !== undefined && { cert }),
      ...(ca !== undefined && { ca }),
    }),
  )
}

/** The context of a client's options, made when it is first asked for and kept. Throws as `serverContext` does. */
export function clientContext(options: TlsClientOptions): SecureContext {
  if (options.context !== undefined) return options.context
  const { key, cert, ca } = options
  return remembered(options, () =>
    createSecureContext({
      minVersion: 'TLSv1.2',
      ...(key !== undefined && { key }),
      ...(cert !== undefined && { cert }),
      ...(ca !== undefined && { ca }),
    }),
  )
}

/** A context is costly (a key to parse, a store of authorities to load), and sessions live in it. */
function remembered(options: object, make: () => SecureContext): SecureContext {
  const known = contexts.get(options)
  if (known !== undefined) return known
  try {
    const context = make()
    contexts.set(options, context)
    return context
  } catch (cause) {
    throw netError('NET_TLS_OPTIONS', { cause })
  }
}

type SniAnswer = (error: Error | null, context?: SecureContext) => void

/** A look-up that throws fails this handshake, not the process. */
function answerWith(answer: SniAnswer, find: () => SecureContext | undefined): void {
  let context: SecureContext | undefined
  try {
    context = find()
  } catch (error) {
    return answer(error instanceof Error ? error : new Error('contextFor threw', { cause: error }))
  }
  answer(null, context)
}
