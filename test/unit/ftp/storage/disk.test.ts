import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import {
  lstat,
  mkdir,
  mkdtemp,
  readdir,
  readFile,
  rename,
  rm,
  symlink,
  truncate,
  utimes,
  writeFile,
} from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { refusal } from '../../../../src/ftp/storage/held.ts'
import { disk, sweep } from '../../../../src/ftp/storage/disk.ts'
import { StorageError } from '../../../../src/ftp/storage/storage.ts'
import type { Storage } from '../../../../src/ftp/storage/storage.ts'

let folder: string
let root: string
let storage: Storage

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wireline-disk-'))
  root = join(folder, 'root')
  await mkdir(root)
  await mkdir(join(folder, 'outside'))
  await writeFile(join(folder, 'outside', 'secret'), 'secret')
  storage = disk(root)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => 'no refusal',
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(StorageError)
  // what a stranger reads names nothing of this machine
  expect((error as StorageError).message).not.toContain(folder)
  return (error as StorageError).reason
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('nothing gets out', () => {
  beforeEach(async () => {
    await symlink(join(folder, 'outside'), join(root, 'link'))
    await symlink(join(folder, 'outside', 'secret'), join(root, 'file'))
  })

  it('follows no symbolic link, neither on the way nor at the end', async () => {
    expect(await reasonOf(storage.read(['file']))).toBe('denied')
    expect(['denied', 'notDirectory']).toContain(await reasonOf(storage.read(['link', 'secret'])))
    expect(['denied', 'notDirectory']).toContain(await reasonOf(storage.stat(['link', 'secret'])))
    expect(['denied', 'notDirectory']).toContain(await reasonOf(storage.write(['link', 'new'], { type: 'replace' })))
    expect(['denied', 'notDirectory']).toContain(await reasonOf(storage.makeDirectory(['link', 'new'])))
    expect(['denied', 'notDirectory']).toContain(await reasonOf(storage.removeFile(['link', 'secret'])))
    expect(['denied', 'notDirectory']).toContain(await reasonOf(storage.rename(['link', 'secret'], ['mine'])))
    expect(['denied', 'notDirectory']).toContain(await reasonOf(collect(listing(['link']))))
    expect(await reasonOf(storage.write(['file'], { type: 'append' }))).toBe('denied')
    expect(await reasonOf(storage.write(['file'], { type: 'resume', from: 0 }))).toBe('denied')
    expect(await readdir(join(folder, 'outside'))).toEqual(['secret'])
  })

  it('lists a link as what it is, replaces and removes the link itself', async () => {
    expect(await storage.stat(['link'])).toMatchObject({ type: 'other', size: 0 })
    const sink = await storage.write(['file'], { type: 'replace' })
    await sink.write(Buffer.from('mine'))
    await sink.commit()
    await storage.removeFile(['link'])
    expect(await readFile(join(folder, 'outside', 'secret'), 'utf8')).toBe('secret')
    expect(await readFile(join(root, 'file'), 'utf8')).toBe('mine')
    expect(await readdir(root)).toEqual(['file'])
  })

  it('is not to be tricked by a directory that is swapped for a link while it is at work', async () => {
    await mkdir(join(root, 'd'))
    await writeFile(join(root, 'd', 'secret'), 'harmless')
    let swapped = false
    const swapping = (async () => {
      for (let round = 0; round < 200; round++) {
        await rename(join(root, 'd'), join(root, 'kept'))
        await rename(join(root, 'link'), join(root, 'd'))
        await rename(join(root, 'd'), join(root, 'link'))
        await rename(join(root, 'kept'), join(root, 'd'))
      }
      swapped = true
    })()
    let harmless = 0
    while (!swapped) {
      const content = await storage.read(['d', 'secret']).then(collect, (error: unknown) => refusal(error).reason)
      if (Buffer.isBuffer(content)) {
        expect(content.toString()).toBe('harmless')
        harmless++
      } else expect(['notFound', 'denied', 'notDirectory']).toContain(content)
    }
    await swapping
    expect(harmless).toBeGreaterThan(0)
  })

  async function* listing(path: string[]): AsyncGenerator<Buffer> {
    for await (const entry of storage.list(path)) yield Buffer.from(entry.name)
  }
})

