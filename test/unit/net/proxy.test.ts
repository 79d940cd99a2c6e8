import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatIp, ipAddress } from '../../../src/net/address.ts'
import { ByteQueue } from '../../../src/net/bytes.ts'
import { LimitError, ProtocolError } from '../../../src/net/errors.ts'
import { proxyIncomplete, readProxyHeader, writeProxyHeader, writeProxyLine } from '../../../src/net/proxy.ts'
import type { ProxyHeader } from '../../../src/net/proxy.ts'
import type { Address } from '../../../src/net/socket.ts'
import { splits } from '../../support/splits.ts'

const SIGNATURE = '0d0a0d0a000d0a515549540a'
const TCP4 = '2111000c' + 'c0000201' + 'c6336402' + 'dc04' + '01bb'

/** What a reader makes of the pieces: the header and what is behind it, or the code of its error. */
function read(pieces: readonly Uint8Array[]): { header: ProxyHeader | undefined; rest: string } | string {
  const queue = new ByteQueue()
  let header: ProxyHeader | undefined
  try {
    for (const piece of pieces) {
      queue.push(piece)
      header ??= readProxyHeader(queue)
    }
  } catch (error) {
    if (!(error instanceof ProtocolError)) throw error
    return error.code
  }
  return { header, rest: queue.takeAll().toString('latin1') }
}

/** The same under every split. */
function readSplit(bytes: Buffer): ReturnType<typeof read> {
  const whole = read([bytes])
  for (const { name, pieces } of splits(bytes)) expect(read(pieces), name).toEqual(whole)
  return whole
}

function line(text: string): ReturnType<typeof read> {
  return readSplit(Buffer.from(text, 'latin1'))
}

function binary(hex: string, rest = ''): ReturnType<typeof read> {
  return readSplit(Buffer.concat([Buffer.from(SIGNATURE + hex, 'hex'), Buffer.from(rest)]))
}

describe('version 1', () => {
  it('names both ends, and leaves what is behind it', () => {
    expect(line('PROXY TCP4 192.0.2.1 198.51.100.2 56324 443\r\nGET / HTTP/1.1\r\n')).toEqual({
      header: {
        version: 1,
        source: { family: 'IPv4', host: '192.0.2.1', port: 56_324 },
        destination: { family: 'IPv4', host: '198.51.100.2', port: 443 },
        vectors: [],
      },
      rest: 'GET / HTTP/1.1\r\n',
    })
    expect(line('PROXY TCP6 2001:DB8::1 ::1 0 65535\r\n')).toMatchObject({
      header: {
        source: { family: 'IPv6', host: '2001:db8::1', port: 0 },
        destination: { family: 'IPv6', host: '::1', port: 65_535 },
      },
    })
    expect(line('PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n')).toMatchObject({
      header: { source: { family: 'IPv4', host: '192.0.2.1', port: 1 } },
    })
  })

  it.each(['PROXY UNKNOWN\r\n', 'PROXY UNKNOWN ffff::1 anything\xff at all\r\n'])(
    'ignores what is unknown: %j',
    (text) => {
      expect(line(`${text}x`)).toEqual({
        header: { version: 1, source: undefined, destination: undefined, vectors: [] },
        rest: 'x',
      })
    },
  )

  it.each([
    'PROXY TCP4 192.0.2.1 198.51.100.2 56324\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 56324 443 \r\n',
    'PROXY TCP4 192.0.2.1  198.51.100.2 56324 443\r\n',
    'PROXY  TCP4 192.0.2.1 198.51.100.2 56324 443\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 056324 443\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 65536 443\r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 -1 443\r\n',
    'PROXY TCP4 192.0.2.01 198.51.100.2 1 443\r\n',
    'PROXY TCP4 ::1 ::1 1 443\r\n',
    'PROXY TCP6 192.0.2.1 198.51.100.2 1 443\r\n',
    'PROXY TCP6 fe80::1%eth0 ::1 1 443\r\n',
    'PROXY TCP5 192.0.2.1 198.51.100.2 1 443\r\n',
    'PROXY tcp4 192.0.2.1 198.51.100.2 1 443\r\n',
    'PROXY UNKNOWNS\r\n',
    'PROXY \r\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 1 443\n',
    'PROXY TCP4 192.0.2.1 198.51.100.2 1\n443\r\n',
  ])('refuses %j', (text) => {
    expect(line(text)).toBe('PROXY_LINE')
  })

  it('takes 107 octets and no more', () => {
    const longest = `PROXY UNKNOWN ${'x'.repeat(91)}\r\n`
    expect(longest).toHaveLength(107)
    expect(line(longest)).toMatchObject({ header: { version: 1 } })
    expect(line(`PROXY UNKNOWN ${'x'.repeat(92)}\r\n`)).toBe('PROXY_TOO_LONG')
    expect(line(`PROXY UNKNOWN ${'x'.repeat(5000)}`)).toBe('PROXY_TOO_LONG')
    const queue = new ByteQueue()
    queue.push(Buffer.alloc(107, 'PROXY '))
    expect(() => readProxyHeader(queue)).toThrow(LimitError)
  })
})

