/**
 * The pump: one machine on one socket, for either role and any kind of socket. Events are pulled out, bytes are read only when the
 * machine has none left, and what is sent goes through the machine onto the wire in the order of the calls.
 *
 *     event = await connection.next()
 *     await connection.send({ type: 'reply', to: event.verb, code: 200, lines: ['OK'] })
 *
 * A server, which has thousands of these that are silent, waits without a promise: it takes what is there (`advance`), and is told when
 * there may be more (`receiveFor`).
 *
 * A reply that is sent while somebody waits (a transfer has come to its end beside it) may make held commands due, so sending
 * wakes whoever waits. One read is under way at a time; a read that was overtaken stays, and feeds the machine when it comes.
 *
 * Deadlines: `patience` says how long the peer may be waited for, and for what. It runs only while somebody waits, so a command
 * that takes long is nobody's silence, and whoever moves data sets it aside.
 *
 * A transcript gets a line for each unit. Passwords are never in it (A20).
 */
import type { Machine, NeedData, Unit } from '../net/machine.ts'
import type { ClearTlsOptions, Reader, Socket, TlsClientOptions, TlsServerOptions } from '../net/socket.ts'
import type { Transcript } from '../net/transcript.ts'
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

/** Who says how long to wait. An object and no function: each session has one. */
export interface Patient {
  /** Asked each time that the peer is waited for. */
  patience(): Patience
}

/** Who waits without a promise: one of the two is called, once. Neither may throw. */
export interface Receiver {
  /** There may be an event now: octets have come, the peer's end, or a reply was sent. */
  received(): void
  /** There is none: what `next` would reject with. */
  notReceived(error: Error): void
}

/** What a connection is told. */
export interface ConnectionOptions {
  /** Says how long to wait for the peer. */
  readonly patient: Patient
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
export class ControlConnection<In extends AnyEvent, Out extends AnyEvent> implements Reader {
  /** The socket; only to be read from and written to through this connection. */
  readonly socket: Socket
  readonly #patient: Patient
  readonly #machine: ControlMachine<In, Out>
  readonly #transcript: Transcript | undefined
  /** Who waits. */
  #receiver: Receiver | undefined
  /** What the machine lacked when it was last asked. */
  #lack: NeedData['until'] = 'receive'
  #read: 'none' | 'underWay' = 'none'
  /** One for all of an event: a peer that drips an octet a minute does not keep us waiting for ever. */
  #deadline: 'none' | 'set' = 'none'

  constructor(socket: Socket, machine: ControlMachine<In, Out>, options: ConnectionOptions) {
    this.socket = socket
    this.#machine = machine
    this.#patient = options.patient
    this.#transcript = options.transcript
    socket.setWriteDeadline('reply', options.stallMs)
  }

  /**
   * The next event. Rejects with the machine's `ProtocolError`, with `TimeoutError` past the patience, and with `ClosedError` where the
   * connection is gone.
   */
  async next(): Promise<In> {
    for (;;) {
      const event = this.advance()
      if (event !== undefined) return event
      await new Promise<void>((received, notReceived) => this.receiveFor({ received, notReceived }))
    }
  }

  /** The next event of what the machine has already; `undefined` where it needs more. Throws as `next()` rejects. */
  advance(): In | undefined {
    const event = this.#machine.next()
    if (isNeedData(event)) {
      this.#lack = event.until
      return undefined
    }
    this.#relax()
    this.#note(event)
    return event
  }

  /** Waits for what `advance` lacked: `receiver` is told in the turn in which it comes, or at once where it is there. */
  receiveFor(receiver: Receiver): void {
    this.#receiver = receiver
    if (this.#lack === 'send') return
    if (this.#deadline === 'none') {
      const { phase, ms } = this.#patient.patience()
      this.socket.setReadDeadline(phase, ms)
      this.#deadline = 'set'
    }
    if (this.#read === 'underWay') return
    this.#read = 'underWay'
    this.socket.readFor(this)
  }

  /** @internal As `Reader` has it. */
  fulfil(bytes: Buffer | undefined): void {
    this.#read = 'none'
    if (bytes === undefined) this.#machine.receiveEnd()
    else this.#machine.receive(bytes)
    this.#tell()
  }

  /** @internal As `Reader` has it. Where nobody waits, the next read fails in the same way. */
  fail(error: Error): void {
    this.#read = 'none'
    this.#deadline = 'none'
    const receiver = this.#receiver
    this.#receiver = undefined
    receiver?.notReceived(error)
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
    const sent = this.socket.write(slices)
    this.#tell()
    return sent
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

  /** Asks anew how long to wait, where somebody is waiting already: something has changed beside that. */
  renewPatience(): void {
    const { phase, ms } = this.#patient.patience()
    if (this.#read === 'underWay') this.socket.setReadDeadline(phase, ms)
  }

  /** All that has arrived, in however many pieces it came. */
  #takeAll(): void {
    for (let bytes = this.socket.take(); bytes !== undefined; bytes = this.socket.take()) this.#machine.receive(bytes)
  }

  /** No deadline, until somebody waits again. */
  #relax(): void {
    if (this.#deadline === 'none') return
    this.#deadline = 'none'
    this.socket.setReadDeadline(this.#patient.patience().phase, undefined)
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

  /** Tells whoever waits, once; it may wait anew at once. */
  #tell(): void {
    const receiver = this.#receiver
    this.#receiver = undefined
    receiver?.received()
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
