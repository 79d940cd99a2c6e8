/** One execution: given octets on a fresh machine, and the laws that hold on any octets (`src/net/machine.ts`). */
import { drive, outcome, thrownBy } from '../support/drive.ts'
import { cutAt } from '../support/splits.ts'
import type { Target } from './targets.ts'

/** What a machine is given. */
export interface Execution {
  readonly bytes: Buffer
  /** Where it is cut in the second run. */
  readonly cuts: readonly number[]
  /** Whether the peer ends its side behind it. */
  readonly isEnded: boolean
}

/** A machine that takes longer for one short input hangs. */
const MAX_MS = 5000

/** The law that is broken, in a few words; `undefined` where none is. */
export function faultOf(target: Target, { bytes, cuts, isEnded }: Execution): string | undefined {
  const began = performance.now()
  try {
    const machine = target.create()
    const whole = drive(
      { ...target, create: () => machine },
      { pieces: [Buffer.from(bytes)], isEnded, script: target.script },
    )
    if (whole.maxBufferedBytes > target.maxBufferedBytes + bytes.length)
      return `law 5: holds ${whole.maxBufferedBytes} octets`
    if (whole.work > target.maxWorkPerByte * (bytes.length + 64)) return `law 6: ${whole.work} octets of work`
    if (whole.error !== undefined && thrownBy(() => machine.next()) !== whole.error)
      return 'law 8: lives on behind its error'
    const edges = cuts.filter((cut) => cut > 0 && cut < bytes.length)
    const cut = drive(target, { pieces: cutAt(bytes, edges), isEnded, script: target.script })
    const longest = Math.max(...[0, ...edges, bytes.length].map((edge, index, all) => edge - (all[index - 1] ?? 0)))
    if (cut.maxBufferedBytes > target.maxBufferedBytes + longest)
      return `law 5: holds ${cut.maxBufferedBytes} octets, cut`
    if (outcome(cut) !== outcome(whole)) return 'law 1: the cut changes what is told'
  } catch (error) {
    return `law 3: throws ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`
  }
  const ms = performance.now() - began
  return ms > MAX_MS ? `hangs: ${Math.round(ms)} ms` : undefined
}

/** The execution made as small as it can be with the same law still broken: stretches are left out, longer ones first. */
export function shrink(target: Target, execution: Execution): Execution {
  const law = (fault: string | undefined): string | undefined => fault?.split(':')[0]
  const broken = law(faultOf(target, execution))
  let least = execution
  for (let length = least.bytes.length >> 1; length > 0; length >>= 1) {
    for (let from = 0; from + length <= least.bytes.length;) {
      const smaller = without(least, from, length)
      if (law(faultOf(target, smaller)) === broken) least = smaller
      else from += length
    }
  }
  return least
}

/** The cuts stay between the octets that they were between. */
function without({ bytes, cuts, isEnded }: Execution, from: number, length: number): Execution {
  const moved = cuts.map((cut) => (cut <= from ? cut : Math.max(from, cut - length)))
  return {
    bytes: Buffer.concat([bytes.subarray(0, from), bytes.subarray(from + length)]),
    cuts: [...new Set(moved)],
    isEnded,
  }
}
