/**
 * One message on its way in: its handler reads, its rest is read for it, and only behind its end is there a verdict, because only
 * there a client listens (RFC 5321 §4.1.1.4). What a script wants to happen in the middle or at the end happens here.
 */
import type { Decisions } from './decisions.ts'
import { bytesBefore, ScriptedEnd, scriptedReply } from './faults.ts'
import type { ScriptedFault, SessionFaults } from './faults.ts'
import type { Reply } from './events.ts'
import { isForEach, REFUSALS, replyFor } from './handlers.ts'
import type { MessageVerdict } from './handlers.ts'
import { MessageBody } from './message-body.ts'
import type { BodySource } from './message-body.ts'
import { isRefusal } from './reply.ts'

/** What receiving a message needs. */
export interface ReceptionOptions {
  /** Where it comes from. */
  readonly source: BodySource
  /** Asks its handler. */
  readonly decisions: Decisions
  /** What a script wants. */
  readonly script: SessionFaults | undefined
}

/** Asks about a message. */
export type Ask = (body: MessageBody) => MessageVerdict | Promise<MessageVerdict>

/** Reads one message to its end, and resolves with what `ask` says of it. Rejects with what broke the connection. */
export function receive({ source, decisions, script }: ReceptionOptions, ask: Ask): Promise<MessageVerdict> {
  return script === undefined
    ? question(new MessageBody(source), source, decisions, ask)
    : receiveByScript(source, decisions, script, ask)
}

async function receiveByScript(
  source: BodySource,
  decisions: Decisions,
  script: SessionFaults,
  ask: Ask,
): Promise<MessageVerdict> {
  const inTheMiddle = script.hasContent ? script.find({ type: 'content' }) : undefined
  const atTheEnd = script.find({ type: 'message' })
  const body = new MessageBody(inTheMiddle ? { ...source, interrupt: interruption(inTheMiddle, decisions) } : source)
  const refusal = atTheEnd && scriptedReply(atTheEnd)
  const verdict = await question(body, source, decisions, refusal === undefined ? ask : () => refusal)
  if (atTheEnd?.delayMs !== undefined) await decisions.pause(atTheEnd.delayMs)
  if (atTheEnd?.hangUp !== undefined) throw new ScriptedEnd(atTheEnd.hangUp)
  return verdict
}

/**
 * What is said of a message whose usual answer is `due`: as many replies as are owed. A verdict for each recipient where one reply is owed, or
 * another number of them, is a mistake of the program, and nobody's message is taken.
 */
export function repliesTo(verdict: MessageVerdict, due: Reply, owed: number, decisions: Decisions): readonly Reply[] {
  // A message with a fault is refused for that, whatever a handler says that has seen a part of it.
  if (isRefusal(due)) return times(owed, due)
  if (!isForEach(verdict)) return times(owed, replyFor(verdict, due, REFUSALS.message))
  if (verdict.length === owed) return verdict.map((said) => replyFor(said, due, REFUSALS.message))
  return times(owed, decisions.replyTo(new RangeError(`${verdict.length} verdicts for ${owed} replies`)))
}

function times(owed: number, answer: Reply): readonly Reply[] {
  return owed === 1 ? [answer] : new Array<Reply>(owed).fill(answer)
}

/** Lets the handler read, waits for its verdict (once all is read, no longer than a client would), and reads what it has left. */
function question(
  body: MessageBody,
  { socket, timeouts }: BodySource,
  decisions: Decisions,
  ask: Ask,
): Promise<MessageVerdict> {
  return new Promise((resolve, reject) => {
    const finish = (verdict: MessageVerdict): void => {
      const dropping = body.finish()
      if (dropping === undefined) resolve(verdict)
      else dropping.then(() => resolve(verdict), reject)
    }
    const fail = (error: unknown): void => {
      if (socket.state === 'closed') reject(error as Error)
      // What the body has thrown is answered by the connection, and no failure of the handler.
      else finish(body.state === 'broken' ? false : decisions.replyTo(error))
    }
    let asked: MessageVerdict | Promise<MessageVerdict>
    try {
      asked = ask(body)
    } catch (error) {
      return fail(error)
    }
    if (!(asked instanceof Promise)) return finish(asked)
    const begin = decisions.watch(asked, finish, fail)
    body.onWhole(() => begin(timeouts.endOfDataMs))
  })
}

/** What happens when so many octets have come: once, and then no more. */
function interruption(entry: ScriptedFault, decisions: Decisions): (octets: number) => Promise<void> | undefined {
  let left = bytesBefore(entry)
  let state: 'due' | 'over' = 'due'
  const act = async (): Promise<void> => {
    if (entry.delayMs !== undefined) await decisions.pause(entry.delayMs)
    if (entry.hangUp !== undefined) throw new ScriptedEnd(entry.hangUp)
  }
  return (octets) => {
    left -= octets
    if (left > 0 || state === 'over') return undefined
    state = 'over'
    return act()
  }
}
