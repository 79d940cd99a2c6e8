/** A server in memory, for the tests of a program that speaks FTP: a port that is free, files that are gone afterwards, faults to order. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import type { TestContext } from 'node:test'
import { connect, FtpReplyError, memory, quota, serve, StorageError } from 'wireline/ftp'
import type { ServerHandlers, Storage, TransferEvent } from 'wireline/ftp'

/** The program that is tested: counts the lines of all reports, and leaves the sum beside them. */
async function sumUp(url: string): Promise<number> {
  const ftp = await connect(url, { user: 'reports', password: 'secret' })
  try {
    let sum = 0
    const names: string[] = []
    for await (const entry of ftp.list('/reports')) if (entry.name.endsWith('.csv')) names.push(entry.name)
    for (const name of names) {
      for await (const chunk of await ftp.get(`/reports/${name}`)) sum += chunk.toString().split('\n').length - 1
    }
    await ftp.put('/sum.txt', `${sum}\n`)
    return sum
  } finally {
    await ftp.quit()
  }
}

/** A storage with these files in it, written as a server would. */
async function filesOf(files: Readonly<Record<string, string>>): Promise<Storage> {
  const storage = memory({ now: () => Date.UTC(2026, 0, 1) }) // a time that stands still
  await storage.makeDirectory(['reports'])
  for (const [name, text] of Object.entries(files)) {
    const sink = await storage.write(['reports', name], { type: 'create' })
    await sink.write(Buffer.from(text))
    await sink.commit()
  }
  return storage
}

/** A server of that storage for one user, as long as the test runs. */
async function urlOf(test: TestContext, storage: Storage, transfer?: (event: TransferEvent) => void): Promise<string> {
  const login: ServerHandlers['login'] = ({ user, password }) =>
    user === 'reports' && password === 'secret' ? storage : undefined
  const server = await serve({ port: 0 }, { login, ...(transfer !== undefined && { transfer }) })
  test.after(() => server.close())
  return server.url
}

const REPORTS = { 'a.csv': '1\n2\n', 'b.csv': '3\n', 'notes.txt': 'not counted\n' }

void test('the lines of all reports are summed up', async (context) => {
  const storage = await filesOf(REPORTS)
  const seen: string[] = []
  const url = await urlOf(context, storage, ({ verb, path, outcome }) => void seen.push(`${verb} ${path} ${outcome}`))
  assert.equal(await sumUp(url), 3)
  assert.equal((await storage.stat(['sum.txt'])).size, 2)
  assert.deepEqual(seen, ['RETR /reports/a.csv complete', 'RETR /reports/b.csv complete', 'STOR /sum.txt complete'])
})

void test('where there is no room nothing is left behind, and somebody hears of it', async (context) => {
  const storage = await filesOf(REPORTS)
  const url = await urlOf(context, quota(storage, { maxBytes: 1 }))
  await assert.rejects(sumUp(url), (error) => error instanceof FtpReplyError && error.reply.code === 552)
  await assert.rejects(
    storage.stat(['sum.txt']),
    (error) => error instanceof StorageError && error.reason === 'notFound',
  )
})
