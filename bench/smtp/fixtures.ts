/** What the benchmarks of SMTP are given, whole and as TCP has it. Every content ends in CRLF.CRLF, with its dots doubled. */

const SIZE = 1024 * 1024

function repeated(unit: string): Buffer {
  return Buffer.from(`${unit.repeat(Math.ceil(SIZE / unit.length))}.\r\n`, 'latin1')
}

const SENTENCE = 'The quick brown fox jumps over the lazy dog. It does so every day. '

/** A mebibyte of content of each kind, as it is on the wire. */
export const CONTENTS: Readonly<Record<string, Buffer>> = {
  'base64, 76 columns': repeated(`${'QmFzZTY0'.repeat(10).slice(0, 76)}\r\n`),
  '998 columns': repeated(`${'x'.repeat(998)}\r\n`),
  'text with dots': repeated(`${SENTENCE}\r\n`.repeat(9) + `..${SENTENCE}\r\n`),
  'every line dotted': repeated(`..${'x'.repeat(74)}\r\n`),
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
