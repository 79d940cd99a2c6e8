/**
 * The pump: one machine on one socket, for either role and any kind of socket. Events are pulled out, bytes are read only when the
 * machine has none left, and what is sent goes through the machine onto the wire in the order of the calls.
 *
 *     event = await connection.next()
 *     await connection.send({ type: 'reply', to: event.verb, code: 200, lines: ['OK'] })
 *
 * A reply that is sent while `next()` waits (a transfer has come to its end beside it) may make held commands due, so sending
 * wakes it. One read is under way at a time; a read that was overtaken stays, and feeds the machine when it comes.
 *
 * Deadlines: `patience` says how long `next()` may wait for the peer, and for what. It runs only while `next()` is called, so a command
 * that takes long is nobody's silence, and whoever moves data sets it aside.
 *
 * A transcript gets a line for each unit. Passwords are never in it (A20).
 */
import type { Machine, NeedData, Unit } from '../net/machine.ts'
import type { ClearTlsOptions, Socket, TlsClientOptions, TlsServerOptions } from '../net/socket.ts'
import type { Transcript } from '../net/transcript.ts'
import { Wait } from '../net/wait.ts'
import { isSecret } from './commands.ts'
import { FtpError } from './errors.ts'
import type { ClientIn, ClientOut, ServerIn, ServerOut } from './events.ts'
import { commandLine } from './writer.ts'

/** How long to wait for the peer, and what the wait is called in a `TimeoutError`. */
export interface Patience {
  /** Such as `idle`. */
  readonly phase: string
  /** Milliseconds from now on; `undefined` for as long as it takes. */
  readonly ms: number | undefined
}

/** What a connection is told. */
export interface ConnectionOptions {
  /** Asked each time that the peer is waited for. */
  readonly patience: () => Patience
  /** How long the peer may take nothing of what is sent, in milliseconds. */
  readonly stallMs: number
  /** Where what crosses the wire is written down, if anywhere. */
  readonly transcript: Transcript | undefined
}

/** What can be read and written here, in either role. */
type AnyEvent = ServerIn | ServerOut | ClientIn | ClientOut

/** What a connection needs of a machine, in either role. */
export interface ControlMachine<In extends Unit, Out extends Unit> extends Machine<In, Out> {
  /** Whether the peer has sent anything behind the last event. */
  readonly isPeerAhead: boolean
  /** TLS is up, or down again. */
  layerChanged(): void
}

/** A machine on a socket. */
export class ControlConnection<In extends AnyEvent, Out extends AnyEvent> {
  /** The socket; only to be read from and written to through this connection. */
  readonly socket: Socket
  readonly #patience: () => Patience
  readonly #machine: ControlMachine<In, Out>
  readonly #transcript: Transcript | undefined
  readonly #sent = new Wait<void>()
  #reading: Promise<void> | undefined
  /** One for all of an event: a peer that drips an octet a minute does not keep us waiting for ever. */
  #deadline: 'none' | 'set' = 'none'

  constructor(socket: Socket, machine: ControlMachine<In, Out>, options: ConnectionOptions) {
    this.socket = socket
    this.#machine = machine
    this.#patience = options.patience
    this.#transcript = options.transcript
    socket.setWriteDeadline('reply', options.stallMs)
  }

  /**
   * The next event. Rejects with the machine's `ProtocolError`, with `TimeoutError` past the patience, and with `ClosedError` where the
   * connection is gone.
   */
  async next(): Promise<In> {
    for (;;) {
      const event = this.#machine.next()
      if (!isNeedData(event)) {
        this.#relax()
        this.#note(event)
        return event
      }
      const sent = this.#sent.start()
      if (event.until === 'send') await sent
      else await this.#read(sent)
    }
  }

  /** An event that is there without waiting, if one is. Throws as `next()` rejects. */
  poll(): In | undefined {
    this.#takeAll()
    const event = this.#machine.next()
    if (isNeedData(event)) return undefined
    this.#note(event)
    return event
  }

  /**
   * Sends an event. Resolves when there is room for more. Throws at once, and sends nothing, where the machine does not allow it;
   * rejects where the connection is gone.
   */
  send(event: Out): Promise<void> {
    const slices = this.#machine.send(event)
    this.#note(event)
    this.#relax()
    this.#sent.fulfil()
    return this.socket.write(slices)
  }

  /** Whether anything has arrived behind the last event. */
  get isPeerAhead(): boolean {
    this.#takeAll()
    return this.#machine.isPeerAhead
  }

