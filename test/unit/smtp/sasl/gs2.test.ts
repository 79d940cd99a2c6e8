import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { parseGs2Header, parseSaslName, writeGs2Header, writeSaslName } from '../../../../src/smtp/sasl/gs2.ts'

describe('parseGs2Header', () => {
  it.each([
    ['n,,n=user', 'n,,', { flag: 'n' }, undefined],
    ['y,,n=user', 'y,,', { flag: 'y' }, undefined],
    ['n,a=joe,n=user', 'n,a=joe,', { flag: 'n' }, 'joe'],
    ['n,a=j=2Co=3De,x', 'n,a=j=2Co=3De,', { flag: 'n' }, 'j,o=e'],
    ['p=tls-exporter,,', 'p=tls-exporter,,', { flag: 'p', channel: 'tls-exporter' }, undefined],
    ['p=a.B-9,a=\u00fc,', 'p=a.B-9,a=\u00fc,', { flag: 'p', channel: 'a.B-9' }, '\u00fc'],
  ])('reads %j', (text, header, binding, authzid) => {
    expect(parseGs2Header(text)).toEqual({ text: header, binding, authzid })
    expect(writeGs2Header(binding as { flag: 'n' }, authzid)).toBe(header)
  })

  it.each([
    '',
    'n',
    'n,',
    ',,',
    'N,,',
    'x,,',
    'n ,,',
    'nn,,',
    'F,n,,',
    'p,,',
    'p=,,',
    'p=tls exporter,,',
    'p=tls_exporter,,',
    'p=\u00fc,,',
    'n=x,,',
    'n,b=joe,',
    'n,joe,',
    'n,a=,',
    'n,a=j=2ce,',
    'n,a=j=,',
    'n,a=j\0,',
    // RFC 7628 §4.4 has this in an example; its own grammar does not.
    'n,user=someuser@example.com,',
  ])('refuses %j', (text) => {
    expect(parseGs2Header(text)).toBeUndefined()
  })
})

describe('parseSaslName', () => {
  it.each(['', '=', 'a=', '=2', '=2c', '=3d', '=2D', 'a=b', 'a,b', 'a\0b', '=2=2C'])('refuses %j', (text) => {
    expect(parseSaslName(text)).toBeUndefined()
  })

  it('reads back any name, and unescapes nothing twice', () => {
    const name = fc.string({ unit: fc.constantFrom(...['=', ',', '2C', '3D', 'a', 'ü', '😀']), minLength: 1 })
    fc.assert(
      fc.property(name, (text) => {
        expect(parseSaslName(writeSaslName(text))).toBe(text)
        expect(writeSaslName(text)).not.toContain(',')
      }),
    )
  })
})