describe('uploads', () => {
  it('grow under a name that nobody sees or reaches', async () => {
    const sink = await storage.write(['a'], { type: 'replace' })
    await sink.write(Buffer.from('x'))
    const [hidden] = await readdir(root)
    expect(hidden).toMatch(/^\.wireline-[0-9a-f]{16}$/)
    for await (const entry of storage.list([])) expect.unreachable(entry.name)
    expect(await reasonOf(storage.read([hidden as string]))).toBe('name')
    expect(await reasonOf(storage.write([hidden as string], { type: 'replace' }))).toBe('name')
    expect(await reasonOf(storage.rename([hidden as string], ['b']))).toBe('name')
    expect(await reasonOf(storage.stat(['.wireline-', 'b']))).toBe('name')
    await sink.commit()
    expect(await readdir(root)).toEqual(['a'])
  })

  it('leave nothing when they are aborted, or when two of them create the same file', async () => {
    const sinks = [await storage.write(['a'], { type: 'create' }), await storage.write(['a'], { type: 'create' })]
    await (await storage.write(['b'], { type: 'replace' })).abort()
    await sinks[0]?.commit()
    expect(await reasonOf(sinks[1]?.commit() as Promise<unknown>)).toBe('exists')
    expect(await readdir(root)).toEqual(['a'])
  })

  it('of many pieces and many megabytes arrive whole', async () => {
    const bytes = Buffer.alloc(5_000_000, 'wireline')
    const sink = await storage.write(['big'], { type: 'replace' })
    for (let at = 0; at < bytes.length; at += 1460) await sink.write(bytes.subarray(at, at + 1460))
    expect(await sink.commit()).toMatchObject({ size: bytes.length })
    expect((await collect(await storage.read(['big']))).equals(bytes)).toBe(true)
    expect((await collect(await storage.read(['big'], { from: 262_144 }))).equals(bytes.subarray(262_144))).toBe(true)
  })

  it('are lent in two pieces of memory, however many there are, and closed where the loop is left', async () => {
    const bytes = Buffer.alloc(1_100_000, 'wireline is lent')
    await writeFile(join(root, 'big'), bytes)
    const source = await storage.read(['big'])
    const memory = new Set<ArrayBufferLike>()
    const sum: Buffer[] = []
    for await (const chunk of source.lend?.() ?? []) {
      memory.add(chunk.buffer)
      sum.push(Buffer.from(chunk))
    }
    expect(Buffer.concat(sum).equals(bytes)).toBe(true)
    expect(memory.size).toBe(2)
    const left = await storage.read(['big'], { from: 1_099_990 })
    for await (const chunk of left.lend?.() ?? []) {
      expect(chunk.buffer.byteLength).toBe(10)
      break
    }
    expect(await reasonOf(collect(left))).toBe('failed')
  })

  it("of which the sink takes the octets are whole, and memory that is nobody else's is given back", async () => {
    const mine = Array.from({ length: 40 }, (_, at) => Buffer.alloc(65_536, at))
    const whole = Buffer.concat(mine)
    const shared = Buffer.alloc(1000, '0123456789').subarray(10, 20)
    const sink = await storage.write(['taken'], { type: 'replace' })
    for (const bytes of mine) await sink.take?.(bytes)
    await sink.take?.(shared)
    await sink.commit()
    expect((await readFile(join(root, 'taken'))).equals(Buffer.concat([whole, shared]))).toBe(true)
    expect(shared.toString()).toBe('0123456789')
    expect(mine.every(({ length }) => length === 0)).toBe(true)
  })

  it('wait for room, and no longer', async () => {
    const sink = await storage.write(['a'], { type: 'replace' })
    const writes = Array.from({ length: 64 }, () => sink.write(Buffer.alloc(65_536, 'x')))
    await Promise.all(writes)
    expect(await sink.commit()).toMatchObject({ size: 64 * 65_536 })
  })

  it('report a full disk at the next call, and stay failed', async () => {
    if (!existsSync('/dev/full')) return expect.unreachable('this system has no /dev/full')
    const { DiskSink } = await import('../../../../src/ftp/storage/disk-sink.ts')
    const { Held } = await import('../../../../src/ftp/storage/held.ts')
    const { open } = await import('node:fs/promises')
    let discarded = 0
    const sink = new DiskSink(await open('/dev/full', 'w'), Held.trusted(root), 0, {
      keep: () => Promise.reject(new Error('must not be kept')),
      discard: async () => void discarded++,
    })
    await sink.write(Buffer.alloc(10))
    expect(await reasonOf(sink.commit())).toBe('full')
    expect(await reasonOf(sink.write(Buffer.alloc(10)))).toBe('full')
    await sink.abort()
    expect(discarded).toBe(1)
  })

  it('refuse pipes and other things that are no files, without waiting for them', async () => {
    await promisify(execFile)('mkfifo', [join(root, 'pipe')])
    expect(await reasonOf(storage.read(['pipe']))).toBe('notFile')
    expect(await reasonOf(storage.write(['pipe'], { type: 'append' }))).toBe('notFile')
  })

  it('that were killed are swept up after a while, everything else stays', async () => {
    await mkdir(join(root, 'd'))
    const old = join(root, 'd', '.wireline-0123456789abcdef')
    await writeFile(old, 'half')
    await utimes(old, 1000, 1000)
    await writeFile(join(root, '.wireline-fedcba9876543210'), 'growing')
    await writeFile(join(root, 'file'), 'kept')
    await utimes(join(root, 'file'), 1000, 1000)
    expect(await sweep(root)).toBe(1)
    expect((await readdir(root, { recursive: true })).toSorted()).toEqual(['.wireline-fedcba9876543210', 'd', 'file'])
  })
})

