/** The short way that most paths are read by says what the grammar says, or nothing. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { CommandContext } from '../../../src/smtp/commands.ts'
import { parseAnyMail, parseAnyRcpt, parseMail, parseRcpt } from '../../../src/smtp/envelope-commands.ts'
import { readPlainPath } from '../../../src/smtp/plain-path.ts'
import { ALL, CONTEXT } from '../../support/smtp-context.ts'

const NONE: ReadonlySet<string> = new Set()

function context(negotiated: ReadonlySet<string>, charset: 'ascii' | 'utf8'): CommandContext {
  return { ...CONTEXT, negotiated, charset }
}

const LABEL = 'a'.repeat(63)

describe('readPlainPath', () => {
  it.each([
    ['<a@x.test>', 'a', 'x.test'],
    ["<a.b+c/d!#$%&'*=?^_`{|}~-@x-1.test>", "a.b+c/d!#$%&'*=?^_`{|}~-", 'x-1.test'],
    ['<A@x>', 'A', 'x'],
    [`<${'a'.repeat(64)}@${LABEL}>`, 'a'.repeat(64), LABEL],
  ])('reads %s', (text, localPart, domain) => {
    const path = { localPart, domain }
    expect(readPlainPath(`FROM:${text} SIZE=1`, 5)).toEqual({ path, end: 5 + text.length })
  })

  it.each([
    ...[
      '',
      '<',
      '<>',
      '<a',
      '<a@',
      '<a@x',
      '<@x>',
      '<a>',
      '<postmaster>',
      'a@x>',
      '<a@x@y>',
      '<<a@x>',
      '<a@x ',
      '<a @x>',
    ],
    ...['<.a@x>', '<a.@x>', '<a..b@x>', '<"a"@x>', '<a\\b@x>', '<\xe9@x>', '<@x:a@y>'],
    ...[
      '<a@.x>',
      '<a@x.>',
      '<a@x..y>',
      '<a@-x>',
      '<a@x->',
      '<a@x.-y>',
      '<a@x-.y>',
      '<a@x_y>',
      '<a@\xe9>',
      '<a@X>',
      '<a@[1.2.3.4]>',
    ],
    ...[`<${'a'.repeat(65)}@x>`, `<a@${LABEL}a>`, `<a@${`${LABEL}.`.repeat(4)}x>`],
  ])('leaves %j to the grammar', (text) => {
    expect(readPlainPath(text, 0)).toBeUndefined()
  })
})

const piece = fc.oneof(
  {
    weight: 4,
    arbitrary: fc.constantFrom('a', 'x.test', '@', '.', '-', '<', '>', ' ', 'A', '"', '\\', ':', ',', '\t'),
  },
  {
    weight: 3,
    arbitrary: fc.constantFrom('<a@x.test>', 'joe.b', ' SIZE=5', ' SIZE=', ' size=7', ' BODY=8BITMIME', ' SMTPUTF8'),
  },
  {
    weight: 2,
    arbitrary: fc.constantFrom(' NOTIFY=NEVER', ' ORCPT=rfc822;a@x', ' ', '=', '\xe9', 'ö', '[192.0.2.1]', LABEL),
  },
)
const argument = fc
  .tuple(
    fc.constantFrom('FROM:', 'TO:', 'from:', 'FROM: ', 'TO'),
    fc.constantFrom('', '<a@x.test>', '<'),
    fc.array(piece, { maxLength: 8 }),
  )
  .map(([clause, path, rest]) => clause + path + rest.join(''))
const surrounding = fc.tuple(fc.constantFrom(ALL, NONE), fc.constantFrom('ascii' as const, 'utf8' as const))

describe('MAIL and RCPT', () => {
  it('are read as by the whole of their grammar', () => {
    fc.assert(
      fc.property(argument, surrounding, (text, [negotiated, charset]) => {
        const given = context(negotiated, charset)
        expect(parseMail(text, given)).toStrictEqual(parseAnyMail(text, given))
        expect(parseRcpt(text, given)).toStrictEqual(parseAnyRcpt(text, given))
      }),
      { numRuns: 5000 },
    )
  })
})
