/**
 * Transition tables as data. A protocol's `states.ts` writes
 *
 *     export const SERVER = {
 *       greeting: { reply: 'ready' },
 *       ready: { mail: 'envelope', quit: 'closed' },
 *       ...
 *     } as const satisfies Table<State, Event>
 *
 * and the compiler finds a misspelt target, a forgotten state and an unknown event. What is legal in a state is then a
 * type (`EventOf<typeof SERVER, 'ready'>`), the diagrams in the docs are printed from the table (`toMermaid`), and a test
 * asserts that every state can be reached and left (`unreachableStates`, `deadEnds`).
 *
 * A table is looked up once per protocol unit (a command, a head), never once per byte: decoders use a `switch`.
 */

/** For each state, the events that are legal in it and the state that each leads to. */
export type Table<State extends string, Event extends string> = {
  readonly [S in State]: { readonly [E in Event]?: State }
}

/** The events that are legal in state `S` of table `T`, as a type. */
export type EventOf<T, S extends keyof T> = keyof T[S] & string

/**
 * The state that `event` leads to from `state`, or `undefined` where the table does not allow it.
 * Own properties only: no event named `constructor` or `__proto__` finds anything.
 */
export function transition<State extends string, Event extends string>(
  table: Table<State, Event>,
  state: State,
  event: Event,
): State | undefined {
  const row: { readonly [E in Event]?: State } = table[state]
  return Object.hasOwn(row, event) ? row[event] : undefined
}

/** The states that cannot be reached from `initial`; a sound table has none. */
export function unreachableStates<State extends string>(table: Table<State, string>, initial: State): State[] {
  const reached = new Set<State>([initial])
  for (const state of reached) for (const target of targets(table, state)) reached.add(target)
  return states(table).filter((state) => !reached.has(state))
}

/** The states from which no `terminal` state can be reached; a sound table has none. */
export function deadEnds<State extends string>(table: Table<State, string>, terminal: readonly State[]): State[] {
  const leaving = new Set<State>(terminal)
  const all = states(table)
  // At most one state is added per round, so as many rounds as there are states are enough.
  for (const _round of all) {
    for (const state of all) if (targets(table, state).some((target) => leaving.has(target))) leaving.add(state)
  }
  return all.filter((state) => !leaving.has(state))
}

/**
 * The table as a Mermaid state diagram, events with the same target on one arrow:
 *
 *     stateDiagram-v2
 *       [*] --> greeting
 *       greeting --> ready: reply
 */
export function toMermaid<State extends string>(table: Table<State, string>, initial: State): string {
  const lines = ['stateDiagram-v2', `  [*] --> ${initial}`]
  for (const state of states(table)) {
    const events = new Map<State, string[]>()
    for (const [event, target] of Object.entries(table[state]) as [string, State][]) {
      events.set(target, [...(events.get(target) ?? []), event])
    }
    for (const [target, names] of events) lines.push(`  ${state} --> ${target}: ${names.join(', ')}`)
  }
  return `${lines.join('\n')}\n`
}

function states<State extends string>(table: Table<State, string>): State[] {
  return Object.keys(table) as State[]
}

function targets<State extends string>(table: Table<State, string>, state: State): State[] {
  return Object.values(table[state]) as State[]
}
