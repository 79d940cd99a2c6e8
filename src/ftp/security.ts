/**
 * How far the security of a control connection has come (RFC 2228 §3, RFC 4217), as data, for both its ends. A machine knows no
 * TLS: it is told when the handshake is done, and until then it takes no octet for one of the dialogue.
 *
 *     clear ──AUTH 234──> negotiating ──TLS is up──> secured ──PBSZ 200──> sized      PROT may come
 *       └──────────TLS from the first octet─────────────^ │                  │
 *                                                         └─────CCC 200──────┴──> clearing ──TLS is down──> cleared
 *
 * In `negotiating` and `clearing` the two ends have agreed on something that the octets do not show yet. What lies behind the
 * command or the reply at that moment was sent by somebody who did not know: perhaps by someone between the two, who has planted
 * it in the clear to have it obeyed inside TLS (CVE-2011-0411; A12 and A13). It ends the dialogue.
 *
 * What data connections have (PROT) is beside this: `C` at first and again behind each AUTH, whatever else happens.
 */
import type { Table } from '../net/table.ts'
import type { Phase, SecurityPhase } from './rows/row.ts'

/** The security of a control connection. */
export type SecurityState =
  /** Everything is in the clear. */
  | 'clear'
  /** AUTH was answered 234: the next octets are those of a handshake. */
  | 'negotiating'
  /** TLS is up. */
  | 'secured'
  /** TLS is up, and PBSZ has been said. */
  | 'sized'
  /** CCC was answered 200: TLS comes to its end. */
  | 'clearing'
  /** The dialogue is in the clear again, for good: there is no way back to PBSZ and PROT (RFC 4217 §5). */
  | 'cleared'

/** What moves it: replies to AUTH, PBSZ and CCC, and the beginning and the end of TLS below. */
export type SecurityEvent = 'agreed' | 'secured' | 'sized' | 'clearing' | 'cleared'

/** The security of a control connection, at either end. */
export const SECURITY: Table<SecurityState, SecurityEvent> = {
  clear: { agreed: 'negotiating', secured: 'secured' },
  negotiating: { secured: 'secured' },
  secured: { sized: 'sized', clearing: 'clearing' },
  sized: { sized: 'sized', clearing: 'clearing' },
  clearing: { cleared: 'cleared' },
  cleared: {},
}

/** How data connections are protected: `C`lear or `P`rivate. TLS knows no other level (RFC 4217 §9). */
export type Protection = 'C' | 'P'

/** What a reply means for the security; `undefined` for most. */
export function securityEventOf(verb: string, code: number): SecurityEvent | undefined {
  if (verb === 'AUTH' && code === 234) return 'agreed'
  if (code !== 200) return undefined
  if (verb === 'PBSZ') return 'sized'
  return verb === 'CCC' ? 'clearing' : undefined
}

/** In which states a command of each phase may come, and how it is refused in all others. */
const PHASES: Readonly<
  Record<SecurityPhase, { readonly in: readonly SecurityState[]; readonly code: number; readonly text: string }>
> = {
  unsecured: { in: ['clear'], code: 503, text: 'TLS has begun already' },
  secured: { in: ['secured', 'sized'], code: 503, text: 'This comes behind AUTH, and not behind CCC' },
  sized: { in: ['sized'], code: 503, text: 'This comes behind PBSZ, and not behind CCC' },
  clearable: { in: ['secured', 'sized'], code: 533, text: 'There is no TLS to be ended' },
}

/** Whether a phase is one of security. */
export function isSecurityPhase(phase: Phase): phase is SecurityPhase {
  return Object.hasOwn(PHASES, phase)
}

/** How a command of this phase is refused in this state; `undefined` where it may come (RFC 2228 §3, RFC 4217 §5). */
export function untimelyIn(
  state: SecurityState,
  phase: SecurityPhase,
): { readonly code: number; readonly text: string } | undefined {
  const { in: states, code, text } = PHASES[phase]
  return states.includes(state) ? undefined : { code, text }
}

/** Whether the octets to come are none of the dialogue, but belong to TLS. */
export function isChanging(state: SecurityState): boolean {
  return state === 'negotiating' || state === 'clearing'
}
