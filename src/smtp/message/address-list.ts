/**
 * Lists of addresses, as From, To and their like have them (RFC 5322 §3.4, §4.4; RFC 6532).
 *
 *     address-list = *( [ mailbox / group ] "," )
 *     mailbox      = [phrase] "<" [route] addr-spec ">" / addr-spec
 *     group        = phrase ":" [mailbox-list] ";"
 *     addr-spec    = local-part "@" ( domain / "[" *dtext "]" )
 *
 * The list is read once from left to right, and nothing calls itself: a group in a group is no group, comments are counted
 * (`structured.ts`), so 200,000 addresses, `a:a:a:` and `((((` take time as long as they are (CVE-2025-14874 was the second of these).
 *
 * An address is taken apart before anything in it is decoded. Only names are decoded, so no encoded word makes a comma or an angle
 * bracket. A local-part is kept as it is meant and quoted again where it is written. Words that a comment holds apart are not one word:
 * `user@good.test(x)evil.test` is no address, and neither is one with a space in its domain.
 */
import { byteClass, COLON, DQUOTE, isBlank, SEMICOLON } from '../../net/ascii.ts'
import { hasControls, withoutControls } from './charset.ts'
import { decodeWords } from './encoded-word.ts'
import { DEFAULT_MESSAGE_LIMITS } from './limits.ts'
import type { MessageLimits } from './limits.ts'
import { Ready } from './ready.ts'
import { Cursor } from './structured.ts'

/** Somebody's address, with a name. */
export interface MailboxAddress {
  /** The discriminant. */
  readonly type: 'mailbox'
  /** The name for people to read, decoded; empty where there is none. Where there is no address it is the text that should have been one. */
  readonly name: string
  /** `local@domain`, with the local-part in quotes where it needs them; `undefined` where what stands there is none. */
  readonly address: string | undefined
}

/** Several under one name: `Friends: a@x.test, b@y.test;`. `undisclosed-recipients:;` has no members. */
export interface AddressGroup {
  /** The discriminant. */
  readonly type: 'group'
  /** Its name, decoded. */
  readonly name: string
  /** Who is in it. */
  readonly members: readonly MailboxAddress[]
}

/** One entry of a list. */
export type Address = MailboxAddress | AddressGroup

const OPEN = 0x28
const COMMA = 0x2c
const LESS = 0x3c
const GREATER = 0x3e
const AT_SIGN = 0x40
const OPEN_BRACKET = 0x5b
const CLOSE_BRACKET = 0x5d

/** All that a word is made of: `atext`, dots, and whatever has no meaning here. */
const WORD = byteClass(
  [0x00, 0x08],
  [0x0a, 0x1f],
  '!',
  [0x23, 0x27],
  [0x2a, 0x2b],
  [0x2d, 0x39],
  '=',
  [0x3f, 0x3f],
  [0x41, 0x5a],
  [0x5c, 0xff],
)
/** `dtext`, and blanks. */
const DOMAIN_LITERAL = byteClass([0x20, 0x5a], [0x5e, 0xff])
/** What a local-part can be written with outside of quotes: `dot-atom`. */
const DOT_ATOM = /^[^\0-\x20"(),.:;<>@[\\\]\x7f]+(?:\.[^\0-\x20"(),.:;<>@[\\\]\x7f]+)*$/

/** A word of a mailbox, or one of the marks that have a meaning in it. */
interface Word {
  readonly is: 'atom' | 'quoted' | 'literal' | 'at'
  readonly text: string
  /** Whether white space or a comment stands before it. */
  readonly isApart: boolean
}

/** Reads a list. Total: what is no address is told as one without `address`. Reads `maxAddresses` mailboxes at most. */
export function parseAddresses(
  text: string,
  limits: Pick<MessageLimits, 'maxAddresses' | 'maxEncodedWords'> = DEFAULT_MESSAGE_LIMITS,
): Address[] {
  const reader = READERS.take()
  reader.begin(text, limits)
  const list: Address[] = []
  while (!reader.isAtEnd) reader.readInto(list)
  return list
}

