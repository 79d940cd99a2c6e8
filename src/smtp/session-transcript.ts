/** A session as a transcript has it: each command and each reply as a line, and of AUTH only that it was there. */
import { upperAscii } from '../net/ascii.ts'
import { asBuffer } from '../net/bytes.ts'
import type { Transcript } from '../net/transcript.ts'
import type { ServerState } from './states.ts'

/** Writes a command down that was read in this state. What AUTH carries is nobody's business, and neither is what was meant for it. */
export function writeDownCommand(transcript: Transcript, line: string, state: ServerState): void {
  const [verb = '', mechanism] = line.split(' ')
  if (state === 'auth') transcript.secret('C', '')
  else if (upperAscii(verb) !== 'AUTH') transcript.line('C', line)
  else if (mechanism === undefined) transcript.line('C', verb)
  else transcript.secret('C', `${verb} ${mechanism}`)
}

/** Writes replies down, a line for each of theirs. A challenge may hold what others could try passwords against. */
export function writeDownReplies(transcript: Transcript, slices: readonly Uint8Array[]): void {
  for (const slice of slices) {
    for (const line of asBuffer(slice).toString('latin1').split('\r\n').slice(0, -1)) {
      if (line.startsWith('334 ')) transcript.secret('S', '334')
      else transcript.line('S', line)
    }
  }
}
