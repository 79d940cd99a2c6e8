/** Servers of HTTP: small answers, alone and pipelined, an echo, and a large answer. */
import type { RoundCase, Suite } from '../suite.ts'
import { start } from './loads/work.ts'
import type { Work } from './loads/work.ts'
import { HELLO, JSON_TYPE, LARGE, TEXT } from './servers/answers.ts'

/** The scripts in `servers`, by the names of the contenders. */
const SERVERS = {
  wireline: 'wireline',
  'wireline, fetch handler': 'wireline-fetch',
  "wireline, fetch handler with Node's Response": 'wireline-fetch',
  'node:http': 'node',
  fastify: 'fastify',
  'bare socket': 'bare',
} as const

type Name = keyof typeof SERVERS

/** What a script is told beside. */
const ARGS: Partial<Record<Name, readonly string[]>> = { "wireline, fetch handler with Node's Response": ['platform'] }

const GET_HELLO: Work = { path: '', type: TEXT, content: HELLO }
const GET_LARGE: Work = { path: 'large', type: TEXT, content: LARGE.toString('latin1') }
const MESSAGE = JSON.stringify({ text: 'x'.repeat(1013) })
const ECHO: Work = { path: 'echo', type: JSON_TYPE, sent: MESSAGE, content: MESSAGE, load: 'echo.lua' }

function contenders(names: readonly Name[], work: Work): RoundCase['contenders'] {
  return Object.fromEntries(names.map((name) => [name, () => start(SERVERS[name], work, ARGS[name])]))
}

const COMMON = { kind: 'round', unit: 'requests/s', better: 'more', rival: 'node:http' } as const
const ALL = Object.keys(SERVERS) as Name[]
const WITHOUT_BARE = ALL.filter((name) => name !== 'bare socket')

/** The suite. */
export const suite: Suite = {
  title: 'HTTP servers',
  about:
    'wrk with 64 connections on one core, the server on another. The bare socket reads no request: it looks for empty lines and writes octets that were made beforehand.',
  cases: [
    {
      ...COMMON,
      name: 'answers of 13 octets',
      contenders: contenders(ALL, GET_HELLO),
      goals: [
        { contender: 'wireline', rival: 'node:http', atLeast: 1.25 },
        { contender: 'wireline, fetch handler', rival: 'node:http', atLeast: 1 },
        { contender: 'wireline', rival: 'bare socket', atLeast: 0.85 },
      ],
      notes:
        'What comes in a turn of the event loop is read first, answered in a row, and written in a row, so that caches stay warm and the load is not woken up for each. The goal beside the bare socket leaves 0.7 µs of user time for all of HTTP.',
    },
    {
      ...COMMON,
      name: 'answers of 13 octets, 16 pipelined',
      contenders: contenders(ALL, { ...GET_HELLO, load: 'pipelined.lua' }),
      goals: [{ contender: 'wireline', rival: 'node:http', atLeast: 8 }],
      notes:
        'All answers of a turn are one write. What was written last is not written again where all of it is equal; see [performance.md](performance.md#http-server) for the rest.',
    },
    { ...COMMON, name: 'a kibibyte of JSON, echoed', contenders: contenders(WITHOUT_BARE, ECHO) },
    {
      ...COMMON,
      name: 'answers of 64 KiB',
      contenders: contenders(WITHOUT_BARE, GET_LARGE),
      notes:
        "An exchange writes the program's own octets. A `Response` copies them when it is made, as the standard has it: ours into memory that is used again, Node's into new memory, which keeps the garbage collector busy.",
    },
  ],
}
