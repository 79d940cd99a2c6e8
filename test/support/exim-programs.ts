/**
 * Exim as a daemon, with a configuration, a spool and a log of its own in a folder that is removed with it. It relays what it takes to a
 * server on loopback. Needs root to begin with, as any mail system does.
 */
import { spawn } from 'node:child_process'
import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { canConnect, emptyFolder, freePort, removeFolder } from './programs.ts'
import { CA, LOCALHOST } from './tls.ts'

/** Where Exim relays to, and what is said of the way there: options of its `smtp` transport. */
export interface EximRelay {
  readonly port: number
  readonly options: readonly string[]
}

/** Exim, running. */
export class Exim {
  /** Its SMTP. */
  readonly url: string
  /** The same, with TLS from the first octet, as `localhost`. */
  readonly secureUrl: string
  readonly #folder: string
  readonly #daemon: ChildProcess
  #output = ''

  private constructor(folder: string, daemon: ChildProcess, port: number, securePort: number) {
    this.#folder = folder
    this.#daemon = daemon
    this.url = `smtp://127.0.0.1:${port}`
    this.secureUrl = `smtps://127.0.0.1:${securePort}`
    for (const stream of [daemon.stdout, daemon.stderr])
      stream?.on('data', (bytes: Buffer) => (this.#output += bytes.toString()))
  }

  /** Starts it. */
  static async start(path: string, relay: EximRelay): Promise<Exim> {
    const folder = emptyFolder('exim')
    const [port, securePort] = [await freePort(), await freePort()]
    for (const name of ['spool', 'log']) {
      mkdirSync(join(folder, name))
      chmodSync(join(folder, name), 0o777)
    }
    chmodSync(folder, 0o755)
    // The key is for tests alone, and Exim reads it as a user of its own.
    writeFileSync(join(folder, 'identity.pem'), LOCALHOST.key + LOCALHOST.cert)
    writeFileSync(join(folder, 'ca.pem'), CA)
    writeFileSync(join(folder, 'configure'), configuration(path, folder, relay, port, securePort), { mode: 0o644 })
    const options = { stdio: 'pipe', detached: true } as const
    const daemon = spawn(path, ['-C', join(folder, 'configure'), '-bdf'], options)
    const exim = new Exim(folder, daemon, port, securePort)
    while (!(await canConnect(port))) {
      if (daemon.exitCode !== null) throw new Error(`it has ended: ${exim.#output}${exim.log}`)
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return exim
  }

  /** All that it has logged. */
  get log(): string {
    return ['main', 'panic'].map((name) => this.#logFile(name)).join('')
  }

  /** Stops it, and what it has started. */
  async stop(): Promise<void> {
    if (this.#daemon.exitCode === null && this.#daemon.signalCode === null) {
      const closed = once(this.#daemon, 'close')
      process.kill(-(this.#daemon.pid as number), 'SIGTERM')
      await closed
    }
    removeFolder(this.#folder)
  }

  #logFile(name: string): string {
    try {
      return readFileSync(join(this.#folder, 'log', name), 'utf8')
    } catch {
      return ''
    }
  }
}

function configuration(path: string, folder: string, relay: EximRelay, port: number, securePort: number): string {
  return `
exim_path = ${path}
spool_directory = ${folder}/spool
log_file_path = ${folder}/log/%s
pid_file_path = ${folder}/spool/pid
notifier_socket =
keep_environment =
primary_hostname = exim.test
local_interfaces = 127.0.0.1
daemon_smtp_ports = ${port} : ${securePort}
tls_on_connect_ports = ${securePort}
tls_advertise_hosts = *
tls_certificate = ${folder}/identity.pem
tls_privatekey = ${folder}/identity.pem
chunking_advertise_hosts = *
dsn_advertise_hosts = *
smtputf8_advertise_hosts = *
pipelining_connect_advertise_hosts =
host_lookup =
rfc1413_hosts =
message_size_limit = 3000000
acl_smtp_rcpt = recipients
acl_smtp_data = accept
deliver_drop_privilege = true
delay_warning =
log_selector = +smtp_confirmation +received_recipients

begin acl
recipients:
  deny local_parts = refused
       message = 5.1.1 no such mailbox
  accept

begin routers
onwards:
  driver = manualroute
  route_list = * 127.0.0.1 byname
  self = send
  transport = onwards

begin transports
onwards:
  driver = smtp
  port = ${relay.port}
  tls_verify_certificates = ${folder}/ca.pem
${relay.options.map((option) => `  ${option}\n`).join('')}
begin retry
* * F,1h,1m
`
}
