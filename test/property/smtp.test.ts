/** The laws of `src/net/machine.ts` for SMTP, at both ends. */
import { describe } from 'vitest'
import { DEFAULT_LIMITS, NORMALIZE, type Leniency } from '../../src/smtp/limits.ts'
import { MAX_BASE64 } from '../../src/smtp/sasl/base64.ts'
import { CLIENT, SERVER } from '../../src/smtp/states.ts'
import {
  ASKED,
  hostileSession,
  lmtpSession,
  lmtpSessionOctets,
  MARKS,
  replyOctets,
  session,
  sessionOctets,
} from '../support/arbitraries/smtp.ts'
import { conversationLaws, endless, keeps, machineLaws, tableLaw } from '../support/laws.ts'
import { GREETING, SMTP_CLIENT, SMTP_SERVER, smtpServer } from '../support/roles/smtp.ts'

const { maxReplyLineBytes, maxReplyLines } = DEFAULT_LIMITS
const FORGIVING: Partial<Leniency> = {
  content: NORMALIZE,
  earlyTalk: 'accept',
  spaceAfterColon: 'accept',
  helloName: 'accept',
}
const MESSAGE = 'EHLO a.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n'
/** Half a command, a chunk of no size, and a browser. */
const DEADLY = ['NOOP', 'EHLO a.test\r\nBDAT \r\n', 'GET / HTTP/1.1\r\n']

/** Without an end there is no limit to how many messages a session has. */
const TIRELESS = { limits: { maxTransactions: 1_000_000 } }

describe('SMTP server', () => {
  keeps(
    machineLaws({
      ...smtpServer(TIRELESS),
      script: [GREETING],
      input: sessionOctets,
      marks: MARKS,
      // A line of base64 is the longest that there is.
      maxBufferedBytes: MAX_BASE64 + 2,
      maxWorkPerByte: 6,
      deadly: DEADLY,
      endless: [
        endless('a command without an end', '', 'a'),
        endless('one long command after the other', '', `NOOP ${'a'.repeat(2000)}\r\n`),
        endless('one short command after the other', '', 'NOOP\r\n'),
        endless('nothing but CR', '', '\r'),
        endless('nothing but LF', '', '\n'),
        endless('recipients without an end', 'EHLO a.test\r\nMAIL FROM:<a@x.test>\r\n', 'RCPT TO:<b@x.test>\r\n'),
        endless('a message without an end', MESSAGE, 'a line of text\r\n'),
        endless('a line of text without an end', MESSAGE, 'a'),
        endless('a message of dots', MESSAGE, '..\r\n'),
        endless('a message of CRLF', MESSAGE, '\r\n'),
        endless('a message of CR', MESSAGE, '\r'),
        endless('a message of LF', MESSAGE, '\n'),
        endless(
          'one transaction after the other',
          'EHLO a.test\r\n',
          MESSAGE.slice('EHLO a.test\r\n'.length) + 'x\r\n.\r\n',
        ),
      ],
      last: Buffer.from('QUIT\r\n'),
    }),
  )
})

const CHUNKS = 'EHLO a.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nBDAT 900000000\r\n'
const CHALLENGED = 'EHLO a.test\r\nAUTH LOGIN\r\n'

describe('SMTP server, in chunks and logins', () => {
  keeps(
    machineLaws({
      ...SMTP_SERVER,
      script: [GREETING],
      input: sessionOctets,
      marks: MARKS,
      maxBufferedBytes: MAX_BASE64 + 2,
      maxWorkPerByte: 6,
      deadly: [...DEADLY, 'EHLO a.test\r\nAUTH LOGIN\r\nYQ'],
      endless: [
        endless('a chunk without an end', CHUNKS, 'a line of text\r\n'),
        endless('a chunk of CR', CHUNKS, '\r'),
        endless('a chunk of LF', CHUNKS, '\n'),
        endless('binary octets', CHUNKS.replace('<a@x.test>', '<> BODY=BINARYMIME'), '\0\n\r\xff'),
        endless('a refused chunk without an end', 'BDAT 900000000\r\n', 'QUIT\r\n'),
        endless('one empty chunk after the other', CHUNKS.replace('BDAT 900000000\r\n', ''), 'BDAT 0\r\n'),
        endless('one refused chunk after the other', 'EHLO a.test\r\n', 'BDAT 4 LAST\r\nQUIT'),
        endless('a response without an end', CHALLENGED, 'A'),
        endless('responses of CRs', CHALLENGED, '\r'),
        endless('one login after the other', 'EHLO a.test\r\n', 'AUTH LOGIN\r\n*\r\n'),
      ],
    }),
  )
})