describe('version 2', () => {
  const source = { family: 'IPv4', host: '192.0.2.1', port: 56_324 }
  const destination = { family: 'IPv4', host: '198.51.100.2', port: 443 }

  it('names both ends, and leaves what is behind it', () => {
    expect(binary(TCP4, 'GET')).toEqual({ header: { version: 2, source, destination, vectors: [] }, rest: 'GET' })
    const six = `20010db8${'00'.repeat(11)}01`
    expect(binary(`21210024${six}${six}00010002`)).toMatchObject({
      header: { source: { family: 'IPv6', host: '2001:db8::1', port: 1 }, destination: { port: 2 } },
    })
  })

  it('keeps the vectors', () => {
    expect(binary('21110015' + TCP4.slice(8) + '020003616263' + '040000', 'x')).toEqual({
      header: {
        version: 2,
        source,
        destination,
        vectors: [
          { type: 2, value: Buffer.from('abc') },
          { type: 4, value: Buffer.alloc(0) },
        ],
      },
      rest: 'x',
    })
  })

  it('knows Unix sockets', () => {
    const path = (text: string): string => Buffer.from(text).toString('hex').padEnd(216, '0')
    expect(binary(`213100d8${path('/run/a')}${path('\0abstract')}`)).toMatchObject({
      header: { source: { family: 'unix', path: '/run/a' }, destination: { family: 'unix', path: '\0abstract' } },
    })
    expect(binary(`213100d8${path('p'.repeat(108))}${path('')}`)).toMatchObject({
      header: { source: { path: 'p'.repeat(108) }, destination: { path: '' } },
    })
  })

  it.each([
    ['LOCAL', '20000000'],
    ['LOCAL with a family and addresses', `20${TCP4.slice(2)}`],
    ['LOCAL with anything', '20ff0003ffffff'],
    ['an unspecified family', '21000000'],
    ['an unspecified family with octets', '21000003ffffff'],
  ])('tells of nobody for %s', (_name, hex) => {
    expect(binary(hex, 'x')).toEqual({
      header: { version: 2, source: undefined, destination: undefined, vectors: [] },
      rest: 'x',
    })
  })

  it.each([
    ['version 1 in binary', `11${TCP4.slice(2)}`, 'PROXY_COMMAND'],
    ['version 3', `31${TCP4.slice(2)}`, 'PROXY_COMMAND'],
    ['an unknown command', `22${TCP4.slice(2)}`, 'PROXY_COMMAND'],
    ['a datagram', `2112${TCP4.slice(4)}`, 'PROXY_FAMILY'],
    ['an unspecified transport', `2110${TCP4.slice(4)}`, 'PROXY_FAMILY'],
    ['an unknown family', `2141${TCP4.slice(4)}`, 'PROXY_FAMILY'],
    ['too few octets for IPv4', `2111000b${TCP4.slice(8, -2)}`, 'PROXY_ADDRESSES'],
    ['too few octets for IPv6', `2121000c${TCP4.slice(8)}`, 'PROXY_ADDRESSES'],
    ['too few octets for Unix', `2131000c${TCP4.slice(8)}`, 'PROXY_ADDRESSES'],
    ['a vector without a length', `2111000e${TCP4.slice(8)}0100`, 'PROXY_TLV'],
    ['a vector that is too long', `21110010${TCP4.slice(8)}01000200`, 'PROXY_TLV'],
    ['a length above the limit', `2111ffff${TCP4.slice(8)}`, 'PROXY_TOO_LONG'],
  ])('refuses %s', (_name, hex, code) => {
    expect(binary(hex)).toBe(code)
  })

  it('refuses a length at once, and not after it has come', () => {
    expect(binary('21110ff1')).toBe('PROXY_TOO_LONG')
    expect(binary('21110ff0')).toMatchObject({ header: undefined })
  })
})

