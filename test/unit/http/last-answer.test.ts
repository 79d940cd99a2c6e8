import { describe, expect, it } from 'vitest'
import { joinAnswer, octetsOf } from '../../../src/http/last-answer.ts'

const HEAD = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\n'
const LONG = 'x'.repeat(1024)

describe('the last answer', () => {
  it('is its head with its content, whatever was joined before', () => {
    for (const head of [HEAD, HEAD, 'b', HEAD, '', LONG, HEAD]) {
      for (const content of ['hello', 'hello', 'world', 'hello', '', LONG, 'hello']) {
        expect(joinAnswer(head, content)).toBe(head + content)
      }
    }
  })

  it('is not taken for another one that reads the same', () => {
    expect(joinAnswer('ab', 'c')).toBe('abc')
    expect(joinAnswer('a', 'bc')).toBe('abc')
    expect(joinAnswer('a', 'b')).toBe('ab')
  })

  it('is the same octets as long as it is the same', () => {
    const octets = octetsOf(joinAnswer(HEAD, 'hello'))
    expect(octets.toString('latin1')).toBe(`${HEAD}hello`)
    expect(octetsOf(joinAnswer(HEAD, 'hello'))).toBe(octets)
    expect(octetsOf(joinAnswer(HEAD, 'world')).toString('latin1')).toBe(`${HEAD}world`)
    expect(octetsOf(joinAnswer(HEAD, 'hello'))).toEqual(octets)
  })

  it('is one octet for each character', () => {
    expect(octetsOf('\xe4\xff\0')).toEqual(Buffer.of(0xe4, 0xff, 0))
  })

  it('is not remembered where it is long', () => {
    const octets = octetsOf(joinAnswer(HEAD, LONG))
    expect(octets.toString('latin1')).toBe(HEAD + LONG)
    expect(octetsOf(joinAnswer(HEAD, LONG))).not.toBe(octets)
  })
})
