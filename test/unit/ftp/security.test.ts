/** The security of a control connection, at both ends of it and without any TLS. */
import { describe, expect, it } from 'vitest'
import type { CommandArguments, Verb } from '../../../src/ftp/commands.ts'
import type { Command } from '../../../src/ftp/events.ts'
import { ClientMachine, ServerMachine } from '../../../src/ftp/machine.ts'
import { isChanging, isSecurityPhase, SECURITY, securityEventOf, untimelyIn } from '../../../src/ftp/security.ts'

const PROBES: readonly [verb: Verb, argument: CommandArguments[Verb]][] = [
  ['AUTH', 'TLS'],
  ['PBSZ', 0],
  ['PROT', 'P'],
  ['CCC', undefined],
]

/** A server behind its greeting. */
function greeted(): ServerMachine {
  const machine = new ServerMachine()
  machine.send({ type: 'reply', to: 'greeting', code: 220, lines: ['Ready'] })
  return machine
}

/** Hears a line, and answers it. */
function obey(machine: ServerMachine, line: string, code: number): void {
  machine.receive(Buffer.from(`${line}\r\n`))
  const event = machine.next()
  if (event.type !== 'command') throw new Error(`${line} is ${event.type}`)
  machine.send({ type: 'reply', to: event.verb, code, lines: ['Said'] })
}

/** A client that has asked, and heard `reply`. */
function asked(machine: ClientMachine, verb: Verb, argument: unknown, reply: string): void {
  machine.send({ type: 'command', verb, argument } as Command)
  machine.receive(Buffer.from(reply))
  expect(machine.next()).toMatchObject({ type: 'reply', to: verb })
}

function welcomed(): ClientMachine {
  const machine = new ClientMachine()
  machine.receive(Buffer.from('220 hi\r\n'))
  machine.next()
  return machine
}

describe('the table', () => {
  it('knows what replies mean', () => {
    expect(securityEventOf('AUTH', 234)).toBe('agreed')
    expect(securityEventOf('AUTH', 504)).toBeUndefined()
    expect(securityEventOf('PBSZ', 200)).toBe('sized')
    expect(securityEventOf('PBSZ', 503)).toBeUndefined()
    expect(securityEventOf('CCC', 200)).toBe('clearing')
    expect(securityEventOf('NOOP', 200)).toBeUndefined()
  })

  it('says which command may come when', () => {
    const phases = ['unsecured', 'secured', 'sized', 'clearable'] as const
    const allowed = Object.keys(SECURITY).map((state) =>
      phases.filter((phase) => untimelyIn(state as keyof typeof SECURITY, phase) === undefined).join(' '),
    )
    expect(allowed).toEqual(['unsecured', '', 'secured clearable', 'secured sized clearable', '', ''])
    expect(isSecurityPhase('always')).toBe(false)
    expect(Object.keys(SECURITY).filter((state) => isChanging(state as keyof typeof SECURITY))).toEqual([
      'negotiating',
      'clearing',
    ])
  })
})

