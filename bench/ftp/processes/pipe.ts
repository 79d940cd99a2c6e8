/** The plainest way to receive a file with Node: `socket.pipe(createWriteStream)`. It says when it is ready, and ends when it is done. */
import { createWriteStream, rmSync } from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'

const [root = ''] = process.argv.slice(2)
const path = join(root, 'pipe.bin')

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => {
  rmSync(path, { force: true })
  const file = createWriteStream(path)
  socket.write('.')
  socket.pipe(file)
  file.on('close', () => socket.end())
})
server.listen(0, '127.0.0.1', () => console.log((server.address() as { readonly port: number }).port))
process.once('SIGTERM', () => process.exit())
