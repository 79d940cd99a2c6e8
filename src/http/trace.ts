/**
 * Transcripts of HTTP: heads line by line, content counted, credentials masked. The lines of a received head are written anew
 * from its event, those of a sent one are read off its octets.
 */
import { asBuffer } from '../net/bytes.ts'
import type { Transcript } from '../net/transcript.ts'
import type { Tracer } from './connection.ts'
import type { ClientIn, ClientOut, ServerIn, ServerOut } from './events.ts'
import type { FieldLines } from './fields.ts'
import { isSameName } from './grammar.ts'
import type { Answer } from './machine.ts'

/** Fields whose values are nobody else's business. */
const SECRET = ['authorization', 'proxy-authorization', 'cookie', 'set-cookie']

/** A server's tracer. */
export interface ServerTracer extends Tracer<ServerIn, ServerOut> {
  /** A whole answer of ours. */
  answered(answer: Answer): void
}

/** A tracer that writes a server's transcript; `undefined` without one. */
export function serverTracer(transcript: Transcript | undefined): ServerTracer | undefined {
  if (transcript === undefined) return undefined
  return {
    received: (event) => traceReceived(transcript, 'C', event),
    sent: (event, slices) => traceSent(transcript, 'S', event, slices),
    answered: ({ head, octets }) => {
      traceHead(transcript, 'S', head)
      transcript.content('S', octets)
    },
  }
}

/** A tracer that writes a client's transcript; `undefined` without one. */
export function clientTracer(transcript: Transcript | undefined): Tracer<ClientIn, ClientOut> | undefined {
  if (transcript === undefined) return undefined
  return {
    received: (event) => traceReceived(transcript, 'S', event),
    sent: (event, slices) => traceSent(transcript, 'C', event, slices),
  }
}

function traceReceived(transcript: Transcript, side: 'C' | 'S', event: ServerIn | ClientIn): void {
  switch (event.type) {
    case 'request':
      transcript.line(side, `${event.method} ${event.target} HTTP/${event.version}`)
      return traceFields(transcript, side, event.headers)
    case 'informational':
    case 'response':
      transcript.line(side, `HTTP/${event.version} ${event.status} ${event.reason}`)
      return traceFields(transcript, side, event.headers)
    case 'content':
      return transcript.content(side, event.bytes.length)
    case 'end':
      return traceFields(transcript, side, event.trailers)
    case 'warning':
      return transcript.line(side, `(forgiven: ${event.code})`)
  }
}

function traceSent(
  transcript: Transcript,
  side: 'C' | 'S',
  event: ServerOut | ClientOut,
  slices: readonly Uint8Array[],
): void {
  switch (event.type) {
    case 'content':
      return transcript.content(side, event.bytes.length)
    case 'end':
      return event.trailers === undefined ? undefined : traceFields(transcript, side, event.trailers)
    default:
      return traceHead(transcript, side, slices.map(asBuffer).join(''))
  }
}

function traceHead(transcript: Transcript, side: 'C' | 'S', head: string): void {
  const [startLine = '', ...lines] = head.split('\r\n')
  transcript.line(side, startLine)
  for (const line of lines) if (line !== '') traceField(transcript, side, line.slice(0, line.indexOf(':')), line)
}

function traceFields(transcript: Transcript, side: 'C' | 'S', lines: FieldLines): void {
  for (const [name, value] of lines) traceField(transcript, side, name, `${name}: ${value}`)
}

function traceField(transcript: Transcript, side: 'C' | 'S', name: string, line: string): void {
  if (SECRET.some((secret) => isSameName(name, secret))) transcript.secret(side, `${name}:`)
  else transcript.line(side, line)
}
