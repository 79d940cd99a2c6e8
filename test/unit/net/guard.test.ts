/** Which addresses are of the public Internet. */
import { describe, expect, it } from 'vitest'
import { addressFrom } from '../../../src/net/address.ts'
import { NetError } from '../../../src/net/errors.ts'
import { isPublic, publicAddressesOnly } from '../../../src/net/guard.ts'
import type { Address } from '../../../src/net/socket.ts'

const at = (host: string): Address => ({ family: host.includes(':') ? 'IPv6' : 'IPv4', host, port: 80 })

describe('an address of IPv4', () => {
  it.each([
    ['this network', '0.0.0.0', '0.255.255.255'],
    ['private', '10.0.0.0', '10.255.255.255'],
    ['private', '172.16.0.0', '172.31.255.255'],
    ['private', '192.168.0.0', '192.168.255.255'],
    ['shared (CGNAT)', '100.64.0.0', '100.127.255.255'],
    ['loopback', '127.0.0.0', '127.255.255.255'],
    ['link-local', '169.254.0.0', '169.254.255.255'],
    ['protocol assignments', '192.0.0.0', '192.0.0.255'],
    ['documentation', '192.0.2.0', '192.0.2.255'],
    ['documentation', '198.51.100.0', '198.51.100.255'],
    ['documentation', '203.0.113.0', '203.0.113.255'],
    ['6to4 relays', '192.88.99.0', '192.88.99.255'],
    ['benchmarks', '198.18.0.0', '198.19.255.255'],
    ['multicast', '224.0.0.0', '239.255.255.255'],
    ['reserved, and broadcast', '240.0.0.0', '255.255.255.255'],
    ['a cloud that answers metadata there', '168.63.129.16', '168.63.129.16'],
  ])('is not public: %s, %s to %s', (_what, first, last) => {
    for (const host of [first, last]) {
      expect(isPublic(at(host))).toBe(false)
      // The same in every disguise that IPv6 has for it.
      for (const disguise of disguises(host)) expect([disguise, isPublic(at(disguise))]).toEqual([disguise, false])
    }
  })

  it.each([
    '1.1.1.1',
    '8.8.8.8',
    '9.255.255.255',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '126.255.255.255',
    '128.0.0.0',
    '169.253.255.255',
    '169.255.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.0.1.0',
    '192.167.255.255',
    '192.169.0.0',
    '198.17.255.255',
    '198.20.0.0',
    '223.255.255.255',
  ])('is public beside these: %s', (host) => {
    expect(isPublic(at(host))).toBe(true)
    expect(isPublic(at(`::ffff:${host}`))).toBe(true)
    expect(isPublic(at(`64:ff9b::${host}`))).toBe(true)
    expect(isPublic(at(sixToFour(host)))).toBe(true)
  })
})

describe('an address of IPv6', () => {
  it.each([
    ['unspecified', '::'],
    ['loopback', '::1'],
    ['IPv4-compatible', '::8.8.8.8'],
    ['IPv4-translated', '::ffff:0:8.8.8.8'],
    ['local NAT64', '64:ff9b:1::808:808'],
    ['beside NAT64', '64:ff9b:0:0:0:1:808:808'],
    ['discard', '100::1'],
    ['Teredo', '2001::1'],
    ['benchmarks', '2001:2::1'],
    ['ORCHID', '2001:20::1'],
    ['documentation', '2001:db8::1'],
    ['documentation', '3fff::1'],
    ['documentation', '3fff:fff:ffff::1'],
    ['SRv6', '5f00::1'],
    ['not given out', '4000::1'],
    ['unique local', 'fc00::1'],
    ['unique local, and the metadata of a cloud', 'fd00:ec2::254'],
    ['link-local', 'fe80::1'],
    ['link-local with its zone', 'fe80::1%eth0'],
    ['site-local', 'fec0::1'],
    ['multicast', 'ff02::1'],
  ])('is not public: %s, %s', (_what, host) => {
    expect(isPublic(at(host))).toBe(false)
  })

  it.each(['2606:4700:4700::1111', '2001:4860:4860::8888', '2001:200::1', '2a00::1', '3fff:1000::1', '3ffe::1'])(
    'is public: %s',
    (host) => {
      expect(isPublic(at(host))).toBe(true)
    },
  )
})

describe('whatever is no address of IP', () => {
  it.each([
    { family: 'unix', path: '/run/docker.sock' },
    { family: 'memory', name: 'client' },
    { family: 'IPv4', host: 'localhost', port: 80 },
    { family: 'IPv4', host: '', port: 80 },
    { family: 'IPv4', host: '0x7f.1', port: 80 },
  ] as Address[])('is not public: %j', (address) => {
    expect(isPublic(address)).toBe(false)
  })
})

describe('the guard', () => {
  it('throws for what is not public, and says what', () => {
    expect(() => publicAddressesOnly(at('127.0.0.1'))).toThrow(NetError)
    expect(() => publicAddressesOnly(at('127.0.0.1'))).toThrow(
      expect.objectContaining({ code: 'NET_FORBIDDEN', message: expect.stringContaining('127.0.0.1') as string }),
    )
    expect(() => publicAddressesOnly({ family: 'unix', path: '/run/x' })).toThrow(
      expect.objectContaining({ code: 'NET_FORBIDDEN' }),
    )
    expect(publicAddressesOnly(at('1.1.1.1'))).toBeUndefined()
  })

  it('sees what dial sees', () => {
    expect(() => publicAddressesOnly(addressFrom('::ffff:7f00:1', 80) as Address)).toThrow('127.0.0.1')
  })
})

function octetsOf(host: string): number[] {
  return host.split('.').map(Number)
}

function hexOf(host: string): string {
  const [a = 0, b = 0, c = 0, d = 0] = octetsOf(host)
  return `${((a << 8) | b).toString(16)}:${((c << 8) | d).toString(16)}`
}

function sixToFour(host: string): string {
  return `2002:${hexOf(host)}::1`
}

function disguises(host: string): string[] {
  return [
    `::ffff:${host}`,
    `::ffff:${hexOf(host)}`,
    `0:0:0:0:0:ffff:${host}`,
    `64:ff9b::${host}`,
    `64:ff9b::${hexOf(host)}`,
    sixToFour(host),
    `::${hexOf(host)}`,
  ]
}
