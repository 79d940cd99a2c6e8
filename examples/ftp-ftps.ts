/**
 * A server with users, who say their passwords under TLS and nowhere else:
 *
 *     npx tsx examples/ftp-ftps.ts key.pem cert.pem [folder] [port]
 *
 * Each user has a folder; `pub` is there for all, to read. It is TLS by AUTH; `mode: 'implicit'` would make it ftps on a port of its own.
 */
import { scrypt, timingSafeEqual } from 'node:crypto'
import { mkdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { disk, rateLimited, readOnly, serve } from 'wireline/ftp'
import type { Login, LoginResult } from 'wireline/ftp'

const [keyFile = 'key.pem', certFile = 'cert.pem', folder = 'homes', port = '2121'] = process.argv.slice(2)

/** What `scrypt(password, salt, 32)` gave: no password is kept. (These are `secret` and `hunter2`.) */
const USERS: ReadonlyMap<string, { readonly salt: string; readonly key: string }> = new Map([
  ['joe', { salt: 'c0ffee', key: '60e6a61ace063673d9ee4e97d0a7f6b491c5ecb2cc04f1dbeb22e1b1efc535a0' }],
  ['ann', { salt: 'facade', key: 'ee56dd25bca3bdc16231a2864e3fe26b7c1e111cc366a0333074b3ad3f513e9f' }],
])
const NOBODY = { salt: 'nobody', key: '00'.repeat(32) }

/** A user's own folder, or the common one. Who is nobody waits as long as anybody: the time does not tell which names there are. */
async function login({ user, password }: Login): Promise<LoginResult> {
  if (user === 'anonymous') return rateLimited(readOnly(disk(join(folder, 'pub'))), { readBytesPerSecond: 1_000_000 })
  const { salt, key } = USERS.get(user) ?? NOBODY
  const found = (await promisify(scrypt)(password, salt, 32)) as Buffer
  return timingSafeEqual(found, Buffer.from(key, 'hex')) ? disk(join(folder, user)) : undefined
}

for (const name of ['pub', ...USERS.keys()]) await mkdir(join(folder, name), { recursive: true })
const tls = { key: await readFile(keyFile), cert: await readFile(certFile) }
const server = await serve(
  // Beyond TLS itself: no login in the clear, no data in the clear, and a data connection is of whoever holds the control connection.
  { port: Number(port), tls: { ...tls, required: 'data', resumption: 'required' }, onError: console.error },
  {
    login,
    transfer: ({ user, peer, verb, path, outcome }) => console.log(user, peer.tls?.protocol, verb, path, outcome),
  },
)
console.log(`say AUTH TLS at ${server.url}`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close({ graceMs: 10_000 }))
