/** The search for a line's end: what it finds is what a look at each octet finds, wherever it begins and whatever stands around. */
import { describe, expect, it } from 'vitest'
import { indexOfEdge, wordsOf } from '../../../src/smtp/edges.ts'

function indexByOctets(chunk: Buffer, from: number): number {
  const index = chunk.findIndex((octet, at) => at >= from && (octet === 0x0d || octet === 0x0a))
  return index === -1 ? chunk.length : index
}

/** A chunk in the middle of a larger buffer, which is full of edges around it. */
function within(text: string, before: number): Buffer {
  const octets = Buffer.from(text, 'latin1')
  const around = Buffer.alloc(before + octets.length + 20, '\n')
  octets.copy(around, before)
  return around.subarray(before, before + octets.length)
}

describe('indexOfEdge', () => {
  it.each(['\r', '\n'])('finds %j at every place of every length, from every place on', (edge) => {
    for (let length = 0; length <= 40; length++) {
      for (let at = 0; at < length; at++) {
        const chunk = within(`${'x'.repeat(at)}${edge}${'x'.repeat(length - at - 1)}`, length % 5)
        for (let from = 0; from <= length; from++) {
          expect(indexOfEdge(chunk, wordsOf(chunk), from)).toBe(from <= at ? at : length)
        }
      }
    }
  })

  it('takes no other octet for an edge, beside none and beside one', () => {
    for (let octet = 0; octet < 256; octet++) {
      for (const tail of ['', '\r', '\n', '\t\t\n', 'xxxxxxxxxxxxxxxxxxxx\r']) {
        for (let octets = 1; octets <= 18; octets++) {
          const chunk = within(`${String.fromCharCode(octet).repeat(octets)}${tail}`, 1)
          expect(indexOfEdge(chunk, wordsOf(chunk), 0)).toBe(indexByOctets(chunk, 0))
        }
      }
    }
  })
})
