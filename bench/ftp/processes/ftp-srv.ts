/** ftp-srv over a folder, as its README shows it. */
import { createServer } from 'node:net'
import { FtpSrv } from 'ftp-srv'

const [root = ''] = process.argv.slice(2)
// It cannot be asked for its port.
const probe = createServer().listen(0, '127.0.0.1')
await new Promise((resolve) => probe.once('listening', resolve))
const { port } = probe.address() as { readonly port: number }
await new Promise((resolve) => probe.close(resolve))

const quiet = (): void => {}
const log = { trace: quiet, debug: quiet, info: quiet, warn: quiet, error: quiet, child: () => log }
const server = new FtpSrv({
  url: `ftp://127.0.0.1:${port}`,
  pasv_url: '127.0.0.1',
  pasv_min: 20_000,
  pasv_max: 30_000,
  anonymous: false,
  log,
})
server.on('login', (_login, resolve) => resolve({ root }))
await server.listen()
console.log(port)
process.once('SIGTERM', () => process.exit())
