/**
 * HTTP/1.1: servers and clients, and each layer beneath them by itself.
 *
 *     serve, Client                  what most people want
 *     ServerConnection               a server on any socket
 *     ServerMachine, ClientMachine   the protocol without I/O: octets in, events out, octets out
 *     RequestParser, ResponseParser  one direction: octets to events
 *     scanHead                       octets of a head to offsets
 *     parseRange, parseHttpDate...   HTTP's meaning as pure functions
 */
export { serve } from './server.ts'
export type { Handler, Server } from './server.ts'
export { ServerConnection } from './server-connection.ts'
export type { ExchangeHandler } from './server-connection.ts'
export { SERVER_TIMEOUTS } from './server-options.ts'
export type { ServeOptions, ServerConnectionOptions, ServerTimeouts } from './server-options.ts'
export { Exchange, ResponseStream } from './exchange.ts'
export type { WholeContent } from './exchange.ts'
export { LightResponse as Response } from './light-response.ts'
export { answerWith } from './web.ts'
export type { FetchHandler } from './web.ts'

export { Client } from './client.ts'
export { CLIENT_TIMEOUTS } from './client-options.ts'
export type { ClientOptions, ClientTimeouts, ProxyOptions, RequestOptions } from './client-options.ts'
export type { RequestContent, RequestTrailers } from './client-content.ts'
export type { Fetch } from './fetch.ts'
export { noProxy } from './proxy-bypass.ts'
export { ClientResponse } from './response.ts'
export { ContentReader } from './content.ts'

export { ClientMachine, ServerMachine } from './machine.ts'
export type { Answer, ClientMachineOptions, ServerMachineOptions } from './machine.ts'
export { CLIENT, JOINT, SERVER } from './states.ts'
export type { ClientEvent, ClientState, JointRule, ServerEvent, ServerState } from './states.ts'
export type {
  ClientIn,
  ClientOut,
  Content,
  End,
  Informational,
  ReceivedEnd,
  ReceivedInformational,
  ReceivedRequest,
  ReceivedResponse,
  RequestHead,
  ResponseHead,
  ServerIn,
  ServerOut,
  Version,
  Warning,
} from './events.ts'
export { ERRORS, HttpError, HttpLimitError } from './errors.ts'
export type { HttpErrorCode } from './errors.ts'
export { DEFAULT_LIMITS, REQUEST_LENIENCY, RESPONSE_LENIENCY, STRICT } from './limits.ts'
export type { Leniency, Limits } from './limits.ts'

export { RequestParser, ResponseParser } from './parser.ts'
export type { ParserOptions } from './parser.ts'
export type { Slices } from './writer.ts'
export { Fields } from './fields.ts'
export type { FieldLines, FieldsInit } from './fields.ts'
export { decideFraming } from './framing.ts'
export type { FramedMessage, Framing, FramingRules } from './framing.ts'
export { scanHead } from './scan.ts'
export {
  AT,
  BARE_LF,
  BITS,
  CONNECTION,
  CONTENT_LENGTH,
  EXPECT,
  faultCode,
  FIELD_SLOTS,
  FIELDS,
  FIRST_END,
  FOLDED,
  HOST,
  INTEREST,
  MINOR,
  NEED_MORE,
  REASON_ABSENT,
  REPEATED,
  SECOND_END,
  SECOND_START,
  SLOTS_PER_FIELD,
  slotsFor,
  startScan,
  STATUS,
  TARGET_OBS_TEXT,
  TARGET_UNENCODED,
  TRANSFER_ENCODING,
  UPGRADE,
} from './slots.ts'
export type { Scan } from './slots.ts'
export { parseAbsolute, parseAuthority } from './target.ts'
export type { AbsoluteTarget, Authority, TargetForm } from './target.ts'

export { conditionalFields, evaluatePreconditions, isRangeCurrent } from './conditional.ts'
export type { ConditionalFields, Precondition, Validators } from './conditional.ts'
export { formatHttpDate, parseHttpDate } from './date.ts'
export { formatContentRange, formatUnsatisfiedRange, parseRange } from './range.ts'
export type { ByteRange, RangeRequest } from './range.ts'
