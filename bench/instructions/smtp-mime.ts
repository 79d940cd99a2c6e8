/** The hot path of MIME. */
import { MessageParser } from '../../src/smtp/message/message-parser.ts'
import type { Paths } from './path.ts'

/** A letter as many are: text in two forms, and a picture of 24 KiB. */
const LETTER: Buffer = Buffer.from(
  [
    'From: =?utf-8?q?M=C3=A4rtha?= <martha@example.test>',
    'To: Joe <joe@example.test>, "Jane D." <jane@example.test>',
    'Subject: =?utf-8?b?R3LDvMOfZSBhdXMgS8O2bG4=?=',
    'Date: Sun, 06 Nov 1994 08:49:37 +0100',
    'Message-ID: <4711.abc@mail.example.test>',
    'MIME-Version: 1.0',
    'Content-Type: multipart/mixed; boundary="=_outer"',
    '',
    '--=_outer',
    'Content-Type: multipart/alternative; boundary="=_inner"',
    '',
    ...['--=_inner', 'Content-Type: text/plain; charset=utf-8', 'Content-Transfer-Encoding: quoted-printable', ''],
    ...Array.from({ length: 60 }, () => 'Gr=C3=BC=C3=9Fe, and a line of words that is as long as lines are =\r\nhere.'),
    ...['--=_inner', 'Content-Type: text/html; charset=utf-8', ''],
    ...Array.from({ length: 60 }, () => '<p>A paragraph of some words, as long as lines of the like are.</p>'),
    ...[
      '--=_inner--',
      '--=_outer',
      'Content-Type: image/png; name="a picture.png"',
      'Content-Transfer-Encoding: base64',
    ],
    'Content-Disposition: attachment; filename="a picture.png"',
    '',
    ...Array.from({ length: 430 }, () => 'QmFzZTY0'.repeat(10).slice(0, 76)),
    '--=_outer--',
    '',
  ].join('\r\n'),
)

/** Octets of decoded content. */
function work(): number {
  const parser = new MessageParser()
  let found = 0
  parser.push(LETTER)
  parser.pushEnd()
  for (let event = parser.next(); event !== undefined && event.type !== 'end'; event = parser.next())
    if (event.type === 'content') found += event.bytes.length
  return found
}

/** The paths. */
export const paths: Paths = {
  'SMTP, MIME message with a picture': { work, times: 15, finds: 32_546 },
}
