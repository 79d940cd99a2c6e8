/**
 * The usual row of `ls -l`, read octet by octet: as servers print it whose columns have one width, which is nearly every server.
 *
 *     -rw-r--r--   1 root     staff      80284 Aug 22  2000 a file.zip
 *     drwxr-xr-x  12 root     staff       4096 Aug  2 14:05 src
 *
 *     row   = ( "-" / "d" ) mode SP links SP owner SP group SP size SP month SP day SP ( SP year / clock ) SP name
 *     mode  = 3( ( "r" / "-" ) ( "w" / "-" ) ( "x" / "-" ) )
 *     month = "Jan" / "Feb" / ...          ; in English
 *     day   = SP DIGIT / 2DIGIT
 *
 * with any number of spaces between the columns before the month. Owner and group are one word each. What is read here is read to
 * the same entry as by `unix.ts`, which knows every other row, links and special bits among them, and to which all that is not
 * of this form is left.
 */
import { COLON, HYPHEN, SP } from '../../net/ascii.ts'
import { isDate } from '../grammar.ts'
import { decodeStretch } from '../text.ts'
import { behindDigits, behindSpaces, behindWord, readDecimal } from './columns.ts'
import { ListedEntry, type ListedTime, type Reference } from './entry.ts'
import { COMMA, englishMonth, LEAP_YEAR } from './unix-time.ts'

const LETTER_D = 0x64

/** Octets of `drwxr-xr-x`, and of ` Aug 22 14:05 `: the space before the month to that before the name. */
const [MODE_LENGTH, DATE_LENGTH] = [10, 14]

/** The entry of a usual row; `undefined` where the row is another, or none. */
export function readUsualRow(
  octets: string,
  from: number,
  to: number,
  reference: Reference,
  bytes: Buffer,
): ListedEntry | undefined {
  const mode = readUsualMode(bytes, from + 1)
  if (mode === undefined) return undefined
  const linksFrom = behindSpaces(bytes, from + MODE_LENGTH, to)
  const linksTo = behindDigits(bytes, linksFrom, to)
  const ownerFrom = behindSpaces(bytes, linksTo, to)
  const ownerTo = behindWord(bytes, ownerFrom, to)
  const groupFrom = behindSpaces(bytes, ownerTo, to)
  const groupTo = behindWord(bytes, groupFrom, to)
  const sizeFrom = behindSpaces(bytes, groupTo, to)
  const sizeTo = behindDigits(bytes, sizeFrom, to)
  const nameFrom = sizeTo + DATE_LENGTH
  const links = readDecimal(bytes, linksFrom, linksTo)
  // A comma is of a device, whose two numbers stand in the size's place.
  const isRow = ownerFrom > linksTo && sizeTo > sizeFrom && nameFrom < to && bytes[groupTo - 1] !== COMMA
  const time = isRow ? readUsualTime(bytes, sizeTo) : undefined
  if (time === undefined || links === undefined) return undefined
  return new ListedEntry(
    {
      name: decodeStretch(octets, nameFrom, to, bytes),
      type: bytes[from] === LETTER_D ? 'directory' : 'file',
      size: readDecimal(bytes, sizeFrom, sizeTo),
      time,
      mode,
      owner: decodeStretch(octets, ownerFrom, ownerTo, bytes),
      group: decodeStretch(octets, groupFrom, groupTo, bytes),
      links,
    },
    reference,
  )
}

const RWX: Buffer = Buffer.from('rwxrwxrwx', 'latin1')

/** `rwxr-xr-x`, behind `-` or `d` and before a space, as `0o755`. */
function readUsualMode(bytes: Buffer, from: number): number | undefined {
  const type = bytes[from - 1]
  if ((type !== HYPHEN && type !== LETTER_D) || bytes[from + RWX.length] !== SP) return undefined
  let mode = 0
  for (let index = 0; index < RWX.length; index++) {
    const octet = bytes[from + index]
    if (octet !== HYPHEN && octet !== RWX[index]) return undefined
    mode = mode * 2 + (octet === HYPHEN ? 0 : 1)
  }
  return mode
}

/** ` Aug 22  2000 ` or ` Aug  2 14:05 `, all of whose octets are there to be looked at. */
function readUsualTime(bytes: Buffer, from: number): ListedTime | undefined {
  const month = englishMonth(bytes[from + 1] as number, bytes[from + 2] as number, bytes[from + 3] as number)
  const day = readPadded(bytes, from + 5)
  const isSpaced = bytes[from] === SP && bytes[from + 4] === SP && bytes[from + 7] === SP && bytes[from + 13] === SP
  if (!isSpaced || month === undefined || day === undefined) return undefined
  const isClock = bytes[from + 10] === COLON
  const first = isClock ? readPadded(bytes, from + 8) : readTwo(bytes, from + 9)
  const second = readTwo(bytes, from + 11)
  if (first === undefined || second === undefined || (!isClock && bytes[from + 8] !== SP)) return undefined
  const year = isClock ? undefined : first * 100 + second
  const isTime = isClock ? first < 24 && second < 60 : first >= 10
  if (!isTime || !isDate(year ?? LEAP_YEAR, month, day)) return undefined
  const [hour, minute] = isClock ? [first, second] : [0, 0]
  const precision = isClock ? 'minute' : 'day'
  return { year, month, day, hour, minute, second: 0, millisecond: 0, precision, zone: 'server' }
}

/** `2DIGIT / SP DIGIT` */
function readPadded(bytes: Buffer, from: number): number | undefined {
  return bytes[from] === SP ? readDecimal(bytes, from + 1, from + 2) : readTwo(bytes, from)
}

/** `2DIGIT` */
function readTwo(bytes: Buffer, from: number): number | undefined {
  return readDecimal(bytes, from, from + 2)
}
