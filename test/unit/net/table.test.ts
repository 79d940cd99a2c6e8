import { describe, expect, expectTypeOf, it } from 'vitest'
import { deadEnds, toMermaid, transition, unreachableStates } from '../../../src/net/table.ts'
import type { EventOf, Table } from '../../../src/net/table.ts'

type State = 'greeting' | 'ready' | 'envelope' | 'closed'
type Event = 'reply' | 'mail' | 'reset' | 'quit'

const SOUND = {
  greeting: { reply: 'ready', quit: 'closed' },
  ready: { mail: 'envelope', reset: 'ready', quit: 'closed' },
  envelope: { reset: 'ready', quit: 'closed' },
  closed: {},
} as const satisfies Table<State, Event>

const UNSOUND: Table<'start' | 'loop' | 'trap' | 'island' | 'end', 'go' | 'stay'> = {
  start: { go: 'loop', stay: 'trap' },
  loop: { go: 'loop', stay: 'end' },
  trap: { stay: 'trap' },
  island: { go: 'end' },
  end: {},
}

describe('transition', () => {
  it('gives the next state, or nothing where the table has none', () => {
    expect(transition<State, Event>(SOUND, 'ready', 'mail')).toBe('envelope')
    expect(transition<State, Event>(SOUND, 'greeting', 'mail')).toBeUndefined()
    expect(transition<State, Event>(SOUND, 'closed', 'quit')).toBeUndefined()
  })

  it('knows no event that every object has', () => {
    for (const event of ['constructor', '__proto__', 'toString', 'hasOwnProperty']) {
      expect(transition<string, string>(SOUND, 'ready', event)).toBeUndefined()
    }
  })
})

describe('soundness', () => {
  it('finds nothing wrong with a sound table', () => {
    expect(unreachableStates<State>(SOUND, 'greeting')).toEqual([])
    expect(deadEnds<State>(SOUND, ['closed'])).toEqual([])
  })

  it('finds the states that cannot be reached', () => {
    expect(unreachableStates(UNSOUND, 'start')).toEqual(['island'])
    expect(unreachableStates<State>(SOUND, 'envelope')).toEqual(['greeting'])
  })

  it('finds the states that cannot be left, however long the way out', () => {
    expect(deadEnds(UNSOUND, ['end'])).toEqual(['trap'])
    expect(deadEnds(UNSOUND, [])).toEqual(['start', 'loop', 'trap', 'island', 'end'])
    const chain: Table<string, 'go'> = { e: {}, d: { go: 'e' }, c: { go: 'd' }, b: { go: 'c' }, a: { go: 'b' } }
    expect(deadEnds(chain, ['e'])).toEqual([])
    expect(deadEnds(Object.fromEntries(Object.entries(chain).reverse()) as typeof chain, ['e'])).toEqual([])
  })
})

describe('toMermaid', () => {
  it('draws one arrow per pair of states', () => {
    const table: Table<'idle' | 'busy', 'start' | 'stop' | 'abort'> = {
      idle: { start: 'busy' },
      busy: { stop: 'idle', abort: 'idle', start: 'busy' },
    }
    expect(toMermaid(table, 'idle')).toBe(
      [
        'stateDiagram-v2',
        '  [*] --> idle',
        '  idle --> busy: start',
        '  busy --> idle: stop, abort',
        '  busy --> busy: start',
        '',
      ].join('\n'),
    )
  })
})

describe('types', () => {
  it('tell the events of a state, and refuse what is misspelt', () => {
    expectTypeOf<EventOf<typeof SOUND, 'envelope'>>().toEqualTypeOf<'reset' | 'quit'>()
    const forgotten = { greeting: {}, ready: {}, envelope: {} }
    // @ts-expect-error a state is missing
    forgotten satisfies Table<State, Event>
    // @ts-expect-error no such state
    const misspelt = { greeting: { reply: 'redy' }, ready: {}, envelope: {}, closed: {} } satisfies Table<State, Event>
    expect([forgotten, misspelt]).toHaveLength(2)
  })
})
