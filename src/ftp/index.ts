/**
 * `wireline/ftp`: FTP from scratch, both ends, each layer usable by itself.
 *
 *     connect, serve           what most people want
 *     storage/                 where a server keeps its files: disk, memory, and wrappers around any of them
 *     ServerMachine, ClientMachine, ServerTransfer, ClientTransfer, DataMachine      the protocol without any I/O
 *     COMMANDS, SERVER, CLIENT, DATA, SERVER_TRANSFER, CLIENT_TRANSFER               the tables behind them
 *     ListingReader            listings, whatever format they have
 *
 * Read in this order: `states.ts`, `commands.ts`, `events.ts`, `machine.ts`; then `server.ts` and `verbs/`, or `client.ts`.
 */
export { connect, Client } from './client.ts'
export type { CallOptions, ConnectOptions, GetOptions, PutOptions, UploadSource } from './client.ts'
export type { Download } from './download.ts'
export { serve, serveConnection } from './server.ts'
export type { Server, ServerOptions } from './server.ts'
export type { Login, ServerHandlers, TransferEvent } from './session.ts'
