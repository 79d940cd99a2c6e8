import { describe, expect, it } from 'vitest'
import type { ClientOut } from '../../../src/ftp/events.ts'
import { writeClientEvent, writeServerEvent } from '../../../src/ftp/writer.ts'

describe('writeClientEvent', () => {
  it.each([
    [{ type: 'command', verb: 'NOOP', argument: undefined }, 'NOOP\r\n'],
    [{ type: 'command', verb: 'RETR', argument: ' a b ' }, 'RETR  a b \r\n'],
    [{ type: 'command', verb: 'LIST', argument: undefined }, 'LIST\r\n'],
    [{ type: 'command', verb: 'PASS', argument: '' }, 'PASS \r\n'],
    [{ type: 'command', verb: 'REST', argument: 100 }, 'REST 100\r\n'],
    [{ type: 'command', verb: 'TYPE', argument: { code: 'L', byteSize: 8 } }, 'TYPE L 8\r\n'],
    [{ type: 'command', verb: 'EPSV', argument: 'ALL' }, 'EPSV ALL\r\n'],
    [{ type: 'command', verb: 'OPTS', argument: { name: 'UTF8', options: 'ON' } }, 'OPTS UTF8 ON\r\n'],
    [{ type: 'command', verb: 'RETR', argument: 'é\udcff' }, 'RETR \u00c3\u00a9\u00ff\u00ff\r\n'],
    [{ type: 'otherCommand', verb: 'SITE', argument: 'CHMOD 600 a' }, 'SITE CHMOD 600 a\r\n'],
    [{ type: 'otherCommand', verb: 'REIN', argument: undefined }, 'REIN\r\n'],
    [{ type: 'telnet', command: 'WONT', option: 1 }, '\u00ff\u00fc\u0001'],
    [{ type: 'interrupt' }, '\u00ff\u00f4\u00ff\u00f2'],
  ] satisfies [ClientOut, string][])('writes %j', (event, octets) => {
    expect(writeClientEvent(event).toString('latin1')).toBe(octets)
  })

  it.each([
    { type: 'command', verb: 'RETR', argument: 'x\r\nDELE y' },
    { type: 'command', verb: 'RETR', argument: 'x\ny' },
    { type: 'command', verb: 'RETR', argument: 'x\ry' },
    { type: 'command', verb: 'RETR', argument: 'x\0' },
    { type: 'command', verb: 'RETR', argument: '\ud800' },
    { type: 'command', verb: 'RETR', argument: '' },
    { type: 'command', verb: 'USER', argument: '' },
    { type: 'command', verb: 'USER', argument: 'a\r\nSITE x' },
    { type: 'command', verb: 'REST', argument: 1.5 },
    { type: 'command', verb: 'REST', argument: Infinity },
    { type: 'command', verb: 'REST', argument: -1 },
    { type: 'otherCommand', verb: 'NO OP', argument: undefined },
    { type: 'otherCommand', verb: '', argument: undefined },
    { type: 'otherCommand', verb: 'SITE', argument: 'a\nb' },
  ] satisfies ClientOut[])('refuses %j (A8)', (event) => {
    expect(() => writeClientEvent(event)).toThrow(expect.objectContaining({ code: 'FTP_COMMAND_TEXT', side: 'local' }))
  })
})

describe('writeServerEvent', () => {
  it('writes replies and refusals of options', () => {
    expect(writeServerEvent({ type: 'reply', to: 'NOOP', code: 200, lines: ['OK'] }).toString()).toBe('200 OK\r\n')
    expect(writeServerEvent({ type: 'telnet', command: 'DONT', option: 1 }).toString('hex')).toBe('fffe01')
  })
})
