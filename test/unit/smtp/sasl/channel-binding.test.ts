import { createHash, X509Certificate } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { dial } from '../../../../src/net/dial.ts'
import { listen } from '../../../../src/net/listener.ts'
import type { Socket } from '../../../../src/net/socket.ts'
import {
  channelBindings,
  findBinding,
  tlsExporter,
  tlsServerEndPoint,
} from '../../../../src/smtp/sasl/channel-binding.ts'
import { CA, LOCALHOST } from '../../../support/tls.ts'

/** A DER element with a length in the shortest form, or in one with as many octets as asked. */
function der(tag: number, content: Buffer, lengthBytes = content.length < 0x80 ? 0 : 2): Buffer {
  if (lengthBytes === 0) return Buffer.concat([Buffer.from([tag, content.length]), content])
  const length = Buffer.alloc(lengthBytes)
  length.writeUIntBE(content.length, 0, lengthBytes)
  return Buffer.concat([Buffer.from([tag, 0x80 + lengthBytes]), length, content])
}

/** The skeleton of a certificate that is signed by the algorithm of this identifier. */
function certificate(identifier: string, lengthBytes?: number): Buffer {
  const signed = der(0x30, Buffer.alloc(200), lengthBytes)
  const algorithm = der(0x30, der(0x06, Buffer.from(identifier, 'hex')))
  return der(0x30, Buffer.concat([signed, algorithm, der(0x03, Buffer.alloc(64))]), lengthBytes)
}

describe('tlsServerEndPoint', () => {
  it('is the hash of a real certificate', () => {
    const { raw, fingerprint256 } = new X509Certificate(LOCALHOST.cert)
    expect(tlsServerEndPoint(raw)?.toString('hex')).toBe(fingerprint256.replaceAll(':', '').toLowerCase())
  })

  it.each([
    ['MD5 with RSA, replaced', '2a864886f70d010104', 'sha256'],
    ['SHA-1 with RSA, replaced', '2a864886f70d010105', 'sha256'],
    ['SHA-256 with RSA', '2a864886f70d01010b', 'sha256'],
    ['SHA-384 with RSA', '2a864886f70d01010c', 'sha384'],
    ['SHA-512 with RSA', '2a864886f70d01010d', 'sha512'],
    ['SHA-1 with ECDSA, replaced', '2a8648ce3d0401', 'sha256'],
    ['SHA-384 with ECDSA', '2a8648ce3d040303', 'sha384'],
    ['SHA-512 with ECDSA', '2a8648ce3d040304', 'sha512'],
  ])('takes the hash of %s', (_, identifier, hash) => {
    for (const lengthBytes of [2, 3, 4]) {
      const bytes = certificate(identifier, lengthBytes)
      expect(tlsServerEndPoint(bytes)?.equals(createHash(hash).update(bytes).digest())).toBe(true)
    }
  })

  it.each([
    ['Ed25519, which has no hash of its own', certificate('2b6570')],
    ['nothing', Buffer.alloc(0)],
    ['one octet', Buffer.from([0x30])],
    ['a length that is not there', Buffer.from([0x30, 0x82])],
    ['a length that is cut off', Buffer.from([0x30, 0x82, 0x01])],
    ['a length of five octets', Buffer.from([0x30, 0x85, 0, 0, 0, 0, 1, 0])],
    ['a length beyond the end', Buffer.from([0x30, 0x10, 0x30])],
    ['an empty sequence', Buffer.from([0x30, 0x00])],
    ['text', Buffer.from('-----BEGIN CERTIFICATE-----')],
    ['no algorithm', der(0x30, der(0x30, Buffer.alloc(3)))],
    ['half of a certificate', certificate('2a864886f70d01010b').subarray(0, 40)],
    // An indefinite length is not DER; it is read as none, and what follows is no algorithm.
    ['an indefinite length', Buffer.from([0x30, 0x80, 0x30, 0x00, 0x30, 0x00, 0, 0])],
  ])('has none for %s', (_, bytes) => {
    expect(tlsServerEndPoint(bytes)).toBeUndefined()
  })
})

describe('findBinding', () => {
  const exporter = Buffer.from('exporter')
  const endPoint = Buffer.from('end point')

  it('prefers the exporter', () => {
    const both = { 'tls-server-end-point': endPoint, 'tls-exporter': exporter }
    expect(findBinding(both)).toEqual({ type: 'tls-exporter', bytes: exporter })
    expect(findBinding(both, 'tls-server-end-point')).toEqual({ type: 'tls-server-end-point', bytes: endPoint })
    expect(findBinding({ 'tls-server-end-point': endPoint })?.type).toBe('tls-server-end-point')
  })

  it('finds nothing where there is nothing', () => {
    expect(findBinding({})).toBeUndefined()
    expect(findBinding({ 'tls-exporter': exporter }, 'tls-unique')).toBeUndefined()
    expect(findBinding({ 'tls-exporter': exporter }, '__proto__')).toBeUndefined()
  })
})

describe('tlsExporter', () => {
  function ownOctets(socket: Socket): Buffer {
    const octets = socket.tls && tlsExporter(socket.tls)
    if (octets === undefined) throw new Error('TLS 1.3 is due')
    return octets
  }

  it('is the same at both ends of a connection, and not at those of another', async () => {
    const listener = await listen({ tls: LOCALHOST }, (socket) => {
      socket.push([ownOctets(socket)])
      return { done: socket.closed.then(() => undefined), drain: () => socket.destroy() }
    })
    try {
      const { address } = listener
      if (address.family !== 'IPv4') throw new Error('an IPv4 address is due')
      const seen = new Set<string>()
      for (const _connection of [1, 2]) {
        const socket = await dial(
          { host: address.host, port: address.port },
          { tls: { ca: CA, servername: 'localhost' } },
        )
        const ours = ownOctets(socket)
        const theirs = await socket.read()
        expect(theirs?.toString('hex')).toBe(ours.toString('hex'))
        seen.add(ours.toString('hex'))
        socket.destroy()
      }
      expect(seen.size).toBe(2)
      for (const octets of seen) expect(octets).toMatch(/^[0-9a-f]{64}$/)
    } finally {
      await listener.close({ graceMs: 0 })
    }
  })

  it('is not to be had before TLS 1.3, where Node does not tell whether it is safe', () => {
    expect(tlsExporter({ protocol: 'TLSv1.2', exportKeyingMaterial: () => Buffer.alloc(32) })).toBeUndefined()
  })
})

describe('channelBindings', () => {
  const { raw } = new X509Certificate(LOCALHOST.cert)
  const exportKeyingMaterial = (): Buffer => Buffer.alloc(32)

  it.each([
    ['TLSv1.3', raw, ['tls-exporter', 'tls-server-end-point']],
    ['TLSv1.2', raw, ['tls-server-end-point']],
    ['TLSv1.3', undefined, ['tls-exporter']],
    ['TLSv1.2', Buffer.from('none'), []],
  ])('of %s with %o', (protocol, certificate, kinds) => {
    expect(Object.keys(channelBindings({ protocol, exportKeyingMaterial }, certificate))).toEqual(kinds)
  })
})
