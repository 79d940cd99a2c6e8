import { describe, expect, it } from 'vitest'
import { ProtocolError } from '../../../src/net/errors.ts'
import type { ClientOut, Command, ServerOut } from '../../../src/ftp/events.ts'
import { ClientMachine, ServerMachine, type MachineOptions } from '../../../src/ftp/machine.ts'
import { splits } from '../../support/splits.ts'

function reply(to: string, code: number, ...lines: string[]): ServerOut {
  return { type: 'reply', to, code, lines: lines.length === 0 ? ['Text'] : lines }
}

/** A machine that has greeted, and (unless told otherwise) logged in joe. */
function server(options: MachineOptions & { stage?: 'greeted' | 'loggedIn' } = {}): ServerMachine {
  const machine = new ServerMachine(options)
  machine.send(reply('greeting', 220))
  if (options.stage === 'greeted') return machine
  play(machine, 'USER joe\r\n', 331)
  play(machine, 'PASS x\r\n', 230)
  expect(machine.state).toBe('ready')
  return machine
}

/** Says a line, expects one command or refusal for it, and answers it with `code`, or as the table says. */
function play(machine: ServerMachine, line: string, code?: number): number {
  machine.receive(Buffer.from(line, 'latin1'))
  return answer(machine, code)
}

function answer(machine: ServerMachine, code?: number): number {
  const event = machine.next()
  if (event.type === 'refused') {
    machine.send(event.reply)
    return event.reply.code
  }
  expect(event.type).toBe('command')
  const { verb } = event as Command
  machine.send(reply(verb, code ?? 500))
  return code ?? 500
}

function local(act: () => unknown): string {
  try {
    act()
  } catch (error) {
    expect(error).toBeInstanceOf(ProtocolError)
    expect((error as ProtocolError).side).toBe('local')
    return (error as ProtocolError).code
  }
  return 'nothing was thrown'
}

