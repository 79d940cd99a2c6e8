/**
 * The laws of `src/net/machine.ts` that hold for a reader of messages, to which nobody answers, on messages built from the grammar and on what
 * mutators make of them.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readMessage } from '../../src/smtp/message/read-message.ts'
import { ProtocolError } from '../../src/net/errors.ts'
import { MARKS, messageOctets } from '../support/arbitraries/mime.ts'
import { mutated } from '../support/arbitraries/octets.ts'
import { endless, keeps, machineLaws } from '../support/laws.ts'
import { messageReader } from '../support/roles/mime.ts'

const octets = fc.oneof(messageOctets, mutated(messageOctets, MARKS))
const limits = { maxMessageDepth: 3, maxDepth: 8, maxParts: 30, maxFields: 20, maxHeaderBytes: 2000 }

const MULTIPART = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n'
const { maxHeaderBytes } = limits
/** A boundary, and a line of white space behind it. */
const MAX_DELIMITER_BYTES = 1100

describe('the reader of messages', () => {
  keeps(
    machineLaws({
      ...messageReader({ limits }),
      input: messageOctets,
      marks: MARKS,
      maxBufferedBytes: maxHeaderBytes + 2,
      maxWorkPerByte: 10,
      deadly: [`a: ${'b'.repeat(maxHeaderBytes)}`, 'a: b\r\n'.repeat(limits.maxFields + 2)],
      endless: [
        endless('a line without an end', 'Subject: ', 'a', maxHeaderBytes),
        endless('one field behind the other', '', 'a: b\r\n', maxHeaderBytes),
        endless('one fold behind the other', 'a: b', '\r\n c', maxHeaderBytes),
        endless('content', '\r\n', 'text\r\n', 2),
        endless('content in a part', `${MULTIPART}--b\r\n\r\n`, 'text\r\n', MULTIPART.length),
        endless('what is before the first part', MULTIPART, 'text\r\n', MULTIPART.length),
        endless('one part behind the other', MULTIPART, '--b\r\n\r\nx\r\n', MULTIPART.length),
        endless('parts within one another', '', `${MULTIPART}--b\r\n`, MULTIPART.length),
        endless('a delimiter and white space', `${MULTIPART}--b\r\n\r\n\r\n--b`, ' ', MAX_DELIMITER_BYTES),
        endless('line ends', `${MULTIPART}--b\r\n\r\n`, '\r\n', MULTIPART.length),
        endless('base64', 'Content-Transfer-Encoding: base64\r\n\r\n', 'QUJD\r\n', MULTIPART.length),
        endless('white space', 'Content-Transfer-Encoding: quoted-printable\r\n\r\n', ' ', MULTIPART.length),
      ],
    }),
  )
})

it('is read whole or refused with an error of ours', async () => {
  const property = fc.asyncProperty(octets, fc.boolean(), async (bytes, isStrict) => {
    const options = { limits, refuse: isStrict ? 'everything' : 'nothing' } as const
    const message = await readMessage(bytes, options).catch((error: unknown) => error)
    if (message instanceof Error) expect(message).toBeInstanceOf(ProtocolError)
    else expect(message).toHaveProperty('attachments')
  })
  await fc.assert(property)
})
