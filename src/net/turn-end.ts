/**
 * The end of a turn of the event loop: behind all that has arrived, and before the system is asked what else there is. What has come in a
 * turn can be answered there in a row, for all connections, and what was answered can leave in a row.
 *
 *     poll    octets of A    octets of B    octets of C
 *     check   A and B and C are answered
 *     check   A and B and C are written to
 *
 * Behind each call of the system, code finds the processor's caches full of the system's; in a row, the first connection warms them for the
 * others. And a write is dearest where it has to wake up who reads at the other end. Written to one by one, with the work of a server in between,
 * each of many clients (or one program with many connections) has gone to sleep again before its answer comes; in a row they are woken up once.
 *
 * A row that is long enough does not wait for the end: the first in it would wait for all that hundreds of others have asked for.
 */

/** Who has something to answer in this turn. It must not throw. */
export interface Answering {
  /** It is this one's turn. */
  answers(): void
}

/** Who has something to do at the end of the turn. It must not throw. */
export interface Due {
  /** Whether it waits for that; written in this file alone. Begins as `free`. */
  standing: 'free' | 'due'
  /** The turn ends. */
  turnEnds(): void
}

/** So many in a row; twice as many save next to nothing. */
const ROW = 32

let answering: Answering[] = []
let due: Due[] = []
/** Whether the end is set, behind those who answer by then. */
let end: 'unset' | 'set' = 'unset'

/**
 * Calls `one.answers()` once, when all has arrived that arrives in this turn; or now, where it makes the row a full one. What it answers may still
 * leave at the end of the turn.
 */
export function answerInTurn(one: Answering): void {
  const length = answering.push(one)
  if (length === ROW) return answerAll()
  if (length > 1) return
  setImmediate(answerAll)
  setEnd()
}

/** Calls `one.turnEnds()` once, however often it is asked to, at the end of this turn; or now, where that makes the row a full one. */
export function atTurnEnd(one: Due): void {
  if (one.standing === 'due') return
  one.standing = 'due'
  if (due.push(one) === ROW) leave()
  else setEnd()
}

function setEnd(): void {
  if (end === 'set') return
  end = 'set'
  setImmediate(endTurn)
}

function answerAll(): void {
  const all = answering
  answering = []
  for (const one of all) one.answers()
}

function endTurn(): void {
  end = 'unset'
  leave()
}

function leave(): void {
  const all = due
  due = []
  for (const one of all) {
    one.standing = 'free'
    one.turnEnds()
  }
}
