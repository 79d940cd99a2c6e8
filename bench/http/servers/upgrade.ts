/** Our server where a client asks for WebSocket (RFC 6455 §4.2.2): the answer to the handshake is the handler's, the socket behind it its own. */
import { createHash } from 'node:crypto'
import { serve } from '../../../src/http/index.ts'
import type { Exchange } from '../../../src/http/index.ts'
import { announce } from './answers.ts'

const GUID = '258EAFA5-E914-47DA-95CA-C5AB0DC85B11'

function upgrade(x: Exchange): void {
  const key = x.headers.get('sec-websocket-key') ?? ''
  const accept = createHash('sha1')
    .update(key + GUID)
    .digest('base64')
  const socket = x.takeOver(101, { upgrade: 'websocket', connection: 'Upgrade', 'sec-websocket-accept': accept })
  // The client goes as soon as it has the answer.
  socket.read().then(
    () => socket.destroy(),
    () => socket.destroy(),
  )
}

const server = await serve({ port: 0 }, { exchange: upgrade })
announce(Number(new URL(server.url).port))
