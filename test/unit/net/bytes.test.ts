import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteQueue, asBuffer } from '../../../src/net/bytes.ts'

function queueOf(...chunks: string[]): ByteQueue {
  const queue = new ByteQueue()
  for (const chunk of chunks) queue.push(Buffer.from(chunk, 'latin1'))
  return queue
}

describe('ByteQueue', () => {
  it('gives back what was pushed, in order', () => {
    const queue = queueOf('GE', 'T /', '', ' HTTP')
    expect(queue.length).toBe(10)
    expect(queue.take(3).toString()).toBe('GET')
    expect(queue.offset).toBe(3)
    expect(queue.peek(2).toString()).toBe(' /')
    expect(queue.length).toBe(7)
    queue.skip(3)
    expect(queue.takeAll().toString()).toBe('HTTP')
    expect(queue.length).toBe(0)
    expect(queue.offset).toBe(10)
    expect(queue.takeAll()).toHaveLength(0)
    expect(queue.takeSome()).toHaveLength(0)
  })

  it('hands out views where a stretch lies in one chunk', () => {
    const chunk = Buffer.from('abcdef')
    const queue = new ByteQueue()
    queue.push(chunk)
    const view = queue.take(3)
    chunk[0] = 0x7a
    expect(view.toString()).toBe('zbc')
  })

  it('copies where a stretch lies across two', () => {
    const queue = queueOf('x'.repeat(300), 'y'.repeat(300))
    queue.skip(299)
    expect(queue.peek(2).toString()).toBe('xy')
    expect(queue.take(301).toString()).toBe(`x${'y'.repeat(300)}`)
  })

  it('finds octets in any chunk and none beyond the end', () => {
    const queue = queueOf('ab', 'c'.repeat(300), 'd')
    queue.skip(1)
    expect(queue.at(0)).toBe(0x62)
    expect(queue.at(1)).toBe(0x63)
    expect(queue.at(301)).toBe(0x64)
    expect(queue.at(302)).toBeUndefined()
    expect(new ByteQueue().at(0)).toBeUndefined()
  })

  it('refuses to give more than there is', () => {
    const queue = queueOf('ab')
    expect(() => queue.take(3)).toThrow(RangeError)
    expect(() => queue.peek(3)).toThrow(RangeError)
    expect(() => queue.skip(3)).toThrow(RangeError)
    expect(queue.length).toBe(2)
  })

  it('takes some without copying, up to a limit', () => {
    const queue = queueOf('a'.repeat(300), 'b'.repeat(300))
    expect(queue.takeSome(2).toString()).toBe('aa')
    expect(queue.takeSome()).toHaveLength(298)
    expect(queue.takeSome(1000)).toHaveLength(300)
  })

  it('shows some without taking it, up to a limit', () => {
    const queue = new ByteQueue()
    expect(queue.peekSome()).toHaveLength(0)
    const chunk = Buffer.from('abcd')
    queue.push(chunk)
    queue.push(Buffer.alloc(300))
    expect(queue.peekSome()).toBe(chunk)
    expect(queue.peekSome(2).toString()).toBe('ab')
    queue.skip(1)
    expect(queue.peekSome().toString()).toBe('bcd')
    expect(queue.peekSome(1).toString()).toBe('b')
    expect(queue.length).toBe(303)
  })

  it('gathers small chunks into blocks, and never writes over what it has handed out', () => {
    const queue = new ByteQueue()
    const taken: [Buffer, string][] = []
    let written = 0
    for (let round = 0; round < 400; round++) {
      for (let count = 0; count < 50; count++) queue.push(Buffer.of(written++ & 0xff))
      const view = queue.take(37)
      taken.push([view, view.toString('latin1')])
    }
    for (const [view, was] of taken) expect(view.toString('latin1')).toBe(was)
  })

  it('does not look twice', () => {
    const queue = new ByteQueue()
    for (let octet = 0; octet < 5000; octet++) {
      queue.push(Buffer.from('a'))
      expect(queue.indexOf(0x0a)).toBe(-1)
    }
    expect(queue.work).toBe(5000)
    queue.push(Buffer.from('\n'))
    expect(queue.indexOf(0x0a)).toBe(5000)
    expect(queue.indexOf(0x0a)).toBe(5000)
    expect(queue.work).toBeLessThan(5010)
  })

  it('looks as far as it is told', () => {
    const queue = queueOf('abc\ndef\n')
    expect(queue.indexOf(0x0a, 3)).toBe(-1)
    expect(queue.indexOf(0x0a, 4)).toBe(3)
    expect(queue.indexOf(0x0a, 0)).toBe(-1)
    queue.skip(4)
    expect(queue.indexOf(0x0a)).toBe(3)
    expect(queue.indexOf(0x64)).toBe(0)
    expect(queue.indexOf(0x0a)).toBe(3)
    queue.skip(4)
    expect(queue.indexOf(0x0a)).toBe(-1)
  })

  it('behaves as an array of octets would, whatever is done to it', () => {
    const size = fc.oneof(fc.nat(4), fc.nat(600))
    const step = fc.oneof(
      fc.record({ do: fc.constant('push' as const), size, of: fc.nat(3) }),
      fc.record({ do: fc.constantFrom('take' as const, 'skip' as const, 'peek' as const, 'some' as const), size }),
      fc.record({ do: fc.constant('find' as const), of: fc.nat(3), size }),
      fc.record({ do: fc.constant('at' as const), size }),
    )
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const queue = new ByteQueue()
        let model = Buffer.alloc(0)
        let offset = 0
        for (const action of steps) {
          const size = Math.min(action.size, model.length)
          switch (action.do) {
            case 'push': {
              const bytes = Buffer.from(Array.from({ length: action.size }, (_, index) => (index * 7 + action.of) & 3))
              queue.push(bytes)
              model = Buffer.concat([model, bytes])
              break
            }
            case 'peek':
              expect(queue.peek(size)).toEqual(model.subarray(0, size))
              expect(queue.peekText(size)).toBe(model.toString('latin1', 0, size))
              break
            case 'find': {
              const found = model.subarray(0, action.size).indexOf(action.of)
              expect(queue.indexOf(action.of, action.size)).toBe(found)
              break
            }
            case 'at':
              expect(queue.at(action.size)).toBe(model[action.size])
              break
            default: {
              const taken = action.do === 'some' ? queue.takeSome(size) : undefined
              const count = taken?.length ?? size
              if (action.do === 'take') expect(queue.take(size)).toEqual(model.subarray(0, size))
              if (action.do === 'skip') queue.skip(size)
              if (taken !== undefined) expect(taken).toEqual(model.subarray(0, count))
              if (taken !== undefined && size > 0) expect(count).toBeGreaterThan(0)
              model = model.subarray(count)
              offset += count
            }
          }
          expect(queue.length).toBe(model.length)
          expect(queue.offset).toBe(offset)
        }
        expect(queue.takeAll()).toEqual(model)
      }),
    )
  })
})

describe('asBuffer', () => {
  it('shows the same memory', () => {
    const array = new Uint8Array([1, 2, 3, 4]).subarray(1, 3)
    const buffer = asBuffer(array)
    expect([...buffer]).toEqual([2, 3])
    array[0] = 9
    expect(buffer[0]).toBe(9)
    expect(asBuffer(buffer)).toBe(buffer)
  })
})