describe('a server', () => {
  it('goes into TLS and out of it again', () => {
    const machine = greeted()
    obey(machine, 'USER joe', 331)
    obey(machine, 'PASS secret', 230)
    obey(machine, 'AUTH TLS', 234)
    expect(machine).toMatchObject({ state: 'needUser', security: 'negotiating' })
    expect(machine.next()).toEqual({ type: 'needData', until: 'receive' })
    machine.layerChanged()
    expect(machine.security).toBe('secured')
    obey(machine, 'PBSZ 0', 200)
    obey(machine, 'PROT P', 200)
    expect(machine).toMatchObject({ security: 'sized', protection: 'P' })
    obey(machine, 'PROT S', 536)
    obey(machine, 'CCC', 200)
    expect(machine).toMatchObject({ security: 'clearing', protection: 'P' })
    machine.layerChanged()
    expect(machine).toMatchObject({ security: 'cleared', protection: 'P' })
    machine.receive(Buffer.from(PROBES.map(([verb]) => `${verb} 0\r\n`).join('')))
    for (const [verb] of PROBES) {
      const event = machine.next()
      if (event.type !== 'refused') throw new Error(`${verb} is ${event.type}`)
      expect(event.reply.code, verb).toBe(verb === 'CCC' ? 533 : 503)
      machine.send(event.reply)
    }
    expect(() => machine.layerChanged()).toThrow(expect.objectContaining({ code: 'FTP_SECURITY_STATE', side: 'local' }))
  })

  it('does not agree to a layer that has changed since it was asked', () => {
    const machine = greeted()
    machine.receive(Buffer.from('AUTH TLS\r\n'))
    expect(machine.next()).toMatchObject({ verb: 'AUTH' })
    machine.layerChanged()
    const agree = (): unknown => machine.send({ type: 'reply', to: 'AUTH', code: 234, lines: ['Go'] })
    expect(agree).toThrow(expect.objectContaining({ code: 'FTP_SECURITY_STATE', side: 'local' }))
    expect(machine.security).toBe('secured')
    machine.send({ type: 'reply', to: 'AUTH', code: 503, lines: ['It has begun'] })
    obey(machine, 'PBSZ 0', 200)
  })

  it('takes PROT back', () => {
    const machine = greeted()
    machine.layerChanged()
    obey(machine, 'PBSZ 0', 200)
    obey(machine, 'PROT P', 200)
    obey(machine, 'PROT C', 200)
    expect(machine.protection).toBe('C')
  })

  it('dies of what was sent before the layer changed', () => {
    const machine = greeted()
    obey(machine, 'AUTH TLS', 234)
    machine.receive(Buffer.from('N'))
    expect(machine.isPeerAhead).toBe(true)
    for (const call of [() => machine.layerChanged(), () => machine.next()])
      expect(call).toThrow(expect.objectContaining({ code: 'FTP_TLS_LEFTOVER' }))
    expect(machine.security).toBe('negotiating')
  })

  it('counts a line that is held for the end of a transfer as sent before', () => {
    const machine = greeted()
    obey(machine, 'USER joe', 331)
    obey(machine, 'PASS secret', 230)
    obey(machine, 'RETR a', 150)
    machine.receive(Buffer.from('AUTH TLS\r\nDELE a\r\n'))
    expect(machine.next()).toMatchObject({ type: 'needData' })
    machine.send({ type: 'reply', to: 'RETR', code: 226, lines: ['Done'] })
    expect(machine.next()).toMatchObject({ verb: 'AUTH' })
    expect(machine.isPeerAhead).toBe(true)
    machine.send({ type: 'reply', to: 'AUTH', code: 234, lines: ['Go'] })
    expect(() => machine.next()).toThrow(expect.objectContaining({ code: 'FTP_TLS_LEFTOVER' }))
  })

  it('hears that the client has gone instead', () => {
    const machine = greeted()
    obey(machine, 'AUTH TLS', 234)
    machine.receiveEnd()
    expect(machine.next()).toEqual({ type: 'end' })
    expect(machine.next()).toEqual({ type: 'needData', until: 'receive' })
  })
})

describe('a client', () => {
  it('goes into TLS and out of it again, and says nothing in between', () => {
    const machine = welcomed()
    asked(machine, 'AUTH', 'TLS', '234 go\r\n')
    expect(machine.security).toBe('negotiating')
    expect(machine.next()).toEqual({ type: 'needData', until: 'receive' })
    expect(() => machine.send({ type: 'command', verb: 'NOOP', argument: undefined })).toThrow(
      expect.objectContaining({ code: 'FTP_COMMAND_NOW' }),
    )
    machine.layerChanged()
    asked(machine, 'PBSZ', 0, '200 0\r\n')
    asked(machine, 'PROT', 'P', '200 P\r\n')
    asked(machine, 'CCC', undefined, '200 clear\r\n')
    expect(machine.security).toBe('clearing')
    machine.layerChanged()
    expect(machine.security).toBe('cleared')
    asked(machine, 'NOOP', undefined, '200 OK\r\n')
    expect(() => machine.layerChanged()).toThrow(expect.objectContaining({ code: 'FTP_SECURITY_STATE', side: 'local' }))
  })

  it('stays where it is when a server agrees to what cannot be', () => {
    const machine = welcomed()
    asked(machine, 'CCC', undefined, '200 clear\r\n')
    expect(machine.security).toBe('clear')
  })

  it('dies of what was sent before the layer changed', () => {
    const machine = welcomed()
    asked(machine, 'AUTH', 'TLS', '234 go\r\n2')
    expect(machine.isPeerAhead).toBe(true)
    for (const call of [() => machine.layerChanged(), () => machine.next()])
      expect(call).toThrow(expect.objectContaining({ code: 'FTP_TLS_LEFTOVER' }))
  })

  it('hears that the server has gone instead', () => {
    const machine = welcomed()
    asked(machine, 'AUTH', 'TLS', '234 go\r\n')
    machine.receiveEnd()
    expect(machine.next()).toEqual({ type: 'end' })
  })
})
