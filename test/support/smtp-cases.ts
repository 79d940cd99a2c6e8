/**
 * The cases of the wire (`test/fixtures/smtp/wire.json`), with the expectation of a strict server as patterns that an answer can be held to.
 */
import { readFileSync } from 'node:fs'

/** A line, and the replies to it. */
export interface Command {
  readonly kind: 'command'
  readonly name: string
  readonly pre: readonly string[]
  readonly send: string
  readonly expect: string
}

/** Octets that end the content of a message, or do not. */
export interface EndOfData {
  readonly kind: 'eod'
  readonly name: string
  readonly eodHex: string
  readonly terminates: boolean
  readonly strict: string
}

/** Content on the wire, and what it is. */
export interface Unstuff {
  readonly kind: 'unstuff'
  readonly name: string
  readonly inputHex: string
  readonly outputHex: string
}

/** What is said step by step, and the replies to each step. */
export interface Sequence {
  readonly kind: 'sequence'
  readonly name: string
  readonly noEhlo: boolean
  readonly steps: readonly (string | readonly string[])[]
  readonly expect: string
}

const FIXTURE = new URL('../fixtures/smtp/wire.json', import.meta.url)
/** All of them. */
export const CASES: readonly (Command | EndOfData | Unstuff | Sequence)[] = (
  JSON.parse(readFileSync(FIXTURE, 'utf8')) as { cases: typeof CASES }
).cases

/**
 * The corpus has one sentence for all these: refuse what has a bare CR, LF or NUL, or a line whose dot was not doubled. They
 * have none of the first, and RFC 5321 §4.5.2 says of the last that the dot is taken away and the line is content, as the
 * corpus itself says of `.foo`.
 */
export const ARE_CONTENT: Readonly<Record<string, string>> = {
  '\\r\\n. \\r\\n': 'AAA\r\n \r\n',
  '\\r\\n.\\t\\r\\n': 'AAA\r\n\t\r\n',
  '\\x85.\\x85': 'AAA\x85.\x85',
  '\\x0b.\\x0b': 'AAA\x0b.\x0b',
  '\\r\\n..\\r\\n': 'AAA\r\n.\r\n',
}

/** Expectations that are sentences: the codes of the replies, by step. */
export const SENTENCES: Readonly<Record<string, readonly string[]>> = {
  'pipelined txn+QUIT': ['250 250 354', '250 221 EOF'],
  // What we do is the first of the two policies; cut so that nothing comes early, it is an ordinary session.
  'pipelined all 1 write': ['250 250 354|554 250|EOF 221|none EOF|none'],
  '2 txns pipelined': ['250 250 354', '250 250 250 354', '250'],
  '200 NOOP pipelined': [Array.from({ length: 200 }, () => '250').join(' ')],
  '8bit body no 8BITMIME': ['250 250 354', '250'],
  'NUL in body': ['250 250 354', '554'],
  '2000 octet line': ['250 250 354', '250'],
  'empty message': ['250 250 354', '250'],
  'dot split per byte': ['250 250 354', '250'],
  'first line dotdot split': ['250 250 354', '250'],
}

/** What the messages of sequences are, where that is the point. */
export const BODIES: Readonly<Record<string, string>> = {
  'dot split per byte': 'Subject: one\r\n\r\nAAA\r\n.\r\nx\r\n',
  'first line dotdot split': '.\r\n',
  'empty message': '',
}

/** A transaction up to its content. */
export const TRANSACTION = 'MAIL FROM:<s@x.test>\r\nRCPT TO:<v@x.test>\r\nDATA\r\n'

/** `{x*9}` is x nine times. */
export function unfold(text: string): string {
  return text.replace(/\{(.)\*([0-9]+)\}/g, (_, character: string, times: string) => character.repeat(Number(times)))
}

/** Whether the replies to one step are as `pattern` says: codes in order, `|` between alternatives, EOF for the end. */
export function isAsExpected(said: readonly string[], pattern: string): boolean {
  const wanted = pattern.split(' ')
  return (
    said.length <= wanted.length &&
    wanted.every((alternatives, index) =>
      alternatives.split('|').some((one) => {
        if (one === 'none') return said[index] === undefined
        if (one === 'reject') return /^[45]/.test(said[index] ?? '')
        return new RegExp(`^${one.replaceAll('x', '.')}$`).test(said[index] ?? '')
      }),
    )
  )
}
