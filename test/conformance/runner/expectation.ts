/**
 * What a machine made of its input, in lines, and the comparison of these with an expect block:
 *
 *     request GET / HTTP/1.1        an event, as the protocol's adapter tells it
 *       host: a                     a detail of the event above
 *     body hello                    consecutive slices of content, as one
 *     error HTTP_CHUNK_SIZE 400     how it ended: the code, and the hint where there is one
 *     leftover \x16\x03\x01         what is left for whoever speaks next, where there is something
 *
 * Events must be the same and in the same order; `LINE (32 times)` stands for that many. Of details a vector names those that it is about: `  host: a` must be there,
 * `  !x-` demands that no detail begins so. What is left counts only where the vector names it: elsewhere it is the beginning of a unit
 * that did not come.
 */
import type { Trace } from '../../support/drive.ts'
import { canonical, printOctets, repeatLine } from './notation.ts'

const LEFTOVER = 'leftover '

/** A trace in lines, in the notation. */
export function linesOf(trace: Trace): string[] {
  const lines: string[] = []
  for (const { line, details = [], content } of trace.told) {
    lines.push(content === undefined ? print(line) : `${print(line)} ${printOctets(content)}`)
    lines.push(...details.map((detail) => `  ${print(detail)}`))
  }
  if (trace.error !== undefined) {
    const { code, hint } = trace.error
    lines.push(hint === undefined ? `error ${code}` : `error ${code} ${hint}`)
  }
  if (trace.leftover.length > 0) lines.push(LEFTOVER + printOctets(trace.leftover))
  return lines
}

/** Why what the machine wrote is not what it must write, or `undefined` where it is, or where nothing is demanded. */
export function misspoken({ output }: Trace, writes: Buffer | undefined): string | undefined {
  if (writes === undefined || output.equals(writes)) return undefined
  return `must write: ${printOctets(writes)}\n     wrote: ${printOctets(output)}`
}

/** Why `told` is not what `expected` demands, or `undefined` where it is. */
export function difference(told: readonly string[], expected: readonly string[]): string | undefined {
  const want = group(
    expected.flatMap(repeatLine).map((line) => (isDetail(line) ? `  ${canonical(line.trimStart())}` : canonical(line))),
  )
  const isLeftCounted = expected.at(-1)?.startsWith(LEFTOVER) === true
  const have = group(isLeftCounted ? told : told.filter((line) => !line.startsWith(LEFTOVER)))
  for (let index = 0; index < Math.max(want.length, have.length); index++) {
    const [wanted, had] = [want[index], have[index]]
    if (wanted?.line !== had?.line) {
      return `expected: ${wanted?.line ?? '(nothing more)'}\n    told: ${had?.line ?? '(nothing more)'}`
    }
    for (const detail of wanted?.details ?? []) {
      if (!isMet(detail, had?.details ?? [])) {
        return `${wanted?.line}\n  expected: ${detail}\n   details: ${had?.details.join(' | ')}`
      }
    }
  }
  return undefined
}

interface Group {
  readonly line: string
  readonly details: string[]
}

function group(lines: readonly string[]): Group[] {
  const groups: Group[] = []
  for (const line of lines) {
    if (!isDetail(line)) groups.push({ line, details: [] })
    else if (groups.length === 0) throw new Error(`a detail without an event above it: ${line}`)
    else groups.at(-1)?.details.push(line.trimStart())
  }
  return groups
}

function isMet(demand: string, details: readonly string[]): boolean {
  if (demand.startsWith('!')) return !details.some((detail) => detail.startsWith(demand.slice(1)))
  return details.includes(demand)
}

function isDetail(line: string): boolean {
  return line.startsWith('  ')
}

function print(text: string): string {
  return printOctets(Buffer.from(text, 'latin1'))
}
