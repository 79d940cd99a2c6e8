import { describe, expect, it } from 'vitest'
import { CLIENT, ExchangeState, JOINT, SERVER } from '../../../src/http/states.ts'
import type { ClientEvent, ClientState, ServerEvent, ServerState } from '../../../src/http/states.ts'
import { toMermaid } from '../../../src/net/table.ts'

const CLIENT_EVENTS: readonly ClientEvent[] = ['request', 'content', 'end', 'offer', 'close', 'fault']
const SERVER_EVENTS: readonly ServerEvent[] = [
  'informational',
  'response',
  'content',
  'end',
  'switch',
  'close',
  'fault',
]
type Step = `client ${ClientEvent}` | `server ${ServerEvent}` | 'endPersistence'
const STEPS: readonly Step[] = [
  ...CLIENT_EVENTS.map((event): Step => `client ${event}`),
  ...SERVER_EVENTS.map((event): Step => `server ${event}`),
  'endPersistence',
]

function walk(steps: readonly Step[]): ExchangeState {
  const state = new ExchangeState()
  for (const step of steps) take(state, step)
  return state
}

function take(state: ExchangeState, step: Step): boolean {
  if (step === 'endPersistence') {
    state.endPersistence()
    return true
  }
  const [peer, event] = step.split(' ')
  return peer === 'client' ? state.clientDoes(event as ClientEvent) : state.serverDoes(event as ServerEvent)
}

/** Every pair of states that any steps lead to, with the steps that lead there first. */
function reachable(): Map<string, readonly Step[]> {
  const found = new Map<string, readonly Step[]>([[name(walk([])), []]])
  for (const steps of found.values()) {
    for (const step of STEPS) {
      const next = [...steps, step]
      const key = name(walk(next))
      if (!found.has(key)) found.set(key, next)
    }
  }
  return found
}

function name({ client, server, isPersistent }: ExchangeState): string {
  return `${client} ${server}${isPersistent ? '' : ' last'}`
}

describe('ExchangeState', () => {
  it('goes through one exchange', () => {
    const state = new ExchangeState()
    expect(state.clientDoes('request')).toBe(true)
    expect([state.client, state.server]).toEqual(['sendBody', 'sendResponse'])
    state.clientDoes('content')
    state.clientDoes('end')
    state.serverDoes('informational')
    state.serverDoes('response')
    state.serverDoes('content')
    expect(state.isOver).toBe(false)
    state.serverDoes('end')
    expect([state.client, state.server, state.isOver]).toEqual(['done', 'done', true])
  })

  it('changes nothing where an event is not allowed', () => {
    const state = new ExchangeState()
    expect(state.clientDoes('content')).toBe(false)
    expect(state.serverDoes('end')).toBe(false)
    expect(name(state)).toBe('idle idle')
  })

  it('has no next exchange when persistence has ended, whenever that was', () => {
    const steps: readonly Step[] = ['client request', 'client end', 'server response', 'server end']
    for (let at = 0; at <= steps.length; at++) {
      const state = walk([...steps.slice(0, at), 'endPersistence', ...steps.slice(at)])
      expect(name(state), String(at)).toBe('mustClose mustClose last')
      expect(state.isOver).toBe(false)
    }
  })

  it('lets a client that offered to switch wait, and go on if the offer was not taken', () => {
    const offered: readonly Step[] = ['client request', 'client end', 'client offer']
    expect(name(walk(offered))).toBe('mightSwitch sendResponse')
    expect(name(walk([...offered, 'server switch']))).toBe('switched switched')
    expect(name(walk([...offered, 'server response', 'server end']))).toBe('done done')
    expect(name(walk(['client request', 'endPersistence', 'client end', 'client offer']))).toBe(
      'mightSwitch sendResponse last',
    )
  })

  it('lets a server answer what it could not read, and then nothing more', () => {
    expect(name(walk(['client fault', 'server response', 'endPersistence', 'server end']))).toBe('error mustClose last')
    expect(name(walk(['client fault', 'server response', 'server end']))).toBe('error mustClose')
    expect(name(walk(['client close']))).toBe('closed mustClose')
  })

  it('lets a client learn that the server has gone', () => {
    expect(name(walk(['server close']))).toBe('mustClose closed')
    expect(name(walk(['client request', 'client end', 'server fault']))).toBe('mustClose error')
  })

  it('always settles, and can always be left', () => {
    const ends = ['closed', 'error', 'switched', 'mustClose']
    for (const [key, steps] of reachable()) {
      const { client, server } = walk(steps)
      const isStuck = !STEPS.some((step) => name(walk([...steps, step])) !== key)
      if (isStuck)
        expect(
          [client, server].every((state) => ends.includes(state)),
          key,
        ).toBe(true)
    }
  })
})

describe('the tables', () => {
  it('name states that can be reached, all of them', () => {
    const pairs = [...reachable().keys()].map((key) => key.split(' '))
    for (const state of Object.keys(CLIENT))
      expect(
        pairs.some(([client]) => client === state),
        state,
      ).toBe(true)
    for (const state of Object.keys(SERVER))
      expect(
        pairs.some(([, server]) => server === state),
        state,
      ).toBe(true)
  })

  it('have joint rules that move somebody, and only out of the states that they name', () => {
    for (const rule of JOINT) {
      const isMove =
        (rule.then.client !== undefined && !rule.client.includes(rule.then.client)) ||
        (rule.then.server !== undefined && !rule.server.includes(rule.then.server))
      expect(isMove).toBe(true)
    }
  })

  it('can be drawn', () => {
    const idle: ClientState & ServerState = 'idle'
    expect(toMermaid(CLIENT, idle)).toContain('mightSwitch --> closed: close')
    expect(toMermaid(SERVER, idle)).toContain('sendResponse --> switched: switch')
  })
})
