/** What the clients of the benchmark do, and what they have to get for it. */

/** The content of nearly every answer: 13 octets. */
export const GREETING = 'Hello, world!'
/** The content of an upload. */
export const UPLOAD: Buffer = patterned(65_536)
/** The content of a long answer. */
export const DOWNLOAD: Buffer = patterned(1_048_576)

/** What is done over and over. */
export type Work = 'get' | 'upload' | 'download'

/** A client under test: each call is one request and all of its answer. */
export interface Asking {
  /** GET of a short answer, as text. */
  readonly get: (url: string) => Promise<string>
  /** PUT of `UPLOAD`, and the short answer to it. */
  readonly upload: (url: string, content: Buffer) => Promise<string>
  /** GET of a long answer, in one piece. */
  readonly download: (url: string) => Promise<Uint8Array>
}

/** What a round came to. */
export interface Round {
  readonly requests: number
  readonly seconds: number
  /** Of CPU time, user's and system's, all threads. */
  readonly cpuMicroseconds: number
}

function patterned(length: number): Buffer {
  return Buffer.from(Uint8Array.from({ length }, (_, index) => (index * 31) & 0xff))
}
