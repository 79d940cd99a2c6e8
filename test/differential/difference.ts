/**
 * Where two readings of the same octets part: at the first message that one of them took otherwise, or not at all. What comes behind
 * that has no meaning any more, because the two no longer read the same messages.
 */
import type { Input, Reading, Taken } from '../support/http-reading.ts'

/** The first difference between our reading and Node's. */
export interface Difference {
  /** What was read. */
  readonly input: Input
  /** The same in one piece, as text; characters are octets. */
  readonly text: string
  /**
   *     weRefuse      we say that this is no message; Node takes it, or waits for more of it
   *     nodeRefuses   the other way round
   *     weStop        behind the last message that both took we read nothing more; Node does
   *     nodeStops     the other way round
   *     differ        both took a message, or some of it, and not the same
   */
  readonly kind: 'weRefuse' | 'nodeRefuses' | 'weStop' | 'nodeStops' | 'differ'
  /** The code of the refusal; or in what the two differ. */
  readonly code: string
  /** Node's words for its refusal. */
  readonly detail: string
  /** What we made of it. */
  readonly ours: Reading
  /** What Node made of it. */
  readonly theirs: Reading
  /** The message in question as we took it, as far as we did. */
  readonly our: Taken | undefined
  /** The same of Node's. */
  readonly their: Taken | undefined
  /** The message before that, which both took alike. */
  readonly last: Taken | undefined
}

/** The first difference, or `undefined` where there is none: both refusing the same message is none, whatever they call it. */
export function differenceOf(input: Input, ours: Reading, theirs: Reading): Difference | undefined {
  const index = ours.messages.findIndex((taken, at) => !isSame(taken, theirs.messages[at]))
  const at = index === -1 ? ours.messages.length : index
  const whole = { our: ours.messages[at], their: theirs.messages[at] }
  const our = whole.our ?? ours.begun
  const their = whole.their ?? theirs.begun
  const text = Buffer.concat(input.pieces).toString('latin1')
  const difference = (kind: Difference['kind'], code: string, detail = ''): Difference => {
    return { input, text, kind, code, detail, ours, theirs, our, their, last: ours.messages[at - 1] }
  }
  const weStop = our === undefined && ours.ending.kind === 'stops'
  const nodeStops = their === undefined && theirs.ending.kind === 'stops'
  if (weStop || nodeStops) return weStop && nodeStops ? undefined : difference(weStop ? 'weStop' : 'nodeStops', '')
  const weRefuse = whole.our === undefined && ours.ending.kind === 'refuses'
  const nodeRefuses = whole.their === undefined && theirs.ending.kind === 'refuses'
  if (weRefuse || nodeRefuses) {
    if (weRefuse && nodeRefuses) return undefined
    return weRefuse
      ? difference('weRefuse', ours.ending.code)
      : difference('nodeRefuses', theirs.ending.code, theirs.ending.detail)
  }
  if (our === undefined || their === undefined) return our === their ? undefined : difference('differ', 'head')
  const part = partOf(our, their)
  if (part !== '') return difference('differ', part)
  return (whole.our === undefined) === (whole.their === undefined) ? undefined : difference('differ', 'end of message')
}

const PARTS = ['first', 'second', 'version', 'fields', 'body', 'trailers'] as const

function isSame(one: Taken, other: Taken | undefined): boolean {
  return other !== undefined && partOf(one, other) === ''
}

function partOf(one: Taken, other: Taken): string {
  return PARTS.find((part) => String(one[part]) !== String(other[part])) ?? ''
}
