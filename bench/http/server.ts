/** Servers of HTTP: small answers, alone and pipelined, an echo, and a large answer. */
import { startScript } from '../processes.ts'
import type { Contender, RoundCase, Suite } from '../suite.ts'
import { wrk } from './loads/wrk.ts'
import type { Load } from './loads/wrk.ts'
import { HELLO, JSON_TYPE, LARGE, TEXT } from './servers/answers.ts'

/** The scripts in `servers`, by the names of the contenders. */
const SERVERS = {
  wireline: 'wireline',
  'wireline, fetch handler': 'wireline-fetch',
  'node:http': 'node',
  fastify: 'fastify',
  'bare socket': 'bare',
} as const

type Name = keyof typeof SERVERS

/** What is asked for, again and again, and what has to come. */
interface Work {
  readonly path: string
  readonly type: string
  readonly sent?: string
  readonly content: string
  readonly load?: Load
}

const GET_HELLO: Work = { path: '', type: TEXT, content: HELLO }
const GET_LARGE: Work = { path: 'large', type: TEXT, content: LARGE.toString('latin1') }
const MESSAGE = JSON.stringify({ text: 'x'.repeat(1013) })
const ECHO: Work = { path: 'echo', type: JSON_TYPE, sent: MESSAGE, content: MESSAGE, load: 'echo.lua' }

async function start(name: Name, work: Work): Promise<Contender> {
  const server = await startScript(new URL(`./servers/${SERVERS[name]}.js`, import.meta.url))
  const url = `http://127.0.0.1:${server.port}/${work.path}`
  try {
    await prove(url, work)
  } catch (error) {
    await server.stop()
    throw error
  }
  return { round: (seconds) => wrk(url, seconds, work.load), stop: server.stop }
}

/** Shows that the answer is the one that all have to give. */
async function prove(url: string, { type, sent, content }: Work): Promise<void> {
  const init = sent === undefined ? {} : { method: 'POST', headers: { 'content-type': type }, body: sent }
  const response = await fetch(url, init)
  const text = await response.text()
  const isSame = response.status === 200 && response.headers.get('content-type')?.startsWith(type) === true
  if (!isSame || text !== content) throw new Error(`${url} answers something else: ${response.status} ${text}`)
}

function contenders(names: readonly Name[], work: Work): RoundCase['contenders'] {
  return Object.fromEntries(names.map((name) => [name, () => start(name, work)]))
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
        { contender: 'wireline', rival: 'bare socket', atLeast: 0.85 },
      ],
    },
    {
      ...COMMON,
      name: 'answers of 13 octets, 16 pipelined',
      contenders: contenders(ALL, { ...GET_HELLO, load: 'pipelined.lua' }),
      goals: [{ contender: 'wireline', rival: 'node:http', atLeast: 8 }],
    },
    { ...COMMON, name: 'a kibibyte of JSON, echoed', contenders: contenders(WITHOUT_BARE, ECHO) },
    { ...COMMON, name: 'answers of 64 KiB', contenders: contenders(WITHOUT_BARE, GET_LARGE) },
  ],
}
