/** A file server for one folder: `npx tsx examples/http-files.ts [folder] [port]`. Ctrl-C lets downloads finish. */
import { createReadStream } from 'node:fs'
import { realpath, stat } from 'node:fs/promises'
import { join, sep } from 'node:path'
import * as http from 'wireline/http'

const root = await realpath(process.argv[2] ?? '.')
const server = await http.serve({ port: Number(process.argv[3] ?? 8080) }, { exchange: answer })
console.log(`${root} is at ${server.url}`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close({ graceMs: 10_000 }))

async function answer(x: http.Exchange): Promise<void> {
  if (x.method !== 'GET' && x.method !== 'HEAD') return x.respond(405, { allow: 'GET, HEAD' })
  const path = await locate(x.path).catch(() => root)
  const file = await stat(path)
  if (!file.isFile()) return x.respond(404, {}, 'There is no such file\n')

  const { size, mtimeMs: lastModifiedMs } = file
  const has = { etag: `"${lastModifiedMs.toString(36)}-${size.toString(36)}"`, lastModifiedMs }
  const fields = { etag: has.etag, 'last-modified': http.formatHttpDate(lastModifiedMs), 'accept-ranges': 'bytes' }
  const asked = http.conditionalFields(x.headers)
  const outcome = http.evaluatePreconditions(x.method, asked, has, Date.now())
  if (outcome !== 'proceed') return x.respond(outcome === 'failed' ? 412 : 304, fields)

  const mayBePart = x.method === 'GET' && http.isRangeCurrent(asked.ifRange, has, Date.now())
  const wanted = http.parseRange(mayBePart ? x.headers.get('range') : undefined, size, 1)
  if (wanted.type === 'unsatisfiable') return x.respond(416, { 'content-range': http.formatUnsatisfiedRange(size) })
  const [range] = wanted.type === 'ranges' ? wanted.ranges : []
  if (range === undefined) return await x.respond(200, { ...fields, 'content-length': `${size}` }, slices(path))
  const { first, last } = range
  const part = { 'content-range': http.formatContentRange(range, size), 'content-length': `${last - first + 1}` }
  await x.respond(206, { ...fields, ...part }, slices(path, first, last))
}

/** Rejects where there is nothing, or where it lies elsewhere (`..`, a symbolic link). */
async function locate(path: string): Promise<string> {
  const real = await realpath(join(root, decodeURIComponent(path)))
  return real.startsWith(root + sep) ? real : Promise.reject(new Error('elsewhere'))
}

/** Opens the file when the first slice is asked for, so never for HEAD, and closes it when nobody asks any more. */
async function* slices(path: string, start = 0, end = Infinity): AsyncGenerator<Buffer> {
  yield* createReadStream(path, { start, end })
}
