/** How the cost of SMTP grows: linear, for what everybody sends and for what nobody should. */
import { grow, growing, reading, type Bounds, type Reader } from '../support/growth.ts'
import { describe } from 'vitest'
import { DotEncoder } from '../../src/smtp/data.ts'
import type { ClientEvent } from '../../src/smtp/events.ts'
import { NORMALIZE, type Limits } from '../../src/smtp/limits.ts'
import { ClientMachine } from '../../src/smtp/machine.ts'
import { GREETING, SMTP_CLIENT, smtpServer } from '../support/roles/smtp.ts'

/** Limits that 50,000 recipients do not reach. */
const WIDE: Partial<Limits> = {
  maxCommandLineBytes: 1024 * 1024,
  maxTextLineBytes: 1024 * 1024,
  maxRecipients: 100_000,
  maxTransactions: 100_000,
  maxReplyLineBytes: 1024 * 1024,
  maxReplyLines: 100_000,
}

const BOUNDS: Bounds = {
  perOctet: {
    whole: { work: 6, code: 24_000, octets: 128 },
    'in segments': { work: 6, code: 24_000, octets: 128 },
    // Single octets are gathered in a block, for each line a small one of its own.
    'octet by octet': { work: 6, code: 24_000, octets: 200 },
  },
  once: { work: 8192, code: 1_000_000, octets: 65_536 },
}

const SERVER = reading(smtpServer({ limits: { maxTransactions: 100_000 } }), [GREETING])
const WIDE_SERVER = reading(smtpServer({ limits: WIDE }), [GREETING])
const FORGIVING = reading(smtpServer({ limits: WIDE, leniency: { content: NORMALIZE, earlyTalk: 'accept' } }), [
  GREETING,
])
const ASKED: readonly ClientEvent[] = [{ type: 'ehlo', domain: 'a.test' }]
const CLIENT = reading(SMTP_CLIENT, ASKED)
const WIDE_CLIENT = reading({ ...SMTP_CLIENT, create: () => new ClientMachine({ limits: WIDE }) }, ASKED)

const EHLO = 'EHLO a.test\r\n'
const MAIL = 'MAIL FROM:<a@x.test>\r\n'
const RCPT = 'RCPT TO:<b@x.test>\r\n'
const MESSAGE = `${EHLO}${MAIL}${RCPT}DATA\r\n`
const BDAT = `${EHLO}${MAIL}${RCPT}BDAT 900000000\r\n`

describe('commands', () => {
  const read = growing(SERVER)
  const wide = growing(WIDE_SERVER)
  grow(
    [
      read('short ones', '', 'NOOP\r\n'),
      read('long ones', '', `NOOP ${'a'.repeat(1000)}\r\n`),
      read('unknown ones', '', 'X\r\n'),
      read('messages', EHLO, `${MAIL}${RCPT}DATA\r\nSubject: a\r\n\r\nb\r\n.\r\n`),
      read('logins', EHLO, 'AUTH LOGIN\r\n*\r\n'),
      wide('50,000 recipients', EHLO + MAIL, RCPT),
      wide(
        'recipients of domains of their own',
        EHLO + MAIL,
        'RCPT TO:<b@c.d.e.f.test>\r\nRCPT TO:<"g"@[1.2.3.4]>\r\n',
      ),
      wide('one line', '', 'a'),
      wide('carriage returns', '', '\r'),
      wide('line feeds', '', '\n'),
      wide('CRLFs', '', '\r\n'),
      wide('a quoted local part', `${EHLO}MAIL FROM:<"`, '\\"', '"@x.test>\r\n'),
      wide('a path of quotes', `${EHLO}MAIL FROM:<`, '"a".', 'a@x.test>\r\n'),
      wide('a path of brackets', `${EHLO}MAIL FROM:`, '<', '\r\n'),
      wide('a source route', `${EHLO}MAIL FROM:<`, '@a.test,', '@b.test:c@x.test>\r\n'),
      wide('a domain of many labels', `${EHLO}MAIL FROM:<a@b`, '.c', '>\r\n'),
      wide('an address literal', `${EHLO}MAIL FROM:<a@[IPv6`, ':1', ']>\r\n'),
      wide('comments in a path', `${EHLO}MAIL FROM:<a`, '(', '@x.test>\r\n'),
      wide('parameters', `${EHLO}MAIL FROM:<a@x.test>`, ' A=b', '\r\n'),
      wide('the same parameter', `${EHLO}MAIL FROM:<a@x.test>`, ' SIZE=1', '\r\n'),
      wide('an xtext', `${EHLO}MAIL FROM:<a@x.test> ENVID=`, '+41', '\r\n'),
      wide('spaces behind a command', EHLO, ' ', '\r\n'),
      wide('an EHLO of many labels', 'EHLO a', '.b', '\r\n'),
    ],
    BOUNDS,
  )
})

