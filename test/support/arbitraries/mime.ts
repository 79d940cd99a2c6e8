/** Messages built from the grammar of RFC 5322 and RFC 2045 to 2049. */
import fc from 'fast-check'

/** What means something in a message. */
export const MARKS: readonly string[] = [
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

/** Messages of several parts, or of none. */
export const messageOctets: fc.Arbitrary<Buffer> = fc.array(part, { maxLength: 4 }).map((parts) => {
  const head = 'Subject: x\r\nContent-Type: multipart/mixed; boundary=b\r\n\r\n'
  return Buffer.from(`${head}${parts.map((text) => `--b\r\n${text}\r\n`).join('')}--b--\r\n`, 'latin1')
})
