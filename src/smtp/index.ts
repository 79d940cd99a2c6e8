/**
 * SMTP from scratch.
 *
 * For people:
 *
 *     serve      a server: handlers for connect, mail, rcpt and message           server, handlers
 *     submission the same for the users of a provider                             submission, auth-handlers
 *     Rates      how often a client may come                                      rates, manners
 *     faults     a server that fails by script, to test what sends mail           faults
 *     send       one message to one server, with the fate of each recipient       client, message
 *     connect    a session for several messages                                   client
 *     maildir    delivery to disk; `deliverTo` makes a handler of it              maildir, trace
 *
 *     readMessage  a message, with its texts and attachments                      message/
 *
 * Without sockets, from bytes to meaning:
 *
 *     grammar, address, parameters, extensions, commands, reply                   words and sentences
 *     data                                                                        the dot codec
 *     parser, writer                                                              bytes to events, and back
 *     message/  (MessageParser, HeaderSection)                                    messages to parts, and their content decoded
 *     states, transaction, answers                                                what may come when
 *     machine (receiver, sender)                                                  the two ends
 */
export * from './events.ts'
export { serve, serveConnection } from './server.ts'
export type { ServeOptions, Server, ServerConnectionOptions, ServerTlsOptions } from './server.ts'
export type {
  ConnectContext,
  InquiryContext,
  MailContext,
  MessageContext,
  MessageVerdict,
  RcptContext,
  ServerHandlers,
  Verdict,
} from './handlers.ts'
export type { Peer } from './peer.ts'
export { mechanismsOf } from './auth-handlers.ts'
export type {
  AuthHandlers,
  LoginContext,
  LoginVerdict,
  PasswordHandler,
  ScramHandler,
  StoredScram,
  TokenVerdict,
} from './auth-handlers.ts'
export { submission } from './submission.ts'
export type { SubmissionHandlers, SubmissionOptions } from './submission.ts'
export { faults, FaultScript } from './faults.ts'
export type { FaultEffect, FaultOccasion, FaultPlace, HangUp, Ordinal, ScriptedFault, SessionFaults } from './faults.ts'
export { DEFAULT_MANNERS } from './manners.ts'
export type { Manners } from './manners.ts'
export { Rates } from './rates.ts'
export type { Rate, Rated, RatedClient, RateOptions } from './rates.ts'
export { Client, connect, send } from './client.ts'
export type { Question } from './client.ts'
export { Pool } from './pool.ts'
export type { PoolOptions } from './pool.ts'
export type { ClientOptions, ConnectOptions, StartTlsPolicy } from './client-options.ts'
export type { SendResult } from './sending.ts'
export { SmtpSendError } from './send-error.ts'
export type { Delivery, Fate, Known } from './fate.ts'
export type { Addressee, MessageContent, OutgoingMessage, OutgoingRecipient } from './message.ts'
export { mailboxFolder, maildir } from './maildir.ts'
export type { Maildir, Message, MessageSource } from './maildir.ts'
export { deliverTo } from './maildir-delivery.ts'
export { MaildirError } from './maildir-error.ts'
export type { MaildirErrorCode } from './maildir-error.ts'
export type { Summary } from './maildir-summary.ts'
export { Trace } from './trace.ts'
export type { TraceOptions } from './trace.ts'
export { ClientMachine, ServerMachine } from './machine.ts'
export type { ClientMachineOptions, Greeting, ServerMachineOptions } from './machine.ts'
export type { Envelope, Recipient } from './transaction.ts'
export {
  parseAddress,
  parseForwardPath,
  parseMailbox,
  parseReversePath,
  POSTMASTER,
  writeMailbox,
  writePath,
} from './address.ts'
export type { Path, ReversePath } from './address.ts'
export { parseAddressLiteral, parseDomain } from './grammar.ts'
export { parseParameters, writeParameters } from './parameters.ts'
export type { Offered, Parameters } from './parameters.ts'
export type { Body, By } from './parameter-values.ts'
export type { Notify, Occasion, OriginalRecipient } from './dsn-values.ts'
export type { PeerAttributes, Unavailable } from './peer-attributes.ts'
export { parseXtext, writeXtext } from './xtext.ts'
export type { Charset } from './utf8.ts'
export {
  DEFAULT_EXTENSIONS,
  deliverByMinimum,
  EXTENSIONS,
  futureReleaseLimits,
  parseCapabilities,
  serverLimits,
  sizeLimit,
} from './extensions.ts'
export type {
  Capabilities,
  Circumstances,
  ExtensionKeyword,
  FutureRelease,
  Protocol,
  ServerLimits,
} from './extensions.ts'
export { CommandParser, ReplyParser } from './parser.ts'
export type { CommandContext } from './commands.ts'
export { writeCommand, writeReply } from './writer.ts'
export { DotDecoder, DotEncoder } from './data.ts'
export type { DataEvent, DataState, DecoderOptions } from './data.ts'
export { refuse, Refusal, reply, severity, SmtpReplyError } from './reply.ts'
export type { Severity } from './reply.ts'
export { CLIENT, SERVER } from './states.ts'
export type { ClientState, ClientTransition, ServerState, ServerTransition } from './states.ts'
export { ERRORS, SmtpError, SmtpLimitError } from './errors.ts'
export type { SmtpErrorCode, SmtpErrorRow } from './errors.ts'
export { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, NORMALIZE, REFUSE, STRICT, UNIX_LINES } from './limits.ts'
export type { ContentPolicy, Leniency, Limits, OctetPolicy, Timeouts } from './limits.ts'
export { chooseMechanism } from './sasl/choose.ts'
export type { CertificateLogin, ChoiceOptions, Login as SaslLogin, PasswordLogin, TokenLogin } from './sasl/choose.ts'
export { offeredMechanisms, serverMechanism } from './sasl/offer.ts'
export type { OfferOptions } from './sasl/offer.ts'
export { MECHANISMS } from './sasl/mechanism.ts'
export type {
  Accepted,
  Challenge,
  ClientMechanism,
  ClientStep,
  Credentials,
  ExternalCredentials,
  Failure,
  KnownScram,
  KnownSecret,
  MechanismName,
  OAuthError,
  PasswordCredentials,
  Refused,
  Rejected,
  Response as SaslResponse,
  ScramQuery,
  SecretCredentials,
  ServerMechanism,
  ServerStep,
  Success,
  TokenCredentials,
  Verdict as SaslVerdict,
  Verify,
} from './sasl/mechanism.ts'
export { channelBindings, tlsExporter, tlsServerEndPoint } from './sasl/channel-binding.ts'
export type { ChannelBindings, ChannelBindingType, KeyingMaterial } from './sasl/channel-binding.ts'
export { scramCredentials } from './sasl/scram-keys.ts'
export type { ScramCredentials, ScramDecoy } from './sasl/scram-keys.ts'
export { SASL_BREACHES, SASL_ERRORS, SASL_REFUSALS, SaslError } from './sasl/errors.ts'
export type { SaslErrorCode, SaslRefusal } from './sasl/errors.ts'
export type { Audience } from './sasl/oauthbearer.ts'
export { decodeBase64, encodeBase64 } from './sasl/base64.ts'
export { MessageParser } from './message/message-parser.ts'
export type { MessageParserOptions } from './message/message-parser.ts'
export type {
  MimeContent,
  MimeEnd,
  MimeEvent,
  MimePart,
  MimePartEnd,
  MimeViolation,
  PartKind,
  TransferEncoding,
} from './message/events.ts'
export { readMessage } from './message/read-message.ts'
export type { Attachment, PartTree, ReceivedMessage } from './message/read-message.ts'
export { HeaderSection } from './message/header-section.ts'
export { parseAddresses } from './message/address-list.ts'
export type { Address, AddressGroup, MailboxAddress } from './message/address-list.ts'
export { decodeWords } from './message/encoded-word.ts'
export { fileNameOf, parseContentType, parseDisposition } from './message/content-type.ts'
export type { ContentType, Disposition } from './message/content-type.ts'
export type { MimeParameters } from './message/parameters.ts'
export { parseDate } from './message/date.ts'
export { parseMessageIds } from './message/message-id.ts'
export { DEFAULT_MESSAGE_LIMITS } from './message/limits.ts'
export type { MessageLimits } from './message/limits.ts'
export { MIME_ERRORS, MIME_VIOLATIONS, MimeError, MimeLimitError } from './message/errors.ts'
export type { MimeErrorCode, MimeViolationCode } from './message/errors.ts'
