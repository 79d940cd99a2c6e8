/** What the benchmarks of SMTP are given, whole and as TCP has it. Every content ends in CRLF.CRLF, with its dots doubled. */

/** Octets of a short note, of a usual mail, and of one with a picture in it. */
export const SIZES: Readonly<Record<string, number>> = { '1 KiB': 1024, '32 KiB': 32_768, '1 MiB': 1_048_576 }

const SENTENCE = 'The quick brown fox jumps over the lazy dog. It does so every day. '

const LINES: Readonly<Record<string, string>> = {
  'base64, 76 columns': `${'QmFzZTY0'.repeat(10).slice(0, 76)}\r\n`,
  '998 columns': `${'x'.repeat(998)}\r\n`,
  'text with dots': `${SENTENCE}\r\n`.repeat(9) + `..${SENTENCE}\r\n`,
  'every line dotted': `..${'x'.repeat(74)}\r\n`,
}

/** At least `size` octets of content of each kind, as it is on the wire. */
export function contents(size: number): Readonly<Record<string, Buffer>> {
  return Object.fromEntries(Object.entries(LINES).map(([kind, lines]) => [kind, repeated(lines, size)]))
}

function repeated(lines: string, size: number): Buffer {
  return Buffer.from(`${lines.repeat(Math.ceil(size / lines.length))}.\r\n`, 'latin1')
}

/** The envelope of a message for fifty, as a client pipelines it. */
export const ENVELOPE: Buffer = Buffer.from(
  `MAIL FROM:<sender+tag@mail.example.test> SIZE=10240 BODY=8BITMIME\r\n${Array.from(
    { length: 50 },
    (_, index) => `RCPT TO:<recipient.${index}@example.test>\r\n`,
  ).join('')}`,
)

/** The replies to it. */
export const REPLIES: Buffer = Buffer.from(`250 2.1.0 Sender OK\r\n${'250 2.1.5 Recipient OK\r\n'.repeat(50)}`)

/** An EHLO reply as large servers have it. */
export const EHLO_REPLY: Buffer = Buffer.from(
  [
    '250-mx.example.test at your service, [192.0.2.7]',
    '250-SIZE 157286400',
    '250-8BITMIME',
    '250-STARTTLS',
    '250-ENHANCEDSTATUSCODES',
    '250-PIPELINING',
    '250-CHUNKING',
    '250 SMTPUTF8',
    '',
  ].join('\r\n'),
)

const HEADER = [
  'Return-Path: <sender@mail.example.test>',
  'Received: from mx1.example.test (mx1.example.test [192.0.2.1])',
  '\tby mail.example.org (Postfix) with ESMTPS id 4XyZ1234567',
  '\tfor <joe@example.org>; Fri, 21 Nov 1997 09:55:06 -0600 (CST)',
  'From: =?utf-8?Q?J=C3=B6rg_M=C3=BCller?= <joerg@example.test>',
  'To: "Doe, Joe" <joe@example.org>, Ann <ann@example.org>',
  'Subject: =?utf-8?B?R3LDvMOfZSBhdXM=?= =?utf-8?Q?_M=C3=BCnchen?=',
  'Date: Fri, 21 Nov 1997 09:55:06 -0600',
  'Message-ID: <1234.5678@mail.example.test>',
  'MIME-Version: 1.0',
]

/** Lines with CRLF, joined. */
function message(...lines: readonly string[]): Buffer {
  return Buffer.from([...HEADER, ...lines, ''].join('\r\n'), 'utf8')
}

/** Octets without a pattern, and the same in each run. */
function noise(length: number): Buffer {
  let state = 1
  return Buffer.from(Array.from({ length }, () => (state = (Math.imul(state, 1_103_515_245) + 12_345) >>> 0) >>> 24))
}

function base64(octets: Buffer): string {
  return octets.toString('base64').replace(/.{76}(?=.)/g, '$&\r\n')
}

function attachment(name: string, octets: Buffer): string[] {
  return [
    `Content-Type: application/octet-stream; name="${name}"`,
    'Content-Transfer-Encoding: base64',
    `Content-Disposition: attachment; filename="${name}"`,
    '',
    base64(octets),
  ]
}

const MIXED = ['Content-Type: multipart/mixed; boundary="=_part_0123456789"', '']
const PRINTABLE = 'Der schnelle braune Fuchs springt =C3=BCber den faulen Hund, und das t=C3=A4glich=\r\n, sagt man.'

/** Messages as they are stored. */
export const MESSAGES: Readonly<Record<string, Buffer>> = {
  'plain text of a KiB': message('Content-Type: text/plain; charset=utf-8', '', `${SENTENCE}\r\n`.repeat(7)),
  'text, HTML and an attachment, 60 KiB': message(
    ...MIXED,
    '--=_part_0123456789',
    'Content-Type: multipart/alternative; boundary="=_alternative_0123456789"',
    '',
    '--=_alternative_0123456789',
    'Content-Type: text/plain; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    `${PRINTABLE}\r\n`.repeat(40),
    '--=_alternative_0123456789',
    'Content-Type: text/html; charset=utf-8',
    'Content-Transfer-Encoding: quoted-printable',
    '',
    `<p>${PRINTABLE}</p>\r\n`.repeat(60),
    '--=_alternative_0123456789--',
    '',
    '--=_part_0123456789',
    ...attachment('report.pdf', noise(36 * 1024)),
    '--=_part_0123456789--',
  ),
  'an attachment of 8 MiB': message(
    ...MIXED,
    '--=_part_0123456789',
    'Content-Type: text/plain; charset=us-ascii',
    '',
    SENTENCE,
    '--=_part_0123456789',
    ...attachment('film.bin', noise(6 * 1024 * 1024)),
    '--=_part_0123456789--',
  ),
  '100 parts': message(
    ...MIXED,
    ...Array.from({ length: 100 }, (_, index) => [
      '--=_part_0123456789',
      ...attachment(`file-${index}.bin`, noise(500)),
    ]).flat(),
    '--=_part_0123456789--',
  ),
}
