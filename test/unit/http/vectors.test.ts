/** Every vector through the machine of its role, under every split: what must be refused is, with the status named. */
import { describe, expect, it } from 'vitest'
import { HttpError, HttpLimitError } from '../../../src/http/errors.ts'
import { ClientMachine, ServerMachine } from '../../../src/http/machine.ts'
import { octetsOf, VECTORS, type Vector } from '../../support/http-vectors.ts'
import { splits } from '../../support/splits.ts'

/** What a machine made of a vector. */
interface Outcome {
  /** The content of every complete message. */
  bodies: string[]
  /** The error that ended it. */
  error: string | undefined
  /** The status that the error asks for. */
  status: number | undefined
  /** Where in the stream. */
  offset: number | undefined
  /** The state of our side at the end. */
  state: string
}

/** Plays a server that answers each request with an empty 404 (200 to CONNECT would be a tunnel), or a client that asked once. */
function play(vector: Vector, pieces: readonly Buffer[]): Outcome {
  const machine = vector.role === 'request' ? new ServerMachine() : asked(vector.method ?? 'GET')
  const outcome: Outcome = { bodies: [], error: undefined, status: undefined, offset: undefined, state: '' }
  let body = ''
  const pump = (): void => {
    for (let event = machine.next(); event.type !== 'needData'; event = machine.next()) {
      if (event.type === 'content') body += Buffer.from(event.bytes).toString('latin1')
      if (event.type !== 'end') continue
      outcome.bodies.push(body)
      body = ''
      if (machine instanceof ServerMachine) {
        machine.send({ type: 'response', status: 404, headers: [['Content-Length', '0']] })
        machine.send({ type: 'end' })
      }
    }
  }
  try {
    for (const piece of pieces) {
      machine.receive(piece)
      pump()
    }
    // What has to be refused may be half a message: then it is refused at the end of the connection.
    if (
      vector.eof === true ||
      (vector.prefer === 'reject' && vector.bodies === undefined && vector.verdict !== 'wait')
    ) {
      machine.receiveEnd()
      pump()
    }
  } catch (error) {
    if (!(error instanceof HttpError) && !(error instanceof HttpLimitError)) throw error
    outcome.error = error.code
    outcome.status = error.hint
    outcome.offset = error.offset
    expect(() => machine.next(), 'a dead machine stays dead').toThrow(error)
  }
  outcome.state = machine.state
  return outcome
}

function asked(method: string): ClientMachine {
  const machine = new ClientMachine()
  machine.send({ type: 'request', method, target: '/', headers: [['Host', 'a']] })
  machine.send({ type: 'end' })
  return machine
}

function judge(vector: Vector, outcome: Outcome): void {
  const { verdict, prefer, status, bodies } = vector
  if (verdict === 'wait') {
    expect(outcome.error).toBeUndefined()
    expect(outcome.bodies).toEqual([])
  } else if (verdict === 'close' && bodies !== undefined) {
    expect(outcome.bodies).toEqual(bodies)
    if (vector.role === 'request') expect(outcome).toMatchObject({ error: undefined, state: 'mustClose' })
    else expect(outcome.error).toBe('HTTP_SURPLUS')
  } else if (prefer === 'reject') {
    expect(outcome.error).toBeDefined()
    if (vector.role === 'request') expect(outcome.status).toBe(status)
    if (vector.role === 'request') expect(outcome.bodies).toEqual([])
  } else {
    expect(outcome.error).toBeUndefined()
    expect(outcome.bodies).toEqual(bodies)
  }
}

/** Long vectors are cut at fewer places. */
function ways(bytes: Buffer): { maxCuts: number; random: number } {
  return bytes.length > 2000 ? { maxCuts: 40, random: 3 } : { maxCuts: 600, random: 8 }
}

describe.each(['request', 'response'] as const)('%s vectors', (role) => {
  it.each(VECTORS.filter((vector) => vector.role === role).map((vector) => [vector.id, vector] as const))(
    '%s',
    (_, vector) => {
      const bytes = octetsOf(vector)
      const whole = play(vector, [bytes])
      judge(vector, whole)
      for (const { name, pieces } of splits(bytes, ways(bytes))) expect(play(vector, pieces), name).toEqual(whole)
    },
  )
})

it('has all the vectors that it should', () => {
  expect(VECTORS.length).toBe(352)
  expect(new Set(VECTORS.map(({ id }) => id)).size).toBe(352)
})
