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
 * Data connections are passive: EPSV first, PASV where that is refused or leads nowhere, and what worked is remembered. They go
 * to the host of the control connection, whatever address a reply names (A4). Files are transferred as they are (TYPE I).
 *
 * RFC 959, RFC 1123 §4.1, RFC 2389, RFC 2428, RFC 3659.
 */
import { ClosedError } from '../net/errors.ts'
import { parseDecimal, upperAscii } from '../net/ascii.ts'
import { dial, type DialOptions } from '../net/dial.ts'
import type { Socket } from '../net/socket.ts'
import { timers as defaultTimers, type TimerWheel } from '../net/timers.ts'
import type { Transcript } from '../net/transcript.ts'
import { ControlConnection } from './connection.ts'
import { Dialogue } from './dialogue.ts'
import { RunningDownload, type Download } from './download.ts'
import { FtpError } from './errors.ts'
import { FtpReplyError } from './reply.ts'
import type { ClientIn, ClientOut, Command } from './events.ts'
import { dateOf, parseTimeValue, type TimeValue } from './grammar.ts'
import { mergeLimits, mergeTimeouts, type Leniency, type Limits, type Timeouts } from './limits.ts'
import { ListedEntry } from './listing/entry.ts'
import { LIST_FORMATS, MLSD_FORMATS } from './listing/format.ts'
import { parseMlsxLine } from './listing/mlsx.ts'
import { ListingReader } from './listing/reader.ts'
import { ClientMachine } from './machine.ts'
import { PassiveDialer } from './passive.ts'
import { parseTarget } from './target.ts'
import { encodeText } from './text.ts'
import { Turns } from './turns.ts'
import { UserDtp } from './user-dtp.ts'
import { writeClientEvent } from './writer.ts'

/** How to connect. */
export interface ConnectOptions extends Omit<DialOptions, 'tls' | 'timeoutMs'> {
  /** The user's name, in place of the URL's. Default `anonymous`. */
  readonly user?: string
  /** The password, in place of the URL's. Default `anonymous@`. */
  readonly password?: string
  /** How far the server's clock is ahead of UTC, in minutes, for listings that do not say (LIST). Default 0. */
  readonly serverOffsetMinutes?: number
  /** Replaces some of `DEFAULT_LIMITS`. */
  readonly limits?: Partial<Limits>
  /** Replaces some of `DEFAULT_TIMEOUTS`. */
  readonly timeouts?: Partial<Timeouts>
  /** Replaces some of `STRICT`. */
  readonly leniency?: Partial<Leniency>
  /** Makes the transcript of the connection, where one is wanted. Passwords are never in it. */
  readonly transcript?: (socket: Socket) => Transcript | undefined
}

/** What may break a call off. */
export interface CallOptions {
  /** Breaks it off: with ABOR where a transfer runs, and the session goes on. The call rejects with the signal's reason. */
  readonly signal?: AbortSignal
}

/** How to download. */
export interface GetOptions extends CallOptions {
  /** The index of the first octet that is wanted. Default 0. */
  readonly from?: number
  /** Told of all octets so far, with each chunk. */
  readonly onProgress?: (bytes: number) => void
}

/** How to upload. */
export interface PutOptions extends GetOptions {
  /** Where in the remote file the source's first octet goes: what is before it stays (REST). Default 0: the file is replaced. */
  readonly from?: number
}

/** What can be uploaded: octets, a text (as UTF-8), or anything that gives octets bit by bit, Node's and the web's streams included. */
export type UploadSource = Uint8Array | string | Iterable<Uint8Array | string> | AsyncIterable<Uint8Array | string>

/**
 * Connects and logs in. `url` is `ftp://user:password@host:port`; user and password may be left out, or given as options. Rejects as
 * `dial` does, and with `FtpReplyError` where the server refuses.
 */
