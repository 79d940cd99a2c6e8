import { describe, expect, it } from 'vitest'
import * as kinds from '../../../src/ftp/arguments.ts'
import {
  COMMANDS,
  isReplyOf,
  isTransfer,
  isVerbKnown,
  lookUp,
  type CommandRow,
  type Verb,
} from '../../../src/ftp/commands.ts'
import { classOf } from '../../../src/ftp/reply.ts'

const ROWS = Object.entries(COMMANDS) as [Verb, CommandRow<unknown>][]

/** RFC 959 §5.4, as it is printed, without 421; transfers as "at once > behind 1yz". */
const RFC_959: Readonly<Record<string, string>> = {
  USER: '230 530 500 501 331 332',
  PASS: '230 202 530 500 501 503 332',
  CWD: '250 500 501 502 530 550',
  CDUP: '200 500 501 502 530 550',
  QUIT: '221 500',
  PASV: '227 500 501 502 530',
  MODE: '200 500 501 504 530',
  TYPE: '200 500 501 504 530',
  STRU: '200 500 501 504 530',
  REST: '500 501 502 530 350',
  STOR: '125 150 532 450 452 553 500 501 530 > 226 250 425 426 451 551 552',
  RETR: '125 150 450 550 500 501 530 > 226 250 425 426 451',
  LIST: '125 150 450 500 501 502 530 > 226 250 425 426 451',
  NLST: '125 150 450 500 501 502 530 > 226 250 425 426 451',
  APPE: '125 150 532 450 550 452 553 500 501 502 530 > 226 250 425 426 451 551 552',
  RNFR: '450 550 500 501 502 530 350',
  RNTO: '250 532 553 500 501 502 503 530',
  DELE: '250 450 550 500 501 502 530',
  RMD: '250 500 501 502 530 550',
  MKD: '257 500 501 502 530 550',
  PWD: '257 500 501 502 550',
  ABOR: '225 226 500 501 502',
  SYST: '215 500 501 502',
  STAT: '211 212 213 450 500 501 502 530',
  HELP: '211 214 500 501 502',
  NOOP: '200 500',
}

describe('the table of commands', () => {
  it.each(Object.entries(RFC_959))('gives %s the replies of RFC 959 §5.4', (verb, printed) => {
    const row = COMMANDS[verb as Verb]
    const [atOnce = '', then = ''] = printed.split(' > ')
    expect(new Set([...row.replies, ...row.preliminary])).toEqual(new Set(atOnce.split(' ').map(Number)))
    // RFC 4217 §10.2 adds 522 to every transfer.
    expect(new Set(row.then)).toEqual(new Set(then === '' ? [] : [...then.split(' ').map(Number), 522]))
  })

  it('has only final replies where finals belong, and preliminary ones for transfers alone', () => {
    for (const [verb, row] of ROWS) {
      for (const code of [...row.replies, ...row.then, ...row.practice])
        expect(classOf(code), verb).not.toBe('preliminary')
      expect(row.preliminary.length > 0, verb).toBe(isTransfer(verb))
      expect(row.then.length > 0, verb).toBe(isTransfer(verb))
    }
  })

  it('lets every command be refused as malformed and as unknown', () => {
    for (const [verb] of ROWS)
      for (const code of [500, 501, 421]) expect(isReplyOf(verb, code, false), `${code} to ${verb}`).toBe(true)
  })

  it('names the places of a reply apart', () => {
    expect(isReplyOf('RETR', 150, false)).toBe(true)
    expect(isReplyOf('RETR', 150, true)).toBe(false)
    expect(isReplyOf('RETR', 226, false)).toBe(false)
    expect(isReplyOf('RETR', 226, true)).toBe(true)
    expect(isReplyOf('RETR', 421, true)).toBe(true)
    expect(isReplyOf('RETR', 550, true)).toBe(false)
    expect(isReplyOf('CDUP', 250, false)).toBe(true)
  })

  it('looks up verbs, aliases and strangers', () => {
    expect(lookUp('RETR')).toBe('RETR')
    expect(['XCUP', 'XCWD', 'XMKD', 'XPWD', 'XRMD'].map(lookUp)).toEqual(['CDUP', 'CWD', 'MKD', 'PWD', 'RMD'])
    expect(lookUp('MIC')).toBe('notImplemented')
    expect(lookUp('GET')).toBe('foreign')
    expect(lookUp('XYZZY')).toBe('unknown')
    expect(lookUp('constructor')).toBe('unknown')
    expect(isVerbKnown('toString')).toBe(false)
  })
})

describe('arguments', () => {
  it('may be missing where they may', () => {
    for (const kind of [kinds.NONE, kinds.OPTIONAL_PATH, kinds.COMMAND_NAME, kinds.EXTENDED_PASSIVE]) {
      expect(kind.parse(undefined)).toEqual({ value: undefined })
      expect(kind.parse('')).toEqual({ value: undefined })
      expect(kind.write(undefined)).toBeUndefined()
    }
    for (const kind of [
      kinds.PATH,
      kinds.TEXT,
      kinds.OPTIONS,
      kinds.MARKER,
      kinds.TYPE_CODE,
      kinds.MODE_CODE,
      kinds.STRUCTURE_CODE,
    ]) {
      expect(kind.parse(undefined)).toBeUndefined()
      expect(kind.parse('')).toBeUndefined()
    }
    expect(kinds.NONE.parse('x')).toBeUndefined()
    expect(kinds.PASSWORD.parse(undefined)).toEqual({ value: '' })
  })

  it.each([
    [kinds.PATH, ' a b '],
    [kinds.OPTIONAL_PATH, '/a'],
    [kinds.TEXT, 'x'],
    [kinds.PASSWORD, ''],
    [kinds.COMMAND_NAME, 'RETR'],
    [kinds.OPTIONS, 'UTF8 ON'],
    [kinds.OPTIONS, 'MLST'],
    [kinds.MARKER, '100'],
    [kinds.TYPE_CODE, 'A T'],
    [kinds.MODE_CODE, 'S'],
    [kinds.STRUCTURE_CODE, 'F'],
    [kinds.EXTENDED_PASSIVE, 'ALL'],
    [kinds.EXTENDED_PASSIVE, '2'],
  ] as [kinds.Argument<unknown>, string][])('are written as they were read (%#)', (kind, text) => {
    const boxed = kind.parse(text)
    expect(boxed).toBeDefined()
    expect(kind.write(boxed?.value)).toBe(text)
  })

  it('name the path that is in them', () => {
    expect(kinds.PATH.place?.('a')).toBe('a')
    expect(kinds.OPTIONAL_PATH.place?.(undefined)).toBe('')
    expect(kinds.LIST_PATH.place?.('-al a')).toBe('a')
    expect(kinds.LIST_PATH.place?.('-al')).toBe('')
    expect(kinds.HASHED_PATH.place?.({ path: 'a', range: { from: 0, to: undefined } })).toBe('a')
    expect(Object.hasOwn(kinds.TEXT, 'place')).toBe(false)
  })

  it('write no port that nobody could read', () => {
    expect(kinds.EXTENDED_PORT.write({ protocol: 3, address: undefined })).toBe('')
  })

  it('are named for HELP', () => {
    expect(kinds.PATH.syntax).toBe(' <path>')
    expect(kinds.OPTIONAL_PATH.syntax).toBe(' [<path>]')
    expect(kinds.OPTIONS.syntax).toBe(' <command> [<options>]')
  })
})