describe('ServerMachine', () => {
  it('greets first, and reads nothing before', () => {
    const machine = new ServerMachine()
    machine.receive(Buffer.from('NOOP\r\n'))
    expect(machine.next()).toEqual({ type: 'needData', until: 'send' })
    expect(machine.bufferedBytes).toBe(6)
    expect(machine.send(reply('greeting', 120)).map(String)).toEqual(['120 Text\r\n'])
    expect(machine.state).toBe('greeting')
    machine.send(reply('greeting', 220))
    expect(machine.next()).toMatchObject({ type: 'command', verb: 'NOOP' })
    expect(machine.work).toBeGreaterThan(0)
  })

  it('may send a client away in place of a greeting', () => {
    const machine = new ServerMachine()
    machine.send(reply('greeting', 421))
    expect(machine.state).toBe('closing')
    expect(machine.next()).toEqual({ type: 'end' })
    expect(machine.next()).toEqual({ type: 'needData', until: 'receive' })
    expect(local(() => machine.send(reply('connection', 421)))).toBe('FTP_REPLY_UNOWED')
  })

  it('walks through the states', () => {
    const machine = server({ stage: 'greeted' })
    const walk: [string, number | undefined, number, string][] = [
      ['PWD\r\n', undefined, 530, 'needUser'],
      ['RNTO a\r\n', undefined, 530, 'needUser'],
      ['PASS x\r\n', undefined, 503, 'needUser'],
      ['USER joe\r\n', 331, 331, 'needPassword'],
      ['USER jim\r\n', 331, 331, 'needPassword'],
      ['PASS y\r\n', 530, 530, 'needUser'],
      ['USER joe\r\n', 331, 331, 'needPassword'],
      ['NOOP\r\n', 200, 200, 'needUser'],
      ['USER anonymous\r\n', 230, 230, 'ready'],
      ['PASS x\r\n', undefined, 503, 'ready'],
      ['RNTO b\r\n', undefined, 503, 'ready'],
      ['RNFR a\r\n', 350, 350, 'renaming'],
      ['NOOP\r\n', 200, 200, 'ready'],
      ['RNFR a\r\n', 550, 550, 'ready'],
      ['RNFR a\r\n', 350, 350, 'renaming'],
      ['RNTO b\r\n', 250, 250, 'ready'],
      ['REST 100\r\n', 350, 350, 'restarting'],
      ['EPSV\r\n', 229, 229, 'restarting'],
      ['TYPE I\r\n', 200, 200, 'restarting'],
      ['RETR a\r\n', 550, 550, 'ready'],
      ['REST 100\r\n', 350, 350, 'restarting'],
      ['PWD\r\n', 257, 257, 'ready'],
      ['USER jim\r\n', 530, 530, 'needUser'],
      ['QUIT\r\n', 221, 221, 'closing'],
    ]
    for (const [line, given, code, state] of walk) {
      expect(play(machine, line, given), line).toBe(code)
      expect(machine.state, line).toBe(state)
    }
    expect(machine.next()).toEqual({ type: 'end' })
  })

  it('remembers a marker and a name for as long as they count', () => {
    const machine = server()
    play(machine, 'REST 100\r\n', 350)
    expect(machine.range.from).toBe(100)
    play(machine, 'PASV\r\n', 227)
    expect(machine.range.from).toBe(100)
    machine.receive(Buffer.from('RETR a\r\n'))
    machine.next()
    expect(machine.range.from).toBe(100)
    machine.send(reply('RETR', 550))
    expect(machine.range.from).toBe(0)
    play(machine, 'RNFR /a\r\n', 350)
    expect(machine.renamed).toBe('/a')
    machine.receive(Buffer.from('RNTO /b\r\n'))
    expect(machine.next()).toEqual({ type: 'command', verb: 'RNTO', argument: '/b' })
    expect(machine.renamed).toBe('/a')
    machine.send(reply('RNTO', 250))
    expect(machine.renamed).toBe('')
  })

  it.each([
    ['XYZZY\r\n', 500, 'XYZZY', 'XYZZY', true],
    ['MIC 5\r\n', 502, 'MIC', 'MIC 5', true],
    ['GET / HTTP/1.1\r\n', 500, 'GET', 'GET / HTTP/1.1', true],
    ['REST x\r\n', 501, 'REST', 'REST x', true],
    ['RETR\r\n', 501, 'RETR', 'RETR', true],
    ['NOOP x\r\n', 501, 'NOOP', 'NOOP x', true],
    ['XCWD\r\n', 501, 'CWD', 'XCWD', true],
    ['PASS secret\r\n', 503, 'PASS', 'PASS', true],
    ['\r\n', 500, 'line', '', false],
    ['SIZE a\0\r\n', 501, 'line', '', false],
    ['NOOP\n\r\n', 500, 'line', '', false],
  ])('refuses %j as the table says', (line, code, to, shown, isCommand) => {
    const machine = server()
    machine.receive(Buffer.from(line))
    const event = machine.next()
    expect(event).toMatchObject({ type: 'refused', line: shown, isCommand, reply: { type: 'reply', to, code } })
    expect(machine.next()).toEqual({ type: 'needData', until: 'send' })
    expect(local(() => machine.send(reply(to, 200)))).toBe('FTP_REPLY_FORBIDDEN')
    machine.send(reply(to, code))
    expect(machine.state).toBe('ready')
  })

  it('may send a client away for a refused line', () => {
    const machine = server()
    machine.receive(Buffer.from('XYZZY\r\n'))
    machine.next()
    machine.send(reply('connection', 421))
    expect(machine.state).toBe('closing')
  })

  it.each(['GET / HTTP/1.1\r\n', 'EHLO a.test\r\n'])('hangs up on %j before login, and stays dead (A21)', (line) => {
    const machine = server({ stage: 'greeted' })
    machine.receive(Buffer.from(line))
    expect(() => machine.next()).toThrow(expect.objectContaining({ code: 'FTP_FOREIGN_PROTOCOL', side: 'remote' }))
    machine.receive(Buffer.from('NOOP\r\n'))
    expect(() => machine.next()).toThrow(expect.objectContaining({ code: 'FTP_FOREIGN_PROTOCOL' }))
  })

  it('sends no reply that a command does not have, and changes nothing', () => {
    const machine = server()
    expect(local(() => machine.send(reply('NOOP', 200)))).toBe('FTP_REPLY_UNOWED')
    expect(local(() => machine.send(reply('greeting', 220)))).toBe('FTP_REPLY_UNOWED')
    machine.receive(Buffer.from('RETR a\r\n'))
    machine.next()
    for (const code of [200, 221, 226, 250, 331, 552])
      expect(local(() => machine.send(reply('RETR', code)))).toBe('FTP_REPLY_FORBIDDEN')
    expect(local(() => machine.send(reply('STOR', 150)))).toBe('FTP_REPLY_UNOWED')
    expect(local(() => machine.send(reply('connection', 426)))).toBe('FTP_REPLY_UNOWED')
    expect(local(() => machine.send(reply('RETR', 150, 'a\r\nb')))).toBe('FTP_REPLY_TEXT')
    machine.send(reply('RETR', 150))
    expect(local(() => machine.send(reply('RETR', 150)))).toBe('FTP_REPLY_FORBIDDEN')
    expect(local(() => machine.send(reply('RETR', 550)))).toBe('FTP_REPLY_FORBIDDEN')
    machine.send(reply('RETR', 226))
    expect(machine.state).toBe('ready')
    const fresh = new ServerMachine()
    expect(local(() => fresh.send(reply('greeting', 230)))).toBe('FTP_REPLY_FORBIDDEN')
  })

  it('answers NOOP, STAT and ABOR beside a transfer, and holds the rest in order', () => {
    const machine = server()
    play(machine, 'RETR a\r\n', 150)
    expect(machine.state).toBe('transferring')
    play(machine, 'NOOP\r\n', 200)
    play(machine, 'STAT\r\n', 211)
    machine.receive(Buffer.from('STAT b\r\nNOOP\r\nQUIT\r\nxxxxxxxxxxxxxx\r\n'))
    expect(machine.next()).toEqual({ type: 'needData', until: 'receive' })
    machine.receive(Buffer.from('ABOR\r\n'))
    expect(machine.next()).toMatchObject({ verb: 'ABOR' })
    expect(machine.next()).toEqual({ type: 'needData', until: 'send' })
    machine.send(reply('RETR', 426))
    expect(machine.next()).toEqual({ type: 'needData', until: 'send' })
    machine.send(reply('ABOR', 226))
    expect(machine.state).toBe('ready')
    expect(answer(machine, 213)).toBe(213)
    expect(answer(machine, 200)).toBe(200)
    expect(answer(machine, 221)).toBe(221)
    expect(machine.next()).toEqual({ type: 'end' })
  })

  it('holds a fault, too, and stops reading when it holds enough', () => {
    const machine = server({ limits: { maxHeldCommands: 2 } })
    play(machine, 'STOR a\r\n', 150)
    machine.receive(Buffer.from('\r\nPWD\r\nABOR\r\n'))
    expect(machine.next()).toEqual({ type: 'needData', until: 'send' })
    expect(machine.bufferedBytes).toBe(6)
    machine.send(reply('STOR', 226))
    expect(answer(machine)).toBe(500)
    expect(answer(machine, 257)).toBe(257)
    expect(answer(machine, 225)).toBe(225)
  })

  it('may be ended by 421 in the middle of a transfer', () => {
    const machine = server()
    play(machine, 'STOR a\r\n', 150)
    machine.send(reply('STOR', 421))
    expect(machine.state).toBe('closing')
  })

  it('tells options and interrupts, and writes refusals of them at any time', () => {
    const machine = server()
    machine.receive(Buffer.from('fffd01fff4fff2', 'hex'))
    expect(machine.next()).toEqual({ type: 'telnet', command: 'DO', option: 1 })
    expect(machine.next()).toEqual({ type: 'interrupt' })
    expect(Buffer.concat(machine.send({ type: 'telnet', command: 'WONT', option: 1 })).toString('hex')).toBe('fffc01')
  })

  it('ends with the client, but not in the middle of a line', () => {
    const machine = server()
    machine.receive(Buffer.from('NOOP\r\n'))
    machine.receiveEnd()
    expect(answer(machine, 200)).toBe(200)
    expect(machine.next()).toEqual({ type: 'end' })
    const cut = server()
    cut.receive(Buffer.from('NOO'))
    cut.receiveEnd()
    expect(() => cut.next()).toThrow(expect.objectContaining({ code: 'FTP_TRUNCATED' }))
    expect(() => cut.next()).toThrow(expect.objectContaining({ code: 'FTP_TRUNCATED' }))
  })

  it('counts on from one line to the next, also where it keeps nothing between them', () => {
    const machine = server({ stage: 'greeted' })
    expect(Buffer.from(machine.takeLeftover()).length).toBe(0)
    const lines = ['NOOP\r\n', 'NOOP a\r\n']
    for (const line of lines) {
      const before = machine.work
      play(machine, line)
      expect(machine.next()).toEqual({ type: 'needData', until: 'receive' })
      expect(machine.work - before).toBeGreaterThanOrEqual(line.length)
    }
    machine.receive(Buffer.from('GET / HTTP/1.1\r\n'))
    expect(() => machine.next()).toThrow(expect.objectContaining({ code: 'FTP_FOREIGN_PROTOCOL', offset: 30 }))
  })

  it('takes a ClientHello for one only at the beginning', () => {
    const machine = server({ stage: 'greeted' })
    play(machine, 'NOOP\r\n', 200)
    expect(machine.next()).toEqual({ type: 'needData', until: 'receive' })
    machine.receive(Buffer.from('16030102\r\n', 'hex'))
    expect(machine.next()).toEqual({ type: 'needData', until: 'receive' })
    machine.receive(Buffer.from('\r\n'))
    expect(answer(machine)).toBe(500)
  })

  it('leaves what is behind the last command', () => {
    const machine = server()
    machine.receive(Buffer.from('QUIT\r\nRETR a\r\n'))
    expect(answer(machine, 221)).toBe(221)
    expect(Buffer.from(machine.takeLeftover()).toString()).toBe('RETR a\r\n')
  })

  it('tells the same under every cut', () => {
    const wire = Buffer.from(
      'user joe\r\nPASS  x\r\n\r\nRETR \xff\xff\r\n\xff\xf4\xff\xf2NOOP\r\nSIZE a\0\r\nXYZZY\r\nQUIT\r\n',
      'latin1',
    )
    const told = (pieces: readonly Buffer[]): string[] => {
      const machine = server({ stage: 'greeted' })
      const events: string[] = []
      for (const piece of pieces) {
        machine.receive(piece)
        for (let event = machine.next(); event.type !== 'needData' && event.type !== 'end'; event = machine.next()) {
          events.push(JSON.stringify(event))
          if (event.type === 'refused') machine.send(event.reply)
          if (event.type === 'command')
            machine.send(
              reply(event.verb, { USER: 331, PASS: 230, RETR: 550, NOOP: 200, QUIT: 221 }[event.verb as string] ?? 500),
            )
        }
      }
      return events
    }
    const whole = told([wire])
    expect(whole).toHaveLength(9)
    for (const { name, pieces } of splits(wire)) expect(told(pieces), name).toEqual(whole)
  })
})

