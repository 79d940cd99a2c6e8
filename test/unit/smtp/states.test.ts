import { expect, it } from 'vitest'
import { deadEnds, toMermaid, unreachableStates } from '../../../src/net/table.ts'
import { CLIENT, SERVER } from '../../../src/smtp/states.ts'

it('has no state that cannot be reached or left', () => {
  expect(unreachableStates(SERVER, 'greeting')).toEqual([])
  expect(deadEnds(SERVER, ['closed'])).toEqual([])
  expect(unreachableStates(CLIENT, 'greeting')).toEqual([])
  expect(deadEnds(CLIENT, ['closed'])).toEqual([])
})

it('begins transactions behind a name alone, and content behind a recipient alone', () => {
  const statesWith = (event: 'mail' | 'rcpt' | 'data'): string[] =>
    Object.entries(SERVER).flatMap(([state, row]) => (event in row ? [state] : []))
  expect(statesWith('mail')).toEqual(['ready'])
  expect(statesWith('rcpt')).toEqual(['mail', 'rcpt'])
  expect(statesWith('data')).toEqual(['rcpt'])
})

it('lets content follow 354 alone', () => {
  const sources = Object.entries(CLIENT).flatMap(([state, row]) =>
    Object.entries(row).flatMap(([event, target]) => (target === 'content' ? [`${state} ${event}`] : [])),
  )
  expect(sources).toEqual(['data goAhead', 'content content'])
})

it('can be drawn', () => {
  expect(toMermaid(SERVER, 'greeting')).toContain('rcpt --> content: data')
})
