import { describe, expect, it } from 'vitest'
import { Forwarding } from '../../../../src/ftp/storage/forwarding.ts'
import { memory } from '../../../../src/ftp/storage/memory.ts'
import { quota } from '../../../../src/ftp/storage/quota.ts'
import { rateLimited } from '../../../../src/ftp/storage/rate.ts'
import { StorageError, handOver } from '../../../../src/ftp/storage/storage.ts'
import type { ReadOptions, Sink, Source, Storage, WriteMode } from '../../../../src/ftp/storage/storage.ts'
import { readOnly, restricted, rooted } from '../../../../src/ftp/storage/wrappers.ts'
import type { VirtualPath } from '../../../../src/ftp/path.ts'
import { TimerWheel } from '../../../../src/net/timers.ts'
import { FakeClock } from '../../../support/clock.ts'
import { settle } from '../../../support/sockets.ts'

async function put(
  storage: Storage,
  path: string[],
  text: string,
  mode: WriteMode = { type: 'replace' },
): Promise<void> {
  const sink = await storage.write(path, mode)
  try {
    await sink.write(Buffer.from(text))
  } catch (error) {
    await sink.abort()
    throw error
  }
  await sink.commit()
}

async function get(storage: Storage, path: string[]): Promise<string> {
  let text = ''
  for await (const chunk of await storage.read(path)) text += chunk.toString()
  return text
}

async function names(storage: Storage, path: string[] = []): Promise<string[]> {
  const found: string[] = []
  for await (const entry of storage.list(path)) found.push(entry.name)
  return found
}

async function reasonOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => 'nothing was refused',
    (thrown: unknown) => thrown,
  )
  return error instanceof StorageError ? error.reason : String(error)
}

/** Calls everything that a storage has, and says what came of it. */
async function everything(storage: Storage): Promise<Record<string, string>> {
  const done: Record<string, string> = {}
  const note = async (what: string, promise: Promise<unknown>): Promise<void> => {
    done[what] = await reasonOf(promise)
  }
  await note('stat', storage.stat(['a']))
  await note('list', names(storage))
  await note('read', get(storage, ['a']))
  await note('write', put(storage, ['a'], 'x'))
  await note('makeDirectory', storage.makeDirectory(['d']))
  await note('rename', storage.rename(['d'], ['e']))
  await note('removeDirectory', storage.removeDirectory(['e']))
  await note('removeFile', storage.removeFile(['a']))
  return done
}

const ALL_FINE = {
  stat: 'nothing was refused',
  list: 'nothing was refused',
  read: 'nothing was refused',
  write: 'nothing was refused',
  makeDirectory: 'nothing was refused',
  rename: 'nothing was refused',
  removeDirectory: 'nothing was refused',
  removeFile: 'nothing was refused',
}

describe('every wrapper', () => {
  it.each<[string, (storage: Storage) => Storage]>([
    ['restricted', (storage) => restricted(storage, () => true)],
    ['rooted', (storage) => rooted(storage, [])],
    ['quota', (storage) => quota(storage, { maxBytes: 100 })],
    ['rateLimited', (storage) => rateLimited(storage, {})],
  ])('%s passes on what it has nothing against', async (_name, wrap) => {
    const storage = memory()
    await put(storage, ['a'], 'hello')
    expect(wrap(storage).capabilities).toEqual(storage.capabilities)
    expect(await everything(wrap(storage))).toEqual(ALL_FINE)
  })
})

/** A storage that would rather have memory handed over, and lend its own; and notes whether it was asked to. */
class Lender extends Forwarding {
  readonly asked: string[] = []

  override async read(path: VirtualPath, options?: ReadOptions): Promise<Source> {
    const source = await super.read(path, options)
    const lend = (): AsyncIterable<Buffer> => {
      this.asked.push('lend')
      return source
    }
    return {
      stat: source.stat,
      close: () => source.close(),
      lend,
      [Symbol.asyncIterator]: () => source[Symbol.asyncIterator](),
    }
  }

  override async write(path: VirtualPath, mode: WriteMode): Promise<Sink> {
    const sink = await super.write(path, mode)
    const take = (bytes: Uint8Array): Promise<void> => {
      this.asked.push(`take ${bytes.length}`)
      return sink.write(bytes)
    }
    return { take, write: (bytes) => sink.write(bytes), commit: () => sink.commit(), abort: () => sink.abort() }
  }
}

