/**
 * The end of a turn of the event loop: behind all that has arrived, and before the system is asked what else there is. What is answered in
 * a turn can leave there in a row, for all connections.
 *
 *     poll    octets of A -> answered    octets of B -> answered    octets of C -> answered
 *     check   A and B and C are written to
 *
 * A write is dearest where it has to wake up who reads at the other end. Written to one by one, with the work of a server in between, each of
 * many clients (or one program with many connections) has gone to sleep again before its answer comes; in a row they are woken up once.
 *
 * A row that is long enough does not wait for the end: the first in it would wait for all that hundreds of others have asked for.
 */

/** Who has something to do at the end of the turn. It must not throw. */
export interface Due {
  /** The turn ends. */
  turnEnds(): void
}

/** So many in a row; twice as many save next to nothing. */
const ROW = 32

let due: Due[] = []

/** Calls `one.turnEnds()` once, at the end of this turn; or now, where it makes the row a full one. */
export function atTurnEnd(one: Due): void {
  const length = due.push(one)
  if (length === 1) setImmediate(endTurn)
  else if (length === ROW) endTurn()
}

function endTurn(): void {
  const all = due
  due = []
  for (const one of all) one.turnEnds()
}
