/**
 * The FTP client: one session, one thing at a time. Whatever is asked while something runs waits for its turn, and what runs longest is
 * a transfer: from `get` to the end of its loop nothing else is asked.
 *
 *     const ftp = await connect('ftp://joe:secret@127.0.0.1:2121')
 *     for await (const entry of ftp.list('/in')) console.log(entry.name, entry.size, entry.modified)
 *     await ftp.put('/in/a.bin', file, { signal, onProgress })
 *     for await (const chunk of await ftp.get('/in/a.bin', { from: 1_000_000 })) sink.write(chunk)
 *     await ftp.quit()
 *
 * This file knows what a call means and what is asked for it. The dialogue is led by `user-pi.ts`, the data are moved by `user-dtp.ts`,
 * and how those come to their connection is in `passive.ts` and `awaited.ts`.
 *
 * RFC 959, RFC 1123 §4.1, RFC 2389, RFC 2428, RFC 3659, draft-somers-ftp-mfxx.
 */
import { parseDecimal } from '../net/ascii.ts'
import { dial as directDial } from '../net/dial.ts'
import type { Socket } from '../net/socket.ts'
import type {
  CallOptions,
  ClientOptions,
  ConnectOptions,
  GetOptions,
  ListOptions,
  PutOptions,
  TransferCallOptions,
  UploadSource,
} from './client-options.ts'
import type { ClientTlsOptions } from './client-tls.ts'
import { RunningDownload, type Download } from './download.ts'
import { FtpError, FtpLimitError, localError } from './errors.ts'
import type { Command, Reply } from './events.ts'
import type { Features } from './features.ts'
import { dateOf, parseCommandLine, parseTimeValue, writeTimeValue, type TimeValue } from './grammar.ts'
import { parseHash, planHash, type FileHash, type HashAlgorithm } from './hash.ts'
import { mergeLimits, mergeTimeouts, type Limits } from './limits.ts'
import { ListedEntry } from './listing/entry.ts'
import { FORMATS_NAMED, MLSD_FORMATS } from './listing/format.ts'
import { parseMlsxLine } from './listing/mlsx.ts'
import { ListingReader } from './listing/reader.ts'
import { parseTarget, type Target } from './target.ts'
import { encodeText } from './text.ts'
import { octetsOf } from './upload.ts'
import { UserPi } from './user-pi.ts'
import { WritableUpload } from './writable.ts'
import { writeClientEvent } from './writer.ts'

/**
 * Connects and logs in. `url` is `ftp://user:password@host:port`, or `ftps://` for TLS from the first octet on; user and password may be
 * left out, or given as options. Rejects as `dial` does, with `TlsError` where TLS fails, and with `FtpReplyError` where the server refuses.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const target = parseTarget(url)
  const { user = target.user, password = target.password, tls, ...dialling } = options
  const { dial = directDial } = dialling
  const { connectMs } = mergeTimeouts(options.timeouts)
  const socket = await dial({ host: target.host, port: target.port }, { ...dialling, timeoutMs: connectMs })
  const client = new Client(socket, { ...dialling, ...securityOf(target, tls), host: target.host })
  const onAbort = (): void => client.destroy(options.signal?.reason as Error)
  options.signal?.addEventListener('abort', onAbort, { once: true })
  try {
    await client.login(user, password)
    return client
  } catch (error) {
    client.destroy()
    throw error
  } finally {
    options.signal?.removeEventListener('abort', onAbort)
  }
}

/** What of TLS a URL and an option ask for together: `ftps:` is TLS whatever else is said, at once unless `mode` says otherwise. */
function securityOf({ security }: Target, tls: ClientTlsOptions | undefined): { readonly tls?: ClientTlsOptions } {
  if (security === 'implicit') return { tls: { mode: 'implicit', ...tls } }
  return tls === undefined ? {} : { tls }
}

/** Commands that change what the connection is, or whose replies are not one: they have calls of their own, or none. */
const NOT_RAW: ReadonlySet<string> = new Set(['AUTH', 'PBSZ', 'PROT', 'CCC', 'ABOR', 'QUIT'])

/** A session on a server. */
export class Client implements AsyncDisposable {
  readonly #pi: UserPi
  readonly #limits: Limits
  readonly #serverOffsetMinutes: number

  /** A client on a socket that is connected already, for whoever dials by other means; `login` comes next. */
  constructor(socket: Socket, options: ClientOptions = {}) {
    this.#pi = new UserPi(socket, options)
    this.#limits = mergeLimits(options.limits)
    this.#serverOffsetMinutes = options.serverOffsetMinutes ?? 0
  }

  /** What the server can do beyond RFC 959: names in upper case, and what stands behind them (RFC 2389). */
  get features(): Features {
    return this.#pi.features
  }

