/**
 * What a file of this folder says of hot paths whose instructions are counted. The paths of a file are walked in one process, one
 * behind the other; those that share no code are kept apart, so that none moves because of another.
 */

/** A hot path: one piece of work, done over and over with the same parser, as a connection does it. */
export interface Path {
  /** Does it once: what it found. */
  readonly work: () => number
  /** What it has to find, so that nothing is counted that is not done. */
  readonly finds: number
  /** How often it is done in a stretch: so often that this comes to some tens of millions of instructions. */
  readonly times: number
}

/** Paths by name: `HTTP, request head of 703 octets`. */
export type Paths = Readonly<Record<string, Path>>
