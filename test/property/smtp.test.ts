/** The laws of `src/net/machine.ts` for SMTP, at both ends. */
import { describe } from 'vitest'
import { DEFAULT_LIMITS, NORMALIZE, type Leniency } from '../../src/smtp/limits.ts'
import { ServerMachine } from '../../src/smtp/machine.ts'
import { CLIENT, SERVER } from '../../src/smtp/states.ts'
import { ASKED, hostileSession, MARKS, replyOctets, session, sessionOctets } from '../support/arbitraries/smtp.ts'
import { conversationLaws, endless, keeps, machineLaws, tableLaw } from '../support/laws.ts'
import { GREETING, SMTP_CLIENT, SMTP_SERVER } from '../support/roles/smtp.ts'

const { maxCommandLineBytes, maxReplyLineBytes, maxReplyLines } = DEFAULT_LIMITS
const FORGIVING: Partial<Leniency> = {
  content: NORMALIZE,
  earlyTalk: 'accept',
  spaceAfterColon: 'accept',
  helloName: 'accept',
}
const MESSAGE = 'EHLO a.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\n'

describe('SMTP server', () => {
  keeps(
    machineLaws({
      ...SMTP_SERVER,
      script: [GREETING],
      input: sessionOctets,
      marks: MARKS,
      maxBufferedBytes: maxCommandLineBytes,
      maxWorkPerByte: 6,
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

describe('SMTP server that forgives all it can', () => {
  keeps(
    machineLaws({
      ...SMTP_SERVER,
      create: () => new ServerMachine({ hostname: 'mx.example.test', leniency: FORGIVING }),
      script: [GREETING],
      input: sessionOctets,
      marks: MARKS,
      maxBufferedBytes: maxCommandLineBytes,
      maxWorkPerByte: 6,
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

describe('SMTP tables', () => {
  keeps([tableLaw('SERVER', SERVER, 'greeting', ['closed']), tableLaw('CLIENT', CLIENT, 'greeting', ['closed'])])
})
