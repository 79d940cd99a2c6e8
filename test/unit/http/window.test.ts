import { describe, expect, it } from 'vitest'
import { Window } from '../../../src/http/window.ts'

function text(window: Window): string {
  return window.bytes.toString('latin1', window.from, window.end)
}

/** The octets of the stretch, as the view has them. */
function inWords(window: Window): string {
  const words = window.words(4)
  const octets = Array.from(
    { length: window.end - window.from },
    (_, index) => words?.getUint8(window.from + index) ?? 0,
  )
  return String.fromCharCode(...octets)
}

describe('Window', () => {
  it('shows an arrival in words that lies on the desk, and lays it there again behind another one', () => {
    const [one, two] = [new Window(), new Window()]
    one.push(Buffer.from('first'))
    two.push(Buffer.from('other'))
    const words = one.words(4)
    expect(inWords(one)).toBe('first')
    expect(one.words(4)).toBe(words)
    expect(inWords(two)).toBe('other')
    expect(two.words(4)).toBe(words)
    expect(inWords(one)).toBe('first')
    expect(one.words(6)).toBeUndefined()
  })

  it('shows what is behind the first message in words of its own, where the desk was cleared', () => {
    const [one, two] = [new Window(), new Window()]
    one.push(Buffer.from('first, second'))
    const words = one.words(4)
    one.skip(7)
    expect(one.words(4)).toBe(words)
    two.push(Buffer.from('other things'))
    two.words(4)
    expect(inWords(one)).toBe('second')
    expect(one.words(4)).not.toBe(words)
  })

  it('shows in words of its own what is joined, and what is too large for the desk', () => {
    const window = new Window()
    window.push(Buffer.from('hel'))
    window.push(Buffer.from('lo'))
    window.extend()
    expect(inWords(window)).toBe('hello')
    window.push(Buffer.from(', you'))
    window.extend()
    expect(inWords(window)).toBe('hello, you')
    window.skip(10)
    for (const size of [4096, 4097]) {
      window.push(Buffer.alloc(size, 'x'))
      window.extend()
      expect(inWords(window)).toBe('x'.repeat(size))
      window.skip(size)
    }
  })

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

  it('joins at once what comes where the stretch was too short, but for large chunks, until octets of it are consumed', () => {
    const window = new Window()
    window.push(Buffer.from('ab'))
    expect(window.extend()).toBe(false)
    window.push(Buffer.from('cd'))
    expect(text(window)).toBe('abcd')
    window.skip(1)
    window.push(Buffer.from('ef'))
    expect(text(window)).toBe('bcd')
    expect(window.extend()).toBe(true)
    expect(window.extend()).toBe(false)
    window.push(Buffer.alloc(5000, 'x'))
    window.push(Buffer.from('y'))
    expect(text(window)).toBe('bcdef')
    expect(String(window.takeAll())).toBe(`bcdef${'x'.repeat(5000)}y`)
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

  /** A window in which the pieces are joined. */
  function joined(pieces: readonly string[]): Window {
    const window = new Window()
    for (const piece of pieces) window.push(Buffer.from(piece))
    while (window.extend());
    return window
  }

  it('joins in the same buffer again and again, its own and that of a window that is done, while nobody has a view of it', () => {
    const first = joined(['ab', 'cd'])
    const { bytes } = first
    for (let round = 0; round < 100; round++) {
      first.skip(first.end - first.from - 1)
      first.push(Buffer.from('e'.repeat(300) + round))
      first.extend()
      expect(first.bytes).toBe(bytes)
      expect(text(first)).toMatch(new RegExp(`^\\we{300}${round}$`))
    }
    first.skip(first.end - first.from)
    first.push(Buffer.from('of the network'))
    expect(joined(['fg', 'hi']).bytes).toBe(bytes)
    // Two windows at once have two buffers.
    expect(joined(['kl', 'mn']).bytes).not.toBe(bytes)
  })

  it('never joins in a buffer of which somebody has a view', () => {
    const first = joined(['ab', 'cd'])
    const { bytes } = first
    const view = first.take(3)
    first.push(Buffer.alloc(bytes.length, 'e'))
    first.extend()
    expect(first.bytes).not.toBe(bytes)
    expect(joined(['fg', 'hi']).bytes).not.toBe(bytes)

    const second = joined(['kl', 'mn'])
    const { bytes: shown } = second
    const other = second.take(4)
    second.push(Buffer.from('of the network'))
    expect(joined(['op', 'qr']).bytes).not.toBe(shown)
    expect(String(view)).toBe('abc')
    expect(String(other)).toBe('klmn')
  })

  it('keeps no buffer of more than 16,384 octets for others', () => {
    const window = new Window()
    window.push(Buffer.alloc(9000, 'a'))
    window.push(Buffer.from('b'))
    window.extend()
    const { bytes } = window
    expect(bytes.length).toBeGreaterThan(16_384)
    window.skip(window.end)
    window.push(Buffer.from('c'))
    expect(joined(['a', 'b']).bytes).not.toBe(bytes)
  })
})
