/**
 * The laws of `src/net/machine.ts`, each written once, for any protocol and either role. `test/property` says for each machine what
 * its valid input looks like, what its program answers and what its bounds are, and every law is then a test of it.
 *
 * (Law 4, that bytes behind the last unit stay untouched, needs to know the protocol's last unit; law 9 needs both ends.)
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { ProtocolError } from '../../src/net/errors.ts'
import type { Unit } from '../../src/net/machine.ts'
import { deadEnds, unreachableStates, type Table } from '../../src/net/table.ts'
import { mutated } from './arbitraries/octets.ts'
import { drive, joinContent, outcome, thrownBy, type Role } from './drive.ts'
import { randomSource, splits } from './splits.ts'
import { talk, type Ending } from './wire.ts'

/** Input without an end: `take(n)` gives its first `n` octets. */
export interface Endless {
  /** What it is: `a line without an end`. */
  readonly name: string
  /** The first octets of it. */
  readonly take: (octets: number) => Buffer
  /** The most that the machine may hold of it, where that is less than what it may hold at all. */
  readonly maxBufferedBytes?: number | undefined
}

/** `first`, and then `again` for ever. Characters are octets. */
export function endless(name: string, first: string, again: string, maxBufferedBytes?: number): Endless {
  const begin = Buffer.from(first, 'latin1')
  const take = (octets: number): Buffer =>
    Buffer.concat([begin, Buffer.alloc(Math.max(octets - begin.length, 0), again, 'latin1')]).subarray(0, octets)
  return { name, take, maxBufferedBytes }
}

/** A machine under the laws. */
export interface Subject extends Role {
  /** What its own program says meanwhile; a client has to have asked before it can be answered. */
  readonly script?: readonly Unit[]
  /** Valid input, built from the grammar. */
  readonly input: fc.Arbitrary<Buffer>
  /** Octets and short strings with a meaning in this protocol, for the mutators to strew in. */
  readonly marks: readonly string[]
  /** The most that the machine may ever hold: the sum of its limits, in octets. */
  readonly maxBufferedBytes: number
  /** How often an octet may be looked at; see `Machine.work`. */
  readonly maxWorkPerByte: number
  /** Inputs that never end, each an attempt to use up memory or time. */
  readonly endless: readonly Endless[]
  /** Inputs that the machine must not survive, each with its end of stream behind it. Characters are octets. */
  readonly deadly: readonly string[]
  /** Input with a last unit, behind which everything belongs to somebody else; `undefined` where the role has no last unit. */
  readonly last?: Buffer
}

/** What is said in a conversation. */
interface Scripts {
  /** The client's side. */
  readonly client: readonly Unit[]
  /** What the server says unasked. */
  readonly server: readonly Unit[]
  /** What the server's program says where it answers, in this order, in place of its own answers. */
  readonly answers?: readonly (readonly Unit[])[]
}

/** A client and a server that talk. */
export interface Conversation {
  /** The client's side; it says its script. */
  readonly client: Role
  /** The server's side; it answers, and says its script unasked (a greeting). */
  readonly server: Role
  /** What is said. */
  readonly scripts: fc.Arbitrary<Scripts>
  /** The same with something in it that nobody should say: names with line ends in them, and worse. */
  readonly hostile: fc.Arbitrary<Scripts>
  /** Events that a machine tells although no peer has sent them, by the line in which they are told. */
  readonly unsaid?: readonly string[]
  /** The states in which each machine may be when all is said. */
  readonly rest: { readonly client: readonly string[]; readonly server: readonly string[] }
}

/** A law about something particular: throws where it is broken. */
export interface Law {
  /** The law's number and what it says. */
  readonly name: string
  /** Looks whether it is kept. */
  readonly check: () => void
}

/** The laws 1, 3, 4, 5, 6 and 8 about one machine. */
export function machineLaws(subject: Subject): Law[] {
  const { endless, last } = subject
  return [
    { name: 'law 1: how TCP cuts the input never changes the events', check: () => splitInvariance(subject) },
    { name: 'law 3: no bytes make it throw anything but a ProtocolError', check: () => noForeignException(subject) },
    ...(last === undefined
      ? []
      : [
          {
            name: 'law 4: what stands behind its last unit is left as it came',
            check: () => leftoverUntouched(subject, last),
          },
        ]),
    ...endless.map((input) => ({
      name: `law 5: ${input.name} does not fill the memory`,
      check: () => boundedMemory(subject, input),
    })),
    ...endless.map((input) => ({
      name: `law 6: ${input.name} is read in linear time`,
      check: () => linearWork(subject, input),
    })),
    { name: 'law 6: no input is looked at more often than it may be', check: () => boundedWork(subject) },
    { name: 'law 8: after an error it stays dead', check: () => deadAfterError(subject) },
  ]
}

