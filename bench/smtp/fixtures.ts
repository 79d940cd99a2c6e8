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
