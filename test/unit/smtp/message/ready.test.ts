/** Objects that are ready before they are needed: each is one caller's alone, and none of them has seen a message. */
import { queryObjects, setFlagsFromString } from 'node:v8'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { runInNewContext } from 'node:vm'
import { describe, expect, it } from 'vitest'
import { Base64Decoder } from '../../../../src/smtp/message/base64.ts'
import { Boundaries, DelimiterSearch } from '../../../../src/smtp/message/boundary.ts'
import { HeaderLines } from '../../../../src/smtp/message/header-lines.ts'
import { HeaderSection } from '../../../../src/smtp/message/header-section.ts'
import { MessageParser } from '../../../../src/smtp/message/message-parser.ts'
import { QuotedPrintableDecoder } from '../../../../src/smtp/message/quoted-printable.ts'
import { readMessage } from '../../../../src/smtp/message/read-message.ts'
import { Ready } from '../../../../src/smtp/message/ready.ts'
import { Cursor } from '../../../../src/smtp/message/structured.ts'
import { transferDecoder } from '../../../../src/smtp/message/transfer-decoding.ts'
import { Window } from '../../../../src/smtp/message/window.ts'
import { lines } from '../../../support/mime.ts'

setFlagsFromString('--expose-gc')
const collectGarbage = runInNewContext('gc') as () => void

const MAIL = lines(
  'From: =?utf-8?Q?J=C3=B6rg?= <joerg@x.test>',
  'Subject: =?utf-8?B?Z3LDvMOfZQ==?=',
  'Content-Type: multipart/mixed; boundary=b',
  '',
  '--b',
  '',
  'text',
  '--b',
  'Content-Transfer-Encoding: quoted-printable',
  '',
  'h=C3=A4llo',
  '--b',
  'Content-Type: image/png',
  'Content-Transfer-Encoding: base64',
  '',
  'QUJD'.repeat(200),
  '--b--',
)

describe('what is ready', () => {
  it('is made before it is taken, and is taken once', () => {
    let made = 0
    const ready = new Ready(() => ({ number: ++made }))
    expect(made).toBe(1)
    expect([ready.take(), ready.take()]).toEqual([{ number: 1 }, { number: 2 }])
    expect(made).toBe(3)
  })

  it.each([
    MessageParser,
    Window,
    HeaderLines,
    HeaderSection,
    Boundaries,
    DelimiterSearch,
    Base64Decoder,
    QuotedPrintableDecoder,
    Cursor,
  ])('is one of each kind whose code is hot, whatever was collected: %o', (kind) => {
    // Looks for them behind a full collection.
    expect(queryObjects(kind)).toBeGreaterThan(0)
  })

  it.each(['base64', 'quoted-printable'])('is another decoder of %s for each part', (encoding) => {
    expect(transferDecoder(encoding)).not.toBe(transferDecoder(encoding))
  })

  it('keeps messages apart that are read at the same time', async () => {
    const octets = Buffer.from(MAIL)
    async function* slowly(): AsyncGenerator<Buffer> {
      for (let at = 0; at < octets.length; at += 7) {
        yield octets.subarray(at, at + 7)
        await nextTurn()
      }
    }
    const messages = await Promise.all([readMessage(slowly()), readMessage(MAIL), readMessage(slowly(), {})])
    for (const { subject, attachments } of messages) {
      expect(subject).toBe('grüße')
      expect(attachments.map(({ content }) => content.toString())).toEqual(['ABC'.repeat(200)])
    }
  })
})

describe('a message that was read', () => {
  /** Reads in a frame of its own, so that nothing of it lies on the stack. */
  async function read(end: number): Promise<WeakRef<Buffer>> {
    const octets = Buffer.from(Buffer.from(MAIL).subarray(0, end))
    await readMessage([octets])
    return new WeakRef(octets)
  }

  it.each([0.5, 0.9, 1])('leaves no octets behind, read up to %f of it', async (share) => {
    const octets = await read(Math.floor(MAIL.length * share))
    await nextTurn()
    collectGarbage()
    expect(octets.deref()).toBeUndefined()
  })
})
