/** How the cost of reading a text grows that comes whole, as a line or the value of a field: linear, whatever it is full of. */
import { growTexts } from '../support/growth.ts'
import { describe } from 'vitest'
import { parseExtendedPassiveText, parsePassiveText } from '../../src/ftp/address.ts'
import { parseAddresses } from '../../src/smtp/message/address-list.ts'
import { parseContentType } from '../../src/smtp/message/content-type.ts'
import { decodeWords } from '../../src/smtp/message/encoded-word.ts'

const BOUNDS = { perOctet: { code: 5000, octets: 16 }, once: { code: 500_000, octets: 65_536 } }

describe('replies to PASV', () => growTexts(parsePassiveText, ['1,2,3,4,5,', '1 ', ',', '(', '1234'], BOUNDS))

describe('replies to EPSV', () => growTexts(parseExtendedPassiveText, ['(|||', '(', '|', '(|||1'], BOUNDS))

describe('addresses', () => {
  growTexts(
    (text) => parseAddresses(text),
    [
      ...['a:', '(', '((((x))))', '\\', '"', '<', '<@', '<@a,', '@', ',', ';', 'a@x.test, ', 'a.', '. ', 'a . ', '['],
      ...[' ', ':', '"\\'],
    ],
    BOUNDS,
  )
})

describe('content types', () => {
  growTexts(
    (text) => parseContentType(text),
    [';', '; a', '; a=', '; a="', '(', '((x)', '"', '\\', '; a=(', '; a=b(', ' ', '; a*0=b', '; a*=b'].map((again) => ({
      first: 'a/b',
      again,
    })),
    BOUNDS,
  )
})

describe('encoded words', () => {
  growTexts(
    (text) => decodeWords(text),
    ['=?', '=?a?Q?', '=?utf-8?Q?', '?=', '=?utf-8?Q?a?= ', '=?utf-8?Q?a?=x', ' '],
    BOUNDS,
  )
})
