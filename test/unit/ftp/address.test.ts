import { describe, expect, it } from 'vitest'
import {
  canonicalHost,
  isSameHost,
  parseExtendedPassiveText,
  parseExtendedPort,
  parseHostPort,
  parsePassiveText,
  writeExtendedPassiveText,
  writeExtendedPort,
  writeHostPort,
  writePassiveText,
} from '../../../src/ftp/address.ts'

describe('PORT', () => {
  it('reads six octets and writes them', () => {
    expect(parseHostPort('192,0,2,1,195,80')).toEqual({ host: '192.0.2.1', port: 50_000 })
    expect(writeHostPort({ host: '192.0.2.1', port: 50_000 })).toBe('192,0,2,1,195,80')
  })

  it.each([
    '127,0,0,1,300,1',
    '1,2,3,4,5',
    '1,2,3,4,5,6,7',
    '01,2,3,4,5,6',
    '1,2,3,4,5,06',
    '-1,2,3,4,5,6',
    '1e2,2,3,4,5,6',
    ' 1,2,3,4,5,6',
    '1,2,3,4,5,6 ',
    '1,2,,4,5,6',
    '1,,3,4,5,6',
    ',2,3,4,5,6',
    '1,2,3,x,5,6',
    '1,2,3,4,0,0',
    '',
    `${'1,'.repeat(2000)}1`,
  ])('refuses %.30j (A2)', (text) => {
    expect(parseHostPort(text)).toBeUndefined()
  })
})

describe('227', () => {
  it.each([
    'Entering Passive Mode (192,0,2,1,195,80).',
    'Entering Passive Mode 192,0,2,1,195,80',
    '=192,0,2,1,195,80',
    'At 10 of 1,2 you may use 192,0,2,1,195,80 or not',
  ])('finds the six numbers in %j', (text) => {
    expect(parsePassiveText(text)).toEqual({ host: '192.0.2.1', port: 50_000 })
  })

  it('reads what it writes', () => {
    const address = { host: '192.0.2.1', port: 50_000 }
    expect(parsePassiveText(writePassiveText(address))).toEqual(address)
  })

  it.each(['', 'no numbers', '(1216,256,2,127,127,127)', '1,2,3,4,5', '1,2,3,4,5,6,7'])('refuses %j (A5)', (text) => {
    expect(parsePassiveText(text)).toBeUndefined()
  })
})

describe('EPRT', () => {
  it.each([
    ['|1|192.0.2.1|50000|', { protocol: 1, address: { host: '192.0.2.1', port: 50_000 } }],
    ['|2|2001:DB8::1|21|', { protocol: 2, address: { host: '2001:db8:0:0:0:0:0:1', port: 21 } }],
    ['!2!::ffff:192.0.2.1!25!', { protocol: 2, address: { host: '192.0.2.1', port: 25 } }],
    ['|7|whatever|25|', { protocol: 7, address: undefined }],
  ])('reads %s', (text, value) => {
    expect(parseExtendedPort(text)).toEqual(value)
  })

  it('writes both families', () => {
    expect(writeExtendedPort({ host: '192.0.2.1', port: 50_000 })).toBe('|1|192.0.2.1|50000|')
    expect(writeExtendedPort({ host: '2001:db8::1', port: 50_000 })).toBe('|2|2001:db8::1|50000|')
  })

  it.each([
    '',
    '|',
    '||||',
    '|1|192.0.2.1|50000',
    '|1|192.0.2.1|50000|x',
    '|1|192.0.2.1|50000||',
    '|1|192.0.2.1|0|',
    '|1|192.0.2.1|65536|',
    '|1|192.0.2.1|0050000|',
    '|1|192.0.2.1||',
    '|1|192.0.2|50000|',
    '|1|192.0.2.01|50000|',
    '|1|2001:db8::1|50000|',
    '|2|192.0.2.1|50000|',
    '|2|fe80::1%eth0|50000|',
    '||192.0.2.1|50000|',
    '112192.0.2.1150001',
    ' 1 192.0.2.1 50000 ',
    '\u007f1\u007f192.0.2.1\u007f50000\u007f',
  ])('refuses %j', (text) => {
    expect(parseExtendedPort(text)).toBeUndefined()
  })
})

describe('229', () => {
  it.each([
    'Entering Extended Passive Mode (|||6446|)',
    'ok (!!!6446!)',
    '( see (|||x|) but (|||6446|) is meant',
    '(|||6446|)',
  ])('finds the port in %j', (text) => {
    expect(parseExtendedPassiveText(text)).toBe(6446)
  })

  it('reads what it writes', () => {
    expect(parseExtendedPassiveText(writeExtendedPassiveText(65_535))).toBe(65_535)
  })

  it.each([
    '',
    '|||6446|',
    '(|||1000000|)',
    '(|||0|)',
    '(|||6446)',
    '(|||6446||',
    '(||6446|)',
    '(|1|h|6446|)',
    '(1116446 1)',
    '(|||',
  ])('refuses %j (A5)', (text) => expect(parseExtendedPassiveText(text)).toBeUndefined())
})

describe('hosts', () => {
  it.each([
    ['192.0.2.1', '192.0.2.1'],
    ['::ffff:192.0.2.1', '192.0.2.1'],
    ['::FFFF:c000:201', '192.0.2.1'],
    ['fe80::1%eth0', 'fe80:0:0:0:0:0:0:1'],
    ['::', '0:0:0:0:0:0:0:0'],
    ['1:2:3:4:5:6:7:8', '1:2:3:4:5:6:7:8'],
    ['1:2:3:4:5:6:192.0.2.1', '1:2:3:4:5:6:c000:201'],
    ['1::', '1:0:0:0:0:0:0:0'],
  ])('has one spelling for %s', (host, canonical) => {
    expect(canonicalHost(host)).toBe(canonical)
  })

  it.each([
    '',
    'localhost',
    '1.2.3',
    '1.2.3.4.5',
    '1:2:3',
    '1::2::3',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7::8',
    '12345::',
    'g::',
    '::1.2.3',
    '1.2.3.4::',
    '::\u0661',
    ':::',
    '1:2:3:4:5:6:7:',
  ])('knows that %j is none', (host) => expect(canonicalHost(host)).toBeUndefined())

  it('compares them', () => {
    expect(isSameHost('::ffff:127.0.0.1', '127.0.0.1')).toBe(true)
    expect(isSameHost('127.0.0.1', '127.0.0.2')).toBe(false)
    expect(isSameHost('', '')).toBe(false)
    expect(isSameHost('nowhere', 'nowhere')).toBe(false)
  })
})
