import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Unit } from '../../../src/net/machine.ts'
import type { Role, Telling } from '../../support/drive.ts'
import {
  conversationLaws,
  endless,
  keeps,
  machineLaws,
  tableLaw,
  type Conversation,
  type Law,
  type Subject,
} from '../../support/laws.ts'
import { MAX_LINE_BYTES, TOY, ToyClient, ToyServer, type Answered, type Asked, type Bug } from './toy.ts'

const tell = (event: Unit): Telling => {
  if (event.type === 'text') return { line: 'text', content: (event as Asked & { type: 'text' }).bytes }
  return { line: event.type === 'say' ? `say ${(event as Asked & { type: 'say' }).size}` : event.type }
}

const server = (bug?: Bug): Role => ({
  create: () => new ToyServer(bug),
  tell,
  answer: (event): Answered[] =>
    event.type === 'end' ? [{ type: 'ok' }] : event.type === 'bye' ? [{ type: 'bye' }] : [],
})

const said: fc.Arbitrary<Asked[]> = fc
  .array(fc.uint8Array({ maxLength: 20 }), { maxLength: 5 })
  .map((texts) => [
    ...texts.flatMap((bytes): Asked[] => [
      { type: 'say', size: bytes.length },
      { type: 'text', bytes },
      { type: 'end' },
    ]),
    { type: 'bye' },
  ])

const written = said.map((events) => {
  const client = new ToyClient()
  client.state = 'ready'
  return Buffer.concat(
    events.flatMap((event) => {
      const slices = client.send(event)
      if (event.type === 'end') client.move('ok')
      return slices
    }),
  )
})

const toyServer = (bug?: Bug): Subject => ({
  ...server(bug),
  script: [{ type: 'hello' }],
  input: written,
  marks: ['SAY 3\r\n', 'BYE\r\n', 'SAY\r\n', '\r'],
  maxBufferedBytes: MAX_LINE_BYTES,
  maxWorkPerByte: 4,
  deadly: ['SAY\r\n'],
  endless: [
    endless('an endless line', '', 'a'),
    endless('one long line after the other', '', `SAY ${'0'.repeat(58)}\r\n`),
    endless('an endless text', 'SAY 1000000\r\n', '\r'),
  ],
  last: Buffer.from('SAY 2\r\nhiBYE\r\n'),
})

const conversation = (bug?: Bug): Conversation => ({
  client: { create: () => new ToyClient(), tell, answer: () => [] },
  server: server(bug),
  scripts: said.map((client) => ({ client, server: [{ type: 'hello' }] })),
  hostile: said.map((client) => ({ client: [{ type: 'text' } as Unit, ...client], server: [{ type: 'hello' }] })),
  rest: { client: ['closed'], server: ['closed'] },
})

const brokenLaws = (laws: readonly Law[]): string[] => {
  const broken = laws.filter(({ check }) => {
    try {
      check()
      return false
    } catch {
      return true
    }
  })
  return [...new Set(broken.map(({ name }) => name.slice(0, 'law 1'.length)))]
}

describe('the laws, kept by a machine that keeps them', () => {
  keeps(machineLaws(toyServer()))
  keeps(conversationLaws(conversation()))
  keeps([tableLaw('the toy', TOY, 'greeting', ['closed'])])
})

describe('the laws, broken on purpose', () => {
  it.each<[Bug, string]>([
    ['cuts', 'law 1'],
    ['foreign', 'law 3'],
    ['eats', 'law 4'],
    ['hoards', 'law 5'],
    ['rescans', 'law 6'],
    ['undead', 'law 8'],
    ['garbles', 'law 2'],
    ['sulks', 'law 9'],
  ])('a machine that %s breaks %s', (bug, law) => {
    expect(brokenLaws([...machineLaws(toyServer(bug)), ...conversationLaws(conversation(bug))])).toContain(law)
  })

  it('a table with an island, a trap or a target that is no state breaks law 7', () => {
    const tables = [
      { start: { go: 'end' }, island: { go: 'end' }, end: {} },
      { start: { go: 'end', fall: 'trap' }, trap: {}, end: {} },
    ]
    for (const table of tables)
      expect(brokenLaws([tableLaw('it', table as never, 'start' as never, ['end'] as never)])).toEqual(['law 7'])
  })
})
