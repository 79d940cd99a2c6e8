/**
 * `docs/smtp.md`: its tables say what the code says (`-u` writes them), and its programs print what it says they print.
 */
import { expect } from 'vitest'
import type { ErrorRow } from '../../src/net/index.ts'
import { EXTENSIONS, REGISTRY } from '../../src/smtp/extensions.ts'
import * as smtp from '../../src/smtp/index.ts'
import { PARAMETERS } from '../../src/smtp/parameters.ts'
import { code, describePage, membersOf, optionsTable, partsOf, shown, table } from '../support/docs-page.ts'
import type { Tables } from '../support/docs-page.ts'

/** What each side does where an extension is offered. */
const CONDUCT: Readonly<Record<smtp.ExtensionKeyword, readonly [server: string, client: string]>> = {
  PIPELINING: [
    'reads commands as they come, and answers those that came together in one write',
    'sends the envelope in groups of up to 100 commands',
  ],
  SIZE: [
    'refuses a message that says it is too big at MAIL (552), one that turns out to be at its end',
    'says the size where it is known, and does not send what is too big',
  ],
  '8BITMIME': ['takes octets above 0x7F', 'declares content that has them, and does not send it without'],
  SMTPUTF8: [
    'takes addresses and VRFY in UTF-8',
    'asks for it where an address or the header needs it, and does not send without',
  ],
  ENHANCEDSTATUSCODES: ['gives every reply its code', 'reads it: `reply.enhanced`'],
  CHUNKING: ['takes BDAT; a handler sees one body', 'sends content so, unless `chunking` is `never`'],
  BINARYMIME: ['takes any octets, in chunks alone', "sends it so with `body: 'BINARYMIME'`"],
  DSN: [
    'reads the parameters, and gives them to the program, which promises to send what they ask for',
    'sends them as given; without the extension `SMTP_NOT_OFFERED`',
  ],
  LIMITS: [
    'names `maxTransactions` (MAILMAX), `maxRecipients` (RCPTMAX) and, where it is set, `maxRecipientDomains` (RCPTDOMAINMAX)',
    'shares recipients out among transactions, and heeds MAILMAX and RCPTDOMAINMAX',
  ],
  STARTTLS: ['goes over to TLS, and forgets what was said before', 'takes it as `starttls` says'],
  AUTH: ['has the handlers of `auth` judge', 'logs in by the strongest mechanism that is safe'],
  REQUIRETLS: [
    'takes the parameter within TLS; the program promises to pass the message on so',
    'sends it over TLS with a verified server alone',
  ],
  DELIVERBY: [
    'reads the parameter, and refuses times below `minDeliverBySeconds`; the program promises to keep the others',
    'sends it where the server takes such a time',
  ],
  FUTURERELEASE: [
    'reads the parameters, and refuses what is beyond `futureRelease`; the program promises to wait',
    'sends them where the server holds mail for so long',
  ],
  'MT-PRIORITY': ['reads the parameter, and gives it to the program', 'sends it as given'],
  EXPN: ['asks the handler `expn`', "`client.ask({ type: 'expn', argument })`"],
  ETRN: ['asks the handler `etrn`', "`client.ask({ type: 'etrn', argument })`"],
  HELP: ['names its commands', "`client.ask({ type: 'help', argument: '' })`"],
  XCLIENT: ['takes a trusted peer for the client that it names', 'never says it'],
  XFORWARD: ['tells the handlers what it says: `peer.forwarded`', "`client.ask({ type: 'xforward', attributes })`"],
}

function extensionsTable(): string {
  const rows = EXTENSIONS.map((keyword) => {
    const isDefault = smtp.DEFAULT_EXTENSIONS.includes(keyword)
    return [code(keyword), REGISTRY[keyword].source, isDefault ? 'yes' : '', ...CONDUCT[keyword]]
  })
  return table(['Keyword', 'Where', 'Default', 'What the server does', 'What the client does'], rows)
}

async function parametersTable(): Promise<string> {
  const members = await membersOf('src/smtp/parameters.ts', 'Parameters')
  expect(members.map(({ name }) => name)).toEqual(Object.keys(PARAMETERS))
  const rows = members.map(({ name, text }) => {
    const { on, extension } = PARAMETERS[name as keyof smtp.Parameters]
    const [, about = ''] = /^(?:MAIL|RCPT): (.*)$/.exec(text) ?? []
    expect(text).toBe(`${on.toUpperCase()}: ${about}`)
    return [code(name), on.toUpperCase(), extension, about]
  })
  return table(['Parameter', 'Of', 'Extension', 'What it says'], rows)
}

const NO_DEFAULT = ' No default: '

/** The table of numbers with their defaults, as their comments explain them. */
async function numbersTable(
  [head, note]: readonly [head: string, note: string],
  path: string,
  name: string,
  values: object,
): Promise<string> {
  const members = await membersOf(path, name)
  const known = new Map(Object.entries(values))
  const numbered = members.filter(({ text }) => !text.includes(NO_DEFAULT))
  expect(numbered.map((member) => member.name)).toEqual(Object.keys(values))
  const rows = members.map((member) => {
    const [about = '', ...none] = member.text.split(NO_DEFAULT)
    if (none.length > 0) return [code(member.name), 'none', about, none.join('')]
    const value = Number(known.get(member.name))
    const parts = partsOf(member, value)
    return [code(member.name), shown(value), parts.about, parts.note.replace(/^\((.*)\)\.$/, '$1')]
  })
  return table([head, 'Default', 'What it is', note], rows)
}

