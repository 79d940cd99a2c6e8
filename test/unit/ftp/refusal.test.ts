/** What is answered for what was thrown: always a code that the command may have, and never a word of what went wrong inside. */
import { describe, expect, it } from 'vitest'
import { COMMANDS, isReplyOf, type Verb } from '../../../src/ftp/commands.ts'
import { asError, isFault, Refusal, REFUSAL_CODES, refusalOf } from '../../../src/ftp/refusal.ts'
import { StorageError, type StorageRefusal } from '../../../src/ftp/storage/storage.ts'

const VERBS = Object.keys(COMMANDS) as Verb[]
const REASONS = Object.keys(REFUSAL_CODES) as StorageRefusal[]

describe('a refusal', () => {
  it.each(VERBS)('of %s has a code of its row, whatever was thrown', (verb) => {
    const thrown = [
      ...REASONS.map((reason) => new StorageError(reason)),
      new Refusal([999], 'no'),
      new Error('/etc'),
      7,
    ]
    for (const error of thrown) {
      const { code } = refusalOf(error, verb, 'atOnce')
      expect(isReplyOf(verb, code, false), `${code}`).toBe(true)
      expect(code).toBeGreaterThanOrEqual(400)
    }
  })

  it('takes the first code that the command has', () => {
    expect(refusalOf(new StorageError('name'), 'CWD', 'atOnce').code).toBe(553)
    expect(refusalOf(new StorageError('name'), 'CDUP', 'atOnce').code).toBe(550)
    expect(refusalOf(new StorageError('full'), 'STOR', 'behindPreliminary').code).toBe(552)
    expect(refusalOf(new StorageError('denied'), 'STOR', 'behindPreliminary').code).toBe(451)
    expect(refusalOf(new Refusal([504, 501], 'no'), 'NOOP', 'atOnce')).toEqual({ code: 501, text: 'no' })
  })

  it('says nothing of an error that is none of ours, and 500 where there is no 451 to say', () => {
    expect(refusalOf(new Error('/etc/passwd'), 'RETR', 'atOnce')).toEqual({
      code: 451,
      text: 'Local error in processing',
    })
    expect(refusalOf('thrown', 'QUIT', 'atOnce')).toEqual({ code: 500, text: 'Local error in processing' })
  })
})

describe('the owner', () => {
  it('is told of faults, and not of clients that were refused', () => {
    expect([new StorageError('failed'), new Error('a fault'), 7].map(isFault)).toEqual([true, true, true])
    expect([new StorageError('denied'), new Refusal([550], 'no')].map(isFault)).toEqual([false, false])
  })

  it('is given an error, whatever was thrown', () => {
    const error = new Error('a fault')
    expect(asError(error)).toBe(error)
    expect(asError(7)).toMatchObject({ cause: 7 })
  })
})
