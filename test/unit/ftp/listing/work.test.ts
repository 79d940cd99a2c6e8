import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { FORMATS_NAMED, LIST_FORMATS, MLSD_FORMATS } from '../../../../src/ftp/listing/format.ts'
import type { ListingFormat } from '../../../../src/ftp/listing/line.ts'
import { REFERENCE } from '../../../support/ftp-lines.ts'

const FORMATS = [...new Set([...MLSD_FORMATS, ...LIST_FORMATS, ...Object.values(FORMATS_NAMED).flat()])]

/** Beginnings of lines that are good as far as they go: behind them, a format believes what it reads. */
const BEGINNINGS = [
  '',
  '-rw-r--r-- 1 ',
  '-rw-r--r-- 1 a b 5 Mar 2 ',
  'lrw-r--r-- 1 a b 5 Mar 2 2001 x',
  '-rw-r--r-- 1 1 2 ',
  'size=5;',
  '05-22-97  08:08AM  ',
  '05-22-97  08:08AM  <JUNCTION> x [',
  'X.Y;1 ',
  'X.Y;1  1 13-FEB-2002 [',
  'X.Y;1  1 13-FEB-2002 (',
  'M 1 04/03/18 18:58:16 *STMF /',
  'M 1 04/03/18 18:58:16 *',
  'd [RWCEAFMS] martha ',
  '0 DIR 12-30-97 12:32 ',
  '+i1,',
  '-C--E-----FTP B M 1 ',
  'X 101 2 27-Aug-02 13:57:10 ',
  'A B F 1 1 1 2005-10-04 15:28:42 ',
  '20.20 07/03/29 1026 d-ewrewr 1 1 ',
  '0100644 0 0 0 0 ',
  '1 Feb-28-1998 05:23:30 x',
  'x 1 06/03/04 Thur. ',
  'SAVE00 3390 2004/06/23 1 1 FB 128 ',
  'MAIN 01.03 2002/09/12 2002/10/11 09:37 ',
]

/** What is repeated behind them. */
const REPEATED = [
  ' ',
  'a',
  '1',
  'a ',
  '1 ',
  '1 Jan ',
  '1 Jan 1 ',
  '5 Mar 2 30:00 ',
  '2001-01-01 ',
  ',',
  '1,',
  ', 1 ',
  ';',
  'a=b;',
].concat(['/', '-', '1-', '.', ':', '1:', '[', '(R)', ']', ' [', ' -> ', '<DIR>', '"', '\t', '月', '*', '%', '='])

/**
 * How many characters and octets are looked at, at most: every way to look into a string is counted, in full where it may look at all of
 * it, and each look at an octet of a buffer that was made `watched`.
 */
function workOf(action: (watched: (bytes: Buffer) => Buffer) => void): number {
  let work = 0
  const watched = (bytes: Buffer): Buffer =>
    new Proxy(bytes, {
      get(target, key) {
        work++
        const value: unknown = Reflect.get(target, key)
        return typeof value === 'function' ? value.bind(target) : value
      },
    })
  const costs: Record<string, (text: string, given: readonly unknown[], result: unknown) => number> = {
    charCodeAt: () => 1,
    charAt: () => 1,
    slice: (_text, _given, result) => (result as string).length,
    startsWith: (_text, [part]) => (part as string).length,
    endsWith: (_text, [part]) => (part as string).length,
  }
  for (const name of [
    'indexOf',
    'lastIndexOf',
    'includes',
    'split',
    'replace',
    'replaceAll',
    'padEnd',
    'match',
    'trim',
    'search',
  ])
    costs[name] = (text) => text.length
  const originals = Object.entries(costs).map(([name, cost]) => {
    const original = Reflect.get(String.prototype, name) as (...given: unknown[]) => unknown
    Reflect.set(String.prototype, name, function (this: string, ...given: unknown[]): unknown {
      const result = original.apply(this, given)
      work += 1 + cost(this, given, result)
      return result
    })
    return [name, original] as const
  })
  try {
    action(watched)
  } finally {
    for (const [name, original] of originals) Reflect.set(String.prototype, name, original)
  }
  return work
}

describe.each(FORMATS.map((format) => [format.name, format] as const))('%s', (_name, format: ListingFormat) => {
  const read = (line: string): number =>
    workOf((watched) => {
      format.parse(line, 0, line.length, REFERENCE, watched(Buffer.from(line, 'latin1')))
      format.announce?.(line, 0, line.length)
    })

  it('reads any line in linear time', () => {
    for (const beginning of BEGINNINGS) {
      for (const repeated of REPEATED) {
        const octets = Buffer.from(repeated).toString('latin1')
        const [short, long] = [200, 400].map((times) => beginning + octets.repeat(times)) as [string, string]
        const growth = read(long) - read(short)
        // A look at each new character a certain number of times, and not one for each that is there already.
        expect(growth, `${beginning}${repeated}...`).toBeLessThan(50 * (long.length - short.length) + 500)
      }
    }
  })

  it('makes an entry or nothing of any line', () => {
    const part = fc.constantFrom(
      ...BEGINNINGS,
      ...REPEATED,
      '12:00',
      'Jan',
      '2001',
      'folder',
      'DIR',
      '*MEM',
      '\x00',
      '\xff',
    )
    fc.assert(
      fc.property(fc.array(part, { maxLength: 12 }), (parts) => {
        const line = Buffer.from(parts.join('')).toString('latin1')
        const entry = format.parse(line, 0, line.length, REFERENCE, Buffer.from(line, 'latin1'))
        format.announce?.(line, 0, line.length)
        if (entry === undefined) return
        expect(entry.name).not.toBe('')
        expect(entry.size ?? 0).toSatisfy(Number.isSafeInteger)
        expect(entry.modified?.getTime() ?? 0).not.toBeNaN()
      }),
      { numRuns: 300 },
    )
  })
})