/** The laws 2 and 9 about a client and a server. */
export function conversationLaws(conversation: Conversation): Law[] {
  return [
    {
      name: 'law 2: what one machine writes, the other reads back as the same events',
      check: () => heardAsSaid(conversation),
    },
    {
      name: 'law 2: what the other would read back as anything else is not written',
      check: () => heardAsSaidOrRefused(conversation),
    },
    {
      name: 'law 9: client and server on a wire never wait for each other for ever',
      check: () => noDeadlock(conversation),
    },
  ]
}

/** Law 7 about a table: every state of it can be reached, and a terminal one can be reached from each. */
export function tableLaw<State extends string>(
  name: string,
  table: Table<State, string>,
  initial: State,
  terminal: readonly State[],
): Law {
  return {
    name: `law 7: every state of ${name} can be reached and left`,
    check: () => {
      expect(unreachableStates(table, initial)).toEqual([])
      expect(deadEnds(table, terminal)).toEqual([])
      const states = Object.keys(table) as State[]
      for (const state of states) for (const target of Object.values(table[state])) expect(states).toContain(target)
    },
  }
}

/** Makes a test of each law. */
export function keeps(laws: readonly Law[]): void {
  for (const { name, check } of laws) it(name, check)
}

function splitInvariance(subject: Subject): void {
  fc.assert(
    fc.property(fc.oneof(subject.input, hostile(subject)), fc.boolean(), fc.integer(), (bytes, isEnded, seed) => {
      const script = subject.script ?? []
      const whole = outcome(drive(subject, { pieces: [Buffer.from(bytes)], isEnded, script }))
      for (const { name, pieces } of splits(bytes, { maxCuts: 24, random: 4, seed })) {
        expect(outcome(drive(subject, { pieces, isEnded, script })), name).toBe(whole)
      }
    }),
  )
}

function noForeignException(subject: Subject): void {
  fc.assert(
    fc.property(fc.oneof(hostile(subject), fc.uint8Array({ maxLength: 300 })), fc.boolean(), (bytes, isEnded) => {
      drive(subject, { pieces: [bytes], isEnded, script: subject.script ?? [] })
    }),
  )
}

function leftoverUntouched(subject: Subject, last: Buffer): void {
  fc.assert(
    fc.property(fc.uint8Array({ maxLength: 100 }), fc.integer(), (tail, seed) => {
      const before = drive(subject, { pieces: [last], script: subject.script ?? [] })
      for (const { name, pieces } of splits(Buffer.concat([last, tail]), { maxCuts: 24, random: 4, seed })) {
        const trace = drive(subject, { pieces, script: subject.script ?? [] })
        expect(trace.told, name).toEqual(before.told)
        expect(trace.leftover, name).toEqual(Buffer.from(tail))
      }
    }),
  )
}

/** Feeds far more than the bound, in pieces as TCP has them and octet by octet. */
function boundedMemory(subject: Subject, input: Endless): void {
  const bound = input.maxBufferedBytes ?? subject.maxBufferedBytes
  const octets = Math.min(Math.max(2 * bound, 64 * 1024), 2 * 1024 * 1024)
  for (const size of [1460, 1]) {
    const bytes = input.take(size === 1 ? Math.min(octets, 128 * 1024) : octets)
    const trace = drive(subject, { pieces: piecesOf(bytes, size), script: subject.script ?? [] })
    // What has arrived in one piece can be in nobody's hands but the machine's.
    expect(trace.maxBufferedBytes).toBeLessThanOrEqual(bound + size)
  }
}

/** Twice the input is at most twice the work, however small the pieces are. */
function linearWork(subject: Subject, endless: Endless): void {
  const octets = 32 * 1024
  for (const size of [1, 1460]) {
    const [once = 0, twice = 0] = [octets, 2 * octets].map(
      (length) => drive(subject, { pieces: piecesOf(endless.take(length), size), script: subject.script ?? [] }).work,
    )
    expect(once).toBeLessThanOrEqual(subject.maxWorkPerByte * octets)
    expect(twice).toBeLessThanOrEqual(2 * once + subject.maxWorkPerByte * 1024)
  }
}

function boundedWork(subject: Subject): void {
  fc.assert(
    fc.property(fc.oneof(subject.input, hostile(subject)), fc.constantFrom(1, 7, 1460), (bytes, size) => {
      const { work } = drive(subject, { pieces: piecesOf(bytes, size), script: subject.script ?? [] })
      expect(work).toBeLessThanOrEqual(subject.maxWorkPerByte * (bytes.length + 64))
    }),
  )
}

