/**
 * A receiving server is killed 200 times with SIGKILL, at moments that nobody chose. What it has said 250 to is whole in the Maildir, and
 * nothing else is there that is not whole (RFC 5321 §6.1). What a loss of power does cannot be seen in this way: the kernel goes on.
 */
import { createHash } from 'node:crypto'
import { EventEmitter, once } from 'node:events'
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { connect } from '../../src/smtp/client.ts'
import { maildir } from '../../src/smtp/maildir.ts'
import { compileServer, Victim } from '../support/smtp-killed.ts'
import { randomSource } from '../support/splits.ts'

/** WIRELINE_KILLS: fewer, where another run has done them all. */
const KILLS = Number(process.env['WIRELINE_KILLS'] ?? 200)
/** Servers at a time, each with mailboxes of its own. */
const LANES = 4
/** Sessions with each. */
const SESSIONS = 3
/** A server is killed behind so many messages at most, */
const MAX_MESSAGES = 4
/** and no later than so long after the last of them: time enough for a kill at each point of the next ones. */
const MAX_GRACE_MS = 40
const MAX_LINES = 4000
const MAILBOXES = ['joe@example.test', 'jane@example.test']

let folder: string
let program: string
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wireline-killed-'))
  program = await compileServer(join(folder, 'server'))
})
afterAll(() => rm(folder, { recursive: true }))

const digest = (content: string | Buffer): string => createHash('sha256').update(content).digest('hex')

/** All that was sent in one lane. */
class Ledger {
  /** The digest of each message that was begun. */
  readonly sent = new Set<string>()
  /** Of each that got its 250: the digest, and for whom. */
  readonly acknowledged: { readonly digest: string; readonly to: readonly string[] }[] = []
  readonly #progress = new EventEmitter()
  readonly #random: () => number

  constructor(seed: number) {
    this.#random = randomSource(seed)
  }

  /** Sends messages until the server is gone. */
  async fill(url: string): Promise<void> {
    try {
      const client = await connect(url)
      for (;;) {
        const to = this.#random() < 0.5 ? MAILBOXES.slice(0, 1) : MAILBOXES
        const message = this.#message()
        this.sent.add(digest(message))
        await client.send({ from: 'a@x.test', to, message })
        this.acknowledged.push({ digest: digest(message), to })
        this.#progress.emit('acknowledged')
      }
    } catch (error) {
      // The one thing that may go wrong is that the connection is gone.
      if (!['NET_CLOSED', 'NET_CONNECT', 'SMTP_CUT_SHORT'].includes((error as { code: string }).code)) throw error
    }
  }

  /** Waits for some moment: a number of messages, and a little more. */
  async moment(): Promise<void> {
    for (let left = Math.floor(this.#random() * MAX_MESSAGES); left > 0; left--)
      await once(this.#progress, 'acknowledged')
    await after(this.#random() * MAX_GRACE_MS)
  }

  /** No two are the same, and most take several writes. */
  #message(): string {
    const line = `${this.sent.size} ${this.#random()} `.padEnd(70, '.')
    return `Subject: ${line}\r\n\r\n${`${line}\r\n`.repeat(1 + Math.floor(this.#random() ** 3 * MAX_LINES))}`
  }
}

/** Serves, is killed, and serves again from the same mailboxes. */
async function killAgainAndAgain(mail: string, ledger: Ledger, times: number): Promise<void> {
  for (let time = 0; time < times; time++) {
    const victim = new Victim(program, mail)
    try {
      const url = await victim.url()
      const sessions = Promise.all(Array.from({ length: SESSIONS }, () => ledger.fill(url)))
      // Sessions end before that moment where something is wrong.
      await Promise.race([ledger.moment(), sessions])
      await victim.kill()
      await sessions
    } finally {
      await victim.kill()
    }
  }
}

/** The digests of what lies in a folder of a mailbox. */
async function digestsIn(...path: readonly string[]): Promise<string[]> {
  const at = join(...path)
  const names = await readdir(at).catch(() => [])
  return Promise.all(names.map(async (name) => digest(await readFile(join(at, name)))))
}

it(`loses nothing it has answered for in ${KILLS} kills, and keeps nothing half`, { timeout: 120_000 }, async () => {
  const lanes = Array.from({ length: LANES }, (_, lane) => ({
    mail: join(folder, `mail-${lane}`),
    ledger: new Ledger(lane + 1),
  }))
  await Promise.all(lanes.map(({ mail, ledger }) => killAgainAndAgain(mail, ledger, KILLS / LANES)))
  let acknowledged = 0
  let begun = 0
  for (const { mail, ledger } of lanes) {
    const found = new Map<string, Set<string>>()
    for (const mailbox of MAILBOXES) {
      const whole = await digestsIn(mail, mailbox, 'new')
      expect(whole.filter((one) => !ledger.sent.has(one))).toEqual([])
      found.set(mailbox, new Set(whole))
      begun += (await digestsIn(mail, mailbox, 'tmp')).length
    }
    const lost = ledger.acknowledged.filter(
      ({ digest: one, to }) => !to.every((mailbox) => found.get(mailbox)?.has(one)),
    )
    expect(lost).toEqual([])
    acknowledged += ledger.acknowledged.length
    await maildir(mail).sweep(0)
    for (const mailbox of MAILBOXES) expect(await digestsIn(mail, mailbox, 'tmp')).toEqual([])
  }
  // The kills did strike where it hurts: between messages, and in them.
  expect(acknowledged).toBeGreaterThan(KILLS)
  expect(begun).toBeGreaterThan(KILLS / 10)
})
