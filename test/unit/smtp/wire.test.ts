/**
 * The cases of `fixtures/smtp/wire.json`, each against the machine under every cut of what the client sends, with the answers that the
 * machine gives by itself.
 */
import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { DotDecoder } from '../../../src/smtp/data.ts'
import { ByteQueue } from '../../../src/net/bytes.ts'
import { DEFAULT_LIMITS, REFUSE } from '../../../src/smtp/limits.ts'
import { MachineServer } from '../../support/smtp.ts'
import { splits } from '../../support/splits.ts'

interface Command {
  readonly kind: 'command'
  readonly name: string
  readonly pre: readonly string[]
  readonly send: string
  readonly expect: string
}
interface EndOfData {
  readonly kind: 'eod'
  readonly name: string
  readonly eodHex: string
  readonly terminates: boolean
  readonly strict: string
}
interface Unstuff {
  readonly kind: 'unstuff'
  readonly name: string
  readonly inputHex: string
  readonly outputHex: string
}
interface Sequence {
  readonly kind: 'sequence'
  readonly name: string
  readonly noEhlo: boolean
  readonly steps: readonly (string | readonly string[])[]
  readonly expect: string
}

const FIXTURE = new URL('../../fixtures/smtp/wire.json', import.meta.url)
const { cases } = JSON.parse(readFileSync(FIXTURE, 'utf8')) as {
  readonly cases: readonly (Command | EndOfData | Unstuff | Sequence)[]
}

/** Cases that ask for an extension which is not there yet, and what is right without it. */
const WITHOUT_EXTENSION: Readonly<Record<string, string>> = {
  // SMTPUTF8 is not offered: an address above ASCII is refused, and so is the parameter.
  'MAIL utf8 SMTPUTF8': '501|555',
}

/**
 * The corpus has one sentence for all these: refuse what has a bare CR, LF or NUL, or a line whose dot was not doubled. They
 * have none of the first, and RFC 5321 §4.5.2 says of the last that the dot is taken away and the line is content, as the
 * corpus itself says of `.foo`.
 */
const ARE_CONTENT: Readonly<Record<string, string>> = {
  '\\r\\n. \\r\\n': 'AAA\r\n \r\n',
  '\\r\\n.\\t\\r\\n': 'AAA\r\n\t\r\n',
  '\\x85.\\x85': 'AAA\x85.\x85',
  '\\x0b.\\x0b': 'AAA\x0b.\x0b',
  '\\r\\n..\\r\\n': 'AAA\r\n.\r\n',
}

/** Expectations that are sentences: the codes of the replies, by step. */
const SENTENCES: Readonly<Record<string, readonly string[]>> = {
  'pipelined txn+QUIT': ['250 250 354', '250 221 EOF'],
  // What we do is the first of the two policies; cut so that nothing comes early, it is an ordinary session.
  'pipelined all 1 write': ['250 250 354|554 250|EOF 221|none EOF|none'],
  '2 txns pipelined': ['250 250 354', '250 250 250 354', '250'],
  '200 NOOP pipelined': [Array.from({ length: 200 }, () => '250').join(' ')],
  '8bit body no 8BITMIME': ['250 250 354', '250'],
  'NUL in body': ['250 250 354', '554'],
  '2000 octet line': ['250 250 354', '250'],
  'empty message': ['250 250 354', '250'],
  'dot split per byte': ['250 250 354', '250'],
  'first line dotdot split': ['250 250 354', '250'],
}

const BODIES: Readonly<Record<string, string>> = {
  'dot split per byte': 'Subject: one\r\n\r\nAAA\r\n.\r\nx\r\n',
  'first line dotdot split': '.\r\n',
  'empty message': '',
}

const TRANSACTION = 'MAIL FROM:<s@x.test>\r\nRCPT TO:<v@x.test>\r\nDATA\r\n'

/** `{x*9}` is x nine times. */
function unfold(text: string): string {
  return text.replace(/\{(.)\*([0-9]+)\}/g, (_, character: string, times: string) => character.repeat(Number(times)))
}

/** Whether the replies to one step are as `pattern` says: codes in order, `|` between alternatives, EOF for the end. */
function isAsExpected(said: readonly string[], pattern: string): boolean {
  const wanted = pattern.split(' ')
  return (
    said.length <= wanted.length &&
    wanted.every((alternatives, index) =>
      alternatives.split('|').some((one) => {
        if (one === 'none') return said[index] === undefined
        if (one === 'reject') return /^[45]/.test(said[index] ?? '')
        return new RegExp(`^${one.replaceAll('x', '.')}$`).test(said[index] ?? '')
      }),
    )
  )
}

