import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AddressSet, addressFrom, clientKey, formatIp, ipAddress, parseIp } from '../../../src/net/address.ts'
import type { Address } from '../../../src/net/socket.ts'

function ip(host: string): Address {
  return addressFrom(host, 1) as Address
}

describe('parseIp and formatIp', () => {
  it('know IPv4', () => {
    expect(parseIp('192.0.2.1')).toEqual(Buffer.of(192, 0, 2, 1))
    expect(formatIp(Buffer.of(0, 0, 0, 0))).toBe('0.0.0.0')
    for (const text of [
      '',
      '1.2.3',
      '1.2.3.4.5',
      '256.0.0.1',
      '01.2.3.4',
      '0x7f.0.0.1',
      '1.2.3.4 ',
      'a.test',
      '127.1',
    ]) {
      expect(parseIp(text), text).toBeUndefined()
    }
  })

  it.each([
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['fe80::1%eth0', 'fe80::1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
  ])('know IPv6: %s is %s', (text, canonical) => {
    expect(formatIp(parseIp(text) as Buffer)).toBe(canonical)
  })

  it('take an IPv4-mapped address for what it is', () => {
    expect(parseIp('::ffff:192.0.2.1')).toEqual(Buffer.of(192, 0, 2, 1))
    expect(parseIp('::FFFF:c000:0201')).toEqual(Buffer.of(192, 0, 2, 1))
    expect(parseIp('::192.0.2.1')).toHaveLength(16)
    expect(parseIp('1::ffff:192.0.2.1')).toHaveLength(16)
  })

  it('are mirrors of one another', () => {
    const octets = fc.uint8Array({ minLength: 16, maxLength: 16 })
    const sparse = octets.map((bytes) => bytes.map((byte, index) => ((bytes[15 - index] as number) & 1 ? 0 : byte)))
    fc.assert(
      fc.property(fc.oneof(octets, sparse), (bytes) => {
        const text = formatIp(bytes)
        expect(parseIp(text)).toEqual(
          bytes[10] === 0xff && text.startsWith('::ffff:') ? Buffer.from(bytes.subarray(12)) : Buffer.from(bytes),
        )
      }),
    )
  })
})

describe('addressFrom and ipAddress', () => {
  it('make an address of what node:net tells', () => {
    expect(addressFrom('192.0.2.1', 25)).toEqual({ family: 'IPv4', host: '192.0.2.1', port: 25 })
    expect(addressFrom('::ffff:192.0.2.1', 25)).toEqual({ family: 'IPv4', host: '192.0.2.1', port: 25 })
    expect(addressFrom('fe80::1%eth0', 25)).toEqual({ family: 'IPv6', host: 'fe80::1%eth0', port: 25 })
    expect(addressFrom(undefined, 25)).toBeUndefined()
    expect(addressFrom('::1', undefined)).toBeUndefined()
    expect(addressFrom('localhost', 25)).toBeUndefined()
    expect(ipAddress(parseIp('2001:db8::1') as Buffer, 1)).toEqual({ family: 'IPv6', host: '2001:db8::1', port: 1 })
    const mapped = Buffer.from('00000000000000000000ffffc0000201', 'hex')
    expect(ipAddress(mapped, 1)).toEqual({ family: 'IPv4', host: '192.0.2.1', port: 1 })
  })
})

describe('clientKey', () => {
  it('counts IPv4 by address, IPv6 by /64, and the rest by kind', () => {
    expect(clientKey(ip('192.0.2.1'))).toBe('192.0.2.1')
    expect(clientKey({ family: 'IPv6', host: '::ffff:192.0.2.1', port: 1 })).toBe('192.0.2.1')
    expect(clientKey(ip('2001:db8:1:2::1'))).toBe(clientKey(ip('2001:db8:1:2:ffff::9')))
    expect(clientKey(ip('2001:db8:1:2::1'))).not.toBe(clientKey(ip('2001:db8:1:3::1')))
    expect(clientKey({ family: 'unix', path: '/a' })).toBe('unix')
    expect(clientKey({ family: 'memory', name: 'client' })).toBe('client')
    expect(clientKey({ family: 'IPv4', host: 'nonsense', port: 1 })).toBe('nonsense')
  })
})

describe('AddressSet', () => {
  it('has addresses and networks, and nothing beside them', () => {
    const set = new AddressSet(['192.0.2.1', '10.0.0.0/8', '172.16.0.0/12', '2001:db8::/33', '::1'])
    for (const host of ['192.0.2.1', '10.255.0.1', '172.31.255.255', '2001:db8:7fff::1', '::1', '::ffff:10.1.2.3']) {
      expect(set.has(ip(host)), host).toBe(true)
    }
    for (const host of [
      '192.0.2.2',
      '11.0.0.0',
      '172.32.0.0',
      '2001:db8:8000::',
      '::2',
      '::',
      '::ffff:11.0.0.0',
      '::a00:1',
    ]) {
      expect(set.has(ip(host)), host).toBe(false)
    }
    expect(set.has({ family: 'unix', path: '/a' })).toBe(false)
    expect(set.has({ family: 'memory', name: 'client' })).toBe(false)
    expect(set.has({ family: 'IPv4', host: 'nonsense', port: 1 })).toBe(false)
    expect(new AddressSet(['unix']).has({ family: 'unix', path: '' })).toBe(true)
    expect(new AddressSet([]).has(ip('10.0.0.1'))).toBe(false)
  })

  it('takes whole families', () => {
    expect(new AddressSet(['0.0.0.0/0']).has(ip('203.0.113.9'))).toBe(true)
    expect(new AddressSet(['0.0.0.0/0']).has(ip('::1'))).toBe(false)
    expect(new AddressSet(['::/0']).has(ip('2001:db8::1'))).toBe(true)
    // ::/0 is all of IPv6; an IPv4 peer is none of it, however the system shows it
    expect(new AddressSet(['::/0']).has(ip('::ffff:192.0.2.1'))).toBe(false)
  })

  it('reads networks of mapped addresses as those of IPv4', () => {
    const set = new AddressSet(['::ffff:10.0.0.0/104', '::ffff:192.0.2.7'])
    expect(set.has(ip('10.200.0.1'))).toBe(true)
    expect(set.has(ip('192.0.2.7'))).toBe(true)
    expect(set.has(ip('192.0.2.8'))).toBe(false)
  })

  it.each([
    '',
    'localhost',
    '10.0.0.0/33',
    '::/129',
    '10.0.0.0/',
    '10.0.0.0/8/8',
    '10.0.0.0/-1',
    '/8',
    '::ffff:10.0.0.0/95',
  ])('refuses what it cannot read: %j', (entry) => {
    expect(() => new AddressSet([entry])).toThrow(RangeError)
  })

  it('agrees with arithmetic', () => {
    const octets = fc.uint8Array({ minLength: 4, maxLength: 4 })
    fc.assert(
      fc.property(octets, octets, fc.integer({ min: 0, max: 32 }), (address, network, bits) => {
        const number = (bytes: Uint8Array): bigint => BigInt(Buffer.from(bytes).readUInt32BE(0))
        const shift = BigInt(32 - bits)
        const set = new AddressSet([`${formatIp(network)}/${bits}`])
        expect(set.has(ipAddress(address, 1))).toBe(number(address) >> shift === number(network) >> shift)
      }),
    )
  })
})