describe.each<[string, (storage: Storage) => Storage]>([
  ['restricted', (storage) => restricted(storage, () => true)],
  ['rooted', (storage) => rooted(storage, [])],
  ['quota', (storage) => quota(storage, { maxBytes: 100 })],
  ['rateLimited', (storage) => rateLimited(storage, {})],
])('%s', (_name, wrap) => {
  /** Uploads with `handOver` and downloads what is lent, where that may be. */
  async function roundTrip(storage: Storage): Promise<string> {
    const sink = await storage.write(['a'], { type: 'replace' })
    await handOver(sink, Buffer.from('hello'))
    await sink.commit()
    const source = await storage.read(['a'])
    let text = ''
    for await (const chunk of source.lend?.() ?? source) text += chunk.toString()
    return text
  }

  it('hands memory over, and lends what is lent', async () => {
    const lender = new Lender(memory())
    expect(await roundTrip(wrap(lender))).toBe('hello')
    expect(lender.asked).toEqual(['take 5', 'lend'])
  })

  it('does without where the storage within does', async () => {
    expect(await roundTrip(wrap(memory()))).toBe('hello')
  })
})

it('readOnly lends what is lent', async () => {
  const lender = new Lender(memory())
  await put(lender, ['a'], 'hello')
  for await (const chunk of (await readOnly(lender).read(['a'])).lend?.() ?? []) expect(chunk.toString()).toBe('hello')
  expect(lender.asked).toEqual(['lend'])
})

it('readOnly lets nothing be changed', async () => {
  const storage = memory()
  await put(storage, ['a'], 'hello')
  expect(readOnly(storage).capabilities.size).toBe(0)
  expect(await everything(readOnly(storage))).toEqual({
    ...ALL_FINE,
    write: 'denied',
    makeDirectory: 'denied',
    rename: 'denied',
    removeDirectory: 'denied',
    removeFile: 'denied',
  })
  expect(await get(storage, ['a'])).toBe('hello')
})

it('restricted asks for each path, leaves out of a listing, and asks for both ends of a rename', async () => {
  const storage = memory()
  await put(storage, ['open'], '1')
  await put(storage, ['secret'], '2')
  const asked: string[] = []
  const some = restricted(storage, (operation, path) => {
    asked.push(`${operation} ${path.join('/')}`)
    return path.at(-1) !== 'secret'
  })
  expect(await names(some)).toEqual(['open'])
  expect(await reasonOf(some.rename(['open'], ['secret']))).toBe('denied')
  expect(await reasonOf(some.write(['secret'], { type: 'append' }))).toBe('denied')
  expect(asked).toEqual(['list ', 'stat open', 'stat secret', 'rename open', 'rename secret', 'append secret'])
})

describe('rooted', () => {
  it('is the part as if there were nothing else', async () => {
    const storage = memory()
    await storage.makeDirectory(['joe'])
    const joe = rooted(storage, ['joe'])
    await put(joe, ['a'], 'mine')
    expect(await get(storage, ['joe', 'a'])).toBe('mine')
    expect(await names(joe)).toEqual(['a'])
    expect(await everything(joe)).toEqual(ALL_FINE)
  })

  it('keeps its own root', async () => {
    const storage = memory()
    await storage.makeDirectory(['joe'])
    const joe = rooted(storage, ['joe'])
    await put(joe, ['a'], 'mine')
    expect(await reasonOf(joe.write([], { type: 'replace' }))).toBe('notFile')
    expect(await reasonOf(joe.makeDirectory([]))).toBe('exists')
    expect(await reasonOf(joe.removeDirectory([]))).toBe('denied')
    expect(await reasonOf(joe.removeFile([]))).toBe('notFile')
    expect(await reasonOf(joe.rename([], ['x']))).toBe('denied')
    expect(await reasonOf(joe.rename(['a'], []))).toBe('exists')
    expect(await names(storage)).toEqual(['joe'])
  })
})

