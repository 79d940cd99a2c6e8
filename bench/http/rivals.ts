/** The other parsers: llhttp as Node binds it, and http-parser-js, which has the same interface. */
import { createRequire } from 'node:module'

/** A head as a parser told it: method and target or status and reason, and names and values in turn. */
export interface Told {
  readonly first: string
  readonly second: string
  readonly fields: readonly string[]
}

/** A parser of many messages, one behind the other. */
export interface Rival {
  /** Parses octets; `head` and `content` are told what is found. */
  readonly parse: (bytes: Buffer) => void
}

interface NodeParser {
  initialize(type: number, resource: object): void
  execute(bytes: Buffer): number | Error
  [callback: number]: (...args: unknown[]) => number | void
}

interface ParserClass {
  new (type?: number): NodeParser
  readonly REQUEST: number
  readonly RESPONSE: number
  readonly kOnHeaders: number
  readonly kOnHeadersComplete: number
  readonly kOnBody: number
  readonly kOnMessageComplete: number
  readonly methods?: readonly string[]
  /** Of http-parser-js, which counts the lines of chunk sizes as heads. */
  maxHeaderSize?: number
}

const require = createRequire(import.meta.url)
const { HTTPParser: LLHTTP, methods } = require('node:_http_common') as {
  HTTPParser: ParserClass
  methods: readonly string[]
}
const { HTTPParser: SCRIPT } = require('http-parser-js') as { HTTPParser: ParserClass }

SCRIPT.maxHeaderSize = Infinity

/** Told of what is found. */
export interface Listener {
  readonly head: (told: Told) => void
  readonly content: (octets: number) => void
}

type Arguments = [number, number, string[] | undefined, number, string | undefined, number, string]

/** llhttp behind Node's binding. */
export function llhttp(kind: 'request' | 'response', listener: Listener): Rival {
  const parser = new LLHTTP()
  parser.initialize(kind === 'request' ? LLHTTP.REQUEST : LLHTTP.RESPONSE, {})
  // Of a head with more than 32 fields, 32 at a time, and the target with the first of them.
  let early: string[] = []
  let target = ''
  parser[LLHTTP.kOnHeaders] = (...args: unknown[]) => {
    const [fields, url] = args as [string[], string]
    early.push(...fields)
    target += url
  }
  parser[LLHTTP.kOnHeadersComplete] = (...args: unknown[]): number => {
    const [, , fields = early, method, url = target, status, reason] = args as Arguments
    const isRequest = kind === 'request'
    listener.head({
      first: isRequest ? (methods[method] ?? '') : String(status),
      second: isRequest ? url : reason,
      fields,
    })
    if (fields === early) [early, target] = [[], '']
    return 0
  }
  parser[LLHTTP.kOnBody] = (...args: unknown[]) => listener.content((args as [Buffer])[0].length)
  parser[LLHTTP.kOnMessageComplete] = () => {}
  return { parse: (bytes) => demandNumber(parser.execute(bytes)) }
}

interface ScriptHead {
  readonly headers: string[]
  readonly method: number
  readonly url: string
  readonly statusCode: number
  readonly statusMessage: string
}

/** http-parser-js. */
export function script(kind: 'request' | 'response', listener: Listener): Rival {
  const parser = new SCRIPT(kind === 'request' ? SCRIPT.REQUEST : SCRIPT.RESPONSE)
  parser[SCRIPT.kOnHeadersComplete] = (...args: unknown[]): number => {
    const [head] = args as [ScriptHead]
    const isRequest = kind === 'request'
    const first = isRequest ? (SCRIPT.methods?.[head.method] ?? '') : String(head.statusCode)
    listener.head({ first, second: isRequest ? head.url : head.statusMessage, fields: head.headers })
    return 0
  }
  parser[SCRIPT.kOnBody] = (...args: unknown[]) => listener.content((args as [Buffer, number, number])[2])
  parser[SCRIPT.kOnMessageComplete] = () => {}
  return { parse: (bytes) => demandNumber(parser.execute(bytes)) }
}

function demandNumber(answer: number | Error): void {
  if (typeof answer !== 'number') throw answer
}
