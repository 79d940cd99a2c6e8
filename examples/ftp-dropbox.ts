/**
 * A drop box: who knows the password leaves files in a folder of their own, and sees none, not even those:
 *
 *     DROP_PASSWORD=secret npx tsx examples/ftp-dropbox.ts [folder] [port]
 *
 * Ctrl-C lets uploads finish.
 */
import { createHash, timingSafeEqual } from 'node:crypto'
import { mkdir } from 'node:fs/promises'
import * as ftp from 'wireline/ftp'

const folder = process.argv[2] ?? 'drop'
await mkdir(folder, { recursive: true })
await ftp.sweep(folder) // what uploads have left whose process was killed

// One quota for all: whoever shares the object shares the room. Nobody can fill the disk by being slow or by being many.
const box = ftp.quota(ftp.disk(folder), { maxBytes: 1_000_000_000, maxFiles: 10_000 })
const password = process.env['DROP_PASSWORD'] ?? ''

const server = await ftp.serve(
  { port: Number(process.argv[3] ?? 2121), limits: { maxSessionsPerUser: 10 } },
  { login, transfer: (event) => console.log(ftp.writeXferlogLine(event)) },
)
console.log(`the drop box is at ${server.url}`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close({ graceMs: 10_000 }))

async function login(login: ftp.Login): Promise<ftp.LoginResult> {
  if (password === '' || !isEqual(login.password, password) || !ftp.isName(login.user)) return undefined
  await box.makeDirectory([login.user]).catch((error: unknown) => {
    if (!(error instanceof ftp.StorageError && error.reason === 'exists')) throw error
  })
  return ftp.restricted(ftp.rooted(box, [login.user]), mayDrop)
}

/** The root may be looked at, and is empty to everybody, since nothing in it may; a file may come into it, and that is all. */
function mayDrop(operation: ftp.Operation, path: ftp.VirtualPath): boolean {
  if (path.length === 0) return operation === 'stat' || operation === 'list'
  return path.length === 1 && (operation === 'replace' || operation === 'create')
}

/** Compares in a time that says nothing of where the two differ. */
function isEqual(one: string, other: string): boolean {
  const [a, b] = [one, other].map((text) => createHash('sha256').update(text).digest())
  return a !== undefined && b !== undefined && timingSafeEqual(a, b)
}