describe('quota', () => {
  it.each(['write', 'take'] as const)('refuses the octet that is too much, in a %s of several', async (way) => {
    const limited = quota(new Lender(memory()), { maxBytes: 10 })
    const sink = await limited.write(['a'], { type: 'replace' })
    await sink[way]?.(Buffer.alloc(6))
    await sink[way]?.(Buffer.alloc(4))
    expect(await limited.freeBytes([])).toBe(0)
    expect(await reasonOf(Promise.resolve(sink[way]?.(Buffer.alloc(1))))).toBe('full')
    await sink.abort()
    expect(await limited.freeBytes([])).toBe(10)
  })

  it('counts what is there, what grows and what goes', async () => {
    const storage = memory()
    await storage.makeDirectory(['d'])
    await put(storage, ['d', 'old'], '12345')
    const limited = quota(storage, { maxBytes: 10, maxFiles: 3 })
    await put(limited, ['a'], '12345')
    expect(await reasonOf(put(limited, ['b'], '1'))).toBe('full')
    await limited.removeFile(['a'])
    await put(limited, ['b'], '123')
    await put(limited, ['c'], '')
    expect(await reasonOf(put(limited, ['e'], ''))).toBe('full')
    await limited.rename(['b'], ['c'])
    await limited.rename(['c'], ['c'])
    await put(limited, ['e'], '12')
    expect(await names(storage)).toEqual(['d', 'c', 'e'])
    expect(await reasonOf(put(limited, ['e'], '123', { type: 'append' }))).toBe('full')
  })

  it('gives back what a replaced file had, and what an upload that was given up had taken', async () => {
    const limited = quota(memory(), { maxBytes: 10 })
    await put(limited, ['a'], '12345')
    await put(limited, ['a'], '1')
    await put(limited, ['b'], '123456789')
    expect(await reasonOf(put(limited, ['c'], '1'))).toBe('full')
    const sink = await limited.write(['b'], { type: 'replace' })
    await sink.abort()
    await limited.removeFile(['b'])
    await put(limited, ['b'], '123456789')
  })

  it('counts a resumed upload from where it goes beyond', async () => {
    const limited = quota(memory(), { maxBytes: 10 })
    await put(limited, ['a'], '12345')
    await put(limited, ['a'], 'xxx', { type: 'resume', from: 1 })
    await put(limited, ['a'], 'xxxxx', { type: 'resume', from: 5 })
    expect(await reasonOf(put(limited, ['a'], 'xx', { type: 'resume', from: 9 }))).toBe('full')
    expect(await get(limited, ['a'])).toBe('1xxx5xxxxx')
    expect(await reasonOf(limited.write(['none'], { type: 'resume', from: 0 }))).toBe('notFound')
    await limited.makeDirectory(['d'])
    expect(await reasonOf(limited.write(['d'], { type: 'replace' }))).toBe('notFile')
  })

  it('keeps what an upload in place has written before it was given up', async () => {
    const limited = quota(memory(), { maxBytes: 10 })
    const sink = await limited.write(['a'], { type: 'append' })
    await sink.write(Buffer.from('12345678'))
    await sink.abort()
    expect(await reasonOf(put(limited, ['b'], '123'))).toBe('full')
  })

  it('gives back once what goes once, whoever removes, renames and replaces it meanwhile', async () => {
    const limited = quota(memory(), { maxBytes: 1000 })
    const free = (): Promise<number> => limited.freeBytes([])
    const begin = async (...path: string[]): Promise<Sink> => {
      const sink = await limited.write(path, { type: 'replace' })
      await sink.write(Buffer.from('1234567890'))
      return sink
    }
    // Removed while it is replaced.
    await put(limited, ['a'], 'x'.repeat(100))
    const first = await begin('a')
    await limited.removeFile(['a'])
    await first.commit()
    expect(await free()).toBe(990)
    // Replaced twice at a time, committed at a time.
    await put(limited, ['a'], 'x'.repeat(100))
    const [second, third] = [await begin('a'), await begin('a')]
    await Promise.all([second.commit(), third.commit(), limited.rename(['a'], ['b'])])
    expect(await free()).toBe(990)
    await limited.removeFile(['b'])
    expect(await free()).toBe(1000)
    // Removed at a time: one of them removes nothing.
    await put(limited, ['c'], 'x'.repeat(100))
    const before = await free()
    const removals = await Promise.allSettled([limited.removeFile(['c']), limited.removeFile(['c'])])
    expect(removals.map(({ status }) => status).toSorted()).toEqual(['fulfilled', 'rejected'])
    expect(await free()).toBe(before + 100)
  })

  it('gives nothing back where directories have changed places under an upload', async () => {
    const storage = memory()
    const limited = quota(storage, { maxBytes: 1000 })
    await limited.makeDirectory(['big'])
    await limited.makeDirectory(['small'])
    await put(limited, ['big', 'a'], 'x'.repeat(100))
    await put(limited, ['small', 'a'], 'x')
    const sink = await limited.write(['small', 'a'], { type: 'replace' })
    await sink.write(Buffer.from('y'))
    await limited.rename(['small'], ['other'])
    await limited.rename(['big'], ['small'])
    await sink.commit().catch(() => {})
    expect(await limited.freeBytes([])).toBeLessThanOrEqual(900)
  })

  it('counts anew where counting failed', async () => {
    const storage = memory()
    let failures = 1
    const flaky: Storage = {
      capabilities: storage.capabilities,
      stat: (path) => (path[0] === 'broken' ? Promise.reject(new StorageError('failed')) : storage.stat(path)),
      list: (path) => {
        if (failures-- > 0) throw new StorageError('failed')
        return storage.list(path)
      },
      read: (path) => storage.read(path),
      write: (path, mode) => storage.write(path, mode),
      makeDirectory: (path) => storage.makeDirectory(path),
      removeDirectory: (path) => storage.removeDirectory(path),
      removeFile: (path) => storage.removeFile(path),
      rename: (from, to) => storage.rename(from, to),
      setAttributes: (path, attributes) => storage.setAttributes(path, attributes),
      freeBytes: (path) => storage.freeBytes(path),
    }
    const limited = quota(flaky, { maxBytes: 10 })
    expect(await reasonOf(put(limited, ['a'], 'x'))).toBe('failed')
    await put(limited, ['a'], 'x')
    expect(await reasonOf(put(limited, ['broken'], 'x'))).toBe('failed')
  })
})

