/**
 * Postfix, whole: its master and all that it starts, with a configuration, a queue and a log of its own in a folder that is removed with
 * it. Needs root, as Postfix does to begin with; listens on loopback alone.
 *
 *     our client ──> smtpd ─> cleanup ─> qmgr ─> smtp, lmtp ──> our server
 */
import { execFile, spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, chownSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { emptyFolder, freePort, removeFolder } from './programs.ts'
import { CA, LOCALHOST } from './tls.ts'

const DAEMONS = '/usr/lib/postfix/sbin'

/** The services that a relaying Postfix has; none is confined to a folder, since there is nothing outside of it. */
const SERVICES = [
  'pickup unix n - n 60 1 pickup',
  'cleanup unix n - n - 0 cleanup',
  'qmgr unix n - n 300 1 qmgr',
  'rewrite unix - - n - - trivial-rewrite',
  'bounce unix - - n - 0 bounce',
  'defer unix - - n - 0 bounce',
  'trace unix - - n - 0 bounce',
  'smtp unix - - n - - smtp',
  'lmtp unix - - n - - lmtp',
  'tlsmgr unix - - n 1000? 1 tlsmgr',
  'proxymap unix - - n - - proxymap',
  'flush unix n - n 1000? 0 flush',
  'anvil unix - - n - 1 anvil',
  'retry unix - - n - - error',
  'error unix - - n - - error',
  'scache unix - - n - 1 scache',
  'postlog unix-dgram n - n - 1 postlogd',
]

/** Its folders, which it makes itself where `postfix start` is used, and who may do what there. */
const QUEUES = 'active bounce corrupt defer deferred flush hold incoming private saved trace'.split(' ')
const DROPS: Readonly<Record<string, number>> = { public: 0o710, maildrop: 0o730 }

/** Postfix, running. */
export class Postfix {
  /** Its smtpd. */
  readonly url: string
  /** The same, with TLS from the first octet, as `localhost`. */
  readonly secureUrl: string
  readonly #folder: string
  readonly #master: ChildProcess

  private constructor(folder: string, master: ChildProcess, port: number, securePort: number) {
    this.#folder = folder
    this.#master = master
    this.url = `smtp://127.0.0.1:${port}`
    this.secureUrl = `smtps://127.0.0.1:${securePort}`
  }

  /** Starts it with these lines of `main.cf` besides those that it needs. */
  static async start(settings: readonly string[]): Promise<Postfix> {
    const folder = emptyFolder('postfix')
    const [port, securePort] = [await freePort(), await freePort()]
    makeFolders(folder)
    writeFileSync(join(folder, 'main.cf'), [...mainOf(folder), ...settings, ''].join('\n'))
    const listeners = [
      `127.0.0.1:${port} inet n - n - - smtpd`,
      `127.0.0.1:${securePort} inet n - n - - smtpd -o smtpd_tls_wrappermode=yes`,
    ]
    writeFileSync(join(folder, 'master.cf'), [...listeners, ...SERVICES, ''].join('\n'))
    // Detached, it leads a group of processes, which it ends with itself.
    const master = spawn(join(DAEMONS, 'master'), ['-c', folder, '-d'], { stdio: 'ignore', detached: true })
    const postfix = new Postfix(folder, master, port, securePort)
    await postfix.logged(/daemon started/)
    return postfix
  }

  /** All that it has logged. */
  get log(): string {
    try {
      return readFileSync(join(this.#folder, 'log'), 'utf8')
    } catch {
      return ''
    }
  }

  /** Waits until it has logged this. */
  async logged(pattern: RegExp): Promise<string> {
    for (;;) {
      const found = pattern.exec(this.log)
      if (found !== null) return found[0]
      await this.#pause()
    }
  }

  /**
   * Waits until a message has been put aside to be tried again later. That is a little after it was logged that it will be; what is not put aside
   * yet `flush` does not find, and it waits for minutes.
   */
  async deferred(): Promise<void> {
    const folder = join(this.#folder, 'queue', 'deferred')
    const isThere = (): boolean =>
      readdirSync(folder, { recursive: true, withFileTypes: true }).some((entry) => entry.isFile())
    while (!isThere()) await this.#pause()
  }

  /** Tries again at once what had to wait. */
  async flush(): Promise<void> {
    await promisify(execFile)('/usr/sbin/postqueue', ['-c', this.#folder, '-f'])
  }

  async #pause(): Promise<void> {
    if (this.#master.exitCode !== null) throw new Error(`it has ended: ${this.log}`)
    await new Promise((resolve) => setTimeout(resolve, 20))
  }

  /** Stops it with all that it has started. */
  async stop(): Promise<void> {
    if (this.#master.exitCode === null && this.#master.signalCode === null) {
      const closed = once(this.#master, 'close')
      this.#master.kill('SIGTERM')
      await closed
    }
    removeFolder(this.#folder)
  }
}

function makeFolders(folder: string): void {
  const [uid, gid] = [idOf('/etc/passwd', 'postfix'), idOf('/etc/group', 'postdrop')]
  const queue = join(folder, 'queue')
  chmodSync(folder, 0o755)
  for (const name of ['queue', 'queue/pid']) mkdirSync(join(folder, name))
  for (const path of [join(folder, 'data'), ...QUEUES.map((name) => join(queue, name))]) {
    mkdirSync(path, { mode: 0o700 })
    chownSync(path, uid, 0)
  }
  for (const [name, mode] of Object.entries(DROPS)) {
    mkdirSync(join(queue, name))
    chownSync(join(queue, name), uid, gid)
    chmodSync(join(queue, name), mode)
  }
  writeFileSync(join(folder, 'identity.pem'), LOCALHOST.key + LOCALHOST.cert, { mode: 0o600 })
  writeFileSync(join(folder, 'ca.pem'), CA)
}

/** The number of a user or a group. */
function idOf(file: string, name: string): number {
  const line = readFileSync(file, 'utf8')
    .split('\n')
    .find((entry) => entry.startsWith(`${name}:`))
  if (line === undefined) throw new Error(`${file} knows no ${name}`)
  return Number(line.split(':')[2])
}

function mainOf(folder: string): readonly string[] {
  return [
    'compatibility_level = 3.6',
    `queue_directory = ${join(folder, 'queue')}`,
    `data_directory = ${join(folder, 'data')}`,
    'command_directory = /usr/sbin',
    `daemon_directory = ${DAEMONS}`,
    `maillog_file = ${join(folder, 'log')}`,
    `maillog_file_prefixes = ${folder}`,
    'inet_interfaces = 127.0.0.1',
    'inet_protocols = ipv4',
    'myhostname = postfix.test',
    'mydestination =',
    'local_recipient_maps =',
    'alias_maps =',
    'mynetworks = 127.0.0.0/8',
    // what it is given it passes on as it is
    'local_header_rewrite_clients =',
    'smtp_host_lookup = native',
    'smtp_dns_support_level = disabled',
    `smtpd_tls_chain_files = ${join(folder, 'identity.pem')}`,
    'smtpd_tls_security_level = may',
    `smtp_tls_CAfile = ${join(folder, 'ca.pem')}`,
  ]
}
