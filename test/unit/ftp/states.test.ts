import { describe, expect, it } from 'vitest'
import { deadEnds, toMermaid, unreachableStates, type Table } from '../../../src/net/table.ts'
import { COMMANDS, isReplyOf, type Verb } from '../../../src/ftp/commands.ts'
import {
  CLIENT,
  CLIENT_TRANSFER,
  DATA,
  isLoggedIn,
  misplacedIn,
  SERVER,
  SERVER_TRANSFER,
  serverEventOf,
} from '../../../src/ftp/states.ts'

const TABLES: [string, Table<string, string>, string, string[]][] = [
  ['SERVER', SERVER, 'greeting', ['closing']],
  ['CLIENT', CLIENT, 'greeting', ['closing']],
  ['DATA', DATA, 'none', ['none']],
  ['SERVER_TRANSFER', SERVER_TRANSFER, 'opening', ['complete', 'refused', 'aborted', 'failed']],
  ['CLIENT_TRANSFER', CLIENT_TRANSFER, 'asked', ['complete', 'refused', 'aborted']],
]

describe.each(TABLES)('%s', (_name, table, initial, terminal) => {
  it('is sound: every state can be reached and left', () => {
    expect(unreachableStates(table, initial)).toEqual([])
    expect(deadEnds(table, terminal)).toEqual([])
    expect(toMermaid(table, initial)).toContain(`[*] --> ${initial}`)
  })
})

describe('the join', () => {
  it('is complete with all the facts and never without one', () => {
    const walk = (events: string[]): string => {
      let state = 'opening'
      for (const event of events) state = (SERVER_TRANSFER as Table<string, string>)[state]?.[event] ?? 'refused'
      return state
    }
    expect(walk(['accept', 'connect', 'finish', 'close'])).toBe('complete')
    expect(walk(['accept', 'connect', 'close', 'finish'])).toBe('complete')
    expect(walk(['accept', 'connect', 'close'])).toBe('finishing')
    expect(walk(['accept', 'connect', 'finish'])).toBe('closing')
    expect(walk(['accept', 'connect', 'close', 'abort'])).toBe('aborted')
  })
})

describe('serverEventOf', () => {
  it.each([
    ['USER', 331, 'userNamed'],
    ['USER', 230, 'loggedIn'],
    ['USER', 530, 'loggedOut'],
    ['USER', 501, 'answered'],
    ['PASS', 230, 'loggedIn'],
    ['PASS', 202, 'loggedIn'],
    ['PASS', 530, 'loggedOut'],
    ['PASS', 332, 'accountNeeded'],
    ['USER', 332, 'accountNeeded'],
    ['ACCT', 230, 'loggedIn'],
    ['ACCT', 202, 'answered'],
    ['ACCT', 530, 'loggedOut'],
    ['REIN', 220, 'reinitialized'],
    ['REIN', 502, 'answered'],
    ['RANG', 350, 'marked'],
    ['RNFR', 350, 'renameBegun'],
    ['RNFR', 550, 'answered'],
    ['RNTO', 250, 'answered'],
    ['REST', 350, 'marked'],
    ['RETR', 150, 'opened'],
    ['RETR', 550, 'answered'],
    ['EPSV', 229, 'prepared'],
    ['NOOP', 200, 'prepared'],
    ['QUIT', 221, 'dismissed'],
    ['NOOP', 421, 'dismissed'],
  ] as [Verb, number, string][])('%s %i is %s', (verb, code, event) => {
    expect(serverEventOf(verb, code)).toBe(event)
  })

  it('means something in every state for every reply that a command may have there', () => {
    for (const state of ['needUser', 'needPassword', 'ready', 'renaming', 'restarting'] as const) {
      for (const verb of Object.keys(COMMANDS) as Verb[]) {
        if (misplacedIn(state, COMMANDS[verb].phase, 'sized') !== undefined) continue
        for (let code = 100; code < 600; code++) {
          if (!isReplyOf(verb, code, false)) continue
          expect(SERVER[state][serverEventOf(verb, code)], `${code} to ${verb} in ${state}`).toBeDefined()
        }
      }
    }
  })
})

describe('misplacedIn', () => {
  it('says what must come first', () => {
    expect(misplacedIn('needUser', 'always', 'clear')).toBeUndefined()
    expect(misplacedIn('needUser', 'loggedIn', 'clear')?.code).toBe(530)
    expect(misplacedIn('needUser', 'renaming', 'clear')?.code).toBe(530)
    expect(misplacedIn('needUser', 'password', 'clear')?.code).toBe(503)
    expect(misplacedIn('needUser', 'beforeUser', 'clear')).toBeUndefined()
    expect(misplacedIn('needPassword', 'beforeUser', 'clear')?.code).toBe(503)
    expect(misplacedIn('ready', 'beforeUser', 'clear')?.code).toBe(503)
    expect(misplacedIn('needAccount', 'account', 'clear')).toBeUndefined()
    expect(misplacedIn('ready', 'account', 'clear')).toBeUndefined()
    expect(misplacedIn('needPassword', 'account', 'clear')?.code).toBe(503)
    expect(misplacedIn('needAccount', 'loggedIn', 'clear')?.code).toBe(530)
    expect(misplacedIn('needPassword', 'password', 'clear')).toBeUndefined()
    expect(misplacedIn('ready', 'password', 'clear')?.code).toBe(503)
    expect(misplacedIn('ready', 'renaming', 'clear')?.code).toBe(503)
    expect(misplacedIn('renaming', 'renaming', 'clear')).toBeUndefined()
    expect(misplacedIn('restarting', 'loggedIn', 'clear')).toBeUndefined()
  })

  it('knows who is logged in', () => {
    expect((Object.keys(SERVER) as (keyof typeof SERVER)[]).filter((state) => !isLoggedIn(state))).toEqual([
      'greeting',
      'needUser',
      'needPassword',
      'needAccount',
    ])
  })
})
