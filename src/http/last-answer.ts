/**
 * The answer that was written last, and its octets, for the next one to be compared with: as `last-head.ts` does for what is read. Servers have
 * answers that they give again and again, and to turn a text to octets takes as long as to read a request. One is remembered for the whole
 * process, and no long one.
 *
 * A head that is remembered (`writer.ts`) is the same string each time, and so is what is joined here: to compare them is to compare a pointer.
 */
import { lendLatin1 } from '../net/lent.ts'

/** Longer answers are not remembered. */
const MAX_REMEMBERED = 1024

let lastHead = ''
let lastContent = ''
let lastAnswer = ''

let lastText = ''
let lastOctets: Buffer = Buffer.alloc(0)

/** A head with its content, as one text of which each character is an octet. */
export function joinAnswer(head: string, content: string): string {
  if (head.length + content.length > MAX_REMEMBERED) return head + content
  if (head !== lastHead || content !== lastContent) {
    lastHead = head
    lastContent = content
    lastAnswer = head + content
  }
  return lastAnswer
}

/** The octets of such a text. Nobody may write to them: they may be sent again. Those of a long one are lent. */
export function octetsOf(text: string): Buffer {
  if (text.length > MAX_REMEMBERED) return lendLatin1(text)
  if (text !== lastText) {
    lastText = text
    lastOctets = Buffer.from(text, 'latin1')
  }
  return lastOctets
}
