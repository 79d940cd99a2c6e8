/**
 * Holds connections open, and says how many they are once each has had its dialogue:
 *
 *     hold.js <dialogue> <port> <count>
 *
 * A dialogue is a list of what is said, each line when the answer to the one before has come. Behind the last one the connection is idle, or,
 * where something goes on without an end, is not read any more (`download`), or is written to as long as the server takes it (`upload`): to
 * a server that takes all, so many octets and no more.
 */
import { connect } from 'node:net'
import type { Socket } from 'node:net'

const [name = '', port = '', count = ''] = process.argv.slice(2)

/** So many connections begin at a time. */
const AT_ONCE = 500
const PIECE: Buffer = Buffer.alloc(65_536, `${'a'.repeat(76)}\r\n`)

interface Dialogue {
  /** Whether the server speaks first. */
  readonly isGreeted: boolean
  readonly says: readonly string[]
  readonly then: 'idle' | 'download' | 'upload'
  /** How much is uploaded before the client falls silent. Default: as much as is taken. */
  readonly octets?: number
}

const GET = (path: string): string => `GET ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n`
const ENVELOPE = ['MAIL FROM:<a@x.test>\r\n', 'RCPT TO:<b@x.test>\r\n', 'DATA\r\n']
const LOGIN = ['USER joe\r\n', 'PASS secret\r\n']
const POST = 'POST /upload HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 10000000000\r\n\r\n'

const DIALOGUES: Readonly<Record<string, Dialogue>> = {
  http: { isGreeted: false, says: [GET('/')], then: 'idle' },
  'http download': { isGreeted: false, says: [GET('/download')], then: 'download' },
  'http upload': { isGreeted: false, says: [POST], then: 'upload' },
  smtp: { isGreeted: true, says: ['EHLO a.test\r\n'], then: 'idle' },
  'smtp upload': { isGreeted: true, says: ['EHLO a.test\r\n', ...ENVELOPE], then: 'upload' },
  ftp: { isGreeted: true, says: LOGIN, then: 'idle' },
  'ftp download': { isGreeted: true, says: [...LOGIN, 'TYPE I\r\n', 'PASV\r\n'], then: 'download' },
  'ftp upload': { isGreeted: true, says: [...LOGIN, 'TYPE I\r\n', 'PASV\r\n'], then: 'upload', octets: 2 ** 20 },
}

const dialogue = DIALOGUES[name] as Dialogue
const sockets = new Set<Socket>()

function open(to: number): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const socket = connect({ port: to, host: '127.0.0.1' }, () => resolve(socket))
    sockets.add(socket)
    socket.on('error', reject)
  })
}

/** What comes next. A reply of several lines comes in one piece from all servers here. */
function heard(socket: Socket): Promise<string> {
  return new Promise((resolve, reject) => {
    socket.once('close', () => reject(new Error(`${name}: the server hangs up`)))
    socket.once('data', (bytes: Buffer) => resolve(bytes.toString('latin1')))
  })
}

async function hold(index: number): Promise<void> {
  const socket = await open(Number(port))
  if (dialogue.isGreeted) await heard(socket)
  let last = ''
  for (const line of dialogue.says) {
    socket.write(line)
    if (dialogue.then !== 'upload' || dialogue.isGreeted) last = await heard(socket)
  }
  if (!/^(?:HTTP\/1.1 200|[23])/.test(last) && last !== '') throw new Error(`${name}: ${last}`)
  const transfer = name.startsWith('ftp ') ? await openData(socket, last, index) : socket
  if (dialogue.then === 'download') transfer.pause()
  if (dialogue.octets !== undefined) await send(transfer, dialogue.octets)
  else if (dialogue.then === 'upload') pour(transfer)
}

/** The data connection of a transfer, and the command that begins it. */
async function openData(control: Socket, passive: string, index: number): Promise<Socket> {
  const [high = 0, low = 0] = (/,(\d+),(\d+)\)/.exec(passive) ?? []).slice(1).map(Number)
  control.write(dialogue.then === 'download' ? 'RETR large.bin\r\n' : `STOR ${index}.bin\r\n`)
  return open(high * 256 + low)
}

/** Writes so many octets: resolves when the system has them. */
function send(socket: Socket, octets: number): Promise<void> {
  return new Promise((resolve) => socket.write(Buffer.alloc(octets), () => resolve()))
}

/** Writes for as long as it is taken. */
function pour(socket: Socket): void {
  while (socket.write(PIECE));
  socket.once('drain', () => pour(socket))
}

let next = 0
async function holdSome(): Promise<void> {
  while (next < Number(count)) await hold(next++)
}

process.once('SIGTERM', () => process.exit())
// A socket that is not read keeps no process alive.
setInterval(() => {}, 60_000)
await Promise.all(Array.from({ length: AT_ONCE }, holdSome))
for (const socket of sockets) socket.once('close', () => process.exit(1))
console.log(count)
