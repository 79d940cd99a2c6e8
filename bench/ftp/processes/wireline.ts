/** Our server over a folder, as docs/ftp.md shows it. */
import { disk, serve } from '../../../src/ftp/index.ts'

const [root = ''] = process.argv.slice(2)
const server = await serve(
  { port: 0 },
  { login: ({ user, password }) => (user === 'joe' && password === 'secret' ? disk(root) : undefined) },
)
console.log(new URL(server.url).port)
process.once('SIGTERM', () => void server.close({ graceMs: 0 }).then(() => process.exit()))
