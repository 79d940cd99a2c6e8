/**
 * Encoded words: text above ASCII in header fields (RFC 2047).
 *
 *     encoded-word = "=?" charset ["*" language] "?" encoding "?" encoded-text "?="       ; RFC 2231 §5
 *     encoding     = "B" / "Q"
 *     encoded-text = 1*<any printable ASCII character other than "?" or SPACE>
 *
 * White space between two of them means nothing (§6.2). Words side by side in one charset are decoded as one: senders cut
 * characters in two, against §5. Each text is decoded once, so a word that comes out of a word stays as it is, and controls that
 * come out are spaces (`withoutControls`): `=?utf-8?Q?=0D=0ABcc:?=` is how a field is hidden in another.
 *
 * Deviation: spaces in encoded text are taken, many send them. A word in a charset that is not known (UTF-7 among them) stays as it is.
 */
import { isAllText } from '../../net/ascii.ts'
import { decodeCharset, isCharset, withoutControls } from './charset.ts'
import { unescapeOctets } from './escapes.ts'
import { DEFAULT_MESSAGE_LIMITS } from './limits.ts'
import type { MessageLimits } from './limits.ts'
import { Ready } from './ready.ts'
import { TOKEN } from './structured.ts'

const EQUALS = 0x3d
const QUESTION_MARK = 0x3f
/** Longer than any name of a charset. */
const MAX_CHARSET_NAME = 40
const ONLY_WHITE_SPACE = /^[ \t]*$/

/** A word, taken apart. */
interface EncodedWord {
  readonly charset: string
  readonly octets: Buffer
  /** Index behind it. */
  readonly end: number
}

/** A text with its encoded words decoded: the first `maxEncodedWords` of them. */
export function decodeWords(
  text: string,
  { maxEncodedWords }: Pick<MessageLimits, 'maxEncodedWords'> = DEFAULT_MESSAGE_LIMITS,
): string {
  let at = text.indexOf('=?')
  if (at === -1) return text
  let decoded = ''
  /** Where text begins that was not looked at, behind the last word. */
  let from = 0
  const run = RUNS.take()
  for (let count = 0; at !== -1 && count < maxEncodedWords;) {
    const word = wordAt(text, at)
    if (word === undefined) {
      at = text.indexOf('=?', at + 1)
      continue
    }
    const between = text.slice(from, at)
    if (!run.isOpen || !ONLY_WHITE_SPACE.test(between)) decoded += run.finish() + between
    decoded += run.add(word)
    from = word.end
    at = text.indexOf('=?', from)
    count++
  }
  return decoded + run.finish() + text.slice(from)
}

/** Words side by side, in one charset. */
class WordRun {
  #charset = ''
  #octets: Buffer[] = []

  get isOpen(): boolean {
    return this.#octets.length > 0
  }

  /** Adds a word. Returns the text of those before it, where they are in another charset. */
  add({ charset, octets }: EncodedWord): string {
    const before = charset === this.#charset ? '' : this.finish()
    this.#charset = charset
    this.#octets.push(octets)
    return before
  }

  /** The text of all words. */
  finish(): string {
    const octets = this.#octets
    if (octets.length === 0) return ''
    this.#octets = []
    return withoutControls(
      decodeCharset(this.#charset, octets.length === 1 ? (octets[0] as Buffer) : Buffer.concat(octets)) as string,
    )
  }
}

const RUNS = new Ready(() => new WordRun())

/**
 * The word that begins at `at`, where there is one whose charset is known. Looks from one question mark to the next and never
 * further, so that a flood of beginnings costs no more than its length.
 */
function wordAt(text: string, at: number): EncodedWord | undefined {
  const charsetEnd = text.indexOf('?', at + 2)
  if (charsetEnd === -1 || charsetEnd - at > MAX_CHARSET_NAME) return undefined
  if (text.charCodeAt(charsetEnd + 2) !== QUESTION_MARK) return undefined
  const end = text.indexOf('?', charsetEnd + 3)
  if (end === -1 || text.charCodeAt(end + 1) !== EQUALS) return undefined
  const [charset] = text.slice(at + 2, charsetEnd).split('*', 1) as [string]
  if (!isAllText(TOKEN, charset) || !isCharset(charset)) return undefined
  const encoded = text.slice(charsetEnd + 3, end)
  const octets = decodeEncodedText(text.charAt(charsetEnd + 1), encoded)
  return octets && { charset, octets, end: end + 2 }
}

function decodeEncodedText(encoding: string, text: string): Buffer | undefined {
  if (encoding === 'B' || encoding === 'b') return Buffer.from(text, 'base64')
  // The encoding Q (§4.2): a `_` is a space, whatever the charset has there.
  return encoding === 'Q' || encoding === 'q' ? unescapeOctets(text.replaceAll('_', ' '), EQUALS) : undefined
}