/** The options of a server's connection: those of its machine that are not found out by the session, and those of the session. */
async function connectionOptionsTable(): Promise<string> {
  const ofMachine = await membersOf('src/smtp/receiver-options.ts', 'ServerMachineOptions')
  const circumstances = await membersOf('src/smtp/extensions.ts', 'Circumstances')
  const ofSession = await membersOf('src/smtp/server-options.ts', 'ServerConnectionOptions')
  const isFoundOut = /^(security|mechanisms|mechanismsUnderTls|peer|greeting)$/
  const [hostname, ...others] = [...ofMachine, ...circumstances.filter(({ name }) => name !== 'limits'), ...ofSession]
  const rows = [hostname, ...others].flatMap((member) =>
    member === undefined || isFoundOut.test(member.name) ? [] : [[code(member.name), member.text]],
  )
  return table(['Option', 'What it is'], rows)
}

async function leniencyTable(): Promise<string> {
  const members = await membersOf('src/smtp/limits.ts', 'Leniency')
  expect(members.map((member) => member.name)).toEqual(Object.keys(smtp.STRICT))
  const rows = members.map(({ name, text }) => [code(name), text])
  return table(['Leniency', 'What it forgives, and who needs it'], rows)
}

/** How content is read and sent by each of the presets. */
async function contentTable(): Promise<string> {
  const members = await membersOf('src/smtp/limits.ts', 'ContentPolicy')
  const presets = { REFUSE: smtp.REFUSE, NORMALIZE: smtp.NORMALIZE, UNIX_LINES: smtp.UNIX_LINES }
  const rows = members.map(({ name, text }) => [
    code(name),
    text,
    ...Object.values(presets).map((preset) => preset[name as keyof smtp.ContentPolicy]),
  ])
  return table(['', 'What it is', ...Object.keys(presets).map(code)], rows)
}

function errorsTable(errors: Readonly<Record<string, smtp.SmtpErrorRow | ErrorRow>>): string {
  const rows = Object.entries(errors).map(([name, row]) => {
    const enhanced = 'enhanced' in row ? row.enhanced : undefined
    return [code(name), row.text, [row.hint, enhanced].filter((part) => part !== undefined).join(' '), row.rfc]
  })
  return table(['Code', 'Text', 'Reply', 'Section'], rows)
}

/** The tables of the page by their names. */
/** The same where nobody is answered. */
function rulesTable(errors: Readonly<Record<string, ErrorRow>>): string {
  return table(
    ['Code', 'Text', 'Section'],
    Object.entries(errors).map(([name, { text, rfc }]) => [code(name), text, rfc]),
  )
}

const TABLES: Tables = {
  ServerHandlers: () => optionsTable('src/smtp/handlers.ts', 'ServerHandlers', 'Handler'),
  Peer: () => optionsTable('src/smtp/peer.ts', 'Peer', 'Of a client'),
  ListenOptions: async () => {
    const members = await membersOf('src/net/session.ts', 'ListenOptions')
    const rows = members.filter(({ name }) => name !== 'tls').map(({ name, text }) => [code(name), text])
    return table(['Option', 'What it is'], rows)
  },
  ServerConnectionOptions: connectionOptionsTable,
  AuthHandlers: () => optionsTable('src/smtp/auth-handlers.ts', 'AuthHandlers', 'Handler'),
  SubmissionOptions: () => optionsTable('src/smtp/submission.ts', 'SubmissionOptions'),
  Manners: () =>
    numbersTable(['Manner', 'Beside others, and why'], 'src/smtp/manners.ts', 'Manners', smtp.DEFAULT_MANNERS),
  RateOptions: () => optionsTable('src/smtp/rates.ts', 'RateOptions'),
  OutgoingMessage: () => optionsTable('src/smtp/message.ts', 'OutgoingMessage'),
  ClientOptions: () => optionsTable('src/smtp/client-options.ts', 'ClientOptions'),
  DialOptions: async () => {
    const members = await membersOf('src/net/dial.ts', 'DialOptions')
    const own = await membersOf('src/smtp/client-options.ts', 'ConnectOptions')
    const rows = [...own, ...members.filter(({ name }) => name !== 'tls')].map(({ name, text }) => [code(name), text])
    return table(['Option', 'What it is'], rows)
  },
  PoolOptions: () => optionsTable('src/smtp/pool.ts', 'PoolOptions'),
  EXTENSIONS: extensionsTable,
  PARAMETERS: parametersTable,
  Timeouts: () => numbersTable(['Timeout', 'RFC 5321'], 'src/smtp/limits.ts', 'Timeouts', smtp.DEFAULT_TIMEOUTS),
  Limits: () =>
    numbersTable(['Limit', 'Beside others, and what is answered'], 'src/smtp/limits.ts', 'Limits', smtp.DEFAULT_LIMITS),
  Leniency: leniencyTable,
  ContentPolicy: contentTable,
  ERRORS: () => errorsTable(smtp.ERRORS),
  SASL_ERRORS: () => errorsTable(smtp.SASL_ERRORS),
  ReceivedMessage: () => optionsTable('src/smtp/message/read-message.ts', 'ReceivedMessage', 'Of a message'),
  Attachment: () => optionsTable('src/smtp/message/read-message.ts', 'Attachment', 'Of an attachment'),
  MessageParserOptions: () => optionsTable('src/smtp/message/message-parser.ts', 'MessageParserOptions'),
  MessageLimits: () =>
    numbersTable(
      ['Limit', 'Beside others, and what becomes of more'],
      'src/smtp/message/limits.ts',
      'MessageLimits',
      smtp.DEFAULT_MESSAGE_LIMITS,
    ),
  MIME_VIOLATIONS: () => rulesTable(smtp.MIME_VIOLATIONS),
  MIME_ERRORS: () => rulesTable(smtp.MIME_ERRORS),
}

await describePage('smtp', TABLES)
