/**
 * A file of 512 MiB in memory, downloaded from and uploaded to servers on one core by a client on the other. The client is the same for all
 * of them and looks at no octet, so that it is not what bounds them. Each server has to have sent, or kept, the very
 * file before it is timed.
 */
import { strictEqual } from 'node:assert'
import { createHash } from 'node:crypto'
import { once } from 'node:events'
import { createReadStream, rmSync } from 'node:fs'
import { connect } from 'node:net'
import { join } from 'node:path'
import { startScript } from '../processes.ts'
import type { Running } from '../processes.ts'
import type { Contender, Suite } from '../suite.ts'
import { cargo, folder, LARGE, UPLOAD } from './processes/files.ts'
import { NeutralClient, sendAll } from './processes/neutral-client.ts'
import { FTP_SRV, PYFTPDLIB, script, underLoad, VSFTPD, WIRELINE } from './servers.ts'
import type { FtpServer } from './servers.ts'

function downloads({ user, start }: FtpServer): () => Promise<Contender> {
  return async () => {
    const running = await start(folder().root)
    const client = await NeutralClient.login(running.port, user)
    const sum = createHash('sha256')
    strictEqual(await client.retrieve(LARGE.name, (octets) => sum.update(octets)), LARGE.octets)
    strictEqual(sum.digest('hex'), folder().sha256)
    await client.quit()
    return underLoad(running, 'retrieve', user)
  }
}

function uploads({ user, start }: FtpServer): () => Promise<Contender> {
  return async () => {
    const running = await start(folder().root)
    const client = await NeutralClient.login(running.port, user)
    await client.store(UPLOAD, cargo())
    await client.quit()
    await isWhole(UPLOAD)
    return underLoad(running, 'store', user)
  }
}

/** No FTP at all: what comes is piped into a file. */
async function pipe(): Promise<Contender> {
  const running: Running = await startScript(script('pipe'), [folder().root])
  const socket = connect(running.port, '127.0.0.1').resume()
  await sendAll(socket, cargo())
  await once(socket, 'close')
  await isWhole('pipe.bin')
  return underLoad(running, 'pipe', 'nobody')
}

/** Checks an upload, and removes it. */
async function isWhole(name: string): Promise<void> {
  const path = join(folder().root, name)
  const sum = createHash('sha256')
  for await (const chunk of createReadStream(path, { highWaterMark: 1024 * 1024 })) sum.update(chunk as Buffer)
  strictEqual(sum.digest('hex'), folder().sha256)
  rmSync(path)
}

const DOWNLOAD_NOTES =
  'Of the CPU that a GiB takes (500 ms) the socket alone takes 300, one copy out of the page cache the rest; vsftpd and pyftpdlib let the ' +
  'kernel make none (sendfile), which Node does not offer. Tried: chunks of 64 KiB to 1 MiB, callbacks, nothing ahead, `readSync`.'

const UPLOAD_NOTES =
  'Bounded by CPU: of the 735 ms that a GiB takes, vsftpd takes 550, which receives into one buffer that never leaves the first caches and ' +
  'writes it in the same thread. Node receives into new memory and writes in another thread. With buffers of our own, for which Node has no public ' +
  'way on servers, it would be 640; `writeSync` takes 735. Ours syncs, renames and syncs again before 226; in memory that costs nothing. ' +
  'An upload is removed on the core that made it before the next one begins: in a virtual machine whoever gets memory that the host has to ' +
  'bring first pays for that, 1 s of system time for 512 MiB.'

/** The cases. */
export const suite: Suite = {
  title: 'FTP transfers',
  about:
    'Servers on one core, a client of our own on the other: the same for all, it reads into one buffer that it does not look at. Every file was compared by its checksum before.',
  cases: [
    {
      kind: 'round',
      name: 'RETR of 512 MiB',
      unit: 'GB/s',
      better: 'more',
      rival: 'ftp-srv',
      goals: [
        { contender: 'wireline', rival: 'ftp-srv', atLeast: 2 },
        { contender: 'wireline', rival: 'vsftpd', atLeast: 1 },
      ],
      notes: DOWNLOAD_NOTES,
      contenders: {
        wireline: downloads(WIRELINE),
        'ftp-srv': downloads(FTP_SRV),
        vsftpd: downloads(VSFTPD),
        pyftpdlib: downloads(PYFTPDLIB),
      },
    },
    {
      kind: 'round',
      name: 'STOR of 512 MiB',
      unit: 'GB/s',
      better: 'more',
      rival: 'ftp-srv',
      goals: [
        { contender: 'wireline', rival: 'ftp-srv', atLeast: 2 },
        { contender: 'wireline', rival: 'vsftpd', atLeast: 1 },
        { contender: 'wireline', rival: 'socket.pipe(file)', atLeast: 1.3 },
      ],
      notes: UPLOAD_NOTES,
      contenders: {
        wireline: uploads(WIRELINE),
        'ftp-srv': uploads(FTP_SRV),
        vsftpd: uploads(VSFTPD),
        pyftpdlib: uploads(PYFTPDLIB),
        'socket.pipe(file)': pipe,
      },
    },
  ],
}
