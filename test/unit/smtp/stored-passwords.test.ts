/** Passwords that are judged by what is stored for SCRAM. */
import { beforeAll, describe, expect, it, vi } from 'vitest'
import type { ScramHandler } from '../../../src/smtp/auth-handlers.ts'
import { Refusal, refuse } from '../../../src/smtp/reply.ts'
import { scramCredentials } from '../../../src/smtp/sasl/scram-keys.ts'
import type { ScramCredentials } from '../../../src/smtp/sasl/scram-keys.ts'
import * as keys from '../../../src/smtp/sasl/scram-keys.ts'
import { storedPasswords } from '../../../src/smtp/stored-passwords.ts'
import { begun } from './server-session.ts'

vi.mock(import('../../../src/smtp/sasl/scram-keys.ts'), { spy: true })

const DECOY = { secret: Buffer.alloc(32, 1), iterations: 4096 }
const PEER = {
  address: { family: 'memory', name: 'c' },
  tls: undefined,
  hello: undefined,
  user: undefined,
  name: undefined,
  forwarded: undefined,
} as const

let stored: ScramCredentials
beforeAll(async () => {
  stored = await scramCredentials('p\u00e4ss', Buffer.from('salt'), 4096)
})

const find: ScramHandler = ({ user }) => {
  switch (user) {
    case 'joe':
      return stored
    case 'jo':
      return { ...stored, identity: 'joe' }
    case 'ann':
      return false
    case 'eve':
      return refuse(535, '5.7.8', 'Locked')
    default:
      return undefined
  }
}

function judge(user: string, password: string): Promise<unknown> {
  const login = { type: 'password', user, password, authzid: undefined, peer: PEER, mechanism: 'PLAIN' } as const
  return Promise.resolve(storedPasswords(find, DECOY)(login))
}

describe('a password', () => {
  it.each([
    ['joe', 'p\u00e4ss', 'joe'],
    ['jo', 'p\u00e4ss', 'joe'],
    ['joe', 'p\u00e4s', false],
    ['joe', '', false],
    ['ann', 'p\u00e4ss', false],
    ['bob', 'p\u00e4ss', false],
  ])('of %s, %j, lets in %s', async (user, password, identity) => {
    expect(await judge(user, password)).toBe(identity)
  })

  it('is not looked at where the program refuses', async () => {
    expect(await judge('eve', 'p\u00e4ss')).toBeInstanceOf(Refusal)
  })

  it('is derived as often for a user that does not exist', async () => {
    const derive = vi.mocked(keys.deriveKeys).mockClear()
    await judge('bob', 'x')
    await judge('bob', 'x')
    await judge('joe', 'x')
    const [salt, again] = derive.mock.calls.map(([, used]) => used.toString('hex'))
    expect(derive.mock.calls.map(([, , iterations]) => iterations)).toEqual([4096, 4096, 4096])
    expect(again).toBe(salt)
  })
})

describe('a server that stores nothing else', () => {
  const encode = (text: string): string => Buffer.from(text).toString('base64')

  it.each([
    ['AUTH PLAIN \0joe\0p\u00e4ss', '235'],
    ['AUTH PLAIN joe\0jo\0p\u00e4ss', '235'],
    ['AUTH PLAIN ann\0joe\0p\u00e4ss', '535'],
    ['AUTH PLAIN \0joe\0pass', '535'],
    ['AUTH PLAIN \0bob\0p\u00e4ss', '535'],
    ['AUTH LOGIN joe', '334'],
  ])('answers %j with %s', async (line, said) => {
    const [verb, mechanism, message = ''] = line.split(' ')
    const auth = { scram: find, password: 'scram' } as const
    const options = { allowCleartextAuth: true, scramDecoy: DECOY, manners: { loginDelayMs: 0 } }
    const { peer } = await begun({ auth }, options)
    expect(await peer.ask(`${verb} ${mechanism} ${encode(message)}\r\n`)).toBe(said)
  })
})
