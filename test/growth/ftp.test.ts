/** How the cost of FTP grows: linear, for what everybody sends and for what nobody should. */
import { grow, growing, reading, type Bounds, type Reader } from '../support/growth.ts'
import { describe } from 'vitest'
import { mergeLimits, type Limits } from '../../src/ftp/limits.ts'
import { LIST_FORMATS, MLSD_FORMATS } from '../../src/ftp/listing/format.ts'
import type { ListingFormat } from '../../src/ftp/listing/line.ts'
import { ListingReader } from '../../src/ftp/listing/reader.ts'
import { ClientMachine, ServerMachine } from '../../src/ftp/machine.ts'
import { AsciiDecoder, AsciiEncoder } from '../../src/ftp/ascii.ts'
import { ASKED } from '../support/arbitraries/ftp.ts'
import { FTP_CLIENT, FTP_SERVER, GREETING } from '../support/roles/ftp.ts'

/** Limits that lines of a megabyte, and replies of 100,000 of them, do not reach. */
const WIDE: Partial<Limits> = {
  maxCommandBytes: 1024 * 1024,
  maxReplyLineBytes: 1024 * 1024,
  maxReplyLines: 1_000_000,
  maxReplyBytes: 64 * 1024 * 1024,
  maxListingLineBytes: 1024 * 1024,
}

const BOUNDS: Bounds = {
  perOctet: {
    whole: { work: 6, code: 24_000, octets: 128 },
    'in segments': { work: 6, code: 24_000, octets: 128 },
    // Single octets are gathered in a block, for each line a small one of its own.
    'octet by octet': { work: 8, code: 24_000, octets: 200 },
  },
  once: { work: 8192, code: 1_000_000, octets: 65_536 },
}

const SERVER = reading(FTP_SERVER, [GREETING])
const WIDE_SERVER = reading({ ...FTP_SERVER, create: () => new ServerMachine({ limits: WIDE }) }, [GREETING])
const CLIENT = reading(FTP_CLIENT, ASKED)
const WIDE_CLIENT = reading({ ...FTP_CLIENT, create: () => new ClientMachine({ limits: WIDE }) }, ASKED)

const TERSE = { maxReplyLines: 1000, maxReplyBytes: 16 * 1024 }
const TERSE_CLIENT = reading({ ...FTP_CLIENT, create: () => new ClientMachine({ limits: TERSE }) }, ASKED)

const LOGIN = 'USER a\r\nPASS b\r\n'

describe('commands', () => {
  const read = growing(SERVER)
  const wide = growing(WIDE_SERVER)
  grow(
    [
      read('short ones', LOGIN, 'NOOP\r\n'),
      read('unknown ones', LOGIN, 'X\r\n'),
      read('long ones', LOGIN, `NOOP ${'a'.repeat(1000)}\r\n`),
      read('transfers', LOGIN, 'RETR a\r\n'),
      read('empty lines', '', '\r\n'),
      read('line feeds', '', '\n'),
      read('CR NUL', '', '\r\0'),
      wide('one line', '', 'a'),
      wide('carriage returns in a line', 'STAT ', '\r\0', '\r\n'),
      wide('a path of slashes', `${LOGIN}CWD `, '/', '\r\n'),
      wide('octets that are no text', `${LOGIN}CWD `, '\xfe', '\r\n'),
      wide('an address', `${LOGIN}PORT `, '1,', '1\r\n'),
    ],
    BOUNDS,
  )
})

describe('Telnet', () => {
  const read = growing(SERVER)
  const wide = growing(WIDE_SERVER)
  grow(
    [
      read('options offered', '', '\xff\xfb\x01'),
      read('options between octets', '', 'N\xff\xfd\x01'),
      wide('doubled IAC', 'NOOP ', '\xff\xff', '\r\n'),
      read('interrupts', '', '\xff\xf4\xff\xf2'),
      read('commands without a meaning', '', '\xff\xf1'),
      read('a subnegotiation', '\xff\xfa', 'x'),
      read('subnegotiations', '', '\xff\xfax\xff\xf0'),
      read('IACs in one', '\xff\xfa', '\xff\xff'),
    ],
    BOUNDS,
  )
})

describe('replies', () => {
  const read = growing(CLIENT)
  const wide = growing(WIDE_CLIENT)
  const lines = growing(WIDE_CLIENT, { size: 100_000 })
  grow(
    [
      read('lines', '', '220-a\r\n'),
      lines('100,000 lines', '220-a\r\n', ' b\r\n', '220 c\r\n'),
      lines('100,000 lines of octets that are no text', '220-a\r\n', '\xfe\r\n', '220 c\r\n'),
      wide('a long line', '220 ', 'a', '\r\n'),
      wide('carriage returns in a line', '220 ', '\r\0', '\r\n'),
      wide('doubled IAC', '220 ', '\xff\xff', '\r\n'),
      wide('options between octets', '220 ', 'a\xff\xfb\x01', '\r\n'),
    ],
    BOUNDS,
  )
})

