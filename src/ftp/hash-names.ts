/** The hashes that can be asked for (draft-bryan-ftpext-hash-02 §3; the names are those of IANA's registry). */

/** The names of the hashes for HASH, the best first, and what Node calls them; CRC32 is no hash to Node. */
export const ALGORITHMS = {
  'SHA-512': 'sha512',
  'SHA-256': 'sha256',
  'SHA-1': 'sha1',
  MD5: 'md5',
  CRC32: 'crc32',
} as const

/** A hash's name in HASH and OPTS HASH. */
export type HashName = keyof typeof ALGORITHMS

/** All names, in the order in which FEAT tells them. */
export const HASH_NAMES: readonly HashName[] = ['SHA-512', 'SHA-256', 'SHA-1', 'MD5', 'CRC32']

/** The hash of that name, if there is one. */
export function parseHashName(name: string): HashName | undefined {
  return HASH_NAMES.find((each) => each === name)
}