  /**
   * A server's way into TLS: says that it begins, and begins. There is no `await` between the two, so that the first octets of the handshake
   * are not taken for plaintext. Rejects as `Socket.upgradeTls` does; the connection is lost then.
   */
  async beginTls(reply: Out, options: TlsServerOptions): Promise<void> {
    const sent = this.send(reply)
    const secured = this.socket.upgradeTls('server', options)
    await Promise.all([sent, secured])
    this.#machine.layerChanged()
  }

  /** The same with the first octet, before anything is said. */
  async beginTlsAtOnce(options: TlsServerOptions): Promise<void> {
    await this.socket.beginTls(options)
    this.#machine.layerChanged()
  }

  /** A client's way into TLS, behind the reply to AUTH. Rejects with `FTP_TLS_LEFTOVER` where more has come behind that (A13). */
  async joinTls(options: TlsClientOptions): Promise<void> {
    if (this.isPeerAhead) throw new FtpError('FTP_TLS_LEFTOVER')
    await this.socket.upgradeTls('client', options)
    this.#machine.layerChanged()
  }

  /**
   * A server's way out of TLS: says so, and ends it behind that. Rejects as `Socket.clearTls` does, also where the client has said anything
   * more within TLS; the connection is lost then.
   */
  async endTls(reply: Out, options: ClearTlsOptions): Promise<void> {
    const sent = this.send(reply)
    const cleared = this.socket.clearTls(options)
    await Promise.all([sent, cleared])
    this.#machine.layerChanged()
  }

  /** A client's way out of TLS, behind the reply to CCC. Rejects with `FTP_TLS_LEFTOVER` where more has come behind that. */
  async leaveTls(options: ClearTlsOptions): Promise<void> {
    if (this.isPeerAhead) throw new FtpError('FTP_TLS_LEFTOVER')
    await this.socket.clearTls(options)
    this.#machine.layerChanged()
  }

  /** Asks anew how long to wait, where `next()` is waiting already: something has changed beside it. */
  renewPatience(): void {
    const { phase, ms } = this.#patience()
    if (this.#reading !== undefined) this.socket.setReadDeadline(phase, ms)
  }

  /** All that has arrived, in however many pieces it came. */
  #takeAll(): void {
    for (let bytes = this.socket.take(); bytes !== undefined; bytes = this.socket.take()) this.#machine.receive(bytes)
  }

  /** No deadline, until somebody waits again. */
  #relax(): void {
    if (this.#deadline === 'none') return
    this.#deadline = 'none'
    this.socket.setReadDeadline(this.#patience().phase, undefined)
  }

  /** Counts octets of a data connection in the transcript. */
  noteContent(side: 'C' | 'S', octets: number): void {
    this.#transcript?.content(side, octets)
  }

  /** Ends politely: all that was sent goes out first. Never rejects. */
  async close(): Promise<void> {
    await this.socket.close()
    this.#transcript?.close()
  }

  /** Waits for bytes and feeds them to the machine, or for `sent`, whichever is first. */
  async #read(sent: Promise<void>): Promise<void> {
    if (this.#deadline === 'none') {
      const { phase, ms } = this.#patience()
      this.socket.setReadDeadline(phase, ms)
      this.#deadline = 'set'
    }
    this.#reading ??= this.#feed()
    try {
      await Promise.race([this.#reading, sent])
    } catch (error) {
      this.#deadline = 'none'
      throw error
    }
  }

  #feed(): Promise<void> {
    const reading = this.socket.read().then((bytes) => {
      this.#reading = undefined
      if (bytes === undefined) this.#machine.receiveEnd()
      else this.#machine.receive(bytes)
    })
    // Where it fails while nobody waits, the next call of `next()` finds it and fails with it.
    reading.catch(() => {})
    return reading
  }

  #note(event: AnyEvent): void {
    const transcript = this.#transcript
    if (transcript === undefined) return
    switch (event.type) {
      case 'command':
      case 'otherCommand':
        if (isSecret(event.verb)) return transcript.secret('C', event.verb)
        return transcript.line('C', commandLine(event))
      case 'refused':
        return transcript.line('C', event.line === '' ? '(no command)' : event.line)
      case 'reply':
        for (const [index, line] of event.lines.entries()) {
          const isInner = index > 0 && index < event.lines.length - 1
          transcript.line('S', isInner ? line : `${event.code}${index === event.lines.length - 1 ? ' ' : '-'}${line}`)
        }
        return
      default:
        // Telnet is beside the dialogue.
        return
    }
  }
}

function isNeedData(event: Unit): event is NeedData {
  return event.type === 'needData'
}
