/**
 * How the cost of reading grows with what is read: linear, however TCP cuts it and whoever wrote it. Three counts say so, none of them a time:
 * the reader's own `work`, and the two of `meters.ts`, which know nothing of the reader. Each is taken for an input of n and of 4n octets,
 * whole, in segments and octet by octet:
 *
 *     count(n)  <= most per octet * n + once
 *     count(4n) <= 4.2 * count(n) + once          what is quadratic has 16 here
 *
 * Where an input breaks a limit all three have to stand still: what comes behind it costs nothing.
 */
import { effortOf, type Effort } from './meters.ts'
import { expect, it } from 'vitest'
import { ProtocolError } from '../../src/net/errors.ts'
import type { Unit } from '../../src/net/machine.ts'
import { isNeedData, sendAllowed, type Role } from './drive.ts'

/** Somebody who reads. */
export interface Reader {
  /** Takes a piece, and tells all that can be told. Throws a `ProtocolError` where it will read no more. */
  read(piece: Buffer): void
  /** The octets that it says it has examined. */
  readonly work: number
}

/** What is counted. */
interface Counts extends Effort {
  /** Octets examined, by the reader's own account. */
  readonly work: number
}

const COUNTS: readonly (keyof Counts)[] = ['work', 'code', 'octets']

/** An input that may be as long as one likes, and who reads it. */
interface Growing {
  /** What it is: `a line without an end`. */
  readonly name: string
  /** The octets of what is said again and again. */
  readonly unit: number
  /** The input in which it is said so often. */
  readonly saying: (times: number) => Buffer
  /** A fresh reader. */
  readonly start: () => Reader
  /** Whether the input is read for ever, is refused when its last octet has come, or breaks a limit somewhere within its first `size` octets. */
  readonly outcome: 'read' | 'refused' | 'limited'
  /** The n of the test, where the input is not cut to octets. */
  readonly size: number
}

/** A way to cut. */
interface Cut {
  readonly way: 'whole' | 'in segments' | 'octet by octet'
  /** The octets of a piece. */
  readonly piece: number
  /** How much of the input is read so. */
  readonly share: number
}

/** How TCP may cut, and how much of an input is read so: single octets are many calls. */
const WAYS: readonly Cut[] = [
  { way: 'whole', piece: Infinity, share: 1 },
  { way: 'in segments', piece: 1460, share: 1 },
  { way: 'octet by octet', piece: 1, share: 1 / 8 },
]

/** The most that reading may cost. */
export interface Bounds {
  /** An octet, by how the input was cut. */
  readonly perOctet: Readonly<Record<Cut['way'], Counts>>
  /** What does not grow: the first line, buffers that are made once. */
  readonly once: Counts
}

const SIZE = 8 * 1024

/** A machine that plays its role, as somebody who reads. */
export function reading(
  { create, answer }: Pick<Role, 'create' | 'answer'>,
  script: readonly Unit[] = [],
): () => Reader {
  return () => {
    const machine = create()
    const still = [...script]
    sendAllowed(machine, still)
    return {
      read: (piece) => {
        machine.receive(piece)
        for (let event = machine.next(); !isNeedData(event); event = machine.next()) {
          for (const reply of answer(event, machine)) machine.send(reply)
          if (still.length > 0) sendAllowed(machine, still)
        }
      },
      get work() {
        return machine.work
      },
    }
  }
}

/** What there is to say of inputs alike. */
interface Kind {
  /** See `Growing.outcome`. Default `read`. */
  readonly outcome?: Growing['outcome']
  /** See `Growing.size`. Default 8 KiB. */
  readonly size?: number
}

/** An input by its parts. */
type GrowingOf = (name: string, first: string, again: string, last?: string) => Growing

/** `first`, then `again` and again, and `last`, for readers of a kind. Characters are octets. */
export function growing(start: () => Reader, { outcome = 'read', size = SIZE }: Kind = {}): GrowingOf {
  return (name: string, first: string, again: string, last = ''): Growing => ({
    name,
    unit: again.length,
    saying: (times) => Buffer.from(first + again.repeat(times) + last, 'latin1'),
    start,
    outcome,
    size,
  })
}

/** Makes a test of each input. */
export function grow(growths: readonly Growing[], { perOctet, once }: Bounds): void {
  const cases = growths.flatMap((growth) => waysOf(growth).map((cut) => ({ ...growth, ...cut })))
  it.each(cases)('$name, $way', ({ saying, unit, start, outcome, size, way, piece, share }) => {
    const times = Math.ceil((size * share) / unit)
    const [input, long] = [saying(times), saying(4 * times)]
    const cost = costOf(start, outcome, piecesOf(input, piece))
    const costOfLong = costOf(start, outcome, piecesOf(long, piece))
    const growth = outcome === 'limited' ? 1 : 4.2
    for (const count of COUNTS) {
      const [most, first] = [perOctet[way][count], once[count]]
      expect(cost[count], count).toBeLessThanOrEqual(most * input.length + first)
      expect(costOfLong[count], `${count}, four times the input`).toBeLessThanOrEqual(growth * cost[count] + first)
    }
  })
}

/** A text that may be as long as one likes: `first`, then `again` and again, and `last`. */
interface GrowingText {
  /** Default: nothing. */
  readonly first?: string
  readonly again: string
  /** Default: nothing. */
  readonly last?: string
}

/** Makes a test of each text that `read`, a function without a state, is given whole. */
export function growTexts(
  read: (text: string) => unknown,
  texts: readonly (GrowingText | string)[],
  { perOctet, once }: { readonly perOctet: Effort; readonly once: Effort },
): void {
  const cases = texts.map((text) => (typeof text === 'string' ? { again: text } : text))
  it.each(cases.map((text) => [text.again, text] as const))('%j', (_, { first = '', again, last = '' }) => {
    const costOf = (octets: number): Effort => {
      const text = first + again.repeat(Math.ceil(octets / again.length)) + last
      return effortOf(() => void read(text))
    }
    const [cost, costOfLong] = [costOf(SIZE), costOf(4 * SIZE)]
    for (const count of ['code', 'octets'] as const) {
      expect(cost[count], count).toBeLessThanOrEqual(perOctet[count] * SIZE + once[count])
      expect(costOfLong[count], `${count}, four times the text`).toBeLessThanOrEqual(4.2 * cost[count] + once[count])
    }
  })
}

/** A piece is looked at whole, so one that goes on far behind a limit costs what it holds; sockets deliver 64 KiB at most. */
function waysOf({ outcome }: Growing): readonly Cut[] {
  return outcome === 'limited' ? WAYS.filter(({ way }) => way !== 'whole') : WAYS
}

function* piecesOf(bytes: Buffer, size: number): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield bytes.subarray(from, from + size)
}

/** With what an input ends. */
const CODES: Readonly<Record<Growing['outcome'], RegExp>> = {
  read: /^read$/,
  refused: /^[A-Z]/,
  limited: /_(?:LONG|MANY|LINES|DEEP)$/,
}

/** What it costs to read the pieces. */
function costOf(start: () => Reader, outcome: Growing['outcome'], pieces: Iterable<Buffer>): Counts {
  let work = 0
  let refusal: ProtocolError | undefined
  const effort = effortOf(() => {
    const reader = start()
    try {
      for (const piece of pieces) reader.read(piece)
    } catch (error) {
      if (!(error instanceof ProtocolError) || error.side === 'local') throw error
      refusal = error
    }
    ;({ work } = reader)
  })
  expect(refusal?.code ?? 'read').toMatch(CODES[outcome])
  return { work, ...effort }
}