describe('listings', () => {
  const read = growing(listing(LIST_FORMATS))
  const facts = growing(listing(MLSD_FORMATS))
  grow(
    [
      read('of Unix', 'total 5\r\n', '-rw-r--r-- 1 root wheel 512 Mar 10 2001 a file\r\n'),
      read('of DOS', '', '03-10-01  01:23PM       <DIR>          a directory\r\n'),
      read('of VMS', 'Directory A:[B]\r\n\r\n', 'A.TXT;1   9/12   2-JUN-1998 07:32:04  [A,B]   (RWED,RWED,RE,)\r\n'),
      read(
        'of VMS on two lines',
        'Directory A:[B]\r\n\r\n',
        `${'A'.repeat(40)}.TXT;1\r\n   9/12   2-JUN-1998 07:32:04  [A,B]\r\n`,
      ),
      read('of VMS, beginnings only', 'Directory A:[B]\r\n\r\n', `${'A'.repeat(40)}.TXT;1\r\n`),
      read('of strangers', '', 'nothing of the kind\r\n'),
      read('of empty lines', '', '\r\n'),
      read(
        'in turns',
        '',
        '-rw-r--r-- 1 a b 5 Mar 10 2001 a\r\n03-10-01  01:23PM       5 b\r\n+i8388621.48594,m825718503,r,s280,\tc\r\n',
      ),
      facts('of facts', '', 'type=file;size=951;modify=20150813175250;perm=adfr; a file\r\n'),
      facts('a line of thousands of facts', '', 'a=b;', ' c\r\n'),
      facts('a line of equals signs', 'a', '=', '; c\r\n'),
      facts('a line of semicolons', 'a=b', ';', ' c\r\n'),
      facts('a name of spaces', 'type=file;', ' ', '\r\n'),
      read('a name of spaces, of Unix', '-rw-r--r-- 1 root wheel 512 Mar 10 2001', ' ', 'a\r\n'),
      read('a name of quotes', '-rw-r--r-- 1 root wheel 512 Mar 10 2001 ', '"', '\r\n'),
      read('a name of arrows', 'lrwxrwxrwx 1 root wheel 512 Mar 10 2001 a', ' -> ', 'b\r\n'),
      read('a name of octets that are no text', '-rw-r--r-- 1 root wheel 512 Mar 10 2001 ', '\xfe', '\r\n'),
      read('a line of spaces', '', ' ', '\r\n'),
      read('a line of words', '', 'a ', '\r\n'),
      read('a line of digits', '', '1', '\r\n'),
      read('a line of numbers', '', '1 ', '\r\n'),
      read('a line of commas', '+', 'a,', '\r\n'),
      read('a line of brackets', 'A;1 ', '(', '\r\n'),
      read('a line of slashes', '', '1/', '\r\n'),
    ],
    BOUNDS,
  )
})

describe('what breaks a limit', () => {
  const refused = growing(SERVER, { size: 64 * 1024 })
  const limited = growing(CLIENT, { outcome: 'limited', size: 128 * 1024 })
  const replied = growing(TERSE_CLIENT, { outcome: 'limited', size: 256 * 1024 })
  const listed = growing(listing(LIST_FORMATS, {}), { outcome: 'limited', size: 256 * 1024 })
  grow(
    [
      refused('a long command', '', 'a'),
      limited('a long reply line', '220 ', 'a'),
      replied('a long reply', '220-a\r\n', `${'a'.repeat(500)}\r\n`),
      replied('a reply of many lines', '220-a\r\n', 'a\r\n'),
      listed('a long line of a listing', '', 'a'),
    ],
    BOUNDS,
  )
})

describe('line ends of text', () => {
  const encoded = growing(() => {
    const encoder = new AsciiEncoder()
    return { read: (piece) => void encoder.encode(piece), work: 0 }
  })
  const decoded = growing(() => {
    const decoder = new AsciiDecoder()
    return { read: (piece) => void decoder.decode(piece), work: 0 }
  })
  grow(
    [
      encoded('written', '', 'a line of text\n'),
      encoded('written, line feeds', '', '\n'),
      decoded('read', '', 'a line of text\r\n'),
      decoded('read, CRLFs', '', '\r\n'),
      decoded('read, carriage returns', '', '\r'),
    ],
    BOUNDS,
  )
})

/** Somebody who reads a listing. It has no count of its own: the other two are all that is said of it. */
function listing(formats: readonly ListingFormat[], limits: Partial<Limits> = WIDE): () => Reader {
  const reference = { nowMs: Date.UTC(2026, 2, 10), serverOffsetMinutes: 0 }
  return () => {
    const reader = new ListingReader(formats, reference, mergeLimits(limits))
    return {
      read: (piece) => {
        reader.push(piece)
        while (reader.next() !== undefined);
      },
      work: 0,
    }
  }
}
