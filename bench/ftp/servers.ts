/** The servers over one folder, each with a user `joe` whose password is `secret`. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { canConnect, freePort } from '../../test/support/programs.ts'
import { runLoad, startProgram, startScript } from '../processes.ts'
import type { Running } from '../processes.ts'
import type { Contender } from '../suite.ts'

/** A server that can be started over a folder. */
export interface FtpServer {
  readonly user: string
  readonly start: (root: string) => Promise<Running>
}

export const WIRELINE: FtpServer = { user: 'joe', start: (root) => startScript(script('wireline'), [root]) }
export const FTP_SRV: FtpServer = { user: 'joe', start: (root) => startScript(script('ftp-srv'), [root]) }
/** Each session is a process of its own, without the two others that guard it where it is not trusted. */
export const VSFTPD: FtpServer = { user: 'anonymous', start: startVsftpd }
export const PYFTPDLIB: FtpServer = { user: 'joe', start: startPyftpdlib }

/** One of the scripts. */
export function script(name: string): URL {
  return new URL(`./processes/${name}.js`, import.meta.url)
}

/** A server and its load (`processes/load.ts`). */
export function underLoad({ port, stop }: Running, work: string, user: string): Contender {
  const round = async (seconds: number): Promise<number> =>
    Number(await runLoad(process.execPath, [fileURLToPath(script('load')), work, String(port), user, String(seconds)]))
  return { round, stop }
}

async function startVsftpd(root: string): Promise<Running> {
  const port = await freePort()
  const settings = {
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: port,
    background: 'NO',
    run_as_launching_user: 'YES',
    one_process_model: 'YES',
    anonymous_enable: 'YES',
    local_enable: 'NO',
    write_enable: 'YES',
    anon_upload_enable: 'YES',
    anon_other_write_enable: 'YES',
    anon_root: root,
    allow_writeable_chroot: 'YES',
    xferlog_enable: 'NO',
    seccomp_sandbox: 'NO',
  }
  const folder = mkdtempSync(join(tmpdir(), 'wireline-bench-'))
  const file = join(folder, 'vsftpd.conf')
  const lines = Object.entries(settings).map(([key, value]) => `${key}=${value}\n`)
  writeFileSync(file, lines.join(''))
  const running = await startProgram('vsftpd', [file], port, () => canConnect(port))
  rmSync(folder, { recursive: true })
  return running
}

/** Its own command line has no way to be quiet. */
const PYFTPDLIB_PROGRAM = `
import logging, sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import FTPHandler
from pyftpdlib.servers import FTPServer
logging.basicConfig(level=logging.ERROR)
FTPHandler.authorizer = DummyAuthorizer()
FTPHandler.authorizer.add_user('joe', 'secret', sys.argv[2], perm='elradfmwMT')
FTPServer(('127.0.0.1', int(sys.argv[1])), FTPHandler).serve_forever()
`

async function startPyftpdlib(root: string): Promise<Running> {
  const port = await freePort()
  // A library of the system's Python, which need not be the first one in the path.
  return startProgram('/usr/bin/python3', ['-c', PYFTPDLIB_PROGRAM, String(port), root], port, () => canConnect(port))
}
