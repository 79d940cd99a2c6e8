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
/** This turn, once the clock was asked in it: as long as its end is due, what was told holds. */
const TURN: Due = { standing: 'free', turnEnds: () => {} }

/** The date for responses. */
export function currentDate(): string {
  if (TURN.standing === 'due') return text
  atTurnEnd(TURN)
  const now = Math.floor(Date.now() / 1000)
  if (now !== second) {
    second = now
    text = formatHttpDate(now * 1000)
  }
  return text
}
