/**
 * The laws of `src/net/machine.ts` that hold for a reader of messages (1: cuts change nothing, 3: no other exception, 5: bounded memory,
 * 6: linear work), on messages built from the grammar and on what mutators make of them.
 */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { readMessage } from '../../src/smtp/message/read-message.ts'
import { ProtocolError } from '../../src/net/errors.ts'
import { mutated } from '../support/arbitraries/octets.ts'
import { read } from '../support/mime.ts'
import { cutAt } from '../support/splits.ts'

const MARKS = [
  ...[
    '\r\n--b\r\n',
    '\r\n--b--\r\n',
    '--b',
    '--',
    '\n',
    '=',
    '=\r\n',
    '=3D',
    ' ',
    '\t',
    '(',
    ')',
    '"',
    ';',
    '*0*=',
    '\\',
  ],
  ...['Content-Type: multipart/mixed; boundary=b\r\n', 'Content-Type: message/rfc822\r\n\r\n', '=?utf-8?Q?=0D?='],
  ...['Content-Transfer-Encoding: base64\r\n', 'Content-Transfer-Encoding: quoted-printable\r\n', 'From: a@x.test, '],
]

const field = fc.constantFrom(
  ...['Subject: =?utf-8?Q?J=C3=B6rg?= x', 'From: Joe <joe@x.test>, g: a@x.test;', 'To: a@x.test\r\n (b)', 'X: '],
  ...[
    'Content-Type: text/html; charset=utf-8',
    'Content-Type: message/rfc822',
    'Content-Type: multipart/mixed; boundary=c',
  ],
  ...['Content-Transfer-Encoding: base64', 'Content-Transfer-Encoding: quoted-printable', 'Date: 1 Jan 2000 00:00 GMT'],
  ...["Content-Disposition: attachment; filename*0*=utf-8''a%20; filename*1=b"],
)
const body = fc.constantFrom(
  '',
  'hello',
  'hello\r\n',
  'aGVsbG8=',
  'aQce\r\naQ==',
  'a=3Db =\r\nc',
  '--c\r\n\r\nx\r\n--c--',
  '\r\n',
)
const part = fc
  .tuple(fc.array(field, { maxLength: 4 }), body)
  .map(([fields, content]) => [...fields, '', content].join('\r\n'))
const message = fc.array(part, { maxLength: 4 }).map((parts) => {
  const head = 'Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'
  return Buffer.from(`${head}${parts.map((text) => `--b\r\n${text}\r\n`).join('')}--b--\r\n`, 'latin1')
})
const octets = fc.oneof(message, mutated(message, MARKS))
const limits = { maxMessageDepth: 3, maxDepth: 8, maxParts: 30, maxFields: 20, maxHeaderBytes: 2000 }

it('is told alike however it is cut, with bounded memory and work', () => {
  const property = fc.property(octets, fc.array(fc.nat(2000), { maxLength: 6 }), (bytes, cuts) => {
    const edges = [...new Set(cuts)].filter((cut) => cut > 0 && cut < bytes.length).sort((one, other) => one - other)
    const [whole, cut, single] = [
      read([bytes], { limits }),
      read(cutAt(bytes, edges), { limits }),
      read(
        Array.from(bytes, (octet) => Buffer.of(octet)),
        { limits },
      ),
    ]
    for (const other of [cut, single]) {
      expect(other.events).toEqual(whole.events)
      expect(other.error?.code).toBe(whole.error?.code)
      expect(other.work).toBeLessThan(10 * (bytes.length + 64))
    }
    expect(single.maxBufferedBytes).toBeLessThan(limits.maxHeaderBytes + 2)
  })
  fc.assert(property)
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
