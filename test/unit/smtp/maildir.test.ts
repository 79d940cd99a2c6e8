import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdir, mkdtemp, readdir, readFile, rename, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { mailboxFolder, maildir, type Maildir } from '../../../src/smtp/maildir.ts'
import { MaildirError, refusal } from '../../../src/smtp/maildir-error.ts'
import { readSummary } from '../../../src/smtp/maildir-summary.ts'

const JOE = { localPart: 'Joe', domain: 'x.test' }
const ANN = { localPart: 'ann', domain: 'x.test' }
const MESSAGE = Buffer.from('From: a@x.test\r\nSubject: hello\r\n  again\r\n\r\nbody\r\n')

let folder: string
let root: string
let mail: Maildir
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wireline-maildir-'))
  root = join(folder, 'mail')
  mail = maildir(root)
})
afterEach(() => rm(folder, { recursive: true, force: true }))

async function codeOf(promise: Promise<unknown>): Promise<string> {
  const error = await promise.then(
    () => 'nothing was refused',
    (thrown: unknown) => thrown,
  )
  expect(error).toBeInstanceOf(MaildirError)
  expect((error as MaildirError).message).not.toContain(folder)
  return (error as MaildirError).code
}

async function collect(source: AsyncIterable<Buffer>): Promise<Buffer> {
  const chunks: Buffer[] = []
  for await (const chunk of source) chunks.push(chunk)
  return Buffer.concat(chunks)
}

describe('deliver', () => {
  it('writes one file, known in every mailbox, and leaves nothing in tmp', async () => {
    const id = await mail.deliver([JOE, ANN, JOE], [MESSAGE.subarray(0, 7), MESSAGE.subarray(7)])
    expect(await mail.mailboxes()).toEqual(['ann@x.test', 'joe@x.test'])
    for (const mailbox of await mail.mailboxes()) {
      expect(await readdir(join(root, mailbox, 'new'))).toEqual([id])
      expect(await readdir(join(root, mailbox, 'tmp'))).toEqual([])
      expect(await readFile(join(root, mailbox, 'new', id))).toEqual(MESSAGE)
    }
    expect((await stat(join(root, 'joe@x.test', 'new', id))).mode & 0o777).toBe(0o600)
    expect((await stat(join(root, 'joe@x.test'))).mode & 0o777).toBe(0o700)
  })

  it('shows nothing before it is whole', async () => {
    const seen: unknown[] = []
    await mail.deliver(
      [JOE],
      (async function* () {
        yield MESSAGE
        seen.push(await mail.list('joe@x.test'))
        yield MESSAGE
      })(),
    )
    expect(seen).toEqual([[]])
    expect(await mail.list('joe@x.test')).toHaveLength(1)
  })

  it('leaves nothing of a message that breaks off, and passes the reason on', async () => {
    const reason = new Error('the peer is gone')
    const broken = (async function* (): AsyncGenerator<Buffer> {
      yield MESSAGE
      throw reason
    })()
    await expect(mail.deliver([JOE, ANN], broken)).rejects.toBe(reason)
    for (const part of ['tmp', 'new']) expect(await readdir(join(root, 'joe@x.test', part))).toEqual([])
  })

  it('delivers to all or to nobody', async () => {
    await mkdir(join(root, 'ann@x.test', 'tmp'), { recursive: true })
    await mkdir(join(root, 'ann@x.test', 'cur'))
    await symlink(join(folder, 'nowhere'), join(root, 'ann@x.test', 'new'))
    expect(await codeOf(mail.deliver([JOE, ANN], [MESSAGE]))).toMatch(/^MAILDIR_/)
    expect(await mail.list('joe@x.test')).toEqual([])
  })

  it('wants a recipient, and a folder that can be made', async () => {
    expect(await codeOf(mail.deliver([], [MESSAGE]))).toBe('MAILDIR_RECIPIENTS')
    await writeFile(root, 'in the way')
    expect(await codeOf(mail.deliver([JOE], [MESSAGE]))).toMatch(/^MAILDIR_/)
  })

  it('survives SIGKILL at any moment with whole messages only', async () => {
    const program = `
      import { maildir } from ${JSON.stringify(new URL('../../../src/smtp/maildir.ts', import.meta.url).href)}
      const mail = maildir(${JSON.stringify(root)})
      for (;;) {
        const id = await mail.deliver([{ localPart: 'joe', domain: 'x.test' }], [Buffer.alloc(70_000, 'a'), Buffer.from('end')])
        process.stdout.write(id + '\\n')
      }`
    const child = spawn(process.execPath, ['--import', 'tsx', '--input-type=module', '--eval', program])
    let acknowledged = ''
    child.stdout.setEncoding('utf8')
    for await (const text of child.stdout) {
      acknowledged += text as string
      if (acknowledged.split('\n').length > 5) break
    }
    child.kill('SIGKILL')
    await once(child, 'exit')
    const ids = acknowledged.split('\n').slice(0, -1)
    const kept = await mail.list('joe@x.test')
    expect(kept.map((message) => message.id)).toEqual(expect.arrayContaining(ids))
    expect(kept.every((message) => message.size === 70_003)).toBe(true)
  })
})

