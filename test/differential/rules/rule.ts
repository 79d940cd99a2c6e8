/** What a rule is: a reason for which Node's parser and ours part. */
import type { Difference } from '../difference.ts'

/** Octets that show a rule. */
export interface Example {
  readonly role: 'request' | 'response'
  /** The method of the request that a response answers; GET where it is not said. */
  readonly method?: string
  readonly octets: string
}

/** One reason. */
export interface Rule {
  /** A short name. */
  readonly id: string
  /** Where the sentence stands. */
  readonly rfc: string
  /** What it says, and what follows from it. */
  readonly sentence: string
  /** Who keeps the sentence; `both` where it leaves a choice, and each has made one. */
  readonly right: 'wireline' | 'node' | 'both'
  /** The first version of llhttp that no longer parts here; every one does where it is not said. */
  readonly until?: string
  /** Octets that show it, where none of the vectors do. */
  readonly example?: Example
  /** Whether this is why the two part here. */
  readonly explains: (difference: Difference) => boolean
}
