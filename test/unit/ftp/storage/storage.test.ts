import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeEach, describe, expect, it } from 'vitest'
import { disk } from '../../../../src/ftp/storage/disk.ts'
import { memory } from '../../../../src/ftp/storage/memory.ts'
import { StorageError } from '../../../../src/ftp/storage/storage.ts'
import type { Sink, Storage, StorageRefusal, WriteMode } from '../../../../src/ftp/storage/storage.ts'

const folders: string[] = []
afterAll(() => Promise.all(folders.map((folder) => rm(folder, { recursive: true, force: true }))))

const KINDS: [string, () => Promise<Storage>][] = [
  ['memory', async () => memory()],
  [
    'disk',
    async () => {
      const folder = await mkdtemp(join(tmpdir(), 'wireline-storage-'))
      folders.push(folder)
      return disk(folder)
    },
  ],
]

async function put(
  storage: Storage,
  path: string[],
  text: string,
  mode: WriteMode = { type: 'replace' },
): Promise<void> {
  const sink = await storage.write(path, mode)
  for (const character of text) await sink.write(Buffer.from(character))
  await sink.commit()
}

async function get(storage: Storage, path: string[], options?: { from?: number; length?: number }): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of await storage.read(path, options)) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

async function names(storage: Storage, path: string[]): Promise<string[]> {
  const found: string[] = []
  for await (const entry of storage.list(path)) found.push(`${entry.name}:${entry.type}:${entry.size}`)
  return found.toSorted()
}

