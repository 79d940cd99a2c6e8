/**
 * The load: downloads or uploads, one behind the other for some seconds, and prints how it went. Started as
 *
 *     load.js <work> <port> <user> <seconds>
 *
 *     retrieve   large.bin    gigabytes a second
 *     store      upload.bin   gigabytes a second; what was there before is removed first, and not timed
 *     pipe       the same to a bare socket, which says that it is ready with an octet, and that it is done with its FIN
 *     tiny       tiny.bin     milliseconds from EPSV to 226, the median
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { cargo, LARGE, TINY, UPLOAD } from './files.ts'
import { NeutralClient, sendAll } from './neutral-client.ts'
import type { Cargo } from './neutral-client.ts'

const [work = '', port = '', user = '', seconds = ''] = process.argv.slice(2)

/** Does it until half of the time is over, once at least: the milliseconds that each took. */
async function timed(once: () => Promise<number>): Promise<number[]> {
  const end = performance.now() + Number(seconds) * 500
  const times: number[] = []
  while (times.length < 1 || performance.now() < end) times.push(await once())
  return times.sort((a, b) => a - b)
}

async function stopwatch(work: () => Promise<unknown>): Promise<number> {
  const began = performance.now()
  await work()
  return performance.now() - began
}

function median(times: readonly number[]): number {
  return times[times.length >> 1] ?? NaN
}

function gigabytes(times: readonly number[]): number {
  return LARGE.octets / 1e6 / median(times)
}

async function retrieve(client: NeutralClient, path: string, octets: number): Promise<number> {
  return stopwatch(async () => {
    if ((await client.retrieve(path)) !== octets) throw new Error(`${path} was not whole`)
  })
}

async function store(client: NeutralClient): Promise<number> {
  const ms = await stopwatch(() => client.store(UPLOAD, cargo()))
  await client.ask(`DELE ${UPLOAD}`, 250)
  return ms
}

async function pipe(): Promise<number> {
  const ms = await piped(cargo())
  // An empty file in its place does what DELE does for the others: the server frees the memory, and the next one finds it on its core.
  await piped({ buffer: Buffer.alloc(0), octets: 0 })
  return ms
}

async function piped(octets: Cargo): Promise<number> {
  const socket = connect({ port: Number(port), host: '127.0.0.1' })
  await once(socket, 'data')
  return stopwatch(async () => {
    const closed = once(socket, 'close')
    await sendAll(socket, octets)
    await closed
  })
}

async function figure(): Promise<number> {
  if (work === 'pipe') return gigabytes(await timed(pipe))
  const client = await NeutralClient.login(Number(port), user)
  switch (work) {
    case 'retrieve':
      return gigabytes(await timed(() => retrieve(client, LARGE.name, LARGE.octets)))
    case 'store':
      return gigabytes(await timed(() => store(client)))
    case 'tiny':
      return median(await timed(() => retrieve(client, TINY.name, TINY.octets)))
    default:
      throw new Error(`no work is called ${work}`)
  }
}

console.log(await figure())
process.exit()
