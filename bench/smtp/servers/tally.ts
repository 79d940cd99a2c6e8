/** What a server under test has seen, told at its end: a figure of a server that has lost a message counts for nothing. */
import { readFileSync, writeFileSync } from 'node:fs'

/** Messages, and octets of all of them. */
export interface Tally {
  messages: number
  octets: number
}

/** A tally that is written to a file when this process is ended. */
export function tellAtEnd(file: string): Tally {
  const tally: Tally = { messages: 0, octets: 0 }
  process.on('SIGTERM', () => {
    writeFileSync(file, JSON.stringify(tally))
    process.exit()
  })
  return tally
}

/** What was told. */
export function told(file: string): Tally {
  return JSON.parse(readFileSync(file, 'utf8')) as Tally
}
