/**
 * `wireline/ftp`: FTP from scratch, both ends, each layer usable alone.
 *
 *     serve, connect        what most people want
 *     disk, memory          where a server keeps its files; any object of type `Storage` will do
 *     ServerMachine, ClientMachine, ServerTransfer, ClientTransfer, DataMachine
 *                           the protocol without any I/O
 *     COMMANDS, SERVER, CLIENT, DATA, SERVER_TRANSFER, CLIENT_TRANSFER
 *                           the tables behind them
 *     ListingReader, parseUnixLine, parseMlsxLine
 *                           listings
 */
export { serve, serveConnection } from './server.ts'
export type { Server, ServerOptions } from './server.ts'
export type { Login, ServerHandlers, TransferEvent } from './session.ts'