export async function connect(url: string | URL, options: ConnectOptions = {}): Promise<Client> {
  const target = parseTarget(url)
  const { user = target.user, password = target.password } = options
  const { connectMs } = mergeTimeouts(options.timeouts)
  const socket = await dial({ host: target.host, port: target.port }, { ...options, timeoutMs: connectMs })
  const client = new Client(socket, options)
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

/** A session on a server. */
export class Client implements AsyncDisposable {
  readonly #socket: Socket
  readonly #control: ControlConnection<ClientIn, ClientOut>
  readonly #dialogue: Dialogue
  readonly #passive: PassiveDialer
  readonly #limits: Limits
  readonly #timeouts: Timeouts
  readonly #timers: TimerWheel
  readonly #options: ConnectOptions
  #features: ReadonlyMap<string, string> = new Map()
  /** What TYPE is on the server; it begins with A (RFC 959 §3.1.1). */
  #type: 'A' | 'I' = 'A'
  /** Whether data move: then no reply is due. */
  #data: 'still' | 'moving' = 'still'
  readonly #turns = new Turns()

  /** A client on a socket that is connected already, for whoever dials by other means; `login` comes next. */
  constructor(socket: Socket, options: ConnectOptions = {}) {
    this.#socket = socket
    this.#options = options
    this.#limits = mergeLimits(options.limits)
    this.#timeouts = mergeTimeouts(options.timeouts)
    this.#timers = options.timers ?? defaultTimers
    const machine = new ClientMachine(options)
    this.#control = new ControlConnection(socket, machine, {
      patience: () => ({ phase: 'reply', ms: this.#data === 'moving' ? undefined : this.#timeouts.replyMs }),
      stallMs: this.#timeouts.stallMs,
      transcript: options.transcript?.(socket),
    })
    this.#dialogue = new Dialogue(this.#control, machine)
    const { timers, localAddress } = options
    this.#passive = new PassiveDialer(this.#dialogue, socket.remote, {
      timeoutMs: this.#timeouts.dataMs,
      ...(timers !== undefined && { timers }),
      ...(localAddress !== undefined && { localAddress }),
    })
  }

  /** What the server can do beyond RFC 959: names in upper case, and what stands behind them (RFC 2389). */
  get features(): ReadonlyMap<string, string> {
    return this.#features
  }

  /** Waits for the greeting and logs in; `connect` has done it. Rejects with `FtpReplyError` where the server refuses. */
  async login(user: string, password: string): Promise<void> {
    await this.#dialogue.greeting()
    const named = await this.#ask({ type: 'command', verb: 'USER', argument: user })
    if (named.code >= 300) {
      const reply = await this.#ask({ type: 'command', verb: 'PASS', argument: password })
      // 332: it wants an account, too, and there is none to give.
      if (reply.code >= 300) throw new FtpReplyError(reply)
    }
    await this.#discover()
  }

  /** The entries of the directory at `path`, as they arrive; default the working directory. The directory and its parent are left out. */
  async *list(path?: string, options: CallOptions = {}): AsyncGenerator<ListedEntry> {
    const hasMlsd = this.#features.has('MLST')
    const verb = hasMlsd ? 'MLSD' : 'LIST'
    // A name that begins with a hyphen would be taken for options of `ls`.
    const argument = path?.startsWith('-') === true && !hasMlsd ? `./${path}` : path
    const reference = { nowMs: Date.now(), serverOffsetMinutes: this.#options.serverOffsetMinutes ?? 0 }
    const reader = new ListingReader(hasMlsd ? MLSD_FORMATS : LIST_FORMATS, reference, this.#limits)
    const download = await this.#download({ type: 'command', verb, argument }, { ...options })
    for await (const chunk of download) {
      reader.push(chunk)
      for (let entry = reader.next(); entry !== undefined; entry = reader.next()) if (isListed(entry)) yield entry
    }
    const last = reader.end()
    if (last !== undefined && isListed(last)) yield last
  }

  /**
   * Downloads the file at `path`. Resolves when the server has begun to send; the octets come in the loop, and its end means that all
   * of them came and that the server has said so. Rejects with `FtpReplyError` where the server refuses.
   */
  get(path: string, options: GetOptions = {}): Promise<Download> {
    return this.#download({ type: 'command', verb: 'RETR', argument: path }, options)
  }

  /** Uploads to the file at `path`. Resolves when the server has said that it has all of it. */
  async put(path: string, source: UploadSource, options: PutOptions = {}): Promise<void> {
    const endTurn = await this.#turns.take(options.signal)
    try {
      const dtp = await this.#transfer({ type: 'command', verb: 'STOR', argument: path }, options)
      await dtp.send(octetsOf(source))
    } finally {
      endTurn()
    }
  }

  /** Renames a file or a directory. */
  async rename(from: string, to: string, options: CallOptions = {}): Promise<void> {
    const renaming = { type: 'command', verb: 'RNTO', argument: to } as const
    // What cannot be written must not be found out between the two.
    writeClientEvent(renaming)
    await this.#turns.do(options.signal, async () => {
      await this.#ask({ type: 'command', verb: 'RNFR', argument: from })
      await this.#ask(renaming)
    })
  }

  /** Makes a directory. */
  async mkdir(path: string, options: CallOptions = {}): Promise<void> {
    await this.#turns.do(options.signal, () => this.#ask({ type: 'command', verb: 'MKD', argument: path }))
  }

  /** Removes a file. */
  async remove(path: string, options: CallOptions = {}): Promise<void> {
    await this.#turns.do(options.signal, () => this.#ask({ type: 'command', verb: 'DELE', argument: path }))
  }

  /** Removes a directory, which must be empty. */
  async removeDirectory(path: string, options: CallOptions = {}): Promise<void> {
    await this.#turns.do(options.signal, () => this.#ask({ type: 'command', verb: 'RMD', argument: path }))
  }

  /** The size of the file at `path`, in octets (RFC 3659 §4). */
  size(path: string, options: CallOptions = {}): Promise<number> {
    return this.#turns.do(options.signal, () => this.#size(path))
  }

  /** When the file at `path` was last changed (RFC 3659 §3). */
  modified(path: string, options: CallOptions = {}): Promise<Date> {
    return this.#turns.do(options.signal, async () => dateOf(await this.#time(path)))
  }

  /**
   * What there is at `path` (RFC 3659 §7); the entry's name is as the server writes it, often the whole path. Of a server without MLST
   * only files can be asked for.
   */
  stat(path: string, options: CallOptions = {}): Promise<ListedEntry> {
    const reference = { nowMs: 0, serverOffsetMinutes: 0 }
    return this.#turns.do(options.signal, async () => {
      if (!this.#features.has('MLST')) {
        const [size, time] = [await this.#size(path), await this.#time(path)]
        return new ListedEntry({ name: path, type: 'file', size, time }, reference)
      }
      const { lines } = await this.#ask({ type: 'command', verb: 'MLST', argument: path })
      const octets = encodeText((lines[1] ?? '').slice(1))?.toString('latin1') ?? ''
      return parseMlsxLine(octets, 0, octets.length, reference) ?? unreadable('MLST')
    })
  }

  /** Says goodbye and closes the connection. Resolves when it is closed; a server that is gone already is no error. */
  async quit(): Promise<void> {
    const endTurn = await this.#turns.take()
    try {
      if (!this.#dialogue.isOver) await this.#dialogue.ask({ type: 'command', verb: 'QUIT', argument: undefined }).final
    } catch {
      // What was to be ended has ended.
    } finally {
      endTurn()
      this.#dialogue.close(new ClosedError('The session was ended by quit()'))
      await this.#control.close()
    }
  }

  /** Cuts the connection at once. Whoever waits is rejected, with `reason` if there is one. */
  destroy(reason?: Error): void {
    this.#dialogue.close(reason)
    this.#socket.destroy(reason)
  }

  /** The same as `quit`. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.quit()
  }

  /** Asks, and rejects with `FtpReplyError` where the answer is a refusal. Only to be called in a turn. */
  #ask(command: Command): ReturnType<Dialogue['expect']> {
    return this.#dialogue.expect(command)
  }

  /** `213 1234` */
  async #size(path: string): Promise<number> {
    await this.#image()
    const { lines } = await this.#ask({ type: 'command', verb: 'SIZE', argument: path })
    return parseDecimal(lines[0] ?? '') ?? unreadable('SIZE')
  }

  /** `213 20240229230509` */
  async #time(path: string): Promise<TimeValue> {
    const { lines } = await this.#ask({ type: 'command', verb: 'MDTM', argument: path })
    return parseTimeValue(lines[0] ?? '') ?? unreadable('MDTM')
  }

  /** What the server can do. That it does not know FEAT says nothing (RFC 2389 §3.2). */
  async #discover(): Promise<void> {
    const reply = await this.#dialogue.ask({ type: 'command', verb: 'FEAT', argument: undefined }).final
    if (reply === undefined || reply.code !== 211) return
    this.#features = new Map(reply.lines.slice(1, -1).map(parseFeature))
    // Some servers keep to their code page until they are told (RFC 2640 does not ask for this).
    if (this.#features.has('UTF8')) {
      const options = { name: 'UTF8', options: 'ON' }
      await this.#dialogue.ask({ type: 'command', verb: 'OPTS', argument: options }).final
    }
  }

  /** Begins a download. Its turn ends with it, not with this call. */
  async #download(command: Command, options: GetOptions): Promise<Download> {
    const endTurn = await this.#turns.take(options.signal)
    try {
      return new RunningDownload(await this.#transfer(command, options), endTurn)
    } catch (error) {
      endTurn()
      throw error
    }
  }

  /** Opens a data connection and begins a transfer on it. */
  async #transfer(command: Command, { from = 0, signal, onProgress }: GetOptions): Promise<UserDtp> {
    // What cannot be written is refused before anything is begun.
    writeClientEvent(command)
    if (command.verb === 'RETR' || command.verb === 'STOR') await this.#image()
    const data = await this.#passive.open(signal)
    try {
      if (from > 0) await this.#ask({ type: 'command', verb: 'REST', argument: from })
      const dtp = new UserDtp(command, {
        dialogue: this.#dialogue,
        data,
        timeouts: this.#timeouts,
        timers: this.#timers,
        signal,
        onMoving: (isMoving) => this.#setMoving(isMoving),
        onOctets: this.#counter(command.verb === 'STOR' ? 'C' : 'S', onProgress),
      })
      await dtp.begun()
      return dtp
    } catch (error) {
      data.destroy()
      throw error
    }
  }

  /** A server that sends or takes data owes no reply; when they have ended, it does, and its time begins. */
  #setMoving(isMoving: boolean): void {
    this.#data = isMoving ? 'moving' : 'still'
    this.#control.renewPatience()
  }

  /** Counts the octets of one transfer, for the transcript and for whoever wants to know. */
  #counter(side: 'C' | 'S', onProgress: ((bytes: number) => void) | undefined): (octets: number) => void {
    let bytes = 0
    return (octets) => {
      bytes += octets
      this.#control.noteContent(side, octets)
      onProgress?.(bytes)
    }
  }

  /** TYPE I, once: octets are transferred as they are, and SIZE counts them so. */
  async #image(): Promise<void> {
    if (this.#type === 'I') return
    await this.#ask({ type: 'command', verb: 'TYPE', argument: { code: 'I' } })
    this.#type = 'I'
  }
}

/** Whether an entry is in the directory, and not the directory or its parent. */
function isListed({ role, name }: ListedEntry): boolean {
  return role === 'entry' && name !== '.' && name !== '..'
}

/** ` MLST type*;size*;` as name and parameters. */
function parseFeature(line: string): [name: string, parameters: string] {
  const feature = line.startsWith(' ') ? line.slice(1) : line
  const space = feature.indexOf(' ')
  return space === -1 ? [upperAscii(feature), ''] : [upperAscii(feature.slice(0, space)), feature.slice(space + 1)]
}

/** Any source as octets. */
async function* octetsOf(source: UploadSource): AsyncGenerator<Uint8Array> {
  if (typeof source === 'string' || source instanceof Uint8Array) yield asOctets(source)
  else for await (const chunk of source) yield asOctets(chunk)
}

function asOctets(chunk: Uint8Array | string): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk
}

function unreadable(verb: string): never {
  throw new FtpError('FTP_VALUE_REPLY', { detail: verb })
}
