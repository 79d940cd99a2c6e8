/** Our client at a smtp-sink with the faults that `smtp-client.test.ts` leaves out: slow, rude, and old-fashioned servers. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { connect, send } from '../../src/smtp/client.ts'
import { describePeer } from '../support/peers.ts'
import { Daemon, emptyFolder, freePort, removeFolder } from '../support/programs.ts'

const ENVELOPE = { from: 'a@x.test', to: ['b@y.test', 'c@y.test'] }
const MESSAGE = { ...ENVELOPE, message: 'Subject: x\n\n.\n..dots\nthe end' }
const PEOPLE = process.getuid?.() === 0 ? ['-u', 'root'] : []

describePeer('smtp-sink', (sink) => {
  let folder: string
  let daemon: Daemon | undefined
  beforeEach(() => {
    folder = emptyFolder('sink')
  })
  afterEach(async () => {
    await daemon?.stop()
    removeFolder(folder)
  })

  async function start(...args: readonly string[]): Promise<string> {
    const port = await freePort()
    const dump = ['-d', join(folder, '%H%M%S.')]
    daemon = new Daemon(sink, ['-4', ...PEOPLE, ...args, ...dump, `127.0.0.1:${port}`, '100'], folder)
    await daemon.listening(port)
    return `smtp://127.0.0.1:${port}`
  }

  /** What it has got, as one text. */
  async function dumped(): Promise<string> {
    const names = await readdir(folder)
    return (await Promise.all(names.map((name) => readFile(join(folder, name), 'latin1')))).join('')
  }

  it.each(['connect', 'ehlo', 'mail', 'rcpt', 'data', '.'])('goes away with a 421 at %s', async (point) => {
    await expect(send(await start('-Q', point), MESSAGE)).rejects.toMatchObject({ reply: { code: 421 } })
  })

  it.each(['quit', 'rset'])('hangs up at %s, and nothing is lost by it', async (point) => {
    const { accepted } = await send(await start('-q', point), MESSAGE)
    expect(accepted).toHaveLength(2)
    expect(await dumped()).toContain('the end')
  })

  it.each([
    ['EHLO, and takes HELO', ['-f', 'ehlo'], 'X-Client-Proto: SMTP'],
    ['every extension but EHLO', ['-8', '-a', '-C', '-E', '-F', '-N', '-p'], 'X-Client-Proto: ESMTP'],
    ['EHLO as a Cisco PIX does', ['-P'], 'X-Client-Proto: SMTP'],
  ])('knows nothing of %s', async (_, args, heard) => {
    const { accepted } = await send(await start(...args), MESSAGE)
    expect(accepted).toHaveLength(2)
    expect(await dumped()).toContain(heard)
  })

  it('is not sent 8 bits that it does not take', async () => {
    const message = { ...ENVELOPE, message: 'dreißig' }
    await expect(send(await start('-8'), message)).rejects.toMatchObject({ code: 'SMTP_NOT_OFFERED', side: 'local' })
    expect(await dumped()).toBe('')
  })

  it('has had enough in the middle of a message', async () => {
    const message = { ...ENVELOPE, message: 'x'.repeat(70).concat('\r\n').repeat(100_000) }
    const error: unknown = await send(await start('-A', '0'), message).catch((thrown: unknown) => thrown)
    // Its 550 is there before the message is out; where the connection breaks first, that is what is told.
    expect(['SMTP_REPLY', 'NET_CLOSED', 'SMTP_CUT_SHORT', 'SMTP_REPLY_UNASKED']).toContain(
      (error as { code: string }).code,
    )
  })

  it('reads with a window of a few octets', async () => {
    const lines = `${'x'.repeat(70)}\r\n`.repeat(2000)
    const { accepted } = await send(await start('-T', '1024'), { ...ENVELOPE, message: lines })
    expect(accepted).toHaveLength(2)
    expect((await dumped()).split('\n').filter((line) => /^x{70}\r?$/.test(line))).toHaveLength(2000)
  })

  it.each([
    ['mail', { replyMs: 300 }, 'reply to MAIL', 'unsent'],
    ['rcpt', { replyMs: 300 }, 'reply to RCPT', 'unsent'],
    ['data', { goAheadMs: 300 }, 'reply to DATA', 'unsent'],
    ['.', { endOfDataMs: 300 }, 'reply to message', 'unknown'],
  ])('does not answer %s in time', async (point, timeouts, phase, fate) => {
    // Where commands are pipelined it answers the late one last.
    const url = await start('-p', '-W', `${point}:5`)
    const error = { code: 'NET_TIMEOUT', fate, cause: { phase } }
    await expect(send(url, { ...MESSAGE, timeouts })).rejects.toMatchObject(error)
  })

  it('answers out of turn, and is not believed', async () => {
    const error = { code: 'SMTP_REPLY_WRONG', fate: 'unsent' }
    await expect(send(await start('-W', 'mail:1'), MESSAGE)).rejects.toMatchObject(error)
  })

  it('answers late, and is waited for', async () => {
    const { accepted } = await send(await start('-w', '1'), MESSAGE)
    expect(accepted).toHaveLength(2)
  })

  it('refuses one message, and takes the next of the same session', async () => {
    const client = await connect(await start('-r', 'rcpt'))
    for (let time = 0; time < 3; time++) {
      await expect(client.send(MESSAGE)).rejects.toMatchObject({
        code: 'SMTP_REPLY',
        command: 'RCPT',
        isTransient: true,
      })
    }
    await client.quit()
  })
})
