/** The server of ws, which brings no types. */
import { createRequire } from 'node:module'
import type { AddressInfo, Server } from 'node:net'
import { announce } from './answers.ts'

interface WebSocket {
  on(event: 'error', listener: () => void): void
  terminate(): void
}

interface WebSocketServer extends Pick<Server, 'address'> {
  on(event: 'connection', listener: (socket: WebSocket) => void): void
  on(event: 'listening', listener: () => void): void
}

const require = createRequire(import.meta.url)
const { WebSocketServer } = require('ws') as {
  readonly WebSocketServer: new (options: object) => WebSocketServer
}
const server = new WebSocketServer({ port: 0, host: '127.0.0.1', perMessageDeflate: false })
server.on('connection', (socket) => socket.on('error', () => socket.terminate()))
server.on('listening', () => announce((server.address() as AddressInfo).port))
