import { describe, expect, it } from 'vitest'
import {
  parseAddress,
  parseForwardPath,
  parseHost,
  parseMailbox,
  parseReversePath,
  pathLength,
  POSTMASTER,
  writeMailbox,
  writePath,
} from '../../../src/smtp/address.ts'

const A = { localPart: 'a', domain: 'x.test' }

describe('parseMailbox', () => {
  it.each([
    ['a@x.test', A],
    ['A@X.Test', { localPart: 'A', domain: 'x.test' }],
    ['"a@b"@x.test', { localPart: 'a@b', domain: 'x.test' }],
    ['"a\\"@b"@x.test', { localPart: 'a"@b', domain: 'x.test' }],
    ['a@[192.0.2.1]', { localPart: 'a', domain: '[192.0.2.1]' }],
    ['""@x.test', { localPart: '', domain: 'x.test' }],
  ])('takes %s', (text, path) => {
    expect(parseMailbox(text)).toEqual(path)
  })

  it.each([
    '',
    'a',
    '@',
    'a@',
    '@x.test',
    'a@b@x.test',
    '"a"',
    '"a',
    '"a"b@x.test',
    '"a\\',
    'a@x.test ',
    'a@[x]',
    'a\\@b@x.test',
  ])('refuses %j', (text) => {
    expect(parseMailbox(text)).toBeUndefined()
  })

  it('takes 254 octets and no more', () => {
    const domain = `${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(60)}.${'d'.repeat(6)}`
    const local = 'l'.repeat(64)
    expect(`${local}@${domain}`.length).toBe(254)
    expect(parseMailbox(`${local}@${domain}`)).toEqual({ localPart: local, domain })
    expect(parseMailbox(`${local}@${domain}d`)).toBeUndefined()
    expect(writeMailbox({ localPart: local, domain: `${domain}d` })).toBeUndefined()
  })
})

describe('paths', () => {
  it('reads the null reverse-path in MAIL alone', () => {
    expect(parseReversePath('<>')).toBeNull()
    expect(parseForwardPath('<>')).toBeUndefined()
  })

  it('reads the postmaster without a domain in RCPT alone', () => {
    for (const text of ['<postmaster>', '<Postmaster>', '<POSTMASTER>']) expect(parseForwardPath(text)).toBe(POSTMASTER)
    expect(parseReversePath('<postmaster>')).toBeUndefined()
    expect(parseForwardPath('<Postmaster@x.test>')).toEqual({ localPart: 'Postmaster', domain: 'x.test' })
  })

  it.each(['<@a.test:a@x.test>', '<@a.test,@b.test:a@x.test>', '<a@x.test>'])('drops the route of %s', (text) => {
    expect(parseForwardPath(text)).toEqual(A)
    expect(parseReversePath(text)).toEqual(A)
  })

  it.each([
    'a@x.test',
    '<a@x.test',
    'a@x.test>',
    '<a@x.test>>',
    '<<a@x.test>>',
    '< a@x.test>',
    '<@a.test>',
    '<@a.test:>',
    '<:a@x.test>',
    '<@:a@x.test>',
    '<a.test:a@x.test>',
    '<@a.test,b.test:a@x.test>',
    '<@a.test,:a@x.test>',
    '<@[192.0.2.1]:a@x.test>',
    '<@a.test;a@x.test>',
  ])('refuses %j', (text) => {
    expect(parseForwardPath(text)).toBeUndefined()
    expect(parseReversePath(text)).toBeUndefined()
  })
})

it('finds where a path ends', () => {
  expect(pathLength('<a@x.test> SIZE=1')).toBe(10)
  expect(pathLength('<>')).toBe(2)
  expect(pathLength('<"a> SIZE=1"@x.test> SIZE=2')).toBe(20)
  expect(pathLength('<"\\">"@x.test>junk')).toBe(14)
  for (const text of ['', '<a@x.test', '<"a>', '<"a\\">']) expect(pathLength(text), text).toBe(-1)
})

it('reads hosts', () => {
  expect(parseHost('[192.0.2.1]')).toBe('[192.0.2.1]')
  expect(parseHost('X.test')).toBe('x.test')
  expect(parseHost('x_y')).toBeUndefined()
})

describe('writing', () => {
  it.each([
    [null, '<>'],
    [A, '<a@x.test>'],
    [POSTMASTER, '<postmaster>'],
    [{ localPart: 'Postmaster', domain: '' }, '<postmaster>'],
    [{ localPart: 'a b', domain: 'X.test' }, '<"a b"@x.test>'],
    [{ localPart: 'a', domain: '[IPv6:::1]' }, '<a@[IPv6:::1]>'],
    // What came in as `"a@x.test> ORCPT=rfc822;b"@y.test` leaves as one mailbox
    [{ localPart: 'a@x.test> ORCPT=rfc822;b', domain: 'y.test' }, '<"a@x.test> ORCPT=rfc822;b"@y.test>'],
  ])('writes %j', (path, text) => {
    expect(writePath(path)).toBe(text)
  })

  it.each([
    { localPart: 'a', domain: '' },
    { localPart: 'a', domain: 'x test' },
    { localPart: 'a', domain: 'x.test>\r\nRCPT TO:<b@y.test' },
    { localPart: 'a\r\n', domain: 'x.test' },
  ])('does not write %j', (path) => {
    expect(writePath(path)).toBeUndefined()
  })
})

it('reads addresses as people write them', () => {
  expect(parseAddress('a@x.test')).toEqual(A)
  expect(parseAddress('<a@x.test>')).toEqual(A)
  expect(parseAddress('')).toBeNull()
  expect(parseAddress('<>')).toBeNull()
  expect(parseAddress('postmaster')).toBe(POSTMASTER)
  for (const text of ['a', 'Joe <a@x.test>', 'a@x.test>', 'a@x.test, b@x.test', 'a@x.test> NOTIFY=NEVER']) {
    expect(parseAddress(text), text).toBeUndefined()
  }
})
