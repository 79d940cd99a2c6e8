/**
 * The command line: words in, a command out. Nothing here touches a file, a socket or the process.
 *
 *     wireline serve [--data DIR] [--http HOST:PORT] [--smtp HOST:PORT] [--ftp HOST:PORT] [--user NAME:PASSWORD] [--workers N] [--trace]
 */
import { parseArgs } from 'node:util'
import { NetError } from '../net/errors.ts'

/** Where a server listens. */
export interface Endpoint {
  /** A name or an address; no brackets around IPv6. */
  readonly host: string
  /** 0 for any free port. */
  readonly port: number
}

/** A login for FTP. */
export interface User {
  /** The login's name. */
  readonly name: string
  /** The login's password, in the clear. */
  readonly password: string
}

/** What `wireline serve` was asked to do. */
export interface ServeOptions {
  /** The data directory. */
  readonly data: string
  /** Where HTTP listens. */
  readonly http: Endpoint
  /** Where SMTP listens. */
  readonly smtp: Endpoint
  /** Where FTP listens. */
  readonly ftp: Endpoint
  /** The login that was given; without one, a password is made at the start. */
  readonly user: User | undefined
  /** In how many processes to serve; 1 is this one alone. */
  readonly workers: number
  /** Whether to print what crosses the wire. */
  readonly trace: boolean
}

/** What the command line asks for. */
export type Command =
  { readonly type: 'serve'; readonly options: ServeOptions } | { readonly type: 'help' } | { readonly type: 'version' }

/** A command line that makes no sense; the message says where. The program ends with exit code 2. */
export class UsageError extends NetError {
  constructor(message: string) {
    super('CLI_USAGE', message)
  }
}

/** What `--help` prints. */
export const HELP = `usage: wireline serve [options]

One HTTP, one SMTP and one FTP server over one data directory.

  --data DIR             where everything is kept (default ./data, made when missing)
  --http HOST:PORT       default 127.0.0.1:8080; port 0 takes any free port
  --smtp HOST:PORT       default 127.0.0.1:2525
  --ftp HOST:PORT        default 127.0.0.1:2121
  --user NAME:PASSWORD   the FTP login; without it a password is made and printed once
  --workers N            serve in N processes that share the ports; SIGHUP replaces them one by one (default 1: no others)
  --trace                print what crosses the wire, secrets masked
  --help, --version

HTTP has no login: whoever reaches its port can read and write. All three listen on loopback unless told otherwise.
`

/** Reads the words behind the program's name. Throws `UsageError`. */
export function parseCommand(words: readonly string[]): Command {
  const { values, positionals } = parseWords(words)
  if (values.help === true) return { type: 'help' }
  if (values.version === true) return { type: 'version' }
  const [command, ...rest] = positionals
  if (command === undefined) throw new UsageError('what to do? try: wireline serve, or wireline --help')
  if (command !== 'serve') throw new UsageError(`unknown command: ${command}`)
  if (rest.length > 0) throw new UsageError(`unexpected argument: ${rest.join(' ')}`)
  if (values.data === '') throw new UsageError('--data wants a directory')
  return {
    type: 'serve',
    options: {
      data: values.data,
      http: parseEndpoint('--http', values.http),
      smtp: parseEndpoint('--smtp', values.smtp),
      ftp: parseEndpoint('--ftp', values.ftp),
      user: values.user === undefined ? undefined : parseUser(values.user),
      workers: parseWorkers(values.workers),
      trace: values.trace,
    },
  }
}

interface Words {
  readonly values: {
    readonly data: string
    readonly http: string
    readonly smtp: string
    readonly ftp: string
    readonly user?: string | undefined
    readonly workers: string
    readonly trace: boolean
    readonly help?: boolean | undefined
    readonly version?: boolean | undefined
  }
  readonly positionals: readonly string[]
}

function parseWords(words: readonly string[]): Words {
  try {
    return parseArgs({
      args: [...words],
      allowPositionals: true,
      options: {
        data: { type: 'string', default: './data' },
        http: { type: 'string', default: '127.0.0.1:8080' },
        smtp: { type: 'string', default: '127.0.0.1:2525' },
        ftp: { type: 'string', default: '127.0.0.1:2121' },
        user: { type: 'string' },
        workers: { type: 'string', default: '1' },
        trace: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h' },
        version: { type: 'boolean', short: 'v' },
      },
    })
  } catch (error) {
    // parseArgs writes a sentence and then advice about `--`, which is of no use here.
    throw new UsageError((error as Error).message.replace(/\. .*$/s, ''))
  }
}

/** `HOST:PORT`, with an IPv6 address in brackets. */
function parseEndpoint(option: string, text: string): Endpoint {
  const match = /^(?:\[(?<literal>[0-9A-Fa-f:.]+)\]|(?<name>[^:[\]]+)):(?<port>[0-9]{1,5})$/.exec(text)
  const port = Number(match?.groups?.['port'])
  const host = match?.groups?.['literal'] ?? match?.groups?.['name']
  if (host === undefined || port > 65_535) {
    throw new UsageError(`${option} wants HOST:PORT, such as 127.0.0.1:8080 or [::1]:8080, not ${text}`)
  }
  return { host, port }
}

/** `NAME:PASSWORD`; the password may hold colons. No line end and no NUL: neither could ever be sent over FTP. */
function parseUser(text: string): User {
  const colon = text.indexOf(':')
  // oxlint-disable-next-line no-control-regex -- the control characters are what is looked for
  if (colon < 1 || colon === text.length - 1 || /[\r\n\0]/.test(text)) {
    throw new UsageError('--user wants NAME:PASSWORD')
  }
  return { name: text.slice(0, colon), password: text.slice(colon + 1) }
}

function parseWorkers(text: string): number {
  if (!/^[1-9][0-9]{0,2}$/.test(text)) throw new UsageError(`--workers wants a number from 1 to 999, not ${text}`)
  return Number(text)
}
