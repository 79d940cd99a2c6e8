/**
 * The Telnet layer of the control connection (RFC 959 §2.3, RFC 1123 §4.1.2.12), taken off before anybody looks for lines.
 * Octets come out of it with IAC IAC made one 0xFF (RFC 3659 §2.2) and with Telnet's own commands taken out; an option that
 * is offered or asked for is told, so that it can be refused, and so is an interrupt. CR NUL is left as it is: undone before
 * the lines are cut, `CR NUL LF` would be an end of line that nobody wrote (`parser.ts` undoes it behind).
 *
 *      octets        ordinary octets: long stretches, handed on without a copy
 *      command       behind IAC
 *      option        behind IAC WILL, WONT, DO or DONT: one octet, the option
 *      subnegotiation, subnegotiationCommand   behind IAC SB, up to IAC SE: dropped, in constant memory
 *      interrupted   behind IAC IP: a lone DM may follow
 *
 *     octets ── IAC ──> command ── IAC, or another ──> octets
 *                          ├────── WILL.. ──> option ──> octets
 *                          ├────── SB ──────> subnegotiation <──> subnegotiationCommand ── SE ──> octets
 *                          └────── IP ──────> interrupted ──> octets
 *
 * A client interrupts with the Synch: IAC IP, then IAC DM, the last octet of it as TCP urgent data. Node drops the urgent octet, so
 * `FF F4 FF F2 ABOR` arrives as `FF F4 FF ABOR`, and from others as `FF F4 F2 ABOR`: behind an interrupt a lone DM is dropped, and
 * of IAC before an octet below 0xF0, which is no command, only the IAC is (measured with lftp, pyftpdlib and BSD clients).
 *
 * Because a line that was finished before a Telnet command must be told before it, the decoder hands out stretches up to the
 * next command, and only when it is asked again does it read on.
 */
import type { ByteQueue } from '../net/bytes.ts'

/** Interpret As Command: what begins every Telnet command, and what is doubled to be itself. */
const IAC = 0xff
const DONT = 0xfe
const DO = 0xfd
const WONT = 0xfc
const WILL = 0xfb
const SB = 0xfa
const IP = 0xf4
const DM = 0xf2
const SE = 0xf0

/** The commands that negotiate an option, and their octets (RFC 854). */
const NEGOTIATION: { readonly [Command in TelnetOption['command']]: number } = { WILL, WONT, DO, DONT }

/** Negotiates an option: asked for (DO), offered (WILL), or refused (DONT, WONT). */
export interface TelnetOption {
  /** The discriminant. */
  readonly type: 'telnet'
  /** Which of the four. */
  readonly command: 'WILL' | 'WONT' | 'DO' | 'DONT'
  /** The option's number: 1 is ECHO. */
  readonly option: number
}

/** Interrupt Process, with which a client announces ABOR, STAT or QUIT during a transfer (RFC 959 §4.1.3). */
export interface Interrupt {
  /** The discriminant. */
  readonly type: 'interrupt'
}

/** A stretch of the stream without its Telnet. */
export interface Octets {
  /** The discriminant. */
  readonly type: 'octets'
  /** A view of what was received. */
  readonly bytes: Buffer
}

const INTERRUPT: Interrupt = Object.freeze({ type: 'interrupt' })
const ONE_IAC: Octets = Object.freeze({ type: 'octets', bytes: Buffer.of(IAC) })

/** Takes Telnet off a stream; see the head of this file. */
export class TelnetDecoder {
  #state: 'octets' | 'command' | 'option' | 'subnegotiation' | 'subnegotiationCommand' | 'interrupted' = 'octets'
  #command: TelnetOption['command'] = 'WILL'

  /** Whether a command has begun and not ended: what a FIN would cut in two. */
  get isMidCommand(): boolean {
    return this.#state !== 'octets' && this.#state !== 'interrupted'
  }

  /** Whether nothing that comes hangs on what has come. */
  get isAtRest(): boolean {
    return this.#state === 'octets'
  }

  /** Takes octets off the front of `raw`: the next stretch or command, or `undefined` where there is nothing more to take. */
  next(raw: ByteQueue): Octets | TelnetOption | Interrupt | undefined {
    while (raw.length > 0) {
      const event = this.#state === 'octets' ? this.#stretch(raw) : this.#step(raw.take(1)[0] as number)
      if (event !== undefined) return event
    }
    return undefined
  }

  /** All octets up to the next IAC, as far as they lie in one piece. */
  #stretch(raw: ByteQueue): Octets | undefined {
    const iac = raw.indexOf(IAC)
    if (iac !== 0) return { type: 'octets', bytes: raw.takeSome(iac === -1 ? raw.length : iac) }
    raw.skip(1)
    this.#state = 'command'
    return undefined
  }

  /** One octet of a command, or behind one. */
  #step(byte: number): Octets | TelnetOption | Interrupt | undefined {
    switch (this.#state) {
      case 'interrupted':
        this.#state = byte === IAC ? 'command' : 'octets'
        return byte === IAC || byte === DM ? undefined : octet(byte)
      case 'option':
        this.#state = 'octets'
        return { type: 'telnet', command: this.#command, option: byte }
      case 'subnegotiation':
        if (byte === IAC) this.#state = 'subnegotiationCommand'
        return undefined
      case 'subnegotiationCommand':
        this.#state = byte === SE ? 'octets' : 'subnegotiation'
        return undefined
      default:
        return this.#begin(byte)
    }
  }

  /** The octet behind IAC. */
  #begin(byte: number): Octets | Interrupt | undefined {
    this.#state = 'octets'
    switch (byte) {
      case IAC:
        return ONE_IAC
      case WILL:
      case WONT:
      case DO:
      case DONT:
        this.#state = 'option'
        this.#command = byte === WILL ? 'WILL' : byte === WONT ? 'WONT' : byte === DO ? 'DO' : 'DONT'
        return undefined
      case SB:
        this.#state = 'subnegotiation'
        return undefined
      case IP:
        this.#state = 'interrupted'
        return INTERRUPT
      default:
        return byte < SE ? octet(byte) : undefined
    }
  }
}

function octet(byte: number): Octets {
  return { type: 'octets', bytes: Buffer.of(byte) }
}

/**
 * The octets of a line with each 0xFF doubled (RFC 3659 §2.2). Returns `bytes` itself where there is none, as in all UTF-8.
 */
export function doubleIac(bytes: Buffer): Buffer {
  let iac = bytes.indexOf(IAC)
  if (iac === -1) return bytes
  const parts: Buffer[] = []
  let from = 0
  for (; iac !== -1; iac = bytes.indexOf(IAC, iac + 1)) {
    parts.push(bytes.subarray(from, iac + 1), ONE_IAC.bytes)
    from = iac + 1
  }
  return Buffer.concat([...parts, bytes.subarray(from)])
}

/** The octets of a negotiation. */
export function writeTelnetOption({ command, option }: TelnetOption): Buffer {
  return Buffer.of(IAC, NEGOTIATION[command], option)
}

/** IAC IP IAC DM, all of it in line: no urgent data, which half of the servers would lose. */
export function writeInterrupt(): Buffer {
  return Buffer.of(IAC, IP, IAC, DM)
}

/** The refusal that is due to an offer or a demand; `undefined` where nothing is due, or two refusals would echo for ever (RFC 854). */
export function refusalOf({ command, option }: TelnetOption): TelnetOption | undefined {
  if (command === 'WILL') return { type: 'telnet', command: 'DONT', option }
  return command === 'DO' ? { type: 'telnet', command: 'WONT', option } : undefined
}