  /** Waits for the greeting and logs in; `connect` has done it. Rejects with `FtpReplyError` where the server refuses. */
  async login(user: string, password: string): Promise<void> {
    await this.#pi.login(user, password)
  }

  /**
   * The entries of the directory at `path`, as they arrive; default the working directory. The directory and its parent are left out. Leaving
   * the loop early breaks the listing off. Names are the server's: `localName` says whether one can be a file's here.
   */
  async *list(path?: string, { listFormat, signal }: ListOptions = {}): AsyncGenerator<ListedEntry> {
    const isMlsd = listFormat === undefined && this.features.has('MLST')
    const formats = isMlsd ? MLSD_FORMATS : FORMATS_NAMED[listFormat ?? 'any']
    // A name that begins with a hyphen would be taken for options of `ls`.
    const argument = path?.startsWith('-') === true && !isMlsd ? `./${path}` : path
    const reference = { nowMs: Date.now(), serverOffsetMinutes: this.#serverOffsetMinutes }
    const reader = new ListingReader(formats, reference, this.#limits)
    const { maxListingBytes } = this.#limits
    const onProgress = (bytes: number): void => {
      if (bytes > maxListingBytes) throw new FtpLimitError('FTP_LISTING_TOO_LONG', 'maxListingBytes', maxListingBytes)
    }
    const command = { type: 'command', verb: isMlsd ? 'MLSD' : 'LIST', argument } as const
    const download = await this.#download(command, { onProgress, ...(signal !== undefined && { signal }) })
    for await (const chunk of download) {
      reader.push(chunk)
      for (let entry = reader.next(); entry !== undefined; entry = reader.next()) if (isListed(entry)) yield entry
    }
    const last = reader.end()
    if (last !== undefined && isListed(last)) yield last
  }

  /**
   * Downloads the file at `path`. Resolves when the server has begun to send; the octets come in the loop, and its end means that all
   * of them came and that the server has said so. Rejects with `FtpReplyError` where the server refuses, `from` included.
   */
  get(path: string, options: GetOptions = {}): Promise<Download> {
    return this.#download({ type: 'command', verb: 'RETR', argument: path }, options)
  }

  /** Uploads to the file at `path`. Resolves when the server has said that it has all of it. */
  put(path: string, source: UploadSource, options: PutOptions = {}): Promise<void> {
    return this.#upload({ type: 'command', verb: 'STOR', argument: path }, source, options)
  }

  /** Uploads to the end of the file at `path`, which is made where there is none (APPE). */
  append(path: string, source: UploadSource, options: TransferCallOptions = {}): Promise<void> {
    return this.#upload({ type: 'command', verb: 'APPE', argument: path }, source, options)
  }

  /**
   * The same as `put`, for whoever writes and has no source: a stream of the web's, whose `close()` resolves when the server has said
   * that it has all of it. `abort()` breaks the upload off.
   */
  writable(path: string, options: PutOptions = {}): WritableStream<Uint8Array | string> {
    return new WritableStream(new WritableUpload((source) => this.put(path, source, options)))
  }

  /** Renames a file or a directory. */
  async rename(from: string, to: string, options: CallOptions = {}): Promise<void> {
    const renaming = { type: 'command', verb: 'RNTO', argument: to } as const
    // What cannot be written must not be found out between the two.
    writeClientEvent(renaming)
    await this.#pi.turns.do(options.signal, async () => {
      await this.#pi.ask({ type: 'command', verb: 'RNFR', argument: from })
      await this.#pi.ask(renaming)
    })
  }

  /** Makes a directory. */
  async mkdir(path: string, options: CallOptions = {}): Promise<void> {
    await this.#ask({ type: 'command', verb: 'MKD', argument: path }, options)
  }

  /** Removes a file. */
  async remove(path: string, options: CallOptions = {}): Promise<void> {
    await this.#ask({ type: 'command', verb: 'DELE', argument: path }, options)
  }

  /** Removes a directory, which must be empty. */
  async removeDirectory(path: string, options: CallOptions = {}): Promise<void> {
    await this.#ask({ type: 'command', verb: 'RMD', argument: path }, options)
  }

  /** The size of the file at `path`, in octets (RFC 3659 §4). */
  size(path: string, options: CallOptions = {}): Promise<number> {
    return this.#pi.turns.do(options.signal, () => this.#size(path))
  }

  /** When the file at `path` was last changed (RFC 3659 §3). */
  modified(path: string, options: CallOptions = {}): Promise<Date> {
    return this.#pi.turns.do(options.signal, async () => dateOf(await this.#time(path)))
  }

