/**
 * HASH, and XCRC and its kin: what a file's octets hash to, so that a transfer can be checked.
 *
 *     C: OPTS HASH SHA-512     S: 200 SHA-512
 *     C: RANG 0 99             S: 350 The next transfer is octets 0 to 99
 *     C: HASH a.bin            S: 213 SHA-512 0-99 4f1c... a.bin
 *     C: XSHA256 "a.bin"       S: 250 9b74...
 *
 * Somebody has to read the whole file for each of them, and it is not the client (A18): how many may be under way at once and how many
 * octets one may have is limited, and nothing is read for a client that has gone.
 *
 * draft-bryan-ftpext-hash-02, draft-bryan-ftp-range-08.
 */
import { createHash } from 'node:crypto'
import { crc32 } from 'node:zlib'
import { ClosedError } from '../../net/errors.ts'
import type { ByteRange, HashedPath } from '../extensions.ts'
import { ALGORITHMS, type HashName } from '../hash-names.ts'
import type { VirtualPath } from '../path.ts'
import { Refusal } from '../refusal.ts'
import type { ServerSession } from '../session.ts'
import { StorageError } from '../storage/storage.ts'
import type { VerbHandlers } from './verbs.ts'

/** HASH and the old family. */
export const HASHES: VerbHandlers<'HASH' | 'XCRC' | 'XMD5' | 'XSHA1' | 'XSHA256' | 'XSHA512'> = {
  /** The octets that RANG has selected, or all; the reply says which they are, both ends included. */
  async HASH(session, text) {
    const { hash, machine } = session
    const { range } = machine
    const { hex, last } = await hashOf(session, hash, session.resolve(text), range)
    await session.reply('HASH', 213, `${hash} ${range.from}-${last} ${hex} ${text}`)
  },

  XCRC: (session, target) => answerHash(session, 'XCRC', 'CRC32', target),
  XMD5: (session, target) => answerHash(session, 'XMD5', 'MD5', target),
  XSHA1: (session, target) => answerHash(session, 'XSHA1', 'SHA-1', target),
  XSHA256: (session, target) => answerHash(session, 'XSHA256', 'SHA-256', target),
  XSHA512: (session, target) => answerHash(session, 'XSHA512', 'SHA-512', target),
}

/** A command of the old family. */
async function answerHash(
  session: ServerSession,
  verb: 'XCRC' | 'XMD5' | 'XSHA1' | 'XSHA256' | 'XSHA512',
  name: HashName,
  { path, range }: HashedPath,
): Promise<void> {
  const { hex } = await hashOf(session, name, session.resolve(path), range)
  await session.reply(verb, 250, hex)
}

/** The hash of a range, and the index of its last octet. */
async function hashOf(
  session: ServerSession,
  name: HashName,
  path: VirtualPath,
  { from, to }: ByteRange,
): Promise<{ readonly hex: string; readonly last: number }> {
  const { limits, hashes } = session.context
  if (!hashes.take('all', limits.maxHashesAtOnce)) throw new StorageError('busy')
  try {
    const length = to === undefined ? Infinity : to - from + 1
    const source = await session.storage.read(path, { from, length })
    const octets = Math.min(length, source.stat.size - from)
    if (octets > limits.maxHashBytes) {
      await source.close()
      throw new Refusal([550], `At most ${limits.maxHashBytes} octets are hashed: send RANG`)
    }
    const digest = digestOf(name)
    for await (const chunk of source.lend?.() ?? source) {
      if (session.control.socket.state !== 'open') throw new ClosedError('Nobody waits for the hash any more')
      digest.update(chunk)
    }
    return { hex: digest.hex(), last: Math.max(from, from + octets - 1) }
  } finally {
    hashes.give('all')
  }
}

/** What is fed with octets and ends in hexadecimal digits. */
interface Digest {
  update(chunk: Buffer): void
  hex(): string
}

function digestOf(name: HashName): Digest {
  const algorithm = ALGORITHMS[name]
  if (algorithm !== 'crc32') {
    const hash = createHash(algorithm)
    return { update: (chunk) => void hash.update(chunk), hex: () => hash.digest('hex') }
  }
  let sum = 0
  return {
    update: (chunk) => {
      sum = crc32(chunk, sum)
    },
    hex: () => sum.toString(16).padStart(8, '0'),
  }
}
