/**
 * What a server computes of a file: HASH of draft-bryan-ftpext-hash, and the commands that servers had before it (XCRC, XMD5, XSHA...),
 * which no RFC has. Which a server knows stands in its features.
 *
 *     HASH a.bin        213 SHA-256 0-49 6dcd4ce23d88e2ee9568ba546c007c63d9131c1b a.bin
 *     XMD5 a.bin        250 202cb962ac59075b964b07152d234b70
 */
import { HEX_VALUE } from '../net/ascii.ts'
import { localError } from './errors.ts'
import type { OtherCommand } from './events.ts'
import type { Features } from './features.ts'

/** What can be computed, by the names of HASH. */
export type HashAlgorithm = 'SHA-512' | 'SHA-256' | 'SHA-1' | 'MD5' | 'CRC32'

/** The strongest first; how many digits each has, and the commands that compute it without HASH. */
const ALGORITHMS: Readonly<Record<HashAlgorithm, { readonly digits: number; readonly verbs: readonly string[] }>> = {
  'SHA-512': { digits: 128, verbs: ['XSHA512'] },
  'SHA-256': { digits: 64, verbs: ['XSHA256'] },
  'SHA-1': { digits: 40, verbs: ['XSHA1', 'XSHA'] },
  MD5: { digits: 32, verbs: ['XMD5', 'MD5'] },
  CRC32: { digits: 8, verbs: ['XCRC'] },
}

/** What a server says of a file's octets. */
export interface FileHash {
  /** What it computed. */
  readonly algorithm: HashAlgorithm
  /** In hexadecimal, lower case, with all its digits. */
  readonly hex: string
}

/** How to have one computed: what to ask first, if anything, and what then. */
export interface HashPlan {
  /** What is computed. */
  readonly algorithm: HashAlgorithm
  /** Tells HASH which, where it would compute another. */
  readonly select: OtherCommand | undefined
  /** Computes it. */
  readonly command: OtherCommand
}

/**
 * How to have `algorithm` computed, or the strongest that the server knows. Throws an `FtpError` `FTP_FEATURE_MISSING` with side `local` where
 * it names none.
 */
export function planHash(features: Features, path: string, algorithm?: HashAlgorithm): HashPlan {
  const wanted = algorithm === undefined ? (Object.keys(ALGORITHMS) as HashAlgorithm[]) : [algorithm]
  // FEAT: `HASH SHA-256*;SHA-1;MD5`, the one that is in force with a star.
  const offered = (features.get('HASH') ?? '').split(';')
  for (const each of wanted) {
    const isSelected = offered.includes(`${each}*`)
    if (isSelected || offered.includes(each)) {
      const select = { type: 'otherCommand', verb: 'OPTS', argument: `HASH ${each}` } as const
      return {
        algorithm: each,
        select: isSelected ? undefined : select,
        command: { type: 'otherCommand', verb: 'HASH', argument: path },
      }
    }
    const verb = ALGORITHMS[each].verbs.find((name) => features.has(name))
    if (verb !== undefined)
      return { algorithm: each, select: undefined, command: { type: 'otherCommand', verb, argument: path } }
  }
  throw localError('FTP_FEATURE_MISSING', algorithm ?? 'HASH')
}

/** The digits in a reply's text: the first word that is as long as they are, and hexadecimal. The name behind it may look like anything. */
export function parseHash(text: string, algorithm: HashAlgorithm): FileHash | undefined {
  const { digits } = ALGORITHMS[algorithm]
  // Before CRC32's zeros some servers stop writing.
  const isHash = (word: string): boolean =>
    isHex(word) && (word.length === digits || (algorithm === 'CRC32' && word.length < digits))
  const hex = text.split(' ').find(isHash)
  return hex === undefined ? undefined : { algorithm, hex: hex.toLowerCase().padStart(digits, '0') }
}

function isHex(word: string): boolean {
  for (let index = 0; index < word.length; index++) if ((HEX_VALUE[word.charCodeAt(index)] ?? 255) > 15) return false
  return word !== ''
}
