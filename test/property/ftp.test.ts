/** The laws of `src/net/machine.ts` for FTP's control connection, at both ends. */
import { describe } from 'vitest'
import { DEFAULT_LIMITS } from '../../src/ftp/limits.ts'
import { ServerMachine } from '../../src/ftp/machine.ts'
import { SECURITY } from '../../src/ftp/security.ts'
import { CLIENT, CLIENT_TRANSFER, DATA, SERVER, SERVER_TRANSFER } from '../../src/ftp/states.ts'
import {
  ASKED,
  commandOctets,
  hostileSession,
  MARKS,
  replyOctets,
  securedOctets,
  securedSession,
  session,
} from '../support/arbitraries/ftp.ts'
import { conversationLaws, endless, keeps, machineLaws, tableLaw } from '../support/laws.ts'
import { FTP_CLIENT, FTP_SERVER, FTPS_CLIENT, FTPS_SERVER, GREETING } from '../support/roles/ftp.ts'

describe('FTP server', () => {
  const { maxCommandBytes, maxHeldCommands } = DEFAULT_LIMITS
  keeps(
    machineLaws({
      ...FTP_SERVER,
      script: [GREETING],
      input: commandOctets,
      marks: MARKS,
      maxBufferedBytes: maxCommandBytes * (1 + maxHeldCommands),
      maxWorkPerByte: 8,
      deadly: ['NOOP', 'GET / HTTP/1.1\r\n'],
      endless: [
        endless('a line without an end', '', 'a', maxCommandBytes),
        endless('one long line after the other', '', `NOOP ${'a'.repeat(4000)}\r\n`),
        endless('one short line after the other', '', 'NOOP\r\n'),
        endless('nothing but CR', '', '\r'),
        endless('nothing but IAC', '', '\xff'),
        endless('a subnegotiation without an end', '\xff\xfa', 'x'),
        endless('one command behind the other', 'USER a\r\nPASS b\r\n', 'RETR c\r\nDELE d\r\n'),
      ],
      last: Buffer.from('NOOP\r\nQUIT\r\n'),
    }),
  )
})

describe('FTP server under TLS', () => {
  keeps(
    machineLaws({
      ...FTPS_SERVER,
      script: [GREETING],
      input: securedOctets,
      marks: MARKS,
      maxBufferedBytes: DEFAULT_LIMITS.maxCommandBytes * (1 + DEFAULT_LIMITS.maxHeldCommands),
      maxWorkPerByte: 8,
      deadly: ['NOOP'],
      endless: [endless('PBSZ and PROT', '', 'PBSZ 0\r\nPROT P\r\nPROT C\r\n')],
      last: Buffer.from('PBSZ 0\r\nPROT P\r\nQUIT\r\n'),
    }),
  )
})

describe('FTP server that forgives all it can', () => {
  keeps(
    machineLaws({
      ...FTP_SERVER,
      create: () => new ServerMachine({ leniency: { commandBareLf: 'accept' } }),
      script: [GREETING],
      input: commandOctets,
      marks: [...MARKS, '\n', '\r\r\n'],
      maxBufferedBytes: DEFAULT_LIMITS.maxCommandBytes,
      maxWorkPerByte: 8,
      deadly: ['NOOP'],
      endless: [endless('nothing but LF', '', '\n'), endless('nothing but CR', '', '\r')],
    }),
  )
})

describe('FTP client', () => {
  const { maxReplyBytes, maxReplyLineBytes } = DEFAULT_LIMITS
  keeps(
    machineLaws({
      ...FTP_CLIENT,
      script: ASKED,
      input: replyOctets,
      marks: MARKS,
      maxBufferedBytes: maxReplyBytes + maxReplyLineBytes,
      maxWorkPerByte: 8,
      deadly: ['2', '220-a\r\n'],
      endless: [
        endless('a line without an end', '220 ', 'a', maxReplyLineBytes),
        endless('a reply without an end', '', `220-${'a'.repeat(100)}\r\n`),
        endless('nothing but LF', '', '\n'),
        endless('nothing but IAC', '', '\xff'),
      ],
    }),
  )
})

describe.each([
  ['in the clear', FTP_CLIENT, FTP_SERVER, session],
  ['under TLS', FTPS_CLIENT, FTPS_SERVER, securedSession],
] as const)('FTP client and server %s', (_where, client, server, sessions) => {
  keeps(
    conversationLaws({
      client,
      server,
      scripts: sessions.map((said) => ({ client: said, server: [GREETING] })),
      hostile: hostileSession,
      unsaid: ['end'],
      rest: { client: ['closing'], server: ['closing'] },
    }),
  )
})

describe('FTP tables', () => {
  keeps([
    tableLaw('SERVER', SERVER, 'greeting', ['closing']),
    tableLaw('CLIENT', CLIENT, 'greeting', ['closing']),
    tableLaw('SECURITY', SECURITY, 'clear', ['cleared']),
    tableLaw('DATA', DATA, 'none', ['none']),
    tableLaw('SERVER_TRANSFER', SERVER_TRANSFER, 'opening', ['complete', 'refused', 'aborted', 'failed']),
    tableLaw('CLIENT_TRANSFER', CLIENT_TRANSFER, 'asked', ['complete', 'refused', 'aborted']),
  ])
})
