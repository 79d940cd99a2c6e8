/**
 * The two lines of a message by which a person knows it in a list. This is no parser of messages: it looks for two fields in
 * the head, unfolds them (RFC 5322 §2.2.3), and gives back text that can be shown.
 */

/** What a list shows of a message. */
export interface Summary {
  /** The field `From`, unfolded and at most 200 characters long; empty where there is none. */
  readonly from: string
  /** The field `Subject`, likewise. Encoded words (RFC 2047) are left as they are. */
  readonly subject: string
}

const MAX_CHARACTERS = 200

/** Reads the summary out of a message's first octets, which may end anywhere. */
export function readSummary(head: Buffer): Summary {
  const end = head.indexOf('\r\n\r\n')
  const fields = head.toString('utf8', 0, end === -1 ? head.length : end)
  return { from: field(fields, 'From'), subject: field(fields, 'Subject') }
}

function field(fields: string, name: string): string {
  const match = new RegExp(`^${name}[ \\t]*:(?<body>.*(?:\\r\\n[ \\t].*)*)`, 'im').exec(fields)
  const text = (match?.groups?.['body'] ?? '').slice(0, MAX_CHARACTERS * 2)
  return text
    .replace(/\r\n(?=[ \t])/g, '')
    .replace(/\p{Cc}/gu, ' ')
    .trim()
    .slice(0, MAX_CHARACTERS)
}
