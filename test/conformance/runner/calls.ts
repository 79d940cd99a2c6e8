/**
 * Reads and plays a call block: rules of HTTP's kind of meaning that have no octets of their own, such as which date a text is, are
 * functions of the public API. A line is a call and what must come of it, both as JSON:
 *
 *     parseRange("bytes=0-4", 10) => {"type":"ranges","ranges":[{"first":0,"last":4}]}
 *     parseDate("yesterday") => undefined
 *     request("GET", "/ /", []) => error HTTP_SEND_START
 *
 * Which function a name stands for, and how JSON becomes its arguments, is for the protocol's adapter.
 */
import { isDeepStrictEqual } from 'node:util'
import { ProtocolError } from '../../../src/net/errors.ts'
import type { Fault } from './conversation.ts'

/** A call and what must come of it. */
export interface Call {
  /** The line as it is written. */
  readonly line: string
  /** The name of the function. */
  readonly name: string
  /** Its arguments. */
  readonly args: readonly unknown[]
  /** What it must return, or the code of the error that it must throw, in canonical JSON or as `error CODE`. */
  readonly outcome: string
}

/** The functions of a protocol by name. What they return is JSON, or `undefined`, or a promise of that. */
export type Functions = Readonly<Record<string, (...args: never[]) => unknown>>

/** The calls in the lines. Throws on a line that it cannot read. */
export function parseCalls(lines: readonly string[]): Call[] {
  return lines.map((line) => {
    const [, name, args, outcome] = /^([a-zA-Z]+)\((.*)\) => (.+)$/.exec(line) ?? []
    if (name === undefined || args === undefined || outcome === undefined) throw new Error(`no call: ${line}`)
    const isWord = outcome === 'undefined' || outcome.startsWith('error ')
    return { line, name, args: JSON.parse(`[${args}]`) as unknown[], outcome: isWord ? outcome : canonical(outcome) }
  })
}

/** Why a call does not come out as it must. */
export async function faultOfCall(functions: Functions, { line, name, args, outcome }: Call): Promise<Fault> {
  const called = Object.hasOwn(functions, name) ? functions[name] : undefined
  if (called === undefined) return `there is no function ${name}: ${line}`
  const had = await outcomeOf(() => called(...(args as never[])))
  return isSame(had, outcome) ? undefined : `${line}\n  it came out as ${had}`
}

async function outcomeOf(call: () => unknown): Promise<string> {
  try {
    const value = await call()
    return value === undefined ? 'undefined' : JSON.stringify(value)
  } catch (error) {
    if (error instanceof ProtocolError) return `error ${error.code}`
    throw error
  }
}

function isSame(had: string, outcome: string): boolean {
  if (had === outcome) return true
  const areBothJson = [had, outcome].every((text) => text !== 'undefined' && !text.startsWith('error '))
  return areBothJson && isDeepStrictEqual(JSON.parse(had), JSON.parse(outcome))
}

function canonical(json: string): string {
  return JSON.stringify(JSON.parse(json))
}