/** The deadly inputs show that there is something to be kept; with them and behind them, whatever else kills. */
function deadAfterError(subject: Subject): void {
  const deadly = subject.deadly.map((text) => Buffer.from(text, 'latin1'))
  expect(deadly, 'no input kills the machine, so nothing is shown').not.toEqual([])
  for (const bytes of deadly) expect(deathBy(subject, bytes, Buffer.from('x')), String(bytes)).toBe('stays dead')
  const input = fc.oneof({ weight: 4, arbitrary: hostile(subject) }, fc.constantFrom(...deadly))
  fc.assert(
    fc.property(input, fc.uint8Array({ maxLength: 50 }), (bytes, more) => {
      expect(deathBy(subject, bytes, more)).not.toBe('comes back to life')
    }),
  )
}

/** What becomes of a machine that has read `bytes` and their end, and is asked again, before and after it is given `more`. */
function deathBy(
  subject: Subject,
  bytes: Uint8Array,
  more: Uint8Array,
): 'survives' | 'stays dead' | 'comes back to life' {
  const machine = subject.create()
  const role = { ...subject, create: () => machine }
  const { error } = drive(role, { pieces: [bytes], isEnded: true, script: subject.script ?? [] })
  if (error === undefined) return 'survives'
  const told = [thrownBy(() => machine.next())]
  thrownBy(() => machine.receive(more))
  told.push(thrownBy(() => machine.next()))
  return told.every((again) => again === error) ? 'stays dead' : 'comes back to life'
}

function heardAsSaid(conversation: Conversation): void {
  fc.assert(fc.property(conversation.scripts, fc.integer(), (script, seed) => converse(conversation, script, seed)))
}

/** A machine may refuse to say something. What it says must be heard as it was said. */
function heardAsSaidOrRefused(conversation: Conversation): void {
  fc.assert(
    fc.property(conversation.hostile, fc.integer(), (script, seed) => {
      try {
        converse(conversation, script, seed)
      } catch (error) {
        if (!(error instanceof ProtocolError) || error.side !== 'local') throw error
      }
    }),
  )
}

/** Lets both talk, and expects that each has heard what the other has said. */
function converse({ client, server, unsaid = [] }: Conversation, script: Scripts, seed: number): void {
  const answered: Unit[] = []
  const scripted = answering(server, script)
  const noting: Role = { ...server, answer: (...event) => note(answered, scripted.answer(...event)) }
  const ended = talk(
    { role: client, script: script.client },
    { role: noting, script: script.server },
    randomSource(seed),
  )
  const heard = (ending: Ending): unknown => ending.heard.filter(({ line }) => !unsaid.includes(line))
  const said = (events: readonly Unit[], ending: Ending): Unit[] =>
    events.filter((event) => !ending.unsaid.includes(event))
  expect(heard(ended.server)).toEqual(joinContent(said(script.client, ended.client).map(server.tell)))
  expect(heard(ended.client)).toEqual(joinContent(said([...script.server, ...answered], ended.server).map(client.tell)))
}

function noDeadlock({ client, server, scripts, rest }: Conversation): void {
  fc.assert(
    fc.property(scripts, fc.integer(), (script, seed) => {
      const role = answering(server, script)
      const ended = talk({ role: client, script: script.client }, { role, script: script.server }, randomSource(seed))
      const unfinished = ({ unsaid, undelivered }: Ending): unknown => ({ unsaid, undelivered })
      expect(unfinished(ended.client)).toEqual({ unsaid: [], undelivered: 0 })
      expect(unfinished(ended.server)).toEqual({ unsaid: [], undelivered: 0 })
      expect(ended.server.until).toBe('receive')
      expect(rest.client).toContain(ended.client.state)
      expect(rest.server).toContain(ended.server.state)
    }),
  )
}

/** The role with the answers of the script wherever its own program answers. */
function answering(role: Role, { answers }: Scripts): Role {
  if (answers === undefined) return role
  let count = 0
  const answer: Role['answer'] = (...event) => {
    const own = role.answer(...event)
    return own.length === 0 ? [] : (answers[count++] ?? own)
  }
  return { ...role, answer }
}

function hostile(subject: Subject): fc.Arbitrary<Buffer> {
  return mutated(subject.input, subject.marks)
}

function note(notes: Unit[], events: readonly Unit[]): readonly Unit[] {
  notes.push(...events)
  return events
}

function* piecesOf(bytes: Uint8Array, size: number): Generator<Buffer> {
  for (let from = 0; from < bytes.length; from += size) yield Buffer.from(bytes.subarray(from, from + size))
}
