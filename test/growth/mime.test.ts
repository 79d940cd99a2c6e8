/** How the cost of reading messages grows: linear, in headers, in parts and in what is encoded. */
import { grow, growing, type Bounds, type Reader } from '../support/growth.ts'
import { describe } from 'vitest'
import { MessageParser, type MessageLimits } from '../../src/smtp/index.ts'

const BOUNDS: Bounds = {
  perOctet: {
    whole: { work: 12, code: 24_000, octets: 128 },
    'in segments': { work: 12, code: 24_000, octets: 128 },
    'octet by octet': { work: 12, code: 24_000, octets: 200 },
  },
  once: { work: 8192, code: 1_000_000, octets: 65_536 },
}

/** Limits that a hundred thousand parts do not reach. */
const WIDE: Partial<MessageLimits> = {
  maxFields: 1_000_000,
  maxParts: 1_000_000,
  maxDepth: 1_000_000,
  maxMessageDepth: 1_000_000,
  maxParameters: 1_000_000,
  maxEncodedWords: 1_000_000,
  maxAddresses: 1_000_000,
}

/** Somebody who asks for all that a header tells. */
function messages(limits: Partial<MessageLimits>): () => Reader {
  return () => {
    const parser = new MessageParser({ limits })
    return {
      read(piece) {
        parser.push(piece)
        for (let event = parser.next(); event !== undefined; event = parser.next()) {
          if (event.type !== 'part') continue
          event.header.text('subject')
          event.header.addresses('from')
        }
      },
      get work() {
        return parser.work
      },
    }
  }
}

const wide = growing(messages(WIDE))
const END = '\r\n\r\n'
const MULTIPART = 'Content-Type: multipart/mixed; boundary=b\r\n\r\n'

describe('headers', () => {
  grow(
    [
      wide('fields', '', 'a: b\r\n'),
      wide('long fields', '', `X-Long: ${'a'.repeat(900)}\r\n`),
      wide('folds', 'Subject: a', '\r\n b', END),
      wide('folds of nothing', 'Subject: a', '\r\n ', END),
      wide('a line without an end', 'Subject: ', 'a'),
      wide('encoded words', 'Subject: ', '=?utf-8?q?=41?= ', END),
      wide('encoded words in a row', 'Subject: ', '=?utf-8?b?QQ==?=', END),
      wide('beginnings of encoded words', 'Subject: ', '=?', END),
      wide('words that lack their end', 'Subject: ', '=?utf-8?q?', END),
      wide('addresses', 'From: a@x.test', ', "b c" <d@x.test>', END),
      wide('groups', 'From: ', 'a: b@x.test;, ', END),
      wide('groups within one another', 'From: ', 'a:', END),
      wide('nested comments', 'From: a@x.test ', '(', END),
      wide('comments that end', 'From: a@x.test ', '(a (b) c)', END),
      wide('ends of comments', 'From: a@x.test ', ')', END),
      wide('quoted pairs', 'From: "', '\\"', `" <a@x.test>${END}`),
      wide('open brackets', 'From: ', '<', END),
      wide('a route', 'From: <', '@a.test,', `@b.test:c@x.test>${END}`),
      wide('parameters', 'Content-Type: text/plain', '; a=b', END),
      wide('pieces of a parameter', 'Content-Type: text/plain', '; name*1=b', END),
      wide('comments in a type', 'Content-Type: text/plain', ' (', END),
    ],
    BOUNDS,
  )
})

describe('parts', () => {
  const many = growing(messages(WIDE), { size: 300_000 })
  const few = growing(messages({ maxParts: 10 }), { outcome: 'limited', size: 2048 })
  const usual = growing(messages({}))
  const deep = growing(messages({}), { outcome: 'limited', size: 48 * 1024 })
  // Far behind the longest line that may be a delimiter: before that it is held back, which costs less than to pass it on.
  const long = growing(messages(WIDE), { size: 64 * 1024 })
  grow(
    [
      many('100,000 of them', MULTIPART, '--b\r\n\r\nx\r\n'),
      wide('with headers', MULTIPART, '--b\r\nContent-Type: text/plain\r\nContent-ID: <a@b>\r\n\r\ntext\r\n'),
      few('more than are allowed', MULTIPART, '--b\r\n\r\nx\r\n'),
      deep('multiparts within one another', '', `${MULTIPART}--b\r\n`),
      usual('messages within one another', '', 'Content-Type: message/rfc822\r\n\r\n'),
      wide('nearly delimiters', `${MULTIPART}--b\r\n\r\n`, '\r\n--'),
      wide('delimiters of others', `${MULTIPART}--b\r\n\r\n`, '\r\n--bb'),
      long('a delimiter and white space', `${MULTIPART}--b\r\n\r\n\r\n--b`, ' '),
      wide('line feeds', `${MULTIPART}--b\r\n\r\n`, '\n'),
      wide('carriage returns', `${MULTIPART}--b\r\n\r\n`, '\r'),
      wide('what is before the first', MULTIPART, 'text\r\n'),
    ],
    BOUNDS,
  )
})

describe('content', () => {
  const BASE64 = 'Content-Transfer-Encoding: base64\r\n\r\n'
  const QUOTED = 'Content-Transfer-Encoding: quoted-printable\r\n\r\n'
  grow(
    [
      wide('text', '\r\n', 'The quick brown fox jumps over the lazy dog, and the dog is not amused.\r\n'),
      wide('base64', BASE64, `${'QUJD'.repeat(19)}\r\n`),
      wide('base64, an octet to a line', BASE64, 'Q\r\n'),
      wide('base64 full of other octets', BASE64, 'QUJD!!!!'),
      wide('base64 that ends and goes on', BASE64, 'QQ==\r\n'),
      wide('quoted-printable', QUOTED, 'caf=C3=A9 and more of it, =\r\n'),
      wide('soft line breaks', QUOTED, '=\r\n'),
      wide('equals signs', QUOTED, '='),
      wide('white space at the ends of lines', QUOTED, '    \r\n'),
      wide('white space without an end', QUOTED, ' '),
    ],
    BOUNDS,
  )
})