describe('LMTP server', () => {
  keeps(
    machineLaws({
      ...smtpServer({ protocol: 'lmtp', ...TIRELESS }),
      script: [GREETING],
      input: lmtpSessionOctets,
      marks: [...MARKS, 'LHLO a.test\r\n'],
      maxBufferedBytes: MAX_BASE64 + 2,
      maxWorkPerByte: 6,
      deadly: [...DEADLY, MESSAGE.replace('EHLO', 'LHLO')],
      endless: [
        endless('a message without an end', MESSAGE.replace('EHLO', 'LHLO'), 'a line of text\r\n'),
        endless('last chunks for nobody', 'LHLO a.test\r\n', 'MAIL FROM:<>\r\nBDAT 4 LAST\r\nQUIT'),
      ],
      last: Buffer.from('QUIT\r\n'),
    }),
  )
})

describe('submission server that wants a login over TLS', () => {
  const until = '2026-12-31T00:00:00Z'
  const role = smtpServer({
    protocol: 'submission',
    security: 'active',
    greeting: 'given',
    requires: ['tls', 'authentication'],
    futureRelease: { seconds: 86_400, until },
  })
  keeps(
    machineLaws({
      ...role,
      input: sessionOctets,
      marks: [...MARKS, ' HOLDFOR=60', ` HOLDUNTIL=${until}`, ' REQUIRETLS'],
      maxBufferedBytes: MAX_BASE64 + 2,
      maxWorkPerByte: 6,
      deadly: DEADLY,
      endless: [endless('commands that need a login', 'EHLO a.test\r\n', 'MAIL FROM:<> HOLDFOR=60\r\n')],
    }),
  )
})

describe('SMTP server that forgives all it can', () => {
  keeps(
    machineLaws({
      ...smtpServer({ leniency: FORGIVING }),
      script: [GREETING],
      input: sessionOctets,
      marks: MARKS,
      // A line of base64 is the longest that there is.
      maxBufferedBytes: MAX_BASE64 + 2,
      maxWorkPerByte: 6,
      deadly: [...DEADLY, MESSAGE],
      endless: [
        endless('a message of CR', MESSAGE, '\r'),
        endless('a message of LF', MESSAGE, '\n'),
        endless('a message of NUL', MESSAGE, '\0'),
        endless('a message of dots behind LF', MESSAGE, '.\n'),
      ],
    }),
  )
})

describe('SMTP client', () => {
  keeps(
    machineLaws({
      ...SMTP_CLIENT,
      script: ASKED,
      input: replyOctets,
      marks: MARKS,
      maxBufferedBytes: maxReplyLineBytes * (1 + maxReplyLines),
      maxWorkPerByte: 6,
      deadly: ['2', '220 a\r\n250-', '220 a\r\n099 b\r\n', 'HTTP/1.1 400 Bad Request\r\n'],
      endless: [
        endless('a line without an end', '220 ', 'a', maxReplyLineBytes),
        endless('a reply without an end', '', '220-a\r\n'),
        endless('nothing but LF', '', '\n'),
        endless('replies that nobody asked for', '', '220 a\r\n'),
      ],
    }),
  )
})

describe('SMTP client and server', () => {
  keeps(
    conversationLaws({
      client: SMTP_CLIENT,
      server: SMTP_SERVER,
      hostile: hostileSession,
      scripts: session.map((client) => ({ client, server: [GREETING] })),
      rest: { client: ['closed'], server: ['closed'] },
    }),
  )
})

describe('LMTP client and server', () => {
  keeps(
    conversationLaws({
      client: SMTP_CLIENT,
      server: smtpServer({ protocol: 'lmtp' }),
      hostile: hostileSession,
      scripts: lmtpSession.map((client) => ({ client, server: [GREETING] })),
      rest: { client: ['closed'], server: ['closed'] },
    }),
  )
})

describe('SMTP tables', () => {
  keeps([tableLaw('SERVER', SERVER, 'greeting', ['closed']), tableLaw('CLIENT', CLIENT, 'greeting', ['closed'])])
})