describe('list and read', () => {
  it('lists the newest first, from new and cur, with what a person knows a mail by', async () => {
    const first = await mail.deliver([JOE], [MESSAGE])
    const second = await mail.deliver(
      [JOE],
      ['Subject: second\r\n\r\n'].map((text) => Buffer.from(text)),
    )
    const inbox = join(root, 'joe@x.test')
    await rename(join(inbox, 'new', first), join(inbox, 'cur', `${first}:2,S`))
    await utimes(join(inbox, 'new', second), 2000, 2000)
    await utimes(join(inbox, 'cur', `${first}:2,S`), 1000, 1000)
    expect(await mail.list('joe@x.test')).toEqual([
      { id: second, size: 19, deliveredMs: 2_000_000, from: '', subject: 'second' },
      { id: `${first}:2,S`, size: MESSAGE.length, deliveredMs: 1_000_000, from: 'a@x.test', subject: 'hello  again' },
    ])
    const source = await mail.read('joe@x.test', `${first}:2,S`)
    expect(source).toMatchObject({ size: MESSAGE.length, deliveredMs: 1_000_000 })
    expect(await collect(source)).toEqual(MESSAGE)
  })

  it('sorts by id what came in the same moment', async () => {
    const ids = [await mail.deliver([JOE], [MESSAGE]), await mail.deliver([JOE], [MESSAGE])]
    for (const id of ids) await utimes(join(root, 'joe@x.test', 'new', id), 1000, 1000)
    expect((await mail.list('joe@x.test')).map((message) => message.id)).toEqual(ids.toSorted().toReversed())
  })

  it('closes a message that is left early or never read', async () => {
    const id = await mail.deliver([JOE], [MESSAGE])
    const source = await mail.read('joe@x.test', id)
    await source.close()
    await source.close()
    for await (const _chunk of await mail.read('joe@x.test', id)) break
  })

  it('has nothing where there is nothing', async () => {
    expect(await mail.mailboxes()).toEqual([])
    expect(await mail.list('joe@x.test')).toEqual([])
    expect(await codeOf(mail.read('joe@x.test', '1.2.3'))).toBe('MAILDIR_NOT_FOUND')
  })

  it.each(['..', '.', '', 'joe@x.test/..', '/etc', '../outside', 'a\0b'])(
    'goes nowhere for mailbox %j',
    async (name) => {
      await mkdir(join(folder, 'outside', 'new'), { recursive: true })
      await writeFile(join(folder, 'outside', 'new', '1'), 'secret')
      await mail.deliver([JOE], [MESSAGE])
      expect(await mail.list(name)).toEqual([])
      expect(await codeOf(mail.read(name, '1'))).toBe('MAILDIR_NOT_FOUND')
    },
  )

  it('goes nowhere for an id that is a path or a link', async () => {
    await mail.deliver([JOE], [MESSAGE])
    await writeFile(join(folder, 'secret'), 'secret')
    await symlink(join(folder, 'secret'), join(root, 'joe@x.test', 'new', '1.link'))
    await writeFile(join(root, 'joe@x.test', 'new', '.hidden'), 'secret')
    for (const id of ['../tmp/x', '../../../secret', '.hidden', '']) {
      expect(await codeOf(mail.read('joe@x.test', id))).toBe('MAILDIR_NOT_FOUND')
    }
    expect(await codeOf(mail.read('joe@x.test', '1.link'))).toBe('MAILDIR_FAILED')
  })
})

