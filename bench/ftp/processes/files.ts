/** The files that are carried: in memory, where the machine has a file system there, so that no disk is measured. */
import { createHash, randomBytes } from 'node:crypto'
import { closeSync, existsSync, mkdtempSync, openSync, rmSync, statfsSync, writeFileSync, writeSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Cargo } from './neutral-client.ts'

/** A file of the folder. */
export interface File {
  readonly name: string
  readonly octets: number
}

export const LARGE: File = { name: 'large.bin', octets: 512 * 1024 * 1024 }
export const TINY: File = { name: 'tiny.bin', octets: 100 }
/** What is uploaded, and removed again. */
export const UPLOAD = 'upload.bin'

/** The content of the large file. A prime number of octets, again and again: none can be missed, doubled or exchanged unseen. */
export function cargo(): Cargo {
  return { buffer: Buffer.alloc(1_000_003, 'octets that are carried and never looked at, '), octets: LARGE.octets }
}

/** A cargo, piece by piece. */
export function* pieces({ buffer, octets }: Cargo): Generator<Buffer> {
  for (let left = octets; left > 0; left -= buffer.length) yield buffer.subarray(0, Math.min(left, buffer.length))
}

/** A folder with the files. */
export interface Folder {
  readonly root: string
  /** Of the large file. */
  readonly sha256: string
}

let made: Folder | undefined

/** The folder of this process, made when it is first asked for and gone when the process is. */
export function folder(): Folder {
  return (made ??= makeFolder())
}

function makeFolder(): Folder {
  const place = existsSync('/dev/shm') ? '/dev/shm' : tmpdir()
  const { bavail, bsize } = statfsSync(place)
  // The file, and what is uploaded beside it.
  if (bavail * bsize < 3 * LARGE.octets) throw new Error(`there is no room in ${place}`)
  const root = mkdtempSync(join(place, 'wireline-bench-'))
  process.once('exit', () => rmSync(root, { recursive: true }))
  const sum = createHash('sha256')
  const file = openSync(join(root, LARGE.name), 'w')
  for (const piece of pieces(cargo())) {
    sum.update(piece)
    writeSync(file, piece)
  }
  closeSync(file)
  writeFileSync(join(root, TINY.name), randomBytes(TINY.octets))
  return { root, sha256: sum.digest('hex') }
}
