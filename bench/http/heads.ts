/**
 * Heads: the scanner (offsets, every octet checked) and the parser with every name and value as a string, beside llhttp as Node binds it and
 * http-parser-js. All of them have to find the same before they are timed.
 *
 * As on a connection, one parser reads one head after the other, and each comes in a buffer of its own.
 */
import { deepStrictEqual, strictEqual } from 'node:assert'
import { RequestParser, ResponseParser, scanHead, slotsFor, startScan } from '../../src/http/index.ts'
import type { Scan } from '../../src/http/index.ts'
import { DEFAULT_LIMITS, REQUEST_LENIENCY, RESPONSE_LENIENCY } from '../../src/http/limits.ts'
import { waysToCut } from '../suite.ts'
import type { Case, Goal, Suite } from '../suite.ts'
import { REQUESTS, RESPONSES, VARIED } from './fixtures.ts'
import { llhttp, script } from './rivals.ts'
import type { Listener, Told } from './rivals.ts'
import { wordsOf } from './words.ts'

type Kind = 'request' | 'response'
/** What comes in at a time: the segments of a message or of several. */
type Arrival = readonly Buffer[]

const RIVAL = 'node (llhttp)'
/** How many buffers there are to come in, each of them with a head. */
const ARRIVALS = 64
const PIPELINED = 16

function ours(kind: Kind, listener: Listener): { readonly parse: (bytes: Buffer) => void } {
  const parser = kind === 'request' ? new RequestParser() : new ResponseParser()
  return {
    parse(bytes) {
      parser.push(bytes)
      for (let event = parser.next('GET'); event !== undefined; event = parser.next('GET')) {
        if (event.type !== 'request' && event.type !== 'response') continue
        const fields = event.headers.raw()
        listener.head(
          event.type === 'request'
            ? { first: event.method, second: event.target, fields }
            : { first: String(event.status), second: event.reason, fields },
        )
      }
    },
  }
}

/** The scanner alone; it wants its heads in one piece. */
function scanner(kind: Kind, arrivals: readonly Arrival[]): () => void {
  const leniency = kind === 'request' ? REQUEST_LENIENCY : RESPONSE_LENIENCY
  const { maxHeadBytes: maxBytes, maxFields } = DEFAULT_LIMITS
  const scan: Scan = { slots: new Int32Array(slotsFor(maxFields)), base: 0, maxBytes, limits: DEFAULT_LIMITS, leniency }
  return byTurns(arrivals, (bytes) => {
    scan.words = wordsOf(bytes)
    startScan(scan, kind)
    strictEqual(scanHead(bytes, 0, bytes.length, scan), bytes.length)
  })
}

/** A parser that goes on from arrival to arrival. */
function contender(make: typeof llhttp, kind: Kind, arrivals: readonly Arrival[]): () => void {
  let strings = 0
  const parser = make(kind, { head: ({ fields }) => (strings += fields.length), content: () => {} })
  return byTurns(arrivals, (bytes) => parser.parse(bytes))
}

function byTurns(arrivals: readonly Arrival[], work: (bytes: Buffer) => void): () => void {
  let turn = 0
  return () => {
    for (const bytes of arrivals[turn++ % arrivals.length] as Arrival) work(bytes)
  }
}

/** What is found in all of it, by every parser alike. */
function prove(kind: Kind, name: string, arrivals: readonly Arrival[], heads: number): void {
  const found = [ours, llhttp, script].map((make) => {
    const told: Told[] = []
    const parser = make(kind, { head: (head) => told.push(head), content: () => {} })
    for (const bytes of arrivals.flat()) parser.parse(bytes)
    return told
  })
  for (const told of found) deepStrictEqual(told, found[0], name)
  strictEqual(found[0]?.length, heads, name)
}

/** Heads that come one at a time, whole. */
function whole(kind: Kind, name: string, heads: readonly Buffer[], offsets?: number): Case {
  const arrivals = Array.from({ length: ARRIVALS }, (_, index) => [copyOf(heads[index % heads.length] as Buffer)])
  prove(kind, name, arrivals, ARRIVALS)
  return {
    kind: 'call',
    name: `${name}, whole`,
    rival: RIVAL,
    goals: [...(offsets === undefined ? [] : [goal('wireline, offsets', offsets)]), goal('wireline, strings', 2)],
    contenders: {
      'wireline, offsets': scanner(kind, arrivals),
      'wireline, strings': contender(ours, kind, arrivals),
      [RIVAL]: contender(llhttp, kind, arrivals),
      'http-parser-js': contender(script, kind, arrivals),
    },
  }
}

/** The same head again and again, as TCP cuts it: pipelined, but for one that fills a dozen segments alone. */
function inSegments(kind: Kind, name: string, head: Buffer): Case {
  const count = head.length > 4096 ? 1 : PIPELINED
  const { 'in segments': segments } = waysToCut(Buffer.concat(Array.from({ length: count }, () => head)))
  const arrivals = Array.from({ length: 4 }, () => segments.map(copyOf))
  prove(kind, name, arrivals, 4 * count)
  return {
    kind: 'call',
    name: `${name}, ${count === 1 ? '' : `${count} pipelined, `}in segments`,
    rival: RIVAL,
    goals: [goal('wireline, strings', 2)],
    contenders: { 'wireline, strings': contender(ours, kind, arrivals), [RIVAL]: contender(llhttp, kind, arrivals) },
  }
}

/** In memory of its own, as what comes from a socket is. */
function copyOf(bytes: Buffer): Buffer {
  const copy = Buffer.allocUnsafeSlow(bytes.length)
  bytes.copy(copy)
  return copy
}

function goal(name: string, atLeast: number): Goal {
  return { contender: name, rival: RIVAL, atLeast }
}

/** How many times as fast as the rival the offsets ought to be found. */
const OFFSETS_GOALS: Readonly<Record<string, number>> = { '703 octets': 3, '40 octets': 8 }

/** What bounds a head. */
const NOTES: Readonly<Record<string, string>> = {
  '40 octets':
    "From 7.8 to 9.4 times in three records, by what Node's own parser had (0.81 to 0.92 µs). What bounds it are limits, states and slots, read and written once a head: 80 of the 100 ns.",
}

function casesOf(kind: Kind, heads: Readonly<Record<string, Buffer>>): Case[] {
  return Object.entries(heads).flatMap(([size, head]) => {
    const name = `${kind} head of ${size}`
    const notes = NOTES[size]
    const alone = whole(kind, name, [head], OFFSETS_GOALS[size])
    return [notes === undefined ? alone : { ...alone, notes }, inSegments(kind, name, head)]
  })
}

/** What bounds the heads that differ. */
const DIFFERENT =
  'Missed: of 0.85 to 1.0 µs the scan takes 0.3, the text 0.1, and names and values that are not known, 12 ns each, 0.1; the rest is a dozen small things; see docs/performance.md.'

/** Heads, parsed. */
export const suite: Suite = {
  title: 'HTTP heads',
  about:
    'A head parsed: as offsets with every octet checked, and with method, target or status, and every name and value as a string. A parser reads the heads of one connection, each in a buffer of its own: the same head again and again, or 64 that differ.',
  cases: [
    ...casesOf('request', REQUESTS),
    ...Object.entries(VARIED).map(([from, heads]) => ({
      ...whole('request', `request heads of ${from}`, heads),
      notes: DIFFERENT,
    })),
    ...casesOf('response', RESPONSES),
  ],
}
