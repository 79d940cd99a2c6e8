/**
 * Reads a dialogue block: a conversation with a server, step by step.
 *
 *     C: EHLO a.test\r\n          we send these octets; consecutive C lines are one burst, {FIN} ends our side
 *     S: 250                      the next reply has this code; `y` and `z` stand for any digit, `|` for "or"
 *     S:   PIPELINING             some line of that reply is this; `*` stands for anything
 *     S:   !STARTTLS              no line of that reply is this
 *     S: 250 2.1.0 *              code and demand in one
 *     S: 250 (100 times)          so many replies, one behind the other
 *     S: octets \x16\x03          these octets come next, whatever they mean
 *     S: close                    the server ends the connection, with nothing said in between
 *     S: open                     the server still listens, with nothing said in between
 *
 * FTP has a second connection:
 *
 *     D: connect                  we connect to the port that the last reply named
 *     D: C: octets{FIN}           we send on it
 *     D: S: octets                all that comes on it up to its end is this; `*` stands for anything
 *
 * How a conversation is held stands in `conversation.ts`.
 */
import { parseOctets, repeatLine } from './notation.ts'

/** One step of a dialogue. */
export type Step =
  | { readonly type: 'send'; readonly bytes: Buffer; readonly isEnded: boolean }
  | ReplyStep
  | { readonly type: 'octets'; readonly bytes: Buffer }
  | { readonly type: 'close' | 'open' | 'connectData' }
  | { readonly type: 'sendData'; readonly bytes: Buffer; readonly isEnded: boolean }
  | { readonly type: 'receiveData'; readonly text: string; readonly pattern: RegExp }

/** A reply that the server must give. */
export interface ReplyStep {
  /** The discriminant. */
  readonly type: 'reply'
  /** The step as it is written. */
  readonly line: string
  /** What the code must match. */
  readonly code: RegExp
  /** What its lines must be, or must not be. */
  readonly demands: readonly Demand[]
}

/** What a line must be; with `isRefusal`, what none may be. */
export interface Demand {
  /** The demand as it is written. */
  readonly text: string
  /** What the line must match. */
  readonly pattern: RegExp
  /** Whether there must be no such line. */
  readonly isRefusal: boolean
}

/** How a step begins that names octets instead of a unit of the protocol. */
export const OCTETS = 'octets '

/** The steps of a dialogue. Throws on a line that it cannot read and on a dialogue without an end. */
export function parseDialogue(text: string): Step[] {
  const steps: Step[] = []
  for (const line of text.split('\n').flatMap(repeatLine)) {
    if (line === '') continue
    const [, side, said] = /^([CSD]): (.+)$/.exec(line) ?? []
    if (said === undefined) throw new Error(`no "C: ", "S: " or "D: " line: ${line}`)
    if (isEnd(steps.at(-1))) throw new Error(`a line behind the end of the dialogue: ${line}`)
    if (side === 'C') addBurst(steps, said)
    else if (side === 'D') steps.push(dataStep(said))
    else if (said.startsWith('  ')) addDemand(steps, said.trimStart())
    else if (said.startsWith(OCTETS)) steps.push({ type: 'octets', bytes: parseOctets(said.slice(OCTETS.length)) })
    else steps.push(said === 'close' || said === 'open' ? { type: said } : replyStep(said))
  }
  if (!isEnd(steps.at(-1))) throw new Error('a dialogue ends with "S: close" or "S: open"')
  return steps
}

/** All that our side says in a dialogue: what there is to cut. */
export function spoken(steps: readonly { readonly type: string; readonly bytes?: Buffer }[]): Buffer {
  return Buffer.concat(
    steps.map(({ type, bytes }) => (type === 'send' && bytes !== undefined ? bytes : Buffer.alloc(0))),
  )
}

function isEnd(step: Step | undefined): boolean {
  return step?.type === 'close' || step?.type === 'open'
}

/** Consecutive C lines are one burst: the server may see them in one segment. */
function addBurst(steps: Step[], said: string): void {
  const { bytes, isEnded } = withFin(said)
  const last = steps.at(-1)
  if (last?.type !== 'send') steps.push({ type: 'send', bytes, isEnded })
  else if (last.isEnded) throw new Error('the client speaks on behind its {FIN}')
  else steps.splice(-1, 1, { type: 'send', bytes: Buffer.concat([last.bytes, bytes]), isEnded })
}

function addDemand(steps: Step[], text: string): void {
  const last = steps.at(-1)
  if (last?.type !== 'reply') throw new Error(`a demand without a reply above it: ${text}`)
  steps.splice(-1, 1, { ...last, demands: [...last.demands, demand(text)] })
}

function replyStep(line: string): Step {
  const [, codes, first] = /^((?:[0-9yz]{3})(?:\|[0-9yz]{3})*)(?: (.+))?$/.exec(line) ?? []
  if (codes === undefined) throw new Error(`not a reply's code: ${line}`)
  const code = new RegExp(`^(?:${codes.replaceAll(/[yz]/g, '[0-9]')})$`)
  return { type: 'reply', line, code, demands: first === undefined ? [] : [demand(first)] }
}

function dataStep(said: string): Step {
  if (said === 'connect') return { type: 'connectData' }
  const [, side, text] = /^([CS]): (.*)$/.exec(said) ?? []
  if (text === undefined) throw new Error(`neither "connect" nor a "C: " or "S: " on the data connection: ${said}`)
  return side === 'C' ? { type: 'sendData', ...withFin(text) } : { type: 'receiveData', text, pattern: pattern(text) }
}

/** Octets in the notation, and whether `{FIN}` stands behind them: whoever says them ends its side. */
export function withFin(text: string): { bytes: Buffer; isEnded: boolean } {
  const isEnded = text.endsWith('{FIN}')
  return { bytes: parseOctets(isEnded ? text.slice(0, -'{FIN}'.length) : text), isEnded }
}

/** What a line must be, with `*` for anything; behind `!` what none may be. */
export function demand(text: string): Demand {
  const isRefusal = text.startsWith('!')
  return { text, pattern: pattern(isRefusal ? text.slice(1) : text), isRefusal }
}

/** A pattern in the notation, but that `*` stands for anything (and `\x2a` for a star). */
function pattern(text: string): RegExp {
  const parts = text.split('*').map((part) => escape(parseOctets(part).toString('latin1')))
  return new RegExp(`^${parts.join('[^]*')}$`)
}

function escape(literal: string): string {
  return literal.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')
}
