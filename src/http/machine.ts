/**
 * HTTP/1.1 without any I/O, for either role: octets in, events out, octets out. See `net/machine.ts` for the contract.
 *
 *     ServerMachine   receives request, content, end            sends informational, response, content, end
 *     ClientMachine   receives informational, response, ...     sends request, content, end
 *
 * Theory of operation. One parser reads the peer's direction; an `ExchangeState` (`states.ts`) says what either peer may do; a `BodyEncoder`
 * frames what we send. Exchanges follow one another by themselves: when both messages are complete and the connection
 * persists, the next one begins with the next call.
 *
 *  - A server reads no further than the end of a request before that request is answered. So pipelined requests are answered
 *    in order, and what is behind an error, behind a `close` or behind an offer to switch is never parsed.
 *  - A client may have several requests outstanding where `maxOutstanding` allows it. Responses are matched to them in order, and an
 *    octet that answers none of them is an error (RFC 9112 §9.2).
 *  - The framing of what is sent is decided by the same function as that of what is received. Where a response says
 *    nothing about its length, the machine says it: chunked to a client of 1.1, up to the end of the connection to one of 1.0.
 *  - `Connection: close` and `Connection: keep-alive` are added where RFC 9112 §9.3 wants them.
 *
 * No socket, no timer, no clock: the date is an argument, deadlines and draining are for `connection.ts`.
 */
export { ClientMachine } from './client-machine.ts'
export type { ClientMachineOptions } from './client-machine.ts'
export { ServerMachine } from './server-machine.ts'
export type { Answer, ServerMachineOptions } from './server-machine.ts'
