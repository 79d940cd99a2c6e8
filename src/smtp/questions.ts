/** Which handler decides about a command, what it is told, and how it says no. What nobody decides is answered by the machine. */
import type { Envelope } from './transaction.ts'
import type { Command, Reply } from './events.ts'
import { REFUSALS } from './handlers.ts'
import type { ServerHandlers, Verdict } from './handlers.ts'
import type { Peer } from './peer.ts'

/** A question to the program. */
export interface Question {
  /** Puts it. */
  readonly ask: () => Verdict | Promise<Verdict>
  /** What `false` means. */
  readonly no: Reply
}

/** The question that a command raises; `undefined` where there is no handler for it. */
export function questionOf(
  command: Command,
  handlers: ServerHandlers,
  peer: Peer,
  envelope: Envelope | undefined,
): Question | undefined {
  const { mail, rcpt, vrfy, expn, etrn } = handlers
  switch (command.type) {
    case 'mail': {
      const { path, parameters } = command
      return mail && { ask: () => mail({ peer, path, parameters }), no: REFUSALS.mail }
    }
    case 'rcpt': {
      const { path, parameters } = command
      // The bare postmaster is taken without asking (RFC 5321 §4.5.1).
      if (rcpt === undefined || envelope === undefined || path.domain === '') return undefined
      return { ask: () => rcpt({ peer, path, parameters, envelope }), no: REFUSALS.rcpt }
    }
    case 'vrfy':
      return vrfy && { ask: () => vrfy({ peer, argument: command.argument }), no: REFUSALS.vrfy }
    case 'expn':
      return expn && { ask: () => expn({ peer, argument: command.argument }), no: REFUSALS.expn }
    case 'etrn':
      return etrn && { ask: () => etrn({ peer, argument: command.argument }), no: REFUSALS.etrn }
    default:
      return undefined
  }
}
