import { describe, expect, it } from 'vitest'
import { formOf, isIpv6, isRegName, isTargetText, parseAbsolute, parseAuthority } from '../../../src/http/target.ts'

describe('formOf', () => {
  it.each([
    ['GET', '/', 'origin'],
    ['GET', '//evil/x', 'origin'],
    ['OPTIONS', '/a?b', 'origin'],
    ['OPTIONS', '*', 'asterisk'],
    ['GET', 'http://a/x', 'absolute'],
    ['GET', 'HTTP://a', 'absolute'],
    ['CONNECT', 'a.test:443', 'authority'],
    ['CONNECT', '[::1]:443', 'authority'],
  ])('%s %s is in %s-form', (method, target, form) => expect(formOf(method, target)).toBe(form))

  it.each([
    ['GET', '*'],
    ['GET', 'a:80'],
    ['GET', 'foo'],
    ['GET', 'http:/x'],
    ['GET', '://a'],
    ['GET', '1http://a/'],
    ['GET', 'ht_tp://a/'],
    ['GET', 'http://u:p@a/'],
    ['GET', 'http:///x'],
    ['CONNECT', '/'],
    ['CONNECT', 'a'],
    ['CONNECT', 'a:'],
    ['CONNECT', 'a:0'],
    ['CONNECT', 'a:99999'],
    ['CONNECT', 'http://a:80'],
  ])('%s %s has none', (method, target) => expect(formOf(method, target)).toBeUndefined())
})

describe('parseAbsolute', () => {
  it('takes a target apart', () => {
    expect(parseAbsolute('HTTP://a:80/x?y')).toEqual({ scheme: 'http', authority: 'a:80', path: '/x?y' })
    expect(parseAbsolute('http://a')).toEqual({ scheme: 'http', authority: 'a', path: '/' })
    expect(parseAbsolute('http://a?y')).toEqual({ scheme: 'http', authority: 'a', path: '/?y' })
  })
})

describe('isRegName', () => {
  it.each(['a', 'a.test', "A-b_c.~%41!$&'()*+;=", '127.0.0.1', '%41'])(
    'takes %s, whatever stands around it',
    (text) => {
      expect(isRegName(`(,${text},`, 2, 2 + text.length)).toBe(true)
      expect(parseAuthority(text)).toEqual({ host: text, port: undefined })
    },
  )

  it.each(['', 'a:80', 'a,b', 'a b', '[::1]', 'ü', '\u0141', '%', '%4', '%4g', 'a%4'])(
    'leaves %j to others',
    (text) => {
      expect(isRegName(`x${text}11`, 1, 1 + text.length)).toBe(false)
    },
  )
})

describe('parseAuthority', () => {
  it.each([
    ['a', { host: 'a', port: undefined }],
    ['a:', { host: 'a', port: undefined }],
    ['a:0080', { host: 'a', port: 80 }],
    ["A-b_c.~%41!$&'()*+;=", { host: "A-b_c.~%41!$&'()*+;=", port: undefined }],
    ['127.0.0.1:8080', { host: '127.0.0.1', port: 8080 }],
    ['[::1]', { host: '[::1]', port: undefined }],
    ['[fe80::1]:80', { host: '[fe80::1]', port: 80 }],
  ])('takes %s', (text, authority) => expect(parseAuthority(text)).toEqual(authority))

  it.each([
    '',
    ':80',
    'a b',
    'a/b',
    'a,b',
    'u@a',
    'a:b',
    'a:80:80',
    'a:65536',
    'a:-1',
    'a%4',
    'a%zz',
    'a%4g',
    'a\0',
    'ÿ',
    'Ā',
    '[',
    '[]',
    '[::1',
    '[::1]x',
    '[v1.a]',
    '::1',
  ])('refuses %j', (text) => expect(parseAuthority(text)).toBeUndefined())
})

describe('isIpv6', () => {
  it.each([
    '::',
    '::1',
    '1::',
    '1:2:3:4:5:6:7:8',
    '1::8',
    '::ffff:1.2.3.4',
    '1:2:3:4:5:6:1.2.3.4',
    'ABCD::abcd',
    '1:2:3:4:5:6:7::',
  ])('takes %s', (text) => expect(isIpv6(text)).toBe(true))
  it.each([
    '',
    ':',
    ':::',
    '1',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '1::2::3',
    '12345::',
    'g::',
    '::1.2.3',
    '::1.2.3.4.5',
    '::1.2.3.256',
    '::01.2.3.4',
    '1.2.3.4::',
    ':1::',
    '::1:',
    '::1.2.3.x',
  ])('refuses %j', (text) => expect(isIpv6(text)).toBe(false))
})

describe('isTargetText', () => {
  it('takes the octets of a URI, and those that browsers send', () => {
    expect(isTargetText("/a%20b?c=[d]!e'~")).toBe(true)
    expect(
      ['', '/{', '/}', '/|', '/^', '/`', '/a b', '/a#b', '/%', '/%2', '/\\', '/é', '/\u0100', '/"', '/<'].some(
        isTargetText,
      ),
    ).toBe(false)
  })
})
