import { expect, it } from 'vitest'
import { DESK_BYTES, laidOut, layOut } from '../../../src/http/desk.ts'

it('shows what was laid out last, and nothing that was laid out before it', () => {
  expect(laidOut(0)).toBeUndefined()
  const first = layOut(Buffer.from('first'))
  expect(laidOut(first)?.getUint8(4)).toBe(0x74)
  const second = layOut(Buffer.alloc(DESK_BYTES, 'x'))
  expect(laidOut(first)).toBeUndefined()
  expect(laidOut(second)?.getUint8(DESK_BYTES - 1)).toBe(0x78)
  expect(() => layOut(Buffer.alloc(DESK_BYTES + 1))).toThrow(RangeError)
})
