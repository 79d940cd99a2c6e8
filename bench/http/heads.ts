/**
 * Heads: the scanner (offsets, every octet checked) and the parser with every name and value as a string, beside llhttp as Node binds it and
 * http-parser-js. All of them have to find the same before they are timed.
 */
import { deepStrictEqual, strictEqual } from 'node:assert'
import { RequestParser, ResponseParser, scanHead, slotsFor, startScan } from '../../src/http/index.ts'
import { DEFAULT_LIMITS, REQUEST_LENIENCY, RESPONSE_LENIENCY } from '../../src/http/limits.ts'
import { waysToCut } from '../suite.ts'
import type { Case, Suite } from '../suite.ts'
import { REQUESTS, RESPONSES } from './fixtures.ts'
import { llhttp, script } from './rivals.ts'
import type { Listener, Told } from './rivals.ts'

type Kind = 'request' | 'response'

function ours(kind: Kind, listener: Listener): { readonly parse: (bytes: Buffer) => void } {
  const parser = kind === 'request' ? new RequestParser() : new ResponseParser()
  return {
    parse(bytes) {
      parser.push(bytes)
      for (let event = parser.next('GET'); event !== undefined; event = parser.next('GET')) {
        if (event.type !== 'request' && event.type !== 'response') continue
        const { headers } = event
        const fields = new Array<string>(2 * headers.size)
        for (let index = 0; index < headers.size; index++) {
          fields[2 * index] = headers.nameAt(index)
          fields[2 * index + 1] = headers.valueAt(index)
        }
        listener.head(
          event.type === 'request'
            ? { first: event.method, second: event.target, fields }
            : { first: String(event.status), second: event.reason, fields },
        )
      }
    },
  }
}

/** The scanner alone; it wants its head in one piece. */
function scanner(kind: Kind): (bytes: Buffer) => void {
  const leniency = kind === 'request' ? REQUEST_LENIENCY : RESPONSE_LENIENCY
  const { maxHeadBytes: maxBytes, maxFields } = DEFAULT_LIMITS
  const scan = { slots: new Int32Array(slotsFor(maxFields)), base: 0, maxBytes, limits: DEFAULT_LIMITS, leniency }
  return (bytes) => {
    startScan(scan, kind)
    strictEqual(scanHead(bytes, 0, bytes.length, scan), bytes.length)
  }
}

/** What is found in `pieces`, by every parser alike. */
function prove(kind: Kind, name: string, pieces: readonly Buffer[], heads: number): void {
  const found = [ours, llhttp, script].map((make) => {
    const told: Told[] = []
    const parser = make(kind, { head: (head) => told.push(head), content: () => {} })
    for (const piece of pieces) parser.parse(piece)
    return told
  })
  for (const told of found) deepStrictEqual(told, found[0], name)
  strictEqual(found[0]?.length, heads, name)
}

/** A contender that parses the pieces over and over. */
function contender(make: typeof llhttp, kind: Kind, pieces: readonly Buffer[]): () => number {
  let count = 0
  const parser = make(kind, { head: ({ fields }) => (count += fields.length), content: () => {} })
  return () => {
    for (const piece of pieces) parser.parse(piece)
    return count
  }
}

function cases(kind: Kind, name: string, bytes: Buffer): Case[] {
  const scan = scanner(kind)
  const whole = [bytes]
  const { 'in segments': segments } = waysToCut(Buffer.concat(Array.from({ length: 16 }, () => bytes)))
  return [
    { cut: 'whole', pieces: whole, heads: 1 },
    { cut: '16 pipelined, in segments', pieces: segments, heads: 16 },
  ].map(({ cut, pieces, heads }): Case => {
    const title = `${kind} head of ${name}, ${cut}`
    prove(kind, title, pieces, heads)
    const parsers = {
      'wireline, strings': contender(ours, kind, pieces),
      'node (llhttp)': contender(llhttp, kind, pieces),
      'http-parser-js': contender(script, kind, pieces),
    }
    const contenders = cut === 'whole' ? { 'wireline, offsets': () => scan(bytes), ...parsers } : parsers
    return { kind: 'call', name: title, rival: 'node (llhttp)', contenders }
  })
}

/** Heads, parsed. */
export const suite: Suite = {
  title: 'HTTP heads',
  about:
    'A head parsed: as offsets with every octet checked, and with method, target or status, and every name and value as a string.',
  cases: [
    ...Object.entries(REQUESTS).flatMap(([name, bytes]) => cases('request', name, bytes)),
    ...Object.entries(RESPONSES).flatMap(([name, bytes]) => cases('response', name, bytes)),
  ],
}
