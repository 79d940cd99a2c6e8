/**
 * The date of now, as a server's responses have it (RFC 9110 §6.6.1). It is made once a second, and the clock is asked once a turn of the event
 * loop, however many answer in it: to ask takes as long as a tenth of a small answer.
 */
import { atTurnEnd } from '../net/turn-end.ts'
import type { Due } from '../net/turn-end.ts'
import { formatHttpDate } from './date.ts'

let text = ''
/** The second that `text` is the date of. */
let second = 0
/** Whether the clock was asked in this turn. */
let state: 'old' | 'ofThisTurn' = 'old'

const TURN: Due = {
  turnEnds(): void {
    state = 'old'
  },
}

/** The date for responses. */
export function currentDate(): string {
  if (state === 'ofThisTurn') return text
  state = 'ofThisTurn'
  atTurnEnd(TURN)
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    text = formatHttpDate(now * 1000)
  }
  return text
}
