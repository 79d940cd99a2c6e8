/**
 * `wireline/net`: the ground that the three protocols stand on, for whoever wants to build a fourth.
 *
 *     bytes and text    ascii, bytes (a queue), lines (CRLF framing), table (transitions as data), machine (the contract), errors
 *     the socket        socket (what it promises), tcp and tls (how; tls-carrier, tls-clearable), pair (two in memory), deadline, wait
 *     coming together   listener (arrival, admission, bind, proxy), dial (abort), tunnel (http, socks), guard, address
 *     many cores        workers (the primary: worker-process), worker
 *     beside            timers (one wheel for all deadlines), transcript
 *
 * Nothing here knows HTTP, SMTP or FTP.
 */
export * from './ascii.ts'
export { ByteQueue } from './bytes.ts'
export { LineReader } from './lines.ts'
export type { Line, LineFault, LinePolicy } from './lines.ts'
export { deadEnds, toMermaid, transition, unreachableStates } from './table.ts'
export type { EventOf, Table } from './table.ts'
export { NEED_RECEIVE, NEED_SEND } from './machine.ts'
export type { Machine, NeedData, Unit } from './machine.ts'
export {
  ClosedError,
  ConnectError,
  LimitError,
  NetError,
  ProtocolError,
  ReplyError,
  TimeoutError,
  TlsError,
} from './errors.ts'
export type { ErrorRow, ErrorTable, NetCode, NetErrorOptions, ProtocolErrorOptions, Side } from './errors.ts'
export type {
  Address,
  ClearTlsOptions,
  SessionStore,
  Reader,
  Socket,
  TlsClientOptions,
  TlsInfo,
  TlsServerOptions,
  Watcher,
} from './socket.ts'
export { AddressSet } from './address.ts'
export { isPublic, publicAddressesOnly } from './guard.ts'
export { pair } from './pair.ts'
export type { PairOptions } from './pair.ts'
export { serverOver } from './server.ts'
export type { Server, ServerKind } from './server.ts'
export { listen } from './listener.ts'
export type { Listener, ListenOptions, Session } from './listener.ts'
export { startWorkers } from './workers.ts'
export type { Serving, Workers, WorkersOptions } from './workers.ts'
export { dial } from './dial.ts'
export type { Dial, DialOptions, DialTarget, Resolver } from './dial.ts'
export { httpTunnel } from './tunnel-http.ts'
export { socksTunnel } from './tunnel-socks.ts'
export { parseProxy, tunnelThrough } from './tunnel.ts'
export type { NamedProxy, TunnelOptions } from './tunnel.ts'
export type { TunnelProxy } from './tunnel-dial.ts'
export { readProxyHeader, writeProxyHeader, writeProxyLine } from './proxy.ts'
export type { ProxyHeader, ProxyVector } from './proxy.ts'
export { TimerWheel, systemClock, timers } from './timers.ts'
export type { Alarm, Bell, Clock, Timer, TimerWheelOptions } from './timers.ts'
export { Transcript } from './transcript.ts'
export type { TranscriptOptions, TranscriptSink } from './transcript.ts'