describe('attributes and space', () => {
  it('go through wrappers, where they may', async () => {
    const storage = memory({ maxBytes: 100 })
    await storage.makeDirectory(['d'])
    await put(storage, ['d', 'a'], '12345')
    const inside = rooted(storage, ['d'])
    await inside.setAttributes(['a'], { modifiedMs: 5000 })
    await inside.makeDirectory(['e'], 0o700)
    expect(await storage.stat(['d', 'e'])).toMatchObject({ mode: 0o700 })
    expect(await storage.stat(['d', 'a'])).toMatchObject({ modifiedMs: 5000 })
    expect(await inside.freeBytes([])).toBe(95)
    expect(await reasonOf(readOnly(storage).setAttributes(['d', 'a'], { mode: 0 }))).toBe('denied')
    expect(await readOnly(storage).freeBytes(['d'])).toBe(95)
    expect(await reasonOf(restricted(storage, () => false).freeBytes([]))).toBe('denied')
  })

  it('are what is left of a quota, or of what it is around', async () => {
    const storage = memory({ maxBytes: 100 })
    await put(storage, ['a'], '12345')
    const limited = quota(storage, { maxBytes: 50 })
    expect(limited.capabilities.has('space')).toBe(true)
    expect(await limited.freeBytes([])).toBe(45)
    expect(await quota(storage, { maxBytes: 500 }).freeBytes([])).toBe(95)
    expect(await quota(readOnly(storage), { maxBytes: 50 }).freeBytes([])).toBe(45)
    await limited.setAttributes(['a'], { mode: 0o600 })
    await limited.makeDirectory(['d'], 0o711)
    expect((await storage.stat(['a'])).mode).toBe(0o600)
    expect((await storage.stat(['d'])).mode).toBe(0o711)
  })
})

describe('rateLimited', () => {
  it('holds back what comes too early, in each direction', async () => {
    const clock = new FakeClock()
    const timers = new TimerWheel({ clock, tickMs: 10 })
    const storage = memory()
    const slow = rateLimited(storage, { readBytesPerSecond: 1000, writeBytesPerSecond: 500, timers })
    const sink = await slow.write(['a'], { type: 'replace' })
    const done: string[] = []
    await sink.write(Buffer.alloc(100))
    const second = sink.write(Buffer.alloc(100)).then(() => done.push('second'))
    clock.advance(150)
    await Promise.resolve()
    expect(done).toEqual([])
    clock.advance(100)
    await second
    await sink.commit()
    await (await slow.write(['b'], { type: 'replace' })).abort()
    expect(await get(slow, ['a'])).toHaveLength(200)
    const source = await slow.read(['a'])
    const reading = (async () => {
      for await (const chunk of source) done.push(`read ${chunk.length}`)
    })()
    await Promise.resolve()
    expect(done).toEqual(['second'])
    clock.advance(250)
    await reading
    expect(done).toEqual(['second', 'read 200'])
    await source.close()
  })

  it('holds back what is handed over, and what is lent', async () => {
    const clock = new FakeClock()
    const timers = new TimerWheel({ clock, tickMs: 10 })
    const slow = rateLimited(memory(), { readBytesPerSecond: 1000, writeBytesPerSecond: 1000, timers })
    const done: string[] = []
    const sink = await slow.write(['a'], { type: 'replace' })
    await sink.take?.(Buffer.alloc(100))
    const second = sink.take?.(Buffer.alloc(100)).then(() => done.push('taken'))
    await settle()
    expect(done).toEqual([])
    clock.advance(150)
    await second
    await sink.commit()
    for await (const chunk of (await slow.read(['a'])).lend?.() ?? []) done.push(`lent ${chunk.length}`)
    const reading = (async () => {
      for await (const chunk of (await slow.read(['a'])).lend?.() ?? []) done.push(`lent ${chunk.length} again`)
    })()
    await settle()
    expect(done).toEqual(['taken', 'lent 200'])
    clock.advance(250)
    await reading
    expect(done).toEqual(['taken', 'lent 200', 'lent 200 again'])
  })
})
