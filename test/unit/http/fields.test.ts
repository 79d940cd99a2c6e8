import { describe, expect, it } from 'vitest'
import { Fields, linesOf, NO_FIELDS } from '../../../src/http/fields.ts'
import { CONTENT_LENGTH, HOST, REPEATED } from '../../../src/http/slots.ts'
import { RequestParser, ResponseParser } from '../../../src/http/parser.ts'

const LINES = [
  ['Host', 'a'],
  ['X-Empty', ''],
  ['Set-Cookie', 'a=1'],
  ['set-cookie', 'b=2'],
  ['__proto__', 'x'],
] as const

describe('Fields', () => {
  it('keeps order and case, and finds names without case', () => {
    const fields = Fields.from(LINES)
    expect([...fields]).toEqual(LINES)
    expect(fields.size).toBe(5)
    expect(fields.get('HOST')).toBe('a')
    expect(fields.get('x-empty')).toBe('')
    expect(fields.get('Set-Cookie')).toBe('a=1, b=2')
    expect(fields.getAll('SET-COOKIE')).toEqual(['a=1', 'b=2'])
    expect(fields.get('__proto__')).toBe('x')
    expect(fields.has('constructor')).toBe(false)
    expect(fields.get('hos')).toBeUndefined()
    expect(fields.get('hos\u0174')).toBeUndefined()
    expect(fields.getAll('none')).toEqual([])
  })

  it('gives lines by their number, and no others', () => {
    const fields = Fields.from(LINES)
    expect([fields.nameAt(2), fields.valueAt(2)]).toEqual(['Set-Cookie', 'a=1'])
    expect(() => fields.nameAt(5)).toThrow(RangeError)
    expect(() => fields.valueAt(-1)).toThrow(RangeError)
  })

  it("gives all names and values in turn, in an array of one's own", () => {
    const fields = Fields.from(LINES)
    const raw = fields.raw()
    expect(raw).toEqual(LINES.flat())
    raw.length = 0
    expect(fields.raw()).toEqual(LINES.flat())
  })

  it('knows the fields of interest by their bits', () => {
    expect(Fields.from([['host', 'a']]).bits).toBe(HOST)
    const repeated = Fields.from([
      ['content-length', '1'],
      ['Content-Length', '1'],
    ])
    expect(repeated.bits).toBe(CONTENT_LENGTH | (CONTENT_LENGTH << REPEATED))
    expect(NO_FIELDS.size).toBe(0)
  })

  it('refuses lines that cannot be written', () => {
    expect(() => Fields.from([['a b', '']])).toThrow('A field cannot be written as HTTP')
    expect(() => Fields.from([['a', 'b\r\nc: d']])).toThrow('A field cannot be written as HTTP')
  })

  it('holds more lines, and longer ones, than a peer may send', () => {
    const lines = Array.from({ length: 300 }, (_, index) => [`x${index}`, 'y'.repeat(400)] as const)
    expect([...Fields.from(lines)]).toEqual(lines)
  })

  it('stays what it is when its parser reads on', () => {
    const parser = new RequestParser()
    const heads = Array.from({ length: 500 }, (_, index) => {
      parser.push(Buffer.from(`GET /${index} HTTP/1.1\r\nHost: a\r\nX-${index}: ${index}\r\n\r\n`))
      const head = parser.next()
      parser.next()
      return head
    })
    for (const [index, head] of heads.entries()) {
      expect(head).toMatchObject({ type: 'request', target: `/${index}` })
      if (head?.type === 'request') expect(head.headers.get(`x-${index}`)).toBe(String(index))
    }
  })

  it('shows a folded value with spaces', () => {
    const parser = new ResponseParser()
    parser.push(Buffer.from('HTTP/1.1 200 OK\r\nX: a\r\n \tb\r\n\tc \r\n \r\nY:\r\n z\r\n\r\n'))
    expect(parser.next('GET')).toEqual({ type: 'warning', code: 'HTTP_FIELD_FOLD', offset: 0 })
    const head = parser.next('GET')
    if (head?.type !== 'response') throw new Error('no head')
    expect([...head.headers]).toEqual([
      ['X', 'a    b   c'],
      ['Y', 'z'],
    ])
  })
})

describe('linesOf', () => {
  it('takes pairs as they are, and objects by their keys', () => {
    const pairs = [['a', 'b']] as const
    expect(linesOf(pairs)).toBe(pairs)
    expect([...linesOf(new Headers({ a: 'b' }))]).toEqual([['a', 'b']])
    expect(linesOf({ a: 'b', c: ['d', 'e'] })).toEqual([
      ['a', 'b'],
      ['c', 'd'],
      ['c', 'e'],
    ])
  })
})