async function refused(promise: Promise<unknown>, reason: StorageRefusal): Promise<void> {
  const error = await promise.then(
    () => 'nothing was refused',
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(StorageError)
  expect((error as StorageError).reason).toBe(reason)
}

describe.each(KINDS)('%s: attributes', (_kind, make) => {
  it('are set, and nothing else changes', async () => {
    const storage = await make()
    await put(storage, ['a'], 'hello', { type: 'replace', mode: 0o640 })
    await storage.makeDirectory(['d'], 0o750)
    expect(await storage.stat(['a'])).toMatchObject({ mode: 0o640, size: 5 })
    expect(await storage.stat(['d'])).toMatchObject({ mode: 0o750 })
    const before = await storage.stat(['a'])
    await storage.setAttributes(['a'], { modifiedMs: 1_000_000_000_000 })
    expect(await storage.stat(['a'])).toMatchObject({ mode: 0o640, size: 5, modifiedMs: 1_000_000_000_000 })
    expect((await storage.stat(['a'])).version).not.toBe(before.version)
    await storage.setAttributes(['a'], { mode: 0o600 })
    expect(await storage.stat(['a'])).toMatchObject({ mode: 0o600, modifiedMs: 1_000_000_000_000 })
    await put(storage, ['b'], 'x', { type: 'append', mode: 0o600 })
    expect(await storage.stat(['b'])).toMatchObject({ mode: 0o600 })
    await refused(storage.setAttributes(['nowhere'], { mode: 0o600 }), 'notFound')
  })

  it('and free space is a number', async () => {
    const storage = await make()
    expect(await storage.freeBytes([])).toBeGreaterThan(1000)
    await refused(storage.freeBytes(['nowhere']), 'notFound')
  })
})

describe.each(KINDS)('%s', (_kind, make) => {
  let storage: Storage
  beforeEach(async () => {
    storage = await make()
  })

  it('gives back what was put', async () => {
    await put(storage, ['a'], 'hello')
    expect(await get(storage, ['a'])).toBe('hello')
    expect(await get(storage, ['a'], { from: 1, length: 3 })).toBe('ell')
    expect(await get(storage, ['a'], { from: 5 })).toBe('')
    expect(await storage.stat(['a'])).toMatchObject({ type: 'file', size: 5 })
    expect(Math.abs((await storage.stat(['a'])).modifiedMs - Date.now())).toBeLessThan(60_000)
  })

  it('shows nothing of an upload before it is committed, and nothing after it is aborted', async () => {
    await put(storage, ['a'], 'old')
    const [replacing, creating] = [
      await storage.write(['a'], { type: 'replace' }),
      await storage.write(['b'], { type: 'create' }),
    ]
    await Promise.all([replacing, creating].map((sink) => sink.write(Buffer.from('new content'))))
    expect(await names(storage, [])).toEqual(['a:file:3'])
    await replacing.commit()
    await creating.abort()
    await creating.abort()
    expect(await names(storage, [])).toEqual(['a:file:11'])
    await refused(creating.write(Buffer.from('x')), 'failed')
    await refused(creating.commit(), 'failed')
    await refused(replacing.commit(), 'failed')
  })

  it('changes the version with the content', async () => {
    await put(storage, ['a'], 'one')
    const { version } = await storage.stat(['a'])
    expect((await storage.stat(['a'])).version).toBe(version)
    await put(storage, ['a'], 'two')
    expect((await storage.stat(['a'])).version).not.toBe(version)
  })

  it('reads on in what was opened when it is replaced meanwhile', async () => {
    await put(storage, ['a'], 'old')
    const source = await storage.read(['a'])
    await put(storage, ['a'], 'the new one')
    const chunks: Buffer[] = []
    for await (const chunk of source) chunks.push(chunk)
    expect(Buffer.concat(chunks).toString()).toBe('old')
    await source.close()
  })

  it('creates only what is not there', async () => {
    await put(storage, ['a'], 'first', { type: 'create' })
    await refused(storage.write(['a'], { type: 'create' }), 'exists')
  })

  it('appends, and makes the file where there is none', async () => {
    await put(storage, ['a'], 'one', { type: 'append' })
    await put(storage, ['a'], ' two', { type: 'append' })
    expect(await get(storage, ['a'])).toBe('one two')
  })

  it('resumes at an offset and keeps the head', async () => {
    await put(storage, ['a'], 'hello world')
    await put(storage, ['a'], 'WORLD!', { type: 'resume', from: 6 })
    expect(await get(storage, ['a'])).toBe('hello WORLD!')
    await put(storage, ['a'], 'HE', { type: 'resume', from: 0 })
    expect(await get(storage, ['a'])).toBe('HEllo WORLD!')
    await refused(storage.write(['a'], { type: 'resume', from: 13 }), 'outOfRange')
    await refused(storage.write(['none'], { type: 'resume', from: 0 }), 'notFound')
  })

  it('makes, lists and removes directories', async () => {
    await storage.makeDirectory(['d'])
    await storage.makeDirectory(['d', 'e'])
    await put(storage, ['d', 'f'], 'x')
    expect(await names(storage, ['d'])).toEqual(['e:directory:0', 'f:file:1'])
    await refused(storage.removeDirectory(['d']), 'notEmpty')
    await storage.removeDirectory(['d', 'e'])
    await storage.removeFile(['d', 'f'])
    expect(await names(storage, ['d'])).toEqual([])
    await storage.removeDirectory(['d'])
    await refused(names(storage, ['d']), 'notFound')
    await refused(storage.makeDirectory(['x', 'y']), 'notFound')
    await storage.makeDirectory(['x'])
    await refused(storage.makeDirectory(['x']), 'exists')
  })

  it('lists a directory of more entries than are asked for at once', async () => {
    const expected = Array.from({ length: 40 }, (_, index) => `f${index}`)
    for (const name of expected) await put(storage, [name], '')
    expect(await names(storage, [])).toEqual(expected.map((name) => `${name}:file:0`).toSorted())
  })

  it('renames files and directories, over a file but never over a directory', async () => {
    await storage.makeDirectory(['d'])
    await put(storage, ['a'], 'a')
    await put(storage, ['b'], 'b')
    await storage.rename(['a'], ['d', 'a'])
    await storage.rename(['b'], ['d', 'a'])
    expect(await get(storage, ['d', 'a'])).toBe('b')
    await storage.rename(['d'], ['e'])
    expect(await names(storage, [])).toEqual(['e:directory:0'])
    await storage.makeDirectory(['empty'])
    await put(storage, ['f'], 'f')
    await refused(storage.rename(['f'], ['empty']), 'exists')
    await refused(storage.rename(['e'], ['empty']), 'exists')
    await refused(storage.rename(['e'], ['f']), 'notDirectory')
    await refused(storage.rename(['none'], ['x']), 'notFound')
    await refused(storage.rename(['f'], ['none', 'x']), 'notFound')
    await refused(storage.rename(['e'], ['e', 'e']), 'name')
    await storage.rename(['f'], ['f'])
    expect(await get(storage, ['f'])).toBe('f')
  })

  it('leaves the root alone', async () => {
    expect(await storage.stat([])).toMatchObject({ type: 'directory', size: 0 })
    await refused(storage.read([]), 'notFile')
    await refused(storage.write([], { type: 'replace' }), 'notFile')
    await refused(storage.makeDirectory([]), 'exists')
    await refused(storage.removeDirectory([]), 'denied')
    await refused(storage.removeFile([]), 'notFile')
    await refused(storage.rename([], ['a']), 'denied')
    await put(storage, ['a'], '')
    await refused(storage.rename(['a'], []), 'exists')
  })

  it('knows a file from a directory', async () => {
    await storage.makeDirectory(['d'])
    await put(storage, ['f'], 'x')
    await refused(storage.read(['d']), 'notFile')
    await refused(storage.removeFile(['d']), 'notFile')
    for (const mode of [
      { type: 'replace' },
      { type: 'create' },
      { type: 'append' },
      { type: 'resume', from: 0 },
    ] as const) {
      const expected = mode.type === 'create' ? ['exists', 'notFile'] : ['notFile']
      const error = await storage.write(['d'], mode).catch((thrown: unknown) => thrown)
      expect(expected).toContain((error as StorageError).reason)
    }
    await refused(names(storage, ['f']), 'notDirectory')
    await refused(storage.removeDirectory(['f']), 'notDirectory')
    await refused(storage.stat(['f', 'x']), 'notDirectory')
    await refused(storage.read(['f'], { from: 2 }), 'outOfRange')
    await refused(storage.removeFile(['none']), 'notFound')
  })

  it('closes a source that is left early', async () => {
    await put(storage, ['a'], 'x')
    for await (const _chunk of await storage.read(['a'])) break
    const source = await storage.read(['a'])
    await source.close()
    await source.close()
  })

  it('keeps names that are not UTF-8 apart', async () => {
    await put(storage, ['\udc80'], 'escaped')
    await put(storage, ['ä'], 'utf8')
    expect(await get(storage, ['\udc80'])).toBe('escaped')
    expect((await names(storage, [])).toSorted()).toEqual(['\udc80:file:7', 'ä:file:4'].toSorted())
  })
})

describe('memory', () => {
  it('has a limit over all files', async () => {
    const storage = memory({ maxBytes: 10, now: () => 1234 })
    await put(storage, ['a'], '123456')
    expect((await storage.stat(['a'])).modifiedMs).toBe(1234)
    await refused(put(storage, ['b'], '12345'), 'full')
    const sinks: Sink[] = [
      await storage.write(['b'], { type: 'replace' }),
      await storage.write(['c'], { type: 'replace' }),
    ]
    await Promise.all(sinks.map((sink) => sink.write(Buffer.from('123'))))
    await sinks[0]?.commit()
    await refused(sinks[1]?.commit() as Promise<unknown>, 'full')
    await storage.removeFile(['a'])
    await put(storage, ['a'], '1234567')
  })

  it('refuses to put a file where a directory was made meanwhile', async () => {
    const storage = memory()
    const sink = await storage.write(['a'], { type: 'replace' })
    await storage.makeDirectory(['a'])
    await refused(sink.commit(), 'notFile')
  })
})