describe('anything else', () => {
  it.each([
    'GET / HTTP/1.1\r\n',
    'EHLO a\r\n',
    'PROXX',
    'PROXY\tTCP4',
    '\r\n\r\n\0\r\nQUIX',
    '\r\r',
    '\x16\x03\x01',
    'proxy ',
  ])('is refused at its first wrong octet: %j', (text) => {
    expect(line(text)).toBe('PROXY_SIGNATURE')
  })

  it('is waited for', () => {
    for (const text of ['', 'P', 'PROXY', '\r', '\r\n\r\n\0\r\nQUIT']) {
      expect(line(text), JSON.stringify(text)).toEqual({ header: undefined, rest: text })
    }
    expect(proxyIncomplete(new ByteQueue())).toMatchObject({ code: 'PROXY_INCOMPLETE', side: 'remote' })
  })

  it('never throws anything but a ProtocolError', () => {
    const start = fc.constantFrom('', 'PROXY ', 'PROXY TCP4 1.2.3.4 ').map((text) => Buffer.from(text))
    const binaryStart = fc
      .constantFrom('', '21', '2111', '21110010', '21310000', '2100')
      .map((hex) => Buffer.from(SIGNATURE + hex, 'hex'))
    fc.assert(
      fc.property(fc.oneof(start, binaryStart), fc.uint8Array({ maxLength: 300 }), (head, tail) => {
        read([head, tail])
      }),
    )
  })
})

describe('the writers', () => {
  const port = fc.integer({ min: 0, max: 65_535 })
  const four = fc
    .tuple(fc.uint8Array({ minLength: 4, maxLength: 4 }), port)
    .map(([bytes, port]) => ipAddress(bytes, port))
  const six = fc.tuple(fc.uint8Array({ minLength: 15, maxLength: 15 }), port).map(([bytes, port]): Address => ({
    family: 'IPv6',
    host: formatIp(Buffer.concat([Buffer.of(0x20), bytes])),
    port,
  }))
  const unix = fc.stringMatching(/^[a-z/]{1,107}$/).map((path): Address => ({ family: 'unix', path }))
  const ends = fc.oneof(fc.tuple(four, four), fc.tuple(six, six))
  const vectors = fc.array(
    fc.record({
      type: fc.integer({ min: 0, max: 255 }),
      value: fc.uint8Array({ maxLength: 40 }).map((value) => Buffer.from(value)),
    }),
    { maxLength: 4 },
  )

  it('write lines that are read back', () => {
    fc.assert(
      fc.property(ends, ([source, destination]) => {
        expect(read([writeProxyLine(source, destination)])).toEqual({
          header: { version: 1, source, destination, vectors: [] },
          rest: '',
        })
      }),
    )
  })

  it('write headers that are read back', () => {
    fc.assert(
      fc.property(fc.oneof(ends, fc.tuple(unix, unix)), vectors, ([source, destination], vectors) => {
        expect(read([writeProxyHeader({ source, destination, vectors })])).toEqual({
          header: { version: 2, source, destination, vectors },
          rest: '',
        })
      }),
    )
  })

  it('write nothing that a reader would not take', () => {
    const a: Address = { family: 'IPv4', host: '192.0.2.1', port: 1 }
    const b: Address = { family: 'IPv6', host: '::1', port: 1 }
    const u: Address = { family: 'unix', path: '/a' }
    const m: Address = { family: 'memory', name: 'client' }
    for (const [source, destination] of [
      [a, b],
      [b, a],
      [u, u],
      [m, m],
      [undefined, a],
      [a, undefined],
      [a, u],
    ]) {
      expect(writeProxyLine(source, destination).toString()).toBe('PROXY UNKNOWN\r\n')
    }
    for (const [source, destination] of [
      [a, b],
      [m, m],
      [undefined, a],
      [a, undefined],
      [a, u],
    ]) {
      expect(read([writeProxyHeader({ source, destination, vectors: [] })])).toMatchObject({
        header: { source: undefined },
      })
    }
    // without a source the proxy speaks for itself
    expect(writeProxyHeader({ source: undefined, destination: undefined, vectors: [] })[12]).toBe(0x20)
    expect(writeProxyHeader({ source: m, destination: m, vectors: [] })[12]).toBe(0x21)
    const long = { family: 'unix', path: 'x'.repeat(109) } as const
    expect(() => writeProxyHeader({ source: long, destination: u, vectors: [] })).toThrow(RangeError)
    const vectors = [{ type: 1, value: Buffer.alloc(4090) }]
    expect(() => writeProxyHeader({ source: a, destination: a, vectors })).toThrow(RangeError)
  })
})
