/**
 * The FTP servers that people run, each over a folder of its own on a free port of loopback, with one user `joe` whose password is
 * `secret` (vsftpd has only anonymous ones: without forking it can have no others).
 */
import { chmodSync, existsSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { daemon, run, type Daemon } from './ftp-programs.ts'
import { peer } from './peers.ts'

/** Where a server finds its files and its settings, and where it is to listen. */
interface Place {
  /** The folder that it serves. */
  readonly root: string
  /** An empty folder for its settings. */
  readonly settings: string
  readonly port: number
  /** Files of a key and a certificate, where control and data connections must have TLS, and data connections resume the session. */
  readonly tls?: { readonly key: string; readonly cert: string }
}

/** A server that can be started. */
export interface FtpDaemon {
  readonly name: string
  /** What must be installed for it. */
  readonly program: string
  /** What stands before the host in its URL. */
  readonly userinfo: string
  readonly start: (program: string, place: Place) => Promise<Daemon>
}

/** Virtual users have an id of their own, since nobody may log in as root. */
const USER_ID = 1000

/** `name value` or `name=value` for each, in a file. */
function settingsFile(
  place: Place,
  name: string,
  settings: Readonly<Record<string, string | number>>,
  is: string,
): string {
  const file = join(place.settings, name)
  const lines = Object.entries(settings).map(([key, value]) => `${key}${is}${value}\n`)
  writeFileSync(file, lines.join(''))
  return file
}

/** Gives the folder and what is in it to the virtual user. */
async function giveAway({ root, settings }: Place): Promise<void> {
  chmodSync(settings, 0o755)
  chmodSync(root, 0o755)
  if (process.getuid?.() === 0) await run('/bin/chown', ['-R', `${USER_ID}:${USER_ID}`, root], root)
}

async function startVsftpd(program: string, place: Place): Promise<Daemon> {
  const settings = {
    listen: 'YES',
    listen_address: '127.0.0.1',
    listen_port: place.port,
    background: 'NO',
    run_as_launching_user: 'YES',
    one_process_model: 'YES',
    anonymous_enable: 'YES',
    local_enable: 'NO',
    write_enable: 'YES',
    anon_upload_enable: 'YES',
    anon_mkdir_write_enable: 'YES',
    anon_other_write_enable: 'YES',
    anon_umask: '022',
    anon_root: place.root,
    allow_writeable_chroot: 'YES',
    ascii_download_enable: 'YES',
    ascii_upload_enable: 'YES',
    async_abor_enable: 'YES',
    connect_from_port_20: 'NO',
    xferlog_enable: 'NO',
    seccomp_sandbox: 'NO',
    ...(place.tls !== undefined && {
      ssl_enable: 'YES',
      rsa_cert_file: place.tls.cert,
      rsa_private_key_file: place.tls.key,
      allow_anon_ssl: 'YES',
      force_anon_logins_ssl: 'YES',
      force_anon_data_ssl: 'YES',
      require_ssl_reuse: 'YES',
      ssl_ciphers: 'HIGH',
    }),
  }
  chmodSync(place.root, 0o755)
  return daemon(program, [settingsFile(place, 'vsftpd.conf', settings, '=')], place.port)
}

async function startProftpd(program: string, place: Place): Promise<Daemon> {
  const users = join(place.settings, 'users')
  const { stdout } = await run('openssl', ['passwd', '-6', 'secret'], place.settings)
  writeFileSync(users, `joe:${stdout.trim()}:${USER_ID}:${USER_ID}::${place.root}:/bin/sh\n`, { mode: 0o600 })
  const settings = {
    ...(place.tls !== undefined && {
      // A package of its own, unpacked beside the program's (.ci/peers).
      ModulePath: join(dirname(program), '..', 'lib', 'proftpd'),
      LoadModule: 'mod_tls.c',
      TLSEngine: 'on',
      // Where it is `on`, CCC is 534.
      TLSRequired: 'auth+data',
      TLSECCertificateFile: place.tls.cert,
      TLSECCertificateKeyFile: place.tls.key,
    }),
    ServerName: 'test',
    ServerType: 'standalone',
    DefaultAddress: '127.0.0.1',
    Port: place.port,
    SocketBindTight: 'on',
    UseIPv6: 'off',
    UseReverseDNS: 'off',
    User: 'nobody',
    Group: 'nogroup',
    PidFile: join(place.settings, 'pid'),
    SystemLog: join(place.settings, 'log'),
    ScoreboardFile: 'none',
    DelayTable: 'none',
    WtmpLog: 'off',
    TransferLog: 'none',
    AuthUserFile: users,
    AuthOrder: 'mod_auth_file.c',
    RequireValidShell: 'off',
    DefaultRoot: '~',
    AllowOverwrite: 'on',
    AllowStoreRestart: 'on',
    AllowRetrieveRestart: 'on',
  }
  await giveAway(place)
  return daemon(program, ['-n', '-q', '-c', settingsFile(place, 'proftpd.conf', settings, ' ')], place.port)
}

async function startPureFtpd(program: string, place: Place): Promise<Daemon> {
  const { root, settings, port } = place
  const [users, database] = [join(settings, 'users'), join(settings, 'users.pdb')]
  const { stdout } = await run('openssl', ['passwd', '-6', 'secret'], settings)
  writeFileSync(users, `joe:${stdout.trim()}:${USER_ID}:${USER_ID}::${root}/./::::::::::::\n`)
  await run(peer('pure-pw') ?? 'pure-pw', ['mkdb', database, '-f', users], settings)
  await giveAway(place)
  const pid = join(settings, 'pid')
  // 3: nothing without TLS, data connections included.
  const secured = place.tls === undefined ? [] : ['-Y', '3', '-2', `${place.tls.cert},${place.tls.key}`]
  const args = ['-S', `127.0.0.1,${port}`, '-l', `puredb:${database}`, '-A', '-E', '-H', '-g', pid, ...secured]
  return daemon(program, args, port)
}

// A library of the system's Python, and no program: where it lies, its Python stands for it.
const PYFTPDLIB = '/usr/lib/python3/dist-packages/pyftpdlib'

/** With TLS it has no command line of its own. It cannot ask for resumption. */
const PYFTPDLIB_TLS = `
import sys
from pyftpdlib.authorizers import DummyAuthorizer
from pyftpdlib.handlers import TLS_FTPHandler
from pyftpdlib.servers import FTPServer
port, root, cert, key = sys.argv[1:]
handler = TLS_FTPHandler
handler.certfile, handler.keyfile = cert, key
handler.tls_control_required = handler.tls_data_required = True
handler.authorizer = DummyAuthorizer()
handler.authorizer.add_user('joe', 'secret', root, perm='elradfmwMT')
FTPServer(('127.0.0.1', int(port)), handler).serve_forever()
`

async function startPyftpdlib(_program: string, { root, port, tls }: Place): Promise<Daemon> {
  if (tls !== undefined)
    return daemon('/usr/bin/python3', ['-c', PYFTPDLIB_TLS, String(port), root, tls.cert, tls.key], port)
  const args = ['-i', '127.0.0.1', '-p', String(port), '-d', root, '-w', '-u', 'joe', '-P', 'secret']
  return daemon('/usr/bin/python3', ['-m', 'pyftpdlib', ...args], port)
}

/** All of them. */
export const FTP_DAEMONS: readonly FtpDaemon[] = [
  { name: 'vsftpd', program: 'vsftpd', userinfo: '', start: startVsftpd },
  { name: 'ProFTPD', program: 'proftpd', userinfo: 'joe:secret@', start: startProftpd },
  { name: 'Pure-FTPd', program: 'pure-ftpd', userinfo: 'joe:secret@', start: startPureFtpd },
  {
    name: 'pyftpdlib',
    program: existsSync(PYFTPDLIB) ? 'python3' : 'pyftpdlib',
    userinfo: 'joe:secret@',
    start: startPyftpdlib,
  },
]
