/** The laws of `src/net/machine.ts` for HTTP/1.1, at both ends. */
import { describe } from 'vitest'
import { DEFAULT_LIMITS, STRICT, type Leniency } from '../../src/http/limits.ts'
import { ServerMachine } from '../../src/http/machine.ts'
import { CLIENT, JOINT, SERVER } from '../../src/http/states.ts'
import type { Table } from '../../src/net/table.ts'
import {
  ASKED,
  departures,
  exchanges,
  hostileDeparture,
  hostileExchange,
  MARKS,
  requestOctets,
  responseOctets,
} from '../support/arbitraries/http.ts'
import { conversationLaws, endless, keeps, machineLaws, tableLaw } from '../support/laws.ts'
import { HTTP_CLIENT, HTTP_SERVER } from '../support/roles/http.ts'

const { maxHeadBytes, maxTrailerBytes } = DEFAULT_LIMITS
const FORGIVING = Object.fromEntries(Object.keys(STRICT).map((name) => [name, true])) as Partial<Leniency>
const POST = 'POST / HTTP/1.1\r\nHost: a\r\n'
const CHUNKED = 'Transfer-Encoding: chunked\r\n\r\n'

describe('HTTP server', () => {
  keeps(
    machineLaws({
      ...HTTP_SERVER,
      input: requestOctets,
      marks: MARKS,
      maxBufferedBytes: maxHeadBytes + maxTrailerBytes,
      maxWorkPerByte: 4,
      deadly: [' / HTTP/1.1\r\n', 'GET / HTTP/1.1\r\nHost : a\r\n\r\n', POST],
      endless: [
        endless('a request line without an end', 'GET /', 'a'),
        endless('a method without an end', '', 'A'),
        endless('empty lines without an end', '', '\r\n'),
        endless('a field without an end', 'GET / HTTP/1.1\r\nX: ', 'a'),
        endless('fields without an end', 'GET / HTTP/1.1\r\n', 'X: y\r\n'),
        endless('long fields without an end', 'GET / HTTP/1.1\r\n', `X: ${'y'.repeat(8000)}\r\n`),
        endless('a body of a thousand gigabytes', `${POST}Content-Length: 1099511627776\r\n\r\n`, 'a'),
        endless('chunks of one octet', POST + CHUNKED, '1\r\na\r\n'),
        endless('one chunk', `${POST}${CHUNKED}7fffffff\r\n`, 'a'),
        endless('zeros in front of a size', POST + CHUNKED, '0'),
        endless('an extension without an end', `${POST}${CHUNKED}1;`, 'a'),
        endless('trailers without an end', `${POST}${CHUNKED}0\r\n`, 'X: y\r\n'),
        endless('one request behind the other', '', 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'),
      ],
      last: Buffer.from('CONNECT a:443 HTTP/1.1\r\nHost: a:443\r\n\r\n'),
    }),
  )
})

describe('HTTP server that forgives all it can', () => {
  keeps(
    machineLaws({
      ...HTTP_SERVER,
      create: () => new ServerMachine({ leniency: FORGIVING }),
      input: requestOctets,
      marks: [...MARKS, '\n', '\n\n', '\n '],
      maxBufferedBytes: maxHeadBytes + maxTrailerBytes,
      maxWorkPerByte: 4,
      deadly: ['\0', POST],
      endless: [
        endless('folds without an end', 'GET / HTTP/1.1\nX: y\n', ' z\n'),
        endless('empty lines without an end', '', '\n'),
        endless('equal lengths without an end', POST, 'Content-Length: 5\n'),
      ],
    }),
  )
})

describe('HTTP client', () => {
  keeps(
    machineLaws({
      ...HTTP_CLIENT,
      script: ASKED,
      input: responseOctets,
      marks: MARKS,
      maxBufferedBytes: maxHeadBytes + maxTrailerBytes,
      maxWorkPerByte: 4,
      deadly: ['SMTP\r\n', 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nabc'],
      endless: [
        endless('a status line without an end', 'HTTP/1.1 200 ', 'a'),
        endless('fields without an end', 'HTTP/1.1 200 OK\r\n', 'X: y\r\n'),
        endless('folds without an end', 'HTTP/1.1 200 OK\r\nX: y\r\n', ' z\r\n'),
        endless('interim responses without an end', '', 'HTTP/1.1 100 Continue\r\n\r\n'),
        endless('a body without an end', 'HTTP/1.1 200 OK\r\n\r\n', 'a'),
        endless('chunks of one octet', `HTTP/1.1 200 OK\r\n${CHUNKED}`, '1\r\na\r\n'),
        endless('responses that nobody asked for', '', 'HTTP/1.1 204 No Content\r\n\r\n'),
      ],
    }),
  )
})

describe('HTTP client and server', () => {
  keeps(
    conversationLaws({
      client: HTTP_CLIENT,
      server: HTTP_SERVER,
      scripts: exchanges,
      hostile: hostileExchange,
      rest: { client: ['idle'], server: ['idle'] },
    }),
  )
})

describe('HTTP client and server that go over to another protocol', () => {
  keeps(
    conversationLaws({
      client: HTTP_CLIENT,
      server: HTTP_SERVER,
      scripts: departures,
      hostile: hostileDeparture,
      rest: { client: ['switched'], server: ['switched'] },
    }),
  )
})

describe('HTTP tables', () => {
  keeps([
    tableLaw('CLIENT', joined('client', CLIENT), 'idle', ['closed', 'error', 'switched']),
    tableLaw('SERVER', joined('server', SERVER), 'idle', ['closed', 'error', 'switched']),
  ])
})

/** A peer's table with what the joint rules add to it: how the other peer moves this one. */
function joined<State extends string>(peer: 'client' | 'server', table: Table<State, string>): Table<State, string> {
  const moves = (state: State): { readonly [event: string]: State } => {
    const rules = JOINT.filter(
      (rule) => rule.then[peer] !== undefined && (rule[peer] as readonly string[]).includes(state),
    )
    return Object.fromEntries(rules.map((rule, number) => [`joint ${number}`, rule.then[peer] as State]))
  }
  const states = Object.keys(table) as State[]
  return Object.fromEntries(states.map((state) => [state, { ...table[state], ...moves(state) }])) as Table<
    State,
    string
  >
}