describe('wire cases: commands', () => {
  for (const { name, pre, send, expect: wanted } of cases.filter((one) => one.kind === 'command')) {
    it(name, () => {
      const bytes = Buffer.from(unfold(send), 'latin1')
      for (const split of splits(bytes, { maxCuts: 100 })) {
        const server = new MachineServer().feed(...pre.map((line) => `${line}\r\n`))
        const before = server.codes.length
        server.feed(...split.pieces)
        const said = server.codes.slice(before).map(String)
        const pattern = (WITHOUT_EXTENSION[name] ?? wanted).replace('no-reply', 'none')
        expect(isAsExpected(said, pattern), `${split.name}: ${said.join(' ')} for ${pattern}`).toBe(true)
      }
    })
  }
})

describe('wire cases: the end of the data', () => {
  for (const { name, eodHex, terminates, strict } of cases.filter((one) => one.kind === 'eod')) {
    it(name, () => {
      const stream = Buffer.concat([
        Buffer.from('Subject: one\r\n\r\nAAA', 'latin1'),
        Buffer.from(eodHex, 'hex'),
        Buffer.from(`${TRANSACTION}Subject: smuggled\r\n\r\nBBB\r\n.\r\n`, 'latin1'),
      ])
      const first = strict === 'accept' || name in ARE_CONTENT ? 250 : 554
      for (const { name: cut, pieces } of splits(stream)) {
        // The second transaction comes in one piece, so what is early in it is accepted here; see `receiver.test.ts`.
        const server = new MachineServer({ leniency: { earlyTalk: 'accept' } }).feed('EHLO p.test\r\n', TRANSACTION)
        const before = server.codes.length
        server.feed(...pieces)
        expect(server.codes.slice(before), cut).toEqual(terminates ? [first, 250, 250, 354, 250] : [first])
        expect(server.messages.length, cut).toBe(terminates ? 2 : 1)
        if (terminates) expect(server.messages[1]?.toString('latin1'), cut).toBe('Subject: smuggled\r\n\r\nBBB\r\n')
        else if (name in ARE_CONTENT) {
          expect(server.messages[0]?.toString('latin1'), cut).toBe(
            `Subject: one\r\n\r\n${ARE_CONTENT[name]}${TRANSACTION}Subject: smuggled\r\n\r\nBBB\r\n`,
          )
        }
      }
    })
  }
})

describe('wire cases: dots', () => {
  for (const { name, inputHex, outputHex } of cases.filter((one) => one.kind === 'unstuff')) {
    it(name, () => {
      const stream = Buffer.concat([Buffer.from(inputHex, 'hex'), Buffer.from('.\r\nQUIT\r\n')])
      for (const { name: cut, pieces } of splits(stream)) {
        const queue = new ByteQueue()
        const decoder = new DotDecoder(queue, { policy: REFUSE, ...DEFAULT_LIMITS })
        const content: Uint8Array[] = []
        for (const piece of pieces) {
          queue.push(piece)
          for (let event = decoder.next(); event?.type === 'content'; event = decoder.next()) content.push(event.bytes)
        }
        expect(Buffer.concat(content).toString('hex'), cut).toBe(outputHex)
        expect(queue.takeAll().toString(), cut).toBe('QUIT\r\n')
      }
    })
  }
})

describe('wire cases: sequences', () => {
  for (const { name, noEhlo, steps, expect: wanted } of cases.filter((one) => one.kind === 'sequence')) {
    const patterns = SENTENCES[name] ?? wanted.split(',')
    const wholes = steps.map((step) => Buffer.from(typeof step === 'string' ? step : step.join(''), 'hex'))
    it(name, () => {
      for (const [cutStep, bytes] of wholes.entries()) {
        for (const { name: cut, pieces } of splits(bytes, { maxCuts: 200 })) {
          const server = new MachineServer()
          if (!noEhlo) server.feed('EHLO probe.test\r\n')
          for (const [index, whole] of wholes.entries()) {
            const before = server.codes.length
            if (index === cutStep) server.feed(...pieces)
            else server.feed(whole)
            const isOver = server.machine.state === 'closed' || server.error !== undefined
            const said = [...server.codes.slice(before).map(String), ...(isOver ? ['EOF'] : [])]
            const pattern = patterns[index] ?? ''
            expect(isAsExpected(said, pattern), `step ${index}, ${cut}: ${said.join(' ')} for ${pattern}`).toBe(true)
          }
          if (name in BODIES) expect(server.messages[0]?.toString('latin1'), cut).toBe(BODIES[name])
        }
      }
    })
  }
})

it('has all of the cases', () => {
  expect(cases.length).toBe(105)
})