function client(greeting = '220 hi\r\n'): ClientMachine {
  const machine = new ClientMachine()
  machine.receive(Buffer.from(greeting))
  expect(machine.next()).toMatchObject({ type: 'reply', to: 'greeting' })
  return machine
}

function ask(machine: ClientMachine, event: ClientOut): void {
  machine.send(event)
}

const RETR: ClientOut = { type: 'command', verb: 'RETR', argument: 'a' }
const ABOR: ClientOut = { type: 'command', verb: 'ABOR', argument: undefined }
const NOOP: ClientOut = { type: 'command', verb: 'NOOP', argument: undefined }
const PWD: ClientOut = { type: 'command', verb: 'PWD', argument: undefined }
const MIC: ClientOut = { type: 'otherCommand', verb: 'MIC', argument: 'x' }

/** What the client hears of these replies: `to:code`, or the code of an error. */
function hear(machine: ClientMachine, text: string): string[] {
  machine.receive(Buffer.from(text, 'latin1'))
  const heard: string[] = []
  try {
    for (let event = machine.next(); event.type !== 'needData'; event = machine.next()) {
      heard.push(event.type === 'reply' ? `${event.to}:${event.code}` : event.type)
      if (event.type === 'end') break
    }
  } catch (error) {
    heard.push((error as ProtocolError).code)
  }
  return heard
}

