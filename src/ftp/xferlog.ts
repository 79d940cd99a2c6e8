/**
 * The log of transfers as wu-ftpd wrote it and as half the world's tools read it: a line for each file (xferlog(5)).
 *
 *     Thu Jan  2 03:04:05 2020 1 192.0.2.1 5 /in/a.bin b _ i r joe ftp 0 * c
 *     └──── when it was over ─┘ │ └ client  │ └ path    │ │ │ │ └ who │  │ │ └ c: complete, i: incomplete
 *                               └ seconds   └ octets    │ │ │ │      │  │ └ who by the authentication: nobody knows
 *                               a: TYPE A, b: TYPE I  ──┘ │ │ │      │  └ no authentication of RFC 1413
 *                               nothing was done to it  ──┘ │ │      └ the service
 *                               o: sent, i: received  ──────┘ └ r: with a password, a: anonymous
 *
 * Fields are separated by spaces and lines by line ends, so a name that has any of these, or a control character, has underscores in
 * their place: nobody writes a line of this log but the server. Times are UTC.
 */
import type { TransferEvent } from './handlers.ts'

const DAYS = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat']
const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Names under which nobody in particular logs in (RFC 1635). */
const ANONYMOUS: ReadonlySet<string> = new Set(['anonymous', 'ftp'])

/** The line of a transfer, without its line end. */
export function writeXferlogLine(event: TransferEvent): string {
  const { address } = event.peer
  return [
    writeTime(new Date(event.endedMs)),
    Math.round(event.durationMs / 1000),
    'host' in address ? address.host : address.family,
    event.bytes,
    wordOf(event.path),
    event.type === 'A' ? 'a' : 'b',
    '_',
    event.direction === 'sent' ? 'o' : 'i',
    ANONYMOUS.has(event.user) ? 'a' : 'r',
    wordOf(event.user),
    'ftp',
    '0',
    '*',
    event.outcome === 'complete' ? 'c' : 'i',
  ].join(' ')
}

/** `Thu Jan  2 03:04:05 2020`: as ctime(3) has it. */
function writeTime(date: Date): string {
  const day = String(date.getUTCDate()).padStart(2)
  const clock = date.toISOString().slice(11, 19)
  return `${DAYS[date.getUTCDay()]} ${MONTHS[date.getUTCMonth()]} ${day} ${clock} ${date.getUTCFullYear()}`
}

/** A text as one field. */
function wordOf(text: string): string {
  // oxlint-disable-next-line no-control-regex -- exactly these control characters are meant
  return text === '' ? '_' : text.replace(/[\0-\x20\x7f]/g, '_')
}
