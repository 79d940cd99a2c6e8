/**
 * `wireline serve`: one HTTP, one SMTP and one FTP server over one data directory.
 *
 *     data/files     the FTP root, and /files/ of the web
 *     data/mail      a Maildir for each recipient, and /mail/ of the web
 *
 * Nothing that was acknowledged is lost: a 250 after a mail, a 226 after an upload and a 201 after a PUT come only after what was
 * sent is whole, synced and under its name.
 */
import { randomBytes, timingSafeEqual, createHash } from 'node:crypto'
import { access, constants, mkdir } from 'node:fs/promises'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { disk, sweep } from '../ftp/storage/disk.ts'
import { serve as serveFtp } from '../ftp/server.ts'
import type { Storage } from '../ftp/storage/storage.ts'
import type { Exchange } from '../http/exchange.ts'
import { serve as serveHttp } from '../http/server.ts'
import { NetError } from '../net/errors.ts'
import type { Server } from '../net/server.ts'
import type { Socket } from '../net/socket.ts'
import { Transcript } from '../net/transcript.ts'
import { parseHost } from '../smtp/address.ts'
import { deliverTo } from '../smtp/maildir-delivery.ts'
import { maildir } from '../smtp/maildir.ts'
import { serve as serveSmtp } from '../smtp/server.ts'
import { textAnswer, type Answer, type Question } from './answer.ts'
import type { Endpoint, ServeOptions, User } from './options.ts'
import { answer, isLoopbackHost, type Site } from './web.ts'

/** The servers that run, to be closed together. */
export interface Running {
  /** What to print: where each server is, how to try it. */
  readonly lines: readonly string[]
  /** Lets what runs come to its end for at most `graceMs`, then cuts. */
  close(options: { readonly graceMs: number }): Promise<void>
}

/** Something that stands in the way of starting: an address in use, a directory that cannot be written. Exit code 1. */
export class StartError extends NetError {
  constructor(message: string, cause: unknown) {
    super('CLI_START', message, { cause })
  }
}

/** Where lines are printed. */
export type Print = (line: string) => void

/** Who may log in, and whether the password was made for this run. */
export interface Login {
  /** The one user. */
  readonly user: User
  /** Where the password comes from: the command line, or here; one that was made must be printed. */
  readonly password: 'given' | 'made'
}

/** The login that was asked for, or one with a password of its own. */
export function loginOf({ user }: ServeOptions): Login {
  if (user !== undefined) return { user, password: 'given' }
  return { user: { name: 'wireline', password: randomBytes(9).toString('base64url') }, password: 'made' }
}

/** Starts the three servers, or none of them. Rejects with `StartError`. */
export async function startServers(options: ServeOptions, login: Login, print: Print): Promise<Running> {
  const site = await openSite(options.data)
  const traced = tracing(options.trace ? print : undefined)
  const onError = (error: Error): void => print(`error: ${error.stack ?? error.message}`)
  const servers: Server[] = []
  const start = async (name: string, at: Endpoint, begin: () => Promise<Server>): Promise<Server> => {
    try {
      const server = await begin()
      servers.push(server)
      return server
    } catch (error) {
      await Promise.all(servers.map((server) => server.close({ graceMs: 0 })))
      throw new StartError(`${name} cannot listen on ${at.host}:${at.port}: ${messageOf(error)}`, error)
    }
  }
  const http = await start('HTTP', options.http, () =>
    serveHttp(
      { ...options.http, onError, transcript: traced('http') },
      { exchange: (x) => play(x, site, options.http) },
    ),
  )
  const smtp = await start('SMTP', options.smtp, () =>
    serveSmtp(
      { ...options.smtp, onError, hostname: ownName(), transcript: traced('smtp') },
      { message: deliverTo(site.mail) },
    ),
  )
  const ftp = await start('FTP', options.ftp, () =>
    serveFtp({ ...options.ftp, onError, transcript: traced('ftp') }, { login: logIn(login.user, site.files) }),
  )
  return {
    lines: describe({ data: options.data, login, http, smtp, ftp }),
    close: async (how) => {
      await Promise.all(servers.map((server) => server.close(how)))
    },
  }
}