describe('mailboxFolder', () => {
  it.each([
    ['Joe', 'x.test', 'joe@x.test'],
    ['postmaster', '', 'postmaster'],
    ['a.b+tag=1_2-3', 'x.test', 'a.b+tag=1_2-3@x.test'],
    ['..', 'x.test', '%2e.@x.test'],
    ['.hidden', '', '%2ehidden'],
    ['a/../b', 'x.test', 'a%2f..%2fb@x.test'],
    ['a@b', 'x.test', 'a%40b@x.test'],
    ['a%2fb', 'x.test', 'a%252fb@x.test'],
    ['a\0\\:*', 'x.test', 'a%00%5c%3a%2a@x.test'],
    ['jörg', 'x.test', 'j%c3%b6rg@x.test'],
    ['joe', '[192.0.2.1]', 'joe@%5b192.0.2.1%5d'],
  ])('%s at %s', (localPart, domain, expected) => expect(mailboxFolder({ localPart, domain })).toBe(expected))

  it('cuts what no file system takes, and keeps it apart', () => {
    const names = ['a', 'b'].map((end) => mailboxFolder({ localPart: `${'x'.repeat(300)}${end}`, domain: 'x.test' }))
    expect(names.map((name) => name.length)).toEqual([200, 200])
    expect(names[0]).not.toBe(names[1])
  })

  it('makes folders that can be read back', async () => {
    for (const localPart of ['..', 'a/b', 'x'.repeat(300), 'ö', '~', '-']) {
      const id = await mail.deliver([{ localPart, domain: 'x.test' }], [MESSAGE])
      expect(await collect(await mail.read(mailboxFolder({ localPart, domain: 'x.test' }), id))).toEqual(MESSAGE)
    }
    expect(await mail.mailboxes()).toHaveLength(6)
  })
})

it('sweeps up what killed processes left in tmp', async () => {
  const id = await mail.deliver([JOE], [MESSAGE])
  const tmp = join(root, 'joe@x.test', 'tmp')
  await writeFile(join(tmp, 'old'), 'half')
  await utimes(join(tmp, 'old'), 1000, 1000)
  await writeFile(join(tmp, 'growing'), 'half')
  expect(await mail.sweep()).toBe(1)
  expect(await readdir(tmp)).toEqual(['growing'])
  expect(await mail.list('joe@x.test')).toMatchObject([{ id }])
})

describe('readSummary', () => {
  it.each([
    ['Subject: a\r\nFrom: b\r\n\r\nSubject: not this', { from: 'b', subject: 'a' }],
    ['subject :\ta\r\n\tb \r\nX: y\r\n\r\n', { from: '', subject: 'a b' }],
    ['X-Subject: no\r\nFrom:cut of', { from: 'cut of', subject: '' }],
    [`Subject: ${'x'.repeat(1000)}\r\n\r\n`, { from: '', subject: 'x'.repeat(200) }],
    ['Subject: bell\x07 \x1b[31m\r\n\r\n', { from: '', subject: 'bell   [31m' }],
    ['', { from: '', subject: '' }],
  ])('%j', (text, expected) => expect(readSummary(Buffer.from(text))).toEqual(expected))
})

it('maps what the system says', () => {
  expect(refusal(Object.assign(new Error(), { code: 'ENOSPC' })).code).toBe('MAILDIR_FULL')
  expect(refusal('?').code).toBe('MAILDIR_FAILED')
})