describe('messages', () => {
  const read = growing(SERVER)
  const wide = growing(WIDE_SERVER)
  const forgiving = growing(FORGIVING)
  grow(
    [
      read('lines of text', MESSAGE, 'The quick brown fox jumps over the lazy dog, and the dog is not amused.\r\n'),
      read('every line dotted', MESSAGE, '..a line of text\r\n'),
      read('dots only', MESSAGE, '..\r\n'),
      read('CRLFs', MESSAGE, '\r\n'),
      read('dots in a row', MESSAGE, '.'),
      read('nearly the end', MESSAGE, '\r\n..\r\n..\r\n.'),
      wide('one line', MESSAGE, 'a'),
      read('carriage returns, refused', MESSAGE, '\r'),
      read('line feeds, refused', MESSAGE, '\n'),
      forgiving('carriage returns', MESSAGE, '\r'),
      forgiving('line feeds', MESSAGE, '\n'),
      forgiving('line feeds and one carriage return', MESSAGE, '\n'.repeat(700) + '\r'),
      forgiving('carriage returns and one line feed', MESSAGE, '\r'.repeat(700) + '\n'),
      forgiving('dots behind line feeds', MESSAGE, '.\n'),
      forgiving('half an end', MESSAGE, '\r\n.\r'),
      forgiving('NULs', MESSAGE, '\0'),
    ],
    BOUNDS,
  )
})

describe('chunks', () => {
  const read = growing(SERVER)
  const wide = growing(WIDE_SERVER)
  grow(
    [
      read('one', BDAT, 'a line of text\r\n'),
      wide('of one octet', EHLO + MAIL + RCPT, 'BDAT 1\r\na'),
      wide('of a half CRLF', EHLO + MAIL + RCPT, 'BDAT 1\r\n\rBDAT 1\r\n\n'),
      wide('of nothing', EHLO + MAIL + RCPT, 'BDAT 0\r\n'),
      read('refused', EHLO, 'BDAT 4\r\nQUIT'),
      read('line feeds', BDAT, '\n'),
      read('binary', BDAT.replace('<a@x.test>', '<> BODY=BINARYMIME'), '\0\n\r\xff'),
    ],
    BOUNDS,
  )
})

describe('replies', () => {
  const wide = growing(WIDE_CLIENT)
  grow(
    [
      wide('lines', '220 a.test\r\n', '250-SIZE 1000\r\n'),
      wide('lines with enhanced codes', '220 a.test\r\n', '250-2.0.0 a\r\n', '250 2.0.0 a\r\n'),
      wide('a long line', '220 ', 'a'),
    ],
    BOUNDS,
  )
})

describe('what breaks a limit', () => {
  const limited = growing(CLIENT, {
    outcome: 'limited',
    size: 64 * 1024,
  })
  grow([limited('lines', '220 a.test\r\n', '250-SIZE 1000\r\n'), limited('a long line', '220 ', 'a')], BOUNDS)
  const refused = growing(SERVER, { size: 64 * 1024 })
  // To refuse one costs more than to accept one, so that a thousand which are accepted first would look like growth.
  const few = growing(reading(smtpServer({ limits: { maxRecipients: 10 } }), [GREETING]), { size: 64 * 1024 })
  grow(
    [
      few('recipients', EHLO + MAIL, RCPT),
      refused('a long command', '', 'a'),
      refused('a long line of text', MESSAGE, 'a'),
    ],
    BOUNDS,
  )
})

describe('what is written', () => {
  const written = growing(writing)
  grow(
    [
      written('lines of text', '', 'a line of text\r\n'),
      written('every line dotted', '', '.a line of text\r\n'),
      written('dots only', '', '.\r\n'),
      written('carriage returns', '', '\r'),
      written('line feeds', '', '\n'),
      written('line feeds and one carriage return', '', '\n'.repeat(700) + '\r'),
      written('NULs', '', '\0'),
    ],
    BOUNDS,
  )
})

/** Puts dots before lines. */
function writing(): Reader {
  const encoder = new DotEncoder(NORMALIZE)
  return { read: (piece) => void encoder.encode(piece), work: 0 }
}
