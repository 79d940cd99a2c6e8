import { describe, expect, it } from 'vitest'
import { DEFAULT_LIMITS, mergeLeniency, mergeLimits, mergeTimeouts, STRICT } from '../../../src/ftp/limits.ts'
import { CommandParser } from '../../../src/ftp/parser.ts'
import { splits } from '../../support/splits.ts'

function read(pieces: readonly Uint8Array[], lenient = false, maxCommandBytes = 40): unknown[] {
  const parser = new CommandParser(
    mergeLimits({ maxCommandBytes }),
    mergeLeniency(lenient ? { commandBareLf: 'accept' } : {}),
  )
  const told: unknown[] = []
  for (const piece of pieces) {
    parser.push(piece)
    for (let unit = parser.next(); unit !== undefined; unit = parser.next()) {
      if (unit.type === 'fault') told.push(unit.code)
      else if (unit.type === 'parsed')
        told.push(unit.argument === undefined ? unit.verb : `${unit.verb}|${unit.argument}`)
      else told.push(unit.type)
    }
  }
  if (parser.isMidUnit) told.push('mid')
  return told
}

const CASES: [string, string, string[]][] = [
  ['a command', 'NOOP\r\n', ['NOOP']],
  ['two', 'noop\r\nRETR a b \r\n', ['NOOP', 'RETR|a b ']],
  ['the middle of one', 'NOO', ['mid']],
  ['a CR that may be half of a line end', 'NOOP\r', ['mid']],
  ['an empty argument', 'PASS \r\n', ['PASS|']],
  ['an empty line', '\r\n', ['FTP_VERB']],
  ['no verb', '  \r\nNOOP\r\n', ['FTP_VERB', 'NOOP']],
  ['UTF-8', 'RETR \u00c3\u00a9\r\n', ['RETR|é']],
  ['octets that are not', 'RETR \u00e9\r\n', ['RETR|\udce9']],
  ['a doubled 0xFF', 'RETR a\u00ff\u00ffb\r\n', ['RETR|a\udcffb']],
  ['CR NUL in a name', 'RETR a\r\0b\r\n', ['RETR|a\rb']],
  ['CR NUL LF, which ends no line', 'RETR a\r\0\nDELE b\r\nNOOP\r\n', ['FTP_BARE_LF', 'NOOP']],
  ['CR NUL at the end of a name', 'RETR a\r\0\r\n', ['RETR|a\r']],
  ['a NUL (A7)', 'SIZE a\0b\r\nNOOP\r\n', ['FTP_NUL', 'NOOP']],
  ['a bare CR', 'SIZE a\rb\r\nNOOP\r\n', ['FTP_BARE_CR', 'NOOP']],
  ['CR CR LF', 'NOOP\r\r\nNOOP\r\n', ['FTP_BARE_CR', 'NOOP']],
  ['a bare LF', 'NOOP\nDELE x\r\nNOOP\r\n', ['FTP_BARE_LF', 'NOOP']],
  ['a line that is too long (A14)', `RETR ${'a'.repeat(40)}\r\nNOOP\r\n`, ['FTP_LINE_TOO_LONG', 'NOOP']],
  ['one that never ends', 'a'.repeat(200), ['FTP_LINE_TOO_LONG', 'mid']],
  ['one that is just as long as it may be', `RETR ${'a'.repeat(33)}\r\n`, [`RETR|${'a'.repeat(33)}`]],
  ['an option between lines (A25)', 'NOOP\r\n\u00ff\u00fb\u0001NOOP\r\n', ['NOOP', 'telnet', 'NOOP']],
  ['an option within a line is told before it', 'NO\u00ff\u00fb\u0001OP\r\n', ['telnet', 'NOOP']],
  ['ABOR with a Synch', 'RETR a\r\n\u00ff\u00f4\u00ff\u00f2ABOR\r\n', ['RETR|a', 'interrupt', 'ABOR']],
  ['ABOR whose LF was urgent and is lost', 'ABOR\rNOOP\r\n', ['ABOR', 'NOOP']],
  ['ABOR with its LF', 'ABOR\r\nNOOP\r\n', ['ABOR', 'NOOP']],
  ['two of them, with and without', 'ABOR\rABOR\r\n\r\n', ['ABOR', 'ABOR', 'FTP_VERB']],
  ['ABOR at the end', 'ABOR\r', ['ABOR']],
  ['ABOR in a line that is refused', `${'a'.repeat(40)}ABOR\rABOR\r\nNOOP\r\n`, ['FTP_LINE_TOO_LONG', 'NOOP']],
  ['ABOR without its LF behind a refused line', '\n\r\nABOR\rNOOP\r\n', ['FTP_BARE_LF', 'ABOR', 'NOOP']],
  ['ABOR within a line', 'RETR ABOR\rABOR\r\n', ['FTP_BARE_CR']],
  ['the middle of a Telnet command', 'NOOP\r\n\u00ff', ['NOOP', 'mid']],
]

