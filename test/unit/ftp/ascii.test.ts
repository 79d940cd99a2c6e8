import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { AsciiDecoder, AsciiEncoder } from '../../../src/ftp/ascii.ts'
import { splits } from '../../support/splits.ts'

function encode(pieces: readonly Buffer[]): string {
  const encoder = new AsciiEncoder()
  return Buffer.concat(pieces.map((piece) => encoder.encode(piece))).toString('latin1')
}

function decode(pieces: readonly Buffer[]): string {
  const decoder = new AsciiDecoder()
  return Buffer.concat([...pieces.map((piece) => decoder.decode(piece)), decoder.end()]).toString('latin1')
}

describe('AsciiEncoder', () => {
  it.each([
    ['', ''],
    ['a', 'a'],
    ['a\nb\n', 'a\r\nb\r\n'],
    ['\n\n', '\r\n\r\n'],
    ['a\r\nb', 'a\r\nb'],
    ['a\r', 'a\r'],
    ['\r\r\n\n', '\r\r\n\r\n'],
    ['a\rb\n', 'a\rb\r\n'],
  ])('makes %j %j under every cut', (local, wire) => {
    for (const { name, pieces } of splits(Buffer.from(local))) expect(encode(pieces), name).toBe(wire)
  })

  it('copies nothing where nothing changes', () => {
    const chunk = Buffer.from('no line end')
    expect(new AsciiEncoder().encode(chunk)).toBe(chunk)
  })

  it('remembers a CR over an empty chunk', () => {
    expect(encode([Buffer.from('a\r'), Buffer.alloc(0), Buffer.from('\nb')])).toBe('a\r\nb')
  })
})

describe('AsciiDecoder', () => {
  it.each([
    ['', ''],
    ['a', 'a'],
    ['a\r\nb\r\n', 'a\nb\n'],
    ['\r\n\r\n', '\n\n'],
    ['a\nb', 'a\nb'],
    ['a\r', 'a\r'],
    ['\r\r\n', '\r\n'],
    ['\r\r', '\r\r'],
    ['a\rb', 'a\rb'],
  ])('makes %j %j under every cut', (wire, local) => {
    for (const { name, pieces } of splits(Buffer.from(wire))) expect(decode(pieces), name).toBe(local)
  })

  it('remembers a CR over an empty chunk, and forgets it at the end', () => {
    expect(decode([Buffer.from('a\r'), Buffer.alloc(0), Buffer.from('\nb')])).toBe('a\nb')
    const decoder = new AsciiDecoder()
    decoder.decode(Buffer.from('\r'))
    expect(decoder.end().toString()).toBe('\r')
    expect(decoder.end().toString()).toBe('')
  })
})

it('gives a text back that has no CR of its own', () => {
  const text = fc.string({ unit: fc.constantFrom('a', '\n', 'é') })
  fc.assert(
    fc.property(text, (local) => {
      const octets = Buffer.from(local).toString('latin1')
      for (const { pieces } of splits(Buffer.from(encode([Buffer.from(local)]), 'latin1')))
        expect(decode(pieces)).toBe(octets)
    }),
  )
})
