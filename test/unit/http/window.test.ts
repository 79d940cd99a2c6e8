import { describe, expect, it } from 'vitest'
import { Window } from '../../../src/http/window.ts'

function text(window: Window): string {
  return window.bytes.toString('latin1', window.from, window.end)
}

describe('Window', () => {
  it('stands in the chunk that was pushed, without a copy', () => {
    const window = new Window()
    const chunk = Buffer.from('hello')
    window.push(chunk)
    expect(window.bytes).toBe(chunk)
    const view = window.take(2)
    expect(view.buffer).toBe(chunk.buffer)
    expect(String(view)).toBe('he')
    expect(window.length).toBe(3)
    expect(window.offset).toBe(2)
  })

  it('goes over to the next chunk without a copy when the stretch is used up', () => {
    const window = new Window()
    const later = Buffer.alloc(1000, 'b')
    window.push(Buffer.from('a'))
    window.push(later)
    window.skip(1)
    expect(window.extend()).toBe(true)
    expect(window.bytes.buffer).toBe(later.buffer)
    expect(window.extend()).toBe(false)
  })

  it('joins what is left with what came later, up to 4,096 octets of it at a time', () => {
    const window = new Window()
    window.push(Buffer.from('ab'))
    window.skip(1)
    window.push(Buffer.alloc(10_000, 'c'))
    expect(window.extend()).toBe(true)
    expect(text(window)).toBe(`b${'c'.repeat(4096)}`)
    expect(window.length).toBe(10_001)
  })

  it('keeps views as they were while single octets are joined', () => {
    const window = new Window()
    const views: Buffer[] = []
    for (let index = 0; index < 5000; index++) {
      window.push(Buffer.from([index & 0xff]))
      if (window.end === window.from || index % 3 === 0) window.extend()
      if (index % 7 === 6) views.push(window.take(1))
    }
    expect(views.map((view) => view[0])).toEqual(views.map((_, index) => index & 0xff))
    expect(window.offset).toBe(views.length)
    expect(window.length).toBe(5000 - views.length)
    const rest = window.takeAll()
    expect(rest.length).toBe(5000 - views.length)
    expect(rest[0]).toBe(views.length & 0xff)
    expect(window.offset).toBe(5000)
    expect(window.takeAll().length).toBe(0)
  })

  it('grows octet by octet without losing one', () => {
    const window = new Window()
    let expected = ''
    for (let index = 0; index < 5000; index++) {
      const octet = String.fromCharCode(0x21 + (index % 90))
      expected += octet
      window.push(Buffer.from(octet))
      if (index > 0) expect(window.extend()).toBe(true)
      expect(window.end - window.from).toBe(expected.length)
    }
    expect(text(window)).toBe(expected)
  })
})