class AddressReader {
  #cursor = new Cursor('')
  #limits: Pick<MessageLimits, 'maxAddresses' | 'maxEncodedWords'> = DEFAULT_MESSAGE_LIMITS
  #count = 0
  /** The words of the mailbox that is being read, those in its angle brackets, and its comments. */
  #words: Word[] = []
  #angle: Word[] | undefined
  #comments: string[] = []

  /** Stands before the first entry of this text. */
  begin(text: string, limits: Pick<MessageLimits, 'maxAddresses' | 'maxEncodedWords'>): void {
    this.#cursor = new Cursor(text)
    this.#limits = limits
  }

  get isAtEnd(): boolean {
    return this.#cursor.isAtEnd || this.#count >= this.#limits.maxAddresses
  }

  /** Reads a mailbox or a group, with the comma behind it. */
  readInto(list: Address[]): void {
    const end = this.#readWords('list')
    if (end !== COLON) return this.#keep(list)
    const name = this.#phrase(this.#words)
    this.#forget()
    const members: MailboxAddress[] = []
    let mark = COMMA
    while (mark === COMMA && !this.isAtEnd) {
      mark = this.#readWords('group')
      this.#keep(members)
    }
    list.push({ type: 'group', name, members })
  }

  #forget(): void {
    this.#words = []
    this.#angle = undefined
    this.#comments = []
  }

  /**
   * Reads up to the mark that ends a mailbox, and goes behind it: `,`, `:` or `;`, each where it has a meaning. NaN at the end.
   *
   *     Joe Doe < @relay.test , @b.test : joe@x.test > ,
   *     phrase   angle         route      angle        phrase
   */
  #readWords(within: 'list' | 'group'): number {
    const cursor = this.#cursor
    let place: 'phrase' | 'angle' | 'route' = 'phrase'
    for (let isApart = false; !cursor.isAtEnd;) {
      if (this.#skipCfws()) {
        isApart = true
        continue
      }
      const code = cursor.code
      const isMark: boolean = code === COMMA || (place === 'phrase' && (code === SEMICOLON || code === COLON))
      const isName = code === COLON && (within === 'group' || this.#angle !== undefined)
      if (isMark && !isName && place !== 'route') return this.#pass()
      place = this.#readWord(place, isApart)
      isApart = false
    }
    return NaN
  }

  /** Reads a word, or a mark that leads from one place to the next, which it returns. */
  #readWord(place: 'phrase' | 'angle' | 'route', isApart: boolean): 'phrase' | 'angle' | 'route' {
    const cursor = this.#cursor
    if (place !== 'phrase' && cursor.take(GREATER)) return 'phrase'
    if (place === 'phrase' && this.#angle === undefined && cursor.take(LESS)) {
      this.#angle = []
      return 'angle'
    }
    if (place === 'route') return this.#skipRoute()
    const word = this.#word(isApart)
    if (place === 'phrase') this.#words.push(word)
    else if (word.is === 'at' && this.#angle?.length === 0) return 'route'
    else this.#angle?.push(word)
    return place
  }

  /** `obs-route = obs-domain-list ":"`, of which nothing is kept (RFC 5322 §4.4). Commas in it divide nothing. */
  #skipRoute(): 'angle' | 'route' {
    const { is, text } = this.#word(false)
    return is === 'atom' && text === ':' ? 'angle' : 'route'
  }

  #pass(): number {
    const { code } = this.#cursor
    this.#cursor.at++
    return code
  }

  /** Goes over white space and comments, and keeps what these say. */
  #skipCfws(): boolean {
    const cursor = this.#cursor
    if (cursor.code === OPEN) {
      this.#comments.push(cursor.comment())
      return true
    }
    const from = cursor.at
    while (isBlank(cursor.code)) cursor.at++
    return cursor.at > from
  }

  #word(isApart: boolean): Word {
    const cursor = this.#cursor
    const { code, at } = cursor
    if (code === DQUOTE) return { is: 'quoted', text: cursor.quotedString(), isApart }
    if (code === AT_SIGN) {
      cursor.at++
      return { is: 'at', text: '@', isApart }
    }
    if (code === OPEN_BRACKET) {
      cursor.at++
      cursor.run(DOMAIN_LITERAL)
      cursor.take(CLOSE_BRACKET)
      return { is: 'literal', text: cursor.text.slice(at, cursor.at), isApart }
    }
    const text = cursor.run(WORD)
    // A mark where it has no meaning is a word of its own.
    if (text === '') cursor.at++
    return { is: 'atom', text: text === '' ? cursor.text.slice(at, cursor.at) : text, isApart }
  }

  /** The mailbox that was read goes into the list, where there was anything. */
  #keep(list: (Address | MailboxAddress)[]): void {
    const words = this.#words
    const angle = this.#angle
    if (words.length > 0 || angle !== undefined) {
      this.#count++
      list.push(angle === undefined ? this.#bare(words) : this.#named(words, angle))
    }
    this.#forget()
  }

  /** `[phrase] "<" [route] addr-spec ">"`. */
  #named(words: readonly Word[], angle: readonly Word[]): MailboxAddress {
    const address = addressOf(angle)
    const name = this.#phrase(words)
    if (address === undefined) return { type: 'mailbox', name: join(name, `<${plain(angle)}>`), address }
    return { type: 'mailbox', name: name === '' ? this.#comment() : name, address }
  }

  /** An address without brackets: alone, with a comment as its name (RFC 5322 §A.5), or behind words that are a name. */
  #bare(words: readonly Word[]): MailboxAddress {
    const at = words.findLastIndex(({ is }) => is === 'at')
    let first = Math.max(at - 1, 0)
    while (first > 0 && isJoined(words[first - 1] as Word, words[first] as Word)) first--
    // `a@b@c.test` is no name before an address: two readers would choose two.
    const isAlone = first === 0 || words[first]?.isApart === true
    const address = isAlone ? addressOf(words.slice(first)) : undefined
    if (address === undefined) return { type: 'mailbox', name: this.#phrase(words), address }
    return { type: 'mailbox', name: first > 0 ? this.#phrase(words.slice(0, first)) : this.#comment(), address }
  }

  #phrase(words: readonly Word[]): string {
    return withoutControls(decodeWords(plain(words), this.#limits))
  }

  #comment(): string {
    return withoutControls(decodeWords(this.#comments.join(' '), this.#limits))
  }
}

const READERS = new Ready(() => new AddressReader())

function join(first: string, second: string): string {
  return first === '' ? second : `${first} ${second}`
}

/** Words as they stood, without quotes. */
function plain(words: readonly Word[]): string {
  let text = ''
  for (const { text: word, isApart } of words) text += isApart && text !== '' ? ` ${word}` : word
  return text
}

/** Whether two words are parts of one name, by the dot between them: `a . b` (RFC 5322 §4.4). */
function isJoined(left: Word, right: Word): boolean {
  return (left.is === 'atom' && left.text.endsWith('.')) || (right.is === 'atom' && right.text.startsWith('.'))
}

/** `addr-spec`, and nothing else: `undefined`. */
function addressOf(words: readonly Word[]): string | undefined {
  const at = words.findLastIndex(({ is }) => is === 'at')
  const local = nameOf(words.slice(0, Math.max(at, 0)))
  const domain = nameOf(words.slice(at + 1))
  const isDomain = words.length === at + 2 ? words[at + 1]?.is !== 'quoted' : words.slice(at + 1).every(isAtom)
  if (local === undefined || domain === undefined || domain === '' || !isDomain) return undefined
  if (hasControls(local) || hasControls(domain)) return undefined
  return `${DOT_ATOM.test(local) ? local : `"${local.replace(/["\\]/g, '\\$&')}"`}@${domain}`
}

const isAtom = ({ is }: Word): boolean => is === 'atom'

/** Words that are one name, put together; `undefined` where they are not, or where there are none. */
function nameOf(words: readonly Word[]): string | undefined {
  const [first] = words
  if (first === undefined) return undefined
  let name = ''
  let last = first
  for (const word of words) {
    if (word.is === 'at' || (word !== first && !isJoined(last, word))) return undefined
    name += word.text
    last = word
  }
  return name
}
