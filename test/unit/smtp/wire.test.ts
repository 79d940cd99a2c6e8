/**
 * The cases of `fixtures/smtp/wire.json`, each against the machine under every cut of what the client sends, with the answers that the
 * machine gives by itself.
 */
import { describe, expect, it } from 'vitest'
import { DotDecoder } from '../../../src/smtp/data.ts'
import { ByteQueue } from '../../../src/net/bytes.ts'
import { DEFAULT_LIMITS, REFUSE } from '../../../src/smtp/limits.ts'
import { MachineServer } from '../../support/smtp.ts'
import { ARE_CONTENT, BODIES, CASES, isAsExpected, SENTENCES, TRANSACTION, unfold } from '../../support/smtp-cases.ts'
import { splits } from '../../support/splits.ts'

describe('wire cases: commands', () => {
  for (const { name, pre, send, expect: wanted } of CASES.filter((one) => one.kind === 'command')) {
    it(name, () => {
      const bytes = Buffer.from(unfold(send), 'latin1')
      for (const split of splits(bytes, { maxCuts: 100 })) {
        const server = new MachineServer().feed(...pre.map((line) => `${line}\r\n`))
        const before = server.codes.length
        server.feed(...split.pieces)
        const said = server.codes.slice(before).map(String)
        const pattern = wanted.replace('no-reply', 'none')
        expect(isAsExpected(said, pattern), `${split.name}: ${said.join(' ')} for ${pattern}`).toBe(true)
      }
    })
  }
})

describe('wire cases: the end of the data', () => {
  for (const { name, eodHex, terminates, strict } of CASES.filter((one) => one.kind === 'eod')) {
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
  for (const { name, inputHex, outputHex } of CASES.filter((one) => one.kind === 'unstuff')) {
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
  for (const { name, noEhlo, steps, expect: wanted } of CASES.filter((one) => one.kind === 'sequence')) {
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
  expect(CASES.length).toBe(105)
})
