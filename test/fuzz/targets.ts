/**
 * The machines that are fuzzed: all three protocols, both roles, strict and forgiving, and the reader of messages; each with input to begin
 * from and its bounds.
 */
import fc from 'fast-check'
import { readFileSync } from 'node:fs'
import { DEFAULT_LIMITS as FTP_LIMITS } from '../../src/ftp/limits.ts'
import { ServerMachine as FtpServerMachine } from '../../src/ftp/machine.ts'
import { DEFAULT_LIMITS as HTTP_LIMITS, STRICT } from '../../src/http/limits.ts'
import { ClientMachine as HttpClientMachine, ServerMachine as HttpServerMachine } from '../../src/http/machine.ts'
import type { Unit } from '../../src/net/machine.ts'
import { DEFAULT_LIMITS as SMTP_LIMITS, NORMALIZE } from '../../src/smtp/limits.ts'
import { MAX_BASE64 } from '../../src/smtp/sasl/base64.ts'
import * as ftp from '../support/arbitraries/ftp.ts'
import * as http from '../support/arbitraries/http.ts'
import * as mime from '../support/arbitraries/mime.ts'
import * as smtp from '../support/arbitraries/smtp.ts'
import type { Role } from '../support/drive.ts'
import { octetsOf, VECTORS } from '../support/http-vectors.ts'
import { FTP_CLIENT, FTP_SERVER, FTPS_SERVER, GREETING as FTP_GREETING } from '../support/roles/ftp.ts'
import { HTTP_CLIENT, HTTP_SERVER } from '../support/roles/http.ts'
import { messageReader } from '../support/roles/mime.ts'
import { SMTP_CLIENT, SMTP_SERVER, smtpServer, GREETING as SMTP_GREETING } from '../support/roles/smtp.ts'

/** A machine, and what is known of it. */
export interface Target extends Role {
  /** `HTTP server`. */
  readonly name: string
  /** What its own program says unasked. */
  readonly script: readonly Unit[]
  /** Valid input, built from the grammar. */
  readonly grammar: fc.Arbitrary<Buffer>
  /** Input that is there: the protocol's vectors. */
  readonly vectors: readonly Buffer[]
  /** What means something in this protocol. */
  readonly marks: readonly string[]
  /** The most that it may hold, in octets, besides what has just come. */
  readonly maxBufferedBytes: number
  /** How often an octet may be looked at. */
  readonly maxWorkPerByte: number
}

/** Longer vectors are about limits, and would only be slow. */
const MAX_VECTOR_BYTES = 2000

function httpVectors(role: 'request' | 'response'): Buffer[] {
  const all = VECTORS.filter((vector) => vector.role === role).map(octetsOf)
  return all.filter(({ length }) => length <= MAX_VECTOR_BYTES)
}

/** The sessions of SMTP's wire cases: commands before one that is tested, and content with an end that is none. */
function smtpVectors(): Buffer[] {
  const file = new URL('../fixtures/smtp/wire.json', import.meta.url)
  const { cases } = JSON.parse(readFileSync(file, 'utf8')) as { readonly cases: readonly SmtpCase[] }
  const sessions = cases.map(({ pre = [], send = '', eodHex = '' }) => {
    const content = eodHex === '' ? '' : CONTENT + Buffer.from(eodHex, 'hex').toString('latin1')
    return pre.map((line) => `${line}\r\n`).join('') + send + content
  })
  return sessions.filter((text) => text !== '').map((text) => Buffer.from(text, 'latin1'))
}

interface SmtpCase {
  readonly pre?: readonly string[]
  readonly send?: string
  readonly eodHex?: string
}

const CONTENT = 'EHLO a.test\r\nMAIL FROM:<a@x.test>\r\nRCPT TO:<b@x.test>\r\nDATA\r\nSubject: x\r\n\r\nA'

const HTTP_BOUNDS = { maxBufferedBytes: HTTP_LIMITS.maxHeadBytes + HTTP_LIMITS.maxTrailerBytes, maxWorkPerByte: 4 }
const REQUESTS = { grammar: http.requestOctets, vectors: httpVectors('request'), marks: http.MARKS, ...HTTP_BOUNDS }
const RESPONSES = { grammar: http.responseOctets, vectors: httpVectors('response'), marks: http.MARKS, ...HTTP_BOUNDS }
const HTTP_FORGIVING = Object.fromEntries(Object.keys(STRICT).map((name) => [name, true]))

