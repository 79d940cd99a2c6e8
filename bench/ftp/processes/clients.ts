/**
 * A client under test: downloads, one behind the other for some seconds on one session, and prints how it went. Started as
 *
 *     clients.js <client> <work> <port> <seconds>
 *
 * with the works `retrieve` and `tiny` of `load.ts`. Neither client looks at an octet that it has got.
 */
import { Writable } from 'node:stream'
import { Client } from 'basic-ftp'
import { connect } from '../../../src/ftp/index.ts'
import { LARGE, TINY } from './files.ts'
import type { File } from './files.ts'

const [name = '', work = '', port = '', seconds = ''] = process.argv.slice(2)

/** Downloads a file of the session: how many octets came. */
type Download = (file: File) => Promise<number>

async function byWireline(): Promise<Download> {
  const ftp = await connect(`ftp://127.0.0.1:${port}`)
  return async ({ name }) => {
    let octets = 0
    for await (const chunk of await ftp.get(name)) octets += chunk.length
    return octets
  }
}

async function byBasicFtp(): Promise<Download> {
  const ftp = new Client()
  await ftp.access({ host: '127.0.0.1', port: Number(port) })
  return async ({ name }) => {
    let octets = 0
    const write = (chunk: Buffer, _encoding: string, done: () => void): void => {
      octets += chunk.length
      done()
    }
    await ftp.downloadTo(new Writable({ write }), name)
    return octets
  }
}

const download = await (name === 'wireline' ? byWireline() : byBasicFtp())
const file = work === 'tiny' ? TINY : LARGE
const times: number[] = []
for (const end = performance.now() + Number(seconds) * 500; times.length < 1 || performance.now() < end;) {
  const began = performance.now()
  if ((await download(file)) !== file.octets) throw new Error(`${file.name} was not whole`)
  times.push(performance.now() - began)
}
const median = times.sort((a, b) => a - b)[times.length >> 1] ?? NaN
console.log(work === 'tiny' ? median : file.octets / 1e6 / median)
process.exit()
