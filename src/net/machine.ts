/**
 * The one interface that all three protocols share: a protocol without any I/O. Bytes in, events out, bytes out.
 *
 *     machine.receive(bytes)
 *     for (let event = machine.next(); event.type !== 'needData'; event = machine.next()) {
 *       output.push(...machine.send(answerTo(event)))
 *     }
 *
 * Pull, not callbacks: not calling `next()` is the backpressure, and no flag is needed to survive a handler that calls
 * back into the parser. A machine holds no socket, no timer and no clock. Because the contract is the same for HTTP, SMTP
 * and FTP, client or server, one harness tests them all (`test/property`) and one pump could drive them all.
 *
 * The laws that every machine keeps (each is a property test):
 *
 *  1. Split invariance: how TCP cut the input never changes the events.
 *  2. What `send` writes, the machine of the other role reads back as the same event.
 *  3. `receive`, `receiveEnd` and `next` throw `ProtocolError` or `LimitError`, on any bytes, and nothing else.
 *  4. Bytes behind the protocol's last unit (an upgrade, a TLS handshake) stay untouched in `leftover`.
 *  5. Memory is bounded by the limits, whatever comes.
 *  6. Work (`work`) grows linearly with the input.
 *  7. The transition tables are closed, and every state can be reached and left.
 *  8. After an error the machine is dead: `next()` throws the same error again.
 *  9. A client machine and a server machine on a wire never wait for each other for ever.
 */

/** All events have a `type` that tells them apart. */
export interface Unit {
  /** The discriminant. */
  readonly type: string
}

/**
 * The machine can say no more for now. `until: 'receive'` waits for the peer's bytes; `until: 'send'` waits for an answer
 * of ours, and until it is sent further bytes are only kept, not looked at.
 */
export interface NeedData {
  /** The discriminant. */
  readonly type: 'needData'
  /** Which call lets the machine go on. */
  readonly until: 'receive' | 'send'
}

/** The peer has to speak first: read from the socket. */
export const NEED_RECEIVE: NeedData = Object.freeze({ type: 'needData', until: 'receive' })

/** We have to speak first: send the answer that is owed. Not reading from the socket meanwhile is the backpressure. */
export const NEED_SEND: NeedData = Object.freeze({ type: 'needData', until: 'send' })

/** A protocol for one role, without I/O. `In` is what the peer sends, `Out` is what we send. */
export interface Machine<In extends Unit, Out extends Unit> {
  /** The name of the connection's state, as it stands in the role's transition table. */
  readonly state: string
  /**
   * Takes bytes from the peer. They are kept by reference, so the caller must not write over them; views in events alias
   * them and are valid for as long as that holds.
   */
  receive(bytes: Uint8Array): void
  /** The peer has ended its side (FIN). Where that cuts a unit in two, `next()` will throw. */
  receiveEnd(): void
  /** The next event, or what the machine waits for. Throws `ProtocolError`; afterwards the machine stays dead. */
  next(): In | NeedData
  /**
   * The bytes of `event`, to be written in this order; large payloads are passed through by reference, so that one
   * `writev` sends them without a copy. Throws a `ProtocolError` with `side: 'local'`, and changes nothing, where the state
   * does not allow the event or the event cannot be written.
   */
  send(event: Out): readonly Uint8Array[]
  /** Bytes received but not yet part of any event. */
  readonly bufferedBytes: number
  /** Takes what was received behind the protocol's last unit, for whoever speaks next on this connection. */
  takeLeftover(): Uint8Array
  /** Octets examined so far, each look counted: what law 6 measures. */
  readonly work: number
}
