/**
 * The octets that tie an exchange of SCRAM to the TLS connection it runs over (RFC 5056). Whoever sits in the middle has another
 * connection with each side, and with it other octets.
 *
 *     tls-exporter            keying material of this connection (RFC 9266); TLS 1.3
 *     tls-server-end-point    the hash of the server's certificate (RFC 5929 §4); any TLS
 *
 * `tls-unique` is not here: it is not secure before TLS 1.3 (RFC 7677 §1), and not defined in it (RFC 8446 appendix C.5).
 */
import { createHash } from 'node:crypto'

/** A kind of channel binding. */
export type ChannelBindingType = 'tls-exporter' | 'tls-server-end-point'

/** The kinds, the best first. */
const CHANNEL_BINDING_TYPES = ['tls-exporter', 'tls-server-end-point'] as const

/** The octets of a connection by kind; empty where it can be bound to nothing. */
export type ChannelBindings = { readonly [Type in ChannelBindingType]?: Buffer }

/** A connection that can be bound to nothing. */
export const UNBOUND: ChannelBindings = Object.freeze({})

/** One kind with its octets. */
export interface ChannelBinding {
  /** The kind, as SCRAM names it. */
  readonly type: ChannelBindingType
  /** Its octets. */
  readonly bytes: Buffer
}

/** The best that there is, or the one of the name given; `undefined` where there is none. */
export function findBinding(bindings: ChannelBindings, name?: string): ChannelBinding | undefined {
  for (const type of CHANNEL_BINDING_TYPES) {
    const bytes = bindings[type]
    if (bytes !== undefined && (name === undefined || name === type)) return { type, bytes }
  }
  return undefined
}

/** What is needed of a TLS connection; `TlsInfo` of `net/socket.ts` has it. */
export interface KeyingMaterial {
  /** Such as `TLSv1.3`. */
  readonly protocol: string
  /** RFC 5705. */
  exportKeyingMaterial(length: number, label: string, context?: Buffer): Buffer
}

/**
 * The octets of `tls-exporter`, in either role. `undefined` before TLS 1.3: there it would take the extended master secret (RFC 9266
 * §4.2), and Node does not say whether that was negotiated.
 */
export function tlsExporter(tls: KeyingMaterial): Buffer | undefined {
  if (tls.protocol !== 'TLSv1.3') return undefined
  return tls.exportKeyingMaterial(32, 'EXPORTER-Channel-Binding', Buffer.alloc(0))
}

/** What a connection can be bound to, as its two ends see it; `certificate` is the server's, in DER. */
export function channelBindings(tls: KeyingMaterial, certificate: Buffer | undefined): ChannelBindings {
  const exporter = tlsExporter(tls)
  const endPoint = certificate && tlsServerEndPoint(certificate)
  return {
    ...(exporter !== undefined && { 'tls-exporter': exporter }),
    ...(endPoint !== undefined && { 'tls-server-end-point': endPoint }),
  }
}

/** Signature algorithms, as the octets of their object identifiers in hexadecimal, and the hash that goes with each. */
const HASHES: ReadonlyMap<string, string> = new Map([
  // MD5 and SHA-1 are replaced by SHA-256 (RFC 5929 §4.1).
  ['2a864886f70d010104', 'sha256'], // md5WithRSAEncryption
  ['2a864886f70d010105', 'sha256'], // sha1WithRSAEncryption
  ['2a864886f70d01010b', 'sha256'], // sha256WithRSAEncryption
  ['2a864886f70d01010c', 'sha384'], // sha384WithRSAEncryption
  ['2a864886f70d01010d', 'sha512'], // sha512WithRSAEncryption
  ['2a8648ce3d0401', 'sha256'], // ecdsa-with-SHA1
  ['2a8648ce3d040302', 'sha256'], // ecdsa-with-SHA256
  ['2a8648ce3d040303', 'sha384'], // ecdsa-with-SHA384
  ['2a8648ce3d040304', 'sha512'], // ecdsa-with-SHA512
])

/**
 * The octets of `tls-server-end-point`: the hash of the server's certificate, in DER, by the hash of its own signature. `undefined`
 * where that has no single hash of its own (Ed25519), or names it in its parameters (RSASSA-PSS), or where it is no certificate.
 */
export function tlsServerEndPoint(certificate: Buffer): Buffer | undefined {
  const hash = HASHES.get(signatureAlgorithm(certificate) ?? '')
  return hash === undefined ? undefined : createHash(hash).update(certificate).digest()
}

/**
 * The object identifier of the signature's algorithm, in hexadecimal (RFC 5280 §4.1).
 *
 *     Certificate         ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signatureValue }
 *     AlgorithmIdentifier ::= SEQUENCE { algorithm OBJECT IDENTIFIER, parameters ANY OPTIONAL }
 */
function signatureAlgorithm(certificate: Buffer): string | undefined {
  const sequence = readElement(certificate, 0)
  const signed = sequence && readElement(certificate, sequence.from)
  const algorithm = signed && readElement(certificate, signed.to)
  const identifier = algorithm && readElement(certificate, algorithm.from)
  return identifier && certificate.toString('hex', identifier.from, identifier.to)
}

/** Where the content of the DER element at `offset` begins and ends; `undefined` where it does not fit, or is no DER. */
function readElement(der: Buffer, offset: number): { readonly from: number; readonly to: number } | undefined {
  const first = der[offset + 1]
  if (first === undefined) return undefined
  if (first < 0x80) return within(der, offset + 2, first)
  // 0x81 to 0x84: the length stands in so many octets more. 0x80 would leave it open.
  const lengthBytes = first - 0x80
  const from = offset + 2 + lengthBytes
  if (lengthBytes < 1 || lengthBytes > 4 || from > der.length) return undefined
  return within(der, from, der.readUIntBE(offset + 2, lengthBytes))
}

function within(der: Buffer, from: number, length: number): { readonly from: number; readonly to: number } | undefined {
  return from + length <= der.length ? { from, to: from + length } : undefined
}
