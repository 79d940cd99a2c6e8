/** Delivery to Maildirs as a server's handler. */
import { afterEach, beforeEach, expect, it } from 'vitest'
import { maildir } from '../../../src/smtp/maildir.ts'
import type { Maildir } from '../../../src/smtp/maildir.ts'
import { deliverTo } from '../../../src/smtp/maildir-delivery.ts'
import { MaildirError } from '../../../src/smtp/maildir-error.ts'
import { emptyFolder, removeFolder } from '../../support/programs.ts'
import { begun, ENVELOPE } from './server-session.ts'

const MESSAGE = 'Subject: hello\r\n\r\nHi\r\n.\r\n'

let folder: string
beforeEach(() => (folder = emptyFolder('delivery')))
afterEach(() => removeFolder(folder))

/** What is answered to a message for `b@y.test`. */
async function answerOf(mail: Maildir): Promise<{ readonly code: string; readonly errors: readonly Error[] }> {
  const { peer, errors } = await begun({ message: deliverTo(mail) })
  expect(await peer.ask(`${ENVELOPE}DATA\r\n`, 3)).toBe('250 250 354')
  return { code: await peer.ask(MESSAGE), errors }
}

it('keeps a message with its trace, and then says so', async () => {
  const mail = maildir(folder)
  expect(await answerOf(mail)).toEqual({ code: '250', errors: [] })
  const [message] = await mail.list('b@y.test')
  expect(message).toMatchObject({ subject: 'hello' })
  const chunks: Buffer[] = []
  for await (const chunk of await mail.read('b@y.test', message?.id ?? '')) chunks.push(chunk)
  expect(String(Buffer.concat(chunks))).toMatch(
    /^Return-Path: <a@x\.test>\r\nReceived: from a\.test[^]*\r\nSubject: hello\r\n\r\nHi\r\n$/,
  )
})

it.each([
  ['a full disk', new MaildirError('MAILDIR_FULL'), '452', 0],
  ['any other trouble', new MaildirError('MAILDIR_FAILED'), '451', 1],
])('puts off what cannot be kept: %s', async (_, error, code, told) => {
  const answer = await answerOf({ ...maildir(folder), deliver: () => Promise.reject(error) } as Maildir)
  expect(answer.code).toBe(code)
  expect(answer.errors.length).toBe(told)
})