/** Makes the folders where they are missing, and sees that they can be written. */
async function openSite(data: string): Promise<Site> {
  const [files, mail] = [join(data, 'files'), join(data, 'mail')]
  try {
    for (const folder of [files, mail]) {
      await mkdir(folder, { recursive: true })
      await access(folder, constants.R_OK | constants.W_OK | constants.X_OK)
    }
    const site = { files: disk(files), mail: maildir(mail) }
    await sweep(files)
    await site.mail.sweep()
    return site
  } catch (error) {
    throw new StartError(`the data directory ${data} cannot be used: ${messageOf(error)}`, error)
  }
}

/** Plays one exchange: a question out of it, the answer into it. */
async function play(x: Exchange, site: Site, at: Endpoint): Promise<void> {
  const { status, fields, content } = await answerTo(x, site, at)
  if (typeof content === 'string') return x.respond(status, fields, content)
  try {
    await x.respond(status, fields, content)
  } finally {
    await content.close()
  }
}

async function answerTo(x: Exchange, site: Site, at: Endpoint): Promise<Answer> {
  if (isLoopbackHost(at.host) && x.authority !== '' && !isLoopbackHost(x.authority)) {
    return textAnswer(421, 'This server answers only to localhost')
  }
  const field = (name: string): string | undefined => x.headers.get(name)
  const question: Question = { method: x.method, path: x.path, field, content: x.body }
  return answer(site, question, Date.now())
}

/** One user, who sees all files. The comparison takes as long for a wrong name as for a wrong password. */
function logIn(user: User, files: Storage): (login: { user: string; password: string }) => Storage | undefined {
  return (login) => {
    const isName = isEqual(login.user, user.name)
    const isPassword = isEqual(login.password, user.password)
    return isName && isPassword ? files : undefined
  }
}

function isEqual(given: string, expected: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest()
  return timingSafeEqual(digest(given), digest(expected))
}

/** Our name in SMTP's greeting: this machine's, where that is a domain. */
function ownName(): string {
  return parseHost(hostname()) ?? 'localhost'
}

/** Makes transcripts that are told apart by protocol and number: `smtp#3 C: QUIT`. */
function tracing(print: Print | undefined): (protocol: string) => (socket: Socket) => Transcript | undefined {
  let connections = 0
  return (protocol) => () =>
    print === undefined ? undefined : new Transcript(print, { label: `${protocol}#${++connections}` })
}

interface Started {
  readonly data: string
  readonly login: Login
  readonly http: Server
  readonly smtp: Server
  readonly ftp: Server
}

/** One line for each server, and one for each client to try. */
function describe({ data, login: { user, password }, http, smtp, ftp }: Started): string[] {
  const isGiven = password === 'given'
  const { hostname: smtpHost, port: smtpPort } = new URL(smtp.url)
  const { hostname: ftpHost, port: ftpPort } = new URL(ftp.url)
  const login = isGiven ? `user ${user.name}` : `user ${user.name}, password ${user.password} (made for this run)`
  return [
    `HTTP  ${http.url}  (files and mail in ${data})`,
    `SMTP  ${smtp.url}`,
    `FTP   ${ftp.url}  ${login}`,
    'try:',
    `  curl -T README.md ${http.url}files/README.md`,
    `  swaks --server ${smtpHost}:${smtpPort} --from me@example.test --to you@example.test`,
    `  lftp -u ${shellWord(`${user.name},${isGiven ? 'PASSWORD' : user.password}`)} -p ${ftpPort} -e 'ls; bye' ${ftpHost}`,
  ]
}

/** A word for a shell, quoted where that is needed. */
function shellWord(text: string): string {
  return /^[\w@%+=:,./-]+$/.test(text) ? text : `'${text.replace(/'/g, `'\\''`)}'`
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}