const SMTP_COMMANDS = {
  script: [SMTP_GREETING],
  grammar: smtp.sessionOctets,
  vectors: smtpVectors(),
  marks: smtp.MARKS,
  maxBufferedBytes: MAX_BASE64 + 2,
  maxWorkPerByte: 6,
}
const SMTP_FORGIVING = {
  content: NORMALIZE,
  earlyTalk: 'accept',
  spaceAfterColon: 'accept',
  helloName: 'accept',
} as const

const FTP_COMMANDS = {
  script: [FTP_GREETING],
  grammar: ftp.commandOctets,
  vectors: [],
  marks: ftp.MARKS,
  maxBufferedBytes: FTP_LIMITS.maxCommandBytes * (1 + FTP_LIMITS.maxHeldCommands),
  maxWorkPerByte: 8,
}

/** Limits that a short message can break. */
const MESSAGE_LIMITS = { maxMessageDepth: 3, maxDepth: 6, maxParts: 20, maxFields: 12, maxHeaderBytes: 600 }
const MESSAGES = {
  script: [],
  grammar: mime.messageOctets,
  vectors: [],
  marks: mime.MARKS,
  maxBufferedBytes: MESSAGE_LIMITS.maxHeaderBytes + 2,
  maxWorkPerByte: 10,
}

/** The targets. */
export const TARGETS: readonly Target[] = [
  { name: 'HTTP server', ...HTTP_SERVER, script: [], ...REQUESTS },
  {
    name: 'HTTP server that forgives',
    ...HTTP_SERVER,
    create: () => new HttpServerMachine({ leniency: HTTP_FORGIVING }),
    script: [],
    ...REQUESTS,
  },
  { name: 'HTTP client', ...HTTP_CLIENT, script: http.ASKED, ...RESPONSES },
  {
    name: 'HTTP client that forgives',
    ...HTTP_CLIENT,
    create: () => new HttpClientMachine({ maxOutstanding: 8, leniency: HTTP_FORGIVING }),
    script: http.ASKED,
    ...RESPONSES,
  },
  { name: 'SMTP server', ...SMTP_SERVER, ...SMTP_COMMANDS },
  {
    name: 'SMTP server that forgives',
    ...smtpServer({ leniency: SMTP_FORGIVING }),
    ...SMTP_COMMANDS,
  },
  {
    name: 'LMTP server',
    ...smtpServer({ protocol: 'lmtp' }),
    ...SMTP_COMMANDS,
    grammar: smtp.lmtpSessionOctets,
  },
  {
    name: 'submission server',
    ...smtpServer({
      protocol: 'submission',
      security: 'active',
      greeting: 'given',
      requires: ['tls', 'authentication'],
    }),
    ...SMTP_COMMANDS,
    script: [],
  },
  {
    name: 'SMTP client',
    ...SMTP_CLIENT,
    script: smtp.ASKED,
    grammar: smtp.replyOctets,
    vectors: [],
    marks: smtp.MARKS,
    maxBufferedBytes: SMTP_LIMITS.maxReplyLineBytes * (1 + SMTP_LIMITS.maxReplyLines),
    maxWorkPerByte: 6,
  },
  { name: 'FTP server', ...FTP_SERVER, ...FTP_COMMANDS },
  { name: 'FTP server under TLS', ...FTPS_SERVER, ...FTP_COMMANDS, grammar: ftp.securedOctets },
  {
    name: 'FTP server that forgives',
    ...FTP_SERVER,
    create: () => new FtpServerMachine({ leniency: { commandBareLf: 'accept' } }),
    ...FTP_COMMANDS,
  },
  {
    name: 'FTP client',
    ...FTP_CLIENT,
    script: ftp.ASKED,
    grammar: ftp.replyOctets,
    vectors: [],
    marks: ftp.MARKS,
    maxBufferedBytes: FTP_LIMITS.maxReplyBytes + FTP_LIMITS.maxReplyLineBytes,
    maxWorkPerByte: 8,
  },
  { name: 'message reader', ...messageReader({ limits: MESSAGE_LIMITS }), ...MESSAGES },
  {
    name: 'message reader that forgives nothing',
    ...messageReader({ limits: MESSAGE_LIMITS, refuse: 'everything', messages: 'keep' }),
    ...MESSAGES,
  },
]