describe('ClientMachine', () => {
  it('waits for the greeting', () => {
    const machine = new ClientMachine()
    expect(machine.next()).toEqual({ type: 'needData', until: 'receive' })
    expect(local(() => machine.send(NOOP))).toBe('FTP_COMMAND_NOW')
    expect(hear(machine, '120 soon\r\n')).toEqual(['greeting:120'])
    expect(machine.state).toBe('delayed')
    expect(local(() => machine.send(NOOP))).toBe('FTP_COMMAND_NOW')
    expect(hear(machine, '220 now\r\n')).toEqual(['greeting:220'])
    expect(machine.state).toBe('ready')
    expect(machine.bufferedBytes).toBe(0)
    expect(machine.work).toBeGreaterThan(0)
  })

  it('may be sent away at the door', () => {
    expect(hear(new ClientMachine(), '421 full\r\n')).toEqual(['greeting:421', 'end'])
    expect(hear(new ClientMachine(), '550 no\r\n')).toEqual(['greeting:550', 'end'])
    expect(hear(new ClientMachine(), '331 odd\r\n')).toEqual(['FTP_REPLY_CLASS'])
  })

  it('asks one thing at a time', () => {
    const machine = client()
    expect(machine.send(PWD).map(String)).toEqual(['PWD\r\n'])
    expect(machine.outstanding).toEqual(['PWD'])
    expect(machine.state).toBe('waiting')
    for (const event of [PWD, NOOP, ABOR, MIC]) expect(local(() => machine.send(event))).toBe('FTP_COMMAND_NOW')
    expect(hear(machine, '257 "/"\r\n')).toEqual(['PWD:257'])
    expect(machine.state).toBe('ready')
  })

  it('changes nothing where a command cannot be written', () => {
    const machine = client()
    expect(local(() => machine.send({ type: 'command', verb: 'RETR', argument: 'x\r\nDELE y' }))).toBe(
      'FTP_COMMAND_TEXT',
    )
    expect(machine.state).toBe('ready')
    expect(machine.outstanding).toEqual([])
  })

  it('follows a transfer, and gives a NOOP beside it its own reply', () => {
    const machine = client()
    ask(machine, RETR)
    expect(hear(machine, '150 coming\r\n')).toEqual(['RETR:150'])
    expect(machine.state).toBe('transferring')
    expect(local(() => machine.send(PWD))).toBe('FTP_COMMAND_NOW')
    ask(machine, NOOP)
    expect(hear(machine, '200 ok\r\n')).toEqual(['NOOP:200'])
    expect(machine.state).toBe('transferring')
    ask(machine, NOOP)
    expect(hear(machine, '226 done\r\n')).toEqual(['RETR:226'])
    expect(machine.state).toBe('waiting')
    expect(hear(machine, '200 ok\r\n')).toEqual(['NOOP:200'])
    expect(machine.state).toBe('ready')
  })

  it.each([
    ['both answered', '426 cut\r\n226 aborted\r\n', ['RETR:426', 'ABOR:226'], 'ready'],
    ['just finished', '226 done\r\n226 nothing to abort\r\n', ['RETR:226', 'ABOR:226'], 'ready'],
    ['one reply for both, then NOOP', '226 aborted\r\n200 ok\r\n', ['RETR:226', 'NOOP:200'], 'ready'],
    ['only the ABOR answered, then NOOP', '225 aborted\r\n200 ok\r\n', ['ABOR:225', 'NOOP:200'], 'ready'],
    ['an unknown ABOR', '500 what\r\n226 done\r\n200 ok\r\n', ['ABOR:500', 'RETR:226', 'NOOP:200'], 'ready'],
  ])('comes out of an ABOR: %s', (_name, replies, heard, state) => {
    const machine = client()
    ask(machine, RETR)
    hear(machine, '150 coming\r\n')
    machine.send({ type: 'interrupt' })
    ask(machine, ABOR)
    ask(machine, NOOP)
    expect(hear(machine, replies)).toEqual(heard)
    if (heard.includes('NOOP:200')) expect(machine.state).toBe(state)
    else expect(machine.outstanding).toEqual(['NOOP'])
  })

  it.each([
    ['three replies to both', '426 cut\r\n451 lost\r\n', '226 aborted\r\n200 ok\r\n', ['ABOR:226', 'NOOP:200']],
    ['one that comes before the NOOP', '426 cut\r\n451 lost\r\n226 aborted\r\n', '200 ok\r\n', ['NOOP:200']],
    ['a 226 with the code of the 150', '150 done\r\n', '200 ok\r\n', ['NOOP:200']],
    ['a NOOP that is not known', '426 cut\r\n226 aborted\r\n', '502 what\r\n', ['NOOP:502']],
    ['the end', '426 cut\r\n226 aborted\r\n', '421 bye\r\n', ['NOOP:421', 'end']],
  ])('counts its replies anew behind an ABOR: %s', (_name, before, behind, heard) => {
    const machine = client()
    ask(machine, RETR)
    hear(machine, '150 coming\r\n')
    ask(machine, ABOR)
    hear(machine, before)
    ask(machine, NOOP)
    expect(hear(machine, behind)).toEqual(heard)
    if (machine.state === 'closing') return
    expect(machine.state).toBe('ready')
    expect(hear(machine, '226 again\r\n')).toEqual(['FTP_REPLY_UNASKED'])
  })

  it('asks beside a transfer how it goes, and for no listing: a server would hold that, and an ABOR would overtake it', () => {
    const machine = client()
    ask(machine, RETR)
    expect(hear(machine, '150 coming\r\n')).toEqual(['RETR:150'])
    expect(local(() => machine.send({ type: 'command', verb: 'STAT', argument: '/a' }))).toBe('FTP_COMMAND_NOW')
    expect(machine.send({ type: 'command', verb: 'STAT', argument: undefined }).map(String)).toEqual(['STAT\r\n'])
    expect(hear(machine, '213 half\r\n226 done\r\n')).toEqual(['STAT:213', 'RETR:226'])
    expect(machine.send({ type: 'command', verb: 'STAT', argument: '/a' }).map(String)).toEqual(['STAT /a\r\n'])
  })

  it('does not listen for ever to what comes of an ABOR', () => {
    const machine = client()
    ask(machine, RETR)
    ask(machine, ABOR)
    expect(hear(machine, '426 cut\r\n'.repeat(20)).slice(-2)).toEqual(['ABOR:426', 'FTP_REPLY_UNASKED'])
  })

  it('gives a NOOP beside a transfer the refusal of a line, which cannot be the transfer', () => {
    const machine = client()
    ask(machine, RETR)
    hear(machine, '150 coming\r\n')
    ask(machine, NOOP)
    expect(hear(machine, '503 not now\r\n')).toEqual(['NOOP:503'])
    expect(hear(machine, '550 the disk is gone\r\n')).toEqual(['RETR:550'])
    expect(machine.state).toBe('ready')
  })

  it('goes on where a NOOP beside a transfer is never answered', () => {
    const machine = client()
    ask(machine, RETR)
    hear(machine, '150 coming\r\n')
    ask(machine, NOOP)
    expect(hear(machine, '226 done\r\n')).toEqual(['RETR:226'])
    ask(machine, { type: 'command', verb: 'SYST', argument: undefined })
    expect(hear(machine, '215 UNIX\r\n')).toEqual(['SYST:215'])
    expect(machine.outstanding).toEqual([])
    expect(machine.state).toBe('ready')
  })

  it('ends with a server that says that TLS may begin, and goes', () => {
    const machine = client()
    ask(machine, { type: 'command', verb: 'AUTH', argument: 'TLS' })
    expect(hear(machine, '234 go on\r\n')).toEqual(['AUTH:234'])
    machine.receiveEnd()
    expect(machine.next()).toEqual({ type: 'end' })
    expect(machine.next()).toEqual({ type: 'needData', until: 'receive' })
  })

  it('takes one 120, and no second one', () => {
    expect(hear(new ClientMachine(), '120 soon\r\n120 sooner\r\n')).toEqual(['greeting:120', 'FTP_REPLY_CLASS'])
    expect(hear(new ClientMachine(), '120 soon\r\n421 no\r\n')).toEqual(['greeting:120', 'greeting:421', 'end'])
  })

  it('may send NOOP behind an ABOR that is not answered, and ABOR before the 150', () => {
    const machine = client()
    ask(machine, RETR)
    ask(machine, ABOR)
    expect(hear(machine, '150 coming\r\n426 cut\r\n')).toEqual(['RETR:150', 'RETR:426'])
    expect(machine.state).toBe('waiting')
    ask(machine, NOOP)
    expect(hear(machine, '200 ok\r\n')).toEqual(['NOOP:200'])
    expect(machine.state).toBe('ready')
    ask(machine, PWD)
    expect(hear(machine, '257 "/"\r\n')).toEqual(['PWD:257'])
  })

  it('takes what no table has for the command that waits', () => {
    const machine = client()
    ask(machine, PWD)
    expect(hear(machine, '299 odd\r\n')).toEqual(['PWD:299'])
    ask(machine, MIC)
    expect(hear(machine, '150 odd\r\n')).toEqual(['MIC:150'])
    expect(hear(machine, '350 odd\r\n')).toEqual(['MIC:350'])
    expect(machine.state).toBe('ready')
  })

  it.each([
    [PWD, '150 x\r\n'],
    [PWD, '350 x\r\n'],
    [RETR, '350 x\r\n'],
    [RETR, '150 x\r\n150 x\r\n'],
    [MIC, '150 x\r\n150 x\r\n'],
  ])('does not take %j for answered by %j, and stays dead', (event, replies) => {
    const machine = client()
    ask(machine, event)
    expect(hear(machine, replies).at(-1)).toBe('FTP_REPLY_CLASS')
    expect(hear(machine, '257 "/"\r\n')).toEqual(['FTP_REPLY_CLASS'])
    expect(local(() => machine.send(NOOP))).toBe('FTP_COMMAND_NOW')
  })

  it('takes no reply that answers nothing (A13), but for 421', () => {
    expect(hear(client(), '230 hi\r\n')).toEqual(['FTP_REPLY_UNASKED'])
    expect(hear(client(), '421 bye\r\n')).toEqual(['connection:421', 'end'])
    const machine = client()
    ask(machine, RETR)
    expect(hear(machine, '421 bye\r\n')).toEqual(['RETR:421', 'end'])
    expect(local(() => machine.send(NOOP))).toBe('FTP_COMMAND_NOW')
  })

  it('ends with QUIT and with the server', () => {
    const machine = client()
    ask(machine, { type: 'command', verb: 'QUIT', argument: undefined })
    expect(hear(machine, '221 bye\r\n')).toEqual(['QUIT:221', 'end'])
    const left = client()
    left.receiveEnd()
    expect(left.next()).toEqual({ type: 'end' })
    expect(left.next()).toEqual({ type: 'needData', until: 'receive' })
    const cut = client()
    cut.receive(Buffer.from('22'))
    expect(cut.next()).toEqual({ type: 'needData', until: 'receive' })
    cut.receiveEnd()
    expect(() => cut.next()).toThrow(expect.objectContaining({ code: 'FTP_TRUNCATED' }))
  })

  it('tells options, and leaves what is behind a reply', () => {
    const machine = client()
    expect(hear(machine, '\u00ff\u00fd\u0001')).toEqual(['telnet'])
    expect(Buffer.concat(machine.send({ type: 'telnet', command: 'WONT', option: 1 })).toString('hex')).toBe('fffc01')
    ask(machine, MIC)
    machine.receive(Buffer.from('200 ok\r\nTLS'))
    machine.next()
    expect(Buffer.from(machine.takeLeftover()).toString()).toBe('TLS')
  })

  it('hears the same under every cut', () => {
    const wire = Buffer.from('220-a\r\n220 b\r\n331 c\r\n\xff\xfd\x01230 d\r\n421 e\r\n', 'latin1')
    for (const { name, pieces } of splits(wire)) {
      const machine = new ClientMachine()
      const heard: string[] = []
      for (const piece of pieces) {
        machine.receive(piece)
        for (let event = machine.next(); event.type !== 'needData' && event.type !== 'end'; event = machine.next()) {
          heard.push(event.type === 'reply' ? `${event.to}:${event.code}` : event.type)
          if (heard.at(-1) === 'greeting:220') ask(machine, { type: 'command', verb: 'USER', argument: 'joe' })
          if (heard.at(-1) === 'USER:331') ask(machine, { type: 'command', verb: 'PASS', argument: 'x' })
        }
      }
      expect(heard, name).toEqual(['greeting:220', 'USER:331', 'telnet', 'PASS:230', 'connection:421'])
    }
  })
})