  /** Sets when the file at `path` was last changed, to the second (MFMT). Rejects with `FtpReplyError` where the server has no such command. */
  async setTimes(path: string, times: { readonly modified: Date }, options: CallOptions = {}): Promise<void> {
    const argument = `${writeTimeValue(times.modified)} ${path}`
    await this.#pi.turns.do(options.signal, () => this.#pi.ask({ type: 'otherCommand', verb: 'MFMT', argument }))
  }

  /**
   * What the server computes of the file at `path`: the algorithm that is asked for, or the strongest it has. Rejects with `FtpError`
   * `FTP_FEATURE_MISSING` where it names none in its features.
   */
  hash(path: string, options: CallOptions & { readonly algorithm?: HashAlgorithm } = {}): Promise<FileHash> {
    return this.#pi.turns.do(options.signal, async () => {
      const { algorithm, select, command } = planHash(this.features, path, options.algorithm)
      writeClientEvent(command)
      if (select !== undefined) await this.#pi.ask(select)
      const { lines } = await this.#pi.ask(command)
      return parseHash(lines.join(' '), algorithm) ?? unreadable(command.verb)
    })
  }

  /**
   * What there is at `path` (RFC 3659 §7); the entry's name is as the server writes it, often the whole path. Of a server without MLST
   * only files can be asked for.
   */
  stat(path: string, options: CallOptions = {}): Promise<ListedEntry> {
    const reference = { nowMs: 0, serverOffsetMinutes: 0 }
    return this.#pi.turns.do(options.signal, async () => {
      if (!this.features.has('MLST')) {
        const [size, time] = [await this.#size(path), await this.#time(path)]
        return new ListedEntry({ name: path, type: 'file', size, time }, reference)
      }
      const { lines } = await this.#pi.ask({ type: 'command', verb: 'MLST', argument: path })
      const bytes = encodeText((lines[1] ?? '').slice(1)) ?? Buffer.alloc(0)
      return parseMlsxLine(bytes.toString('latin1'), 0, bytes.length, reference, bytes) ?? unreadable('MLST')
    })
  }

  /**
   * Says a command line as it stands, and answers what the server does, a refusal too: `SITE CHMOD 600 a`. One line, without its end. Throws
   * an `FtpError` with side `local` for anything else, and for AUTH, PBSZ, PROT, CCC, ABOR and QUIT, which do more than to be answered.
   */
  async raw(line: string, options: CallOptions = {}): Promise<Reply> {
    const parsed = parseCommandLine(line)
    if (parsed === undefined || NOT_RAW.has(parsed.verb)) throw localError('FTP_COMMAND_TEXT')
    const command = { type: 'otherCommand', ...parsed } as const
    writeClientEvent(command)
    return this.#pi.turns.do(options.signal, () => this.#pi.askAnything(command))
  }

  /** Says goodbye and closes the connection. Resolves when it is closed; a server that is gone already is no error. */
  async quit(): Promise<void> {
    await this.#pi.quit()
  }

  /** Cuts the connection at once. Whoever waits is rejected, with `reason` if there is one. */
  destroy(reason?: Error): void {
    this.#pi.destroy(reason)
  }

  /** The same as `quit`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit()
  }

  /** Asks one thing in a turn. */
  #ask(command: Command, { signal }: CallOptions): Promise<Reply> {
    return this.#pi.turns.do(signal, () => this.#pi.ask(command))
  }

  /** `213 1234` */
  async #size(path: string): Promise<number> {
    // SIZE counts the octets of the type in force (RFC 3659 §4).
    await this.#pi.setType('I')
    const { lines } = await this.#pi.ask({ type: 'command', verb: 'SIZE', argument: path })
    return parseDecimal(lines[0] ?? '') ?? unreadable('SIZE')
  }

  /** `213 20240229230509` */
  async #time(path: string): Promise<TimeValue> {
    const { lines } = await this.#pi.ask({ type: 'command', verb: 'MDTM', argument: path })
    return parseTimeValue(lines[0] ?? '') ?? unreadable('MDTM')
  }

  /** Begins a download. Its turn ends with it, not with this call. */
  async #download(command: Command, options: GetOptions): Promise<Download> {
    const endTurn = await this.#pi.turns.take(options.signal)
    return new RunningDownload(await this.#pi.transfer(command, options, endTurn), options.type ?? 'binary')
  }

  /** Uploads all that the source gives. */
  async #upload(command: Command, source: UploadSource, options: PutOptions): Promise<void> {
    const endTurn = await this.#pi.turns.take(options.signal)
    const dtp = await this.#pi.transfer(command, options, endTurn)
    await dtp.send(octetsOf(source, options.type ?? 'binary'))
  }
}

/** Whether an entry is in the directory, and not the directory or its parent. */
function isListed({ role, name }: ListedEntry): boolean {
  return role === 'entry' && name !== '.' && name !== '..'
}

function unreadable(verb: string): never {
  throw new FtpError('FTP_VALUE_REPLY', { detail: verb })
}