describe('CommandParser', () => {
  it.each(CASES)('%s: %j', (_name, text, told) => {
    for (const { name, pieces } of splits(Buffer.from(text, 'latin1'))) expect(read(pieces), name).toEqual(told)
  })

  it('lets a bare LF end a line where it is told to', () => {
    for (const { name, pieces } of splits(Buffer.from('NOOP\nSTAT a\r\n')))
      expect(read(pieces, true), name).toEqual(['NOOP', 'STAT|a'])
  })

  it('gives back what lies behind the last command (A12)', () => {
    const parser = new CommandParser(DEFAULT_LIMITS, STRICT)
    parser.push(Buffer.from('AUTH TLS\r\nUSER a\r\n'))
    parser.push(Buffer.from('PASS'))
    expect(parser.next()).toEqual({ type: 'parsed', verb: 'AUTH', argument: 'TLS' })
    expect(parser.bufferedBytes).toBe(12)
    expect(parser.takeLeftover().toString()).toBe('USER a\r\nPASS')
    expect(parser.bufferedBytes).toBe(0)
    expect(parser.offset).toBeGreaterThan(0)
  })

  it.each([
    ['nothing', '', true],
    ['a whole line', 'NOOP\r\n', true],
    ['half a line', 'NOO', false],
    ['the rest of a line that was refused', `${'a'.repeat(5000)}`, false],
    ['half a Telnet command', '\u00ff', false],
    ['an interrupt, behind which a DM may come', '\u00ff\u00f4', false],
    ['an ABOR whose LF may come', 'ABOR\r', false],
    ['a Telnet command', '\u00ff\u00fd\u0001', true],
  ])('behind %s it is at rest, or not', (_name, text, isAtRest) => {
    const parser = new CommandParser(DEFAULT_LIMITS, STRICT)
    parser.push(Buffer.from(text, 'latin1'))
    expect(parser.isAtRest).toBe(text === '')
    while (parser.next() !== undefined);
    expect(parser.isAtRest).toBe(isAtRest)
  })

  it('goes on where another one has ended: a ClientHello is one only at the beginning', () => {
    const hello = Buffer.from('1603010200\r\n', 'hex')
    const first = new CommandParser(DEFAULT_LIMITS, STRICT)
    first.push(hello)
    expect(first.next()).toEqual({ type: 'fault', code: 'FTP_FOREIGN_PROTOCOL' })
    const later = new CommandParser(DEFAULT_LIMITS, STRICT, 6)
    later.push(Buffer.concat([hello, Buffer.from('\r\n')]))
    expect(later.next()).toEqual({ type: 'fault', code: 'FTP_NUL' })
    expect(later.offset).toBe(6 + hello.length + 2)
  })

  it('keeps little of a line that never ends, and looks at it once', () => {
    const parser = new CommandParser(mergeLimits({ maxCommandBytes: 100 }), STRICT)
    for (let count = 0; count < 2000; count++) {
      parser.push(Buffer.from('aaaaa'))
      parser.next()
      expect(parser.bufferedBytes).toBeLessThanOrEqual(105)
    }
    expect(parser.work).toBeLessThan(10_000 * 6)
  })
})

describe('limits', () => {
  it('are merged, finite and frozen', () => {
    expect(mergeLimits({ maxHeldCommands: 3 })).toEqual({ ...DEFAULT_LIMITS, maxHeldCommands: 3 })
    expect(Object.isFrozen(mergeLimits())).toBe(true)
    expect(mergeTimeouts({ idleMs: 5 }).idleMs).toBe(5)
    expect(mergeLeniency()).toEqual(STRICT)
    // Merged once, they are the same for every session of a server.
    const [limits, timeouts, leniency] = [mergeLimits(), mergeTimeouts({ idleMs: 5 }), mergeLeniency()]
    expect(mergeLimits(limits)).toBe(limits)
    expect(mergeTimeouts(timeouts)).toBe(timeouts)
    expect(mergeLeniency(leniency)).toBe(leniency)
    for (const value of [0, -1, Infinity, Number.NaN])
      expect(() => mergeLimits({ maxFaults: value }), String(value)).toThrow(RangeError)
    expect(() => mergeTimeouts({ idleMs: Infinity })).toThrow('idleMs')
  })
})
