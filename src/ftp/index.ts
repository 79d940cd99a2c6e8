/**
 * FTP from scratch.
 *
 * For people:
 *
 *     serve       a server: a login, a storage for each user                     server, handlers, session, verbs/
 *     connect     a session on a server: list, get, put                          client, download
 *     disk, memory, and wrappers around any storage                              storage/
 *
 * Without sockets, from bytes to meaning:
 *
 *     text, grammar, address, arguments, commands, path, reply, telnet           words and sentences
 *     listing/, ascii                                                            what crosses data connections
 *     parser, writer                                                             bytes to events, and back
 *     states, security, transfer                                                 what may come when, on two connections
 *     machine                                                                    the two ends
 */
export * from './events.ts'
export { serve, serveConnection } from './server.ts'
export type { Server } from './server.ts'
export type { ServeOptions, ServerConnectionOptions } from './server-options.ts'
export type { ServerTlsOptions } from './server-tls.ts'
export type {
  CommandRequest,
  HostRequest,
  Login,
  LoginResult,
  Peer,
  ServerHandlers,
  TransferEvent,
} from './handlers.ts'
export { writeXferlogLine } from './xferlog.ts'
export { Client, connect } from './client.ts'
export type {
  CallOptions,
  ClientOptions,
  ConnectOptions,
  GetOptions,
  ListOptions,
  PutOptions,
  TransferCallOptions,
  UploadSource,
} from './client-options.ts'
export type { ClientTlsOptions } from './client-tls.ts'
export type { Download } from './download.ts'
export type { Features } from './features.ts'
export type { FileHash, HashAlgorithm } from './hash.ts'
export { localName } from './local-name.ts'
export { disk, sweep } from './storage/disk.ts'
export { memory } from './storage/memory.ts'
export type { MemoryOptions } from './storage/memory.ts'
export { quota } from './storage/quota.ts'
export type { QuotaOptions } from './storage/quota.ts'
export { rateLimited } from './storage/rate.ts'
export type { RateOptions } from './storage/rate.ts'
export { readOnly, restricted, rooted } from './storage/wrappers.ts'
export type { Operation } from './storage/wrappers.ts'
export { StorageError } from './storage/storage.ts'
export type {
  Attributes,
  Capability,
  Entry,
  ReadOptions,
  Sink,
  Source,
  Stat,
  Storage,
  StorageRefusal,
  WriteMode,
} from './storage/storage.ts'
export { formatPath, isName, parsePath, resolvePath, ROOT } from './path.ts'
export type { VirtualPath } from './path.ts'
export { FORMATS_NAMED, LIST_FORMATS, MLSD_FORMATS } from './listing/format.ts'
export type { FormatName } from './listing/format.ts'
export type { Announcement, ListingFormat } from './listing/line.ts'
export { ListedEntry } from './listing/entry.ts'
export type { EntryFields, EntryType, ListedTime, Reference } from './listing/entry.ts'
export { ListingReader } from './listing/reader.ts'
export { parseFeatures } from './features.ts'
export { AsciiDecoder, AsciiEncoder } from './ascii.ts'
export { decodeText, encodeText } from './text.ts'
export { CommandParser, ReplyParser } from './parser.ts'
export type { CommandFault, ParsedCommand } from './parser.ts'
export { ClientMachine, ServerMachine } from './machine.ts'
export type { MachineOptions } from './machine.ts'
export { ClientTransfer, DataMachine, ServerTransfer } from './transfer.ts'
export type { FinalReply } from './transfer.ts'
export { COMMANDS } from './commands.ts'
export type { CommandArguments, CommandRow, Permission, Phase, Rows, SecurityPhase, Verb } from './commands.ts'
export type { Argument, Boxed } from './arguments.ts'
export {
  parseExtendedPassiveText,
  parseExtendedPort,
  parseHostPort,
  parsePassiveText,
  writeExtendedPassiveText,
  writeExtendedPort,
  writeHostPort,
  writePassiveText,
} from './address.ts'
export type { ExtendedPort, HostPort } from './address.ts'
export type { Allocation, ByteRange, DatedPath, FactChanges, HashedPath } from './extensions.ts'
export {
  dateOf,
  parseCommandLine,
  parseDataType,
  parseListArgument,
  parseQuotedPath,
  parseTimeValue,
  writeDataType,
  writeQuotedPath,
  writeTimeValue,
} from './grammar.ts'
export type { CommandLine, ListArgument, TimeValue } from './grammar.ts'
export type { CalendarTime, CommandOptions, DataType, ExtendedPassive, FileStructure, TransferMode } from './grammar.ts'
export { CLIENT, CLIENT_TRANSFER, DATA, SERVER, SERVER_TRANSFER } from './states.ts'
export type {
  ClientEvent,
  ClientState,
  ClientTransferEvent,
  ClientTransferState,
  DataEvent,
  DataState,
  ServerEvent,
  ServerState,
  ServerTransferEvent,
  ServerTransferState,
} from './states.ts'
export { SECURITY } from './security.ts'
export type { Protection, SecurityEvent, SecurityState } from './security.ts'
export { FtpReplyError, writeReply } from './reply.ts'
export { ERRORS, FtpError, FtpLimitError } from './errors.ts'
export type { FtpErrorCode } from './errors.ts'
export { DEFAULT_LIMITS, DEFAULT_TIMEOUTS, STRICT } from './limits.ts'
export type { Leniency, Limits, Timeouts } from './limits.ts'
