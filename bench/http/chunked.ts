/** The chunked coding, decoded: beside llhttp as Node binds it and http-parser-js, a mebibyte at a time. */
import { strictEqual } from 'node:assert'
import { RequestParser } from '../../src/http/index.ts'
import { waysToCut } from '../suite.ts'
import type { Case, Suite } from '../suite.ts'
import { chunkedRequest } from './fixtures.ts'
import { llhttp, script } from './rivals.ts'
import type { Listener, Rival } from './rivals.ts'

function ours(_: 'request', listener: Listener): Rival {
  const parser = new RequestParser()
  return {
    parse(bytes) {
      parser.push(bytes)
      for (let event = parser.next(); event !== undefined; event = parser.next()) {
        if (event.type === 'content') listener.content(event.bytes.length)
      }
    },
  }
}

function contender(make: typeof ours, pieces: readonly Buffer[]): () => number {
  let octets = 0
  const parser = make('request', { head: () => {}, content: (length) => (octets += length) })
  return () => {
    octets = 0
    for (const piece of pieces) parser.parse(piece)
    return octets
  }
}

const cases = [65_536, 1024, 16].flatMap((size) =>
  Object.entries(waysToCut(chunkedRequest(size))).map(([cut, pieces]): Case => {
    const contenders = {
      wireline: contender(ours, pieces),
      'node (llhttp)': contender(llhttp, pieces),
      'http-parser-js': contender(script, pieces),
    }
    for (const [name, work] of Object.entries(contenders)) strictEqual(work(), 1 << 20, name)
    return {
      kind: 'call',
      name: `body of 1 MiB in chunks of ${size} octets, ${cut}`,
      rival: 'node (llhttp)',
      goals: size === 65_536 ? [{ contender: 'wireline', rival: 'node (llhttp)', atLeast: 2 }] : [],
      contenders,
    }
  }),
)

/** Bodies in chunks of a size, decoded. */
export const suite: Suite = {
  title: 'HTTP chunked bodies',
  about: 'A mebibyte in the chunked coding, decoded.',
  cases,
}
