/** How a server's machine is set up, and what that makes of it. */
import { parseHost } from './address.ts'
import type { Self } from './answers.ts'
import { DEFAULT_EXTENSIONS, offerable } from './extensions.ts'
import type { Circumstances, ExtensionKeyword } from './extensions.ts'
import { finite, mergeLimits } from './limits.ts'
import type { Leniency, Limits } from './limits.ts'

/** How a server's machine is set up. */
export interface ServerMachineOptions extends Partial<Omit<Circumstances, 'limits'>> {
  /** The server's own name: a domain, or an address literal (RFC 5321 §4.3.1). */
  readonly hostname: string
  /**
   * The extensions to offer. Default `DEFAULT_EXTENSIONS`; `serve` adds EXPN and ETRN where they have handlers. One that the circumstances do not allow is left out: STARTTLS and REQUIRETLS
   * by `security`, AUTH by `mechanisms`, FUTURERELEASE by `protocol` and `futureRelease`, XCLIENT and XFORWARD by `peer`.
   */
  readonly extensions?: readonly ExtensionKeyword[]
  /** Mechanisms of AUTH that would be offered under TLS: asked for now, they are refused with 538 and not with 504. */
  readonly mechanismsUnderTls?: readonly string[]
  /** What a client must have done before it is served: else its commands are answered 530. Default nothing. */
  readonly requires?: readonly ('tls' | 'authentication')[]
  /** Whether the client must be greeted first. Not over a TLS that STARTTLS has begun (RFC 3207 §4.2): `given`. Default `owed`. */
  readonly greeting?: 'owed' | 'given'
  /** Replaces some of `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>
  /** Replaces some of `STRICT`. */
  readonly leniency?: Partial<Leniency>
}

/** What was made of options that cannot change, for the next machine with the same. */
const KNOWN = new WeakMap<ServerMachineOptions, Self>()

/** What the machine knows of itself. Throws a `RangeError` where the hostname is no domain and no literal, or a limit is not finite. */
export function selfOf(options: ServerMachineOptions): Self {
  const known = KNOWN.get(options)
  if (known !== undefined) return known
  const self = Object.freeze(resolve(options))
  if (Object.isFrozen(options)) KNOWN.set(options, self)
  return self
}

function resolve(options: ServerMachineOptions): Self {
  const { hostname, extensions = DEFAULT_EXTENSIONS, mechanismsUnderTls = [], requires = [] } = options
  if (parseHost(hostname) === undefined) throw new RangeError('hostname must be a domain or an address literal')
  const circumstances = circumstancesOf(options)
  const offered = offerable(extensions, circumstances)
  // Where there is to be no AUTH at all, TLS does not bring it.
  return {
    ...circumstances,
    hostname,
    offered,
    mechanismsUnderTls: extensions.includes('AUTH') ? mechanismsUnderTls : [],
    requires,
  }
}

/** The circumstances, as far as they are given. */
function circumstancesOf(options: ServerMachineOptions): Circumstances {
  const { protocol = 'smtp', security = 'none', mechanisms = [], peer = 'stranger' } = options
  const { futureRelease, minDeliverBySeconds = 1, maxRecipientDomains } = options
  if (maxRecipientDomains !== undefined) finite({ maxRecipientDomains })
  const limits = mergeLimits(options.limits)
  return { protocol, security, mechanisms, peer, futureRelease, minDeliverBySeconds, maxRecipientDomains, limits }
}
