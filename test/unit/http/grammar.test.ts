import { describe, expect, it } from 'vitest'
import {
  isFieldValue,
  isMiscased,
  isReason,
  isSameName,
  isToken,
  parseTokens,
  trimOws,
} from '../../../src/http/grammar.ts'

describe('isToken', () => {
  it.each(['a', 'X-Y_z', "!#$%&'*+-.^_`|~09"])('takes %s', (text) => expect(isToken(text)).toBe(true))
  it.each(['', 'a b', 'a:', '"a"', 'a(', 'é', 'a\u0100', 'a\n', '\0'])('refuses %j', (text) => {
    expect(isToken(text)).toBe(false)
  })
})

describe('isFieldValue', () => {
  it.each(['', 'a', 'a\tb', 'é\xff', 'a b'])('takes %j', (text) => expect(isFieldValue(text)).toBe(true))
  it.each([' a', 'a ', '\ta', 'a\t', ' ', 'a\rb', 'a\nb', 'a\0', '\x7f', '\x1b', 'Ā'])('refuses %j', (text) => {
    expect(isFieldValue(text)).toBe(false)
  })
})

describe('isReason', () => {
  it('takes text and nothing, and no line end', () => {
    expect(isReason('')).toBe(true)
    expect(isReason('Not\tFound é')).toBe(true)
    expect(isReason('a\r\nX: y')).toBe(false)
  })
})

describe('parseTokens', () => {
  it('reads a list in lower case, without its empty elements', () => {
    expect(parseTokens('Keep-Alive,\t Upgrade ,,x')).toEqual(['keep-alive', 'upgrade', 'x'])
    expect(parseTokens('')).toEqual([])
  })
  it.each(['a b', 'a;b', '"close"', 'close\xa0', 'clo\u212ae'])('refuses %j', (text) => {
    expect(parseTokens(text)).toBeUndefined()
  })
})

describe('trimOws', () => {
  it('knows SP and HTAB and no other white space', () => {
    expect(trimOws(' \t a b\t ')).toBe('a b')
    expect(trimOws(' ')).toBe('')
    expect(trimOws('\v\u00a0a\f')).toBe('\v\u00a0a\f')
  })
})

describe('isSameName', () => {
  it('folds ASCII letters and nothing else', () => {
    expect(isSameName('HoSt', 'host')).toBe(true)
    expect(isSameName('hosts', 'host')).toBe(false)
    expect(isSameName('h_st', 'h-st')).toBe(false)
    expect(isSameName('chun\u212aed', 'chunked')).toBe(false)
    expect(isSameName('[', '{')).toBe(false)
  })
})

describe('isMiscased', () => {
  it('is for standard methods alone', () => {
    expect(['get', 'Get', 'pATCH'].map(isMiscased)).toEqual([true, true, true])
    expect(['GET', 'PATCH', 'sludge', 'SLUDGE', ''].map(isMiscased)).toEqual([false, false, false, false, false])
  })
})
