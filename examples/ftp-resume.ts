/** A download that goes on where it was: the server goes away twice in the middle of it, and the file is whole all the same. */
import { createHash, randomBytes } from 'node:crypto'
import { mkdtemp, open, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { connect, disk, FtpReplyError, rateLimited, serve } from 'wireline/ftp'
import type { Server } from 'wireline/ftp'
import { NetError } from 'wireline/net'

const PASSING = ['NET_TIMEOUT', 'NET_CLOSED', 'NET_CONNECT']
/** What may be over by the next time: a connection that was lost, and whatever a server answers with 4yz (RFC 959 §4.2.1). */
function isPassing(error: unknown): error is NetError {
  if (error instanceof FtpReplyError) return error.isTransient
  return error instanceof NetError && PASSING.includes(error.code)
}

/** Downloads into a file. What of it is there already is not asked for again, and what breaks off is gone on with a little later. */
async function download(url: string, path: string, file: string, attempts = 10): Promise<void> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await goOn(url, path, file)
    } catch (error) {
      if (!isPassing(error) || attempt === attempts) throw error
      await setTimeout(2 ** attempt * 10)
    }
  }
}

/** What the server's file was when the first octet came: half of one file and half of another would be neither. */
let version: string | undefined

/** One attempt. Where the file is another by now, from the beginning. */
async function goOn(url: string, path: string, file: string): Promise<void> {
  const ftp = await connect(url, { timeouts: { replyMs: 5_000, stallMs: 5_000 } })
  const handle = await open(file, 'a')
  try {
    const { size, modified } = await ftp.stat(path)
    const found = `${size} octets of ${modified?.toISOString()}`
    if (version !== found) await handle.truncate()
    version = found
    const { size: from } = await handle.stat()
    console.log(from === 0 ? 'from the beginning' : 'from where it was')
    for await (const chunk of await ftp.get(path, { from })) await handle.appendFile(chunk)
    await ftp.quit()
  } finally {
    ftp.destroy()
    await handle.close()
  }
}

// The server, with a file that takes its time.
const folder = await mkdtemp(join(tmpdir(), 'wireline-resume-'))
await writeFile(join(folder, 'big.bin'), randomBytes(4_000_000))
const start = (port = 0): Promise<Server> =>
  serve({ port }, { login: () => rateLimited(disk(folder), { readBytesPerSecond: 8_000_000 }) })
let server = await start()
const { url } = server

// The trouble: twice the server is stopped in the middle, lets nobody finish, and is started again.
async function trouble(): Promise<void> {
  for (const octets of [1_000_000, 2_000_000]) {
    while ((await stat(file)).size < octets) await setTimeout(10)
    await server.close({ graceMs: 1 })
    server = await start(Number(new URL(url).port))
  }
}

const file = join(folder, 'copy.bin')
await writeFile(file, '')
await Promise.all([download(url, '/big.bin', file), trouble()])

// Whether it is the same is for the digest to say: the server's own, and ours of what lies on the disk.
const ftp = await connect(url)
const { algorithm, hex } = await ftp.hash('/big.bin', { algorithm: 'SHA-256' })
const ours = createHash('sha256')
  .update(await readFile(file))
  .digest('hex')
console.log(algorithm, hex === ours ? 'is right' : 'is wrong')
await ftp.quit()
await Promise.all([server.close(), rm(folder, { recursive: true })])