it('changes neither what a link leads to nor what is no file, and never lets a program run as somebody else', async () => {
  await writeFile(join(root, 'a'), 'x')
  await symlink('a', join(root, 'link'))
  expect(await reasonOf(storage.setAttributes(['link'], { mode: 0o777 }))).toBe('denied')
  await storage.setAttributes(['a'], { mode: 0o6711 })
  expect((await lstat(join(root, 'a'))).mode & 0o7777).toBe(0o711)
})

it('says that a file was cut short while it was read', async () => {
  await writeFile(join(root, 'a'), Buffer.alloc(1_000_000))
  const source = await storage.read(['a'])
  await truncate(join(root, 'a'), 1000)
  expect(await reasonOf(collect(source))).toBe('failed')
  expect(await reasonOf(collect(source))).toBe('failed')
})

it('has names of its own limits: too long, and none that no octets stand for', async () => {
  expect(await reasonOf(storage.stat(['a'.repeat(300)]))).toBe('name')
  expect(await reasonOf(storage.stat(['\ud800']))).toBe('name')
})

it('is empty space where there is no folder', async () => {
  const nowhere = disk(join(folder, 'nowhere'))
  expect(await reasonOf(nowhere.stat([]))).toBe('notFound')
  expect(await reasonOf(nowhere.read(['a']))).toBe('notFound')
})

it('maps what the system says, and keeps it as the cause', () => {
  const full = Object.assign(new Error('ENOSPC: /srv/secret'), { code: 'ENOSPC' })
  expect(refusal(full)).toMatchObject({ code: 'STORAGE_FULL', reason: 'full', cause: full })
  expect(refusal(new Error('?')).reason).toBe('failed')
  expect(refusal('?')).toMatchObject({ reason: 'failed', code: 'STORAGE_FAILED' })
  expect(refusal(new StorageError('outOfRange')).code).toBe('STORAGE_OUT_OF_RANGE')
})
