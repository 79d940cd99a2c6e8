/**
 * How octets are written in a vector, and how they are printed when a vector fails: the two are inverse, so what a failing test
 * prints can be pasted into a vector.
 *
 *     text          printable ASCII stands for itself
 *     \r \n \t \0   the control octets met most
 *     \xNN          any octet
 *     \\ \{ \}      the three characters that mean something here
 *     {ab*2000}     `ab` two thousand times: how a long line is written in a short one
 *
 * The line ends of a block mean nothing; what stands on the wire is written out.
 */

/** Runs of one octet from this length on are printed as `{a*N}`. */
const LONG_RUN = 16
/** The most octets that one repetition may make: a slip of a digit must not take the machine's memory. */
const MAX_REPEATED_BYTES = 64 * 1024 * 1024

const ESCAPES: Readonly<Record<string, number>> = {
  r: 0x0d,
  n: 0x0a,
  t: 0x09,
  '0': 0x00,
  '\\': 0x5c,
  '{': 0x7b,
  '}': 0x7d,
}
const PRINTED: ReadonlyMap<number, string> = new Map(
  Object.entries(ESCAPES).map(([letter, octet]) => [octet, `\\${letter}`]),
)

/** The octets that `text` stands for. Throws where it is not in the notation. */
export function parseOctets(text: string): Buffer {
  const parts: Buffer[] = []
  const token = /\\x([0-9a-fA-F]{2})|\\([rnt0\\{}])|\{((?:[^{}\\]|\\.)+)\*([0-9]+)\}|([\x20-\x5b\x5d-\x7a\x7c\x7e]+)/y
  for (token.lastIndex = 0; token.lastIndex < text.length;) {
    const at = token.lastIndex
    const found = token.exec(text)
    if (found === null) throw new Error(`not in the notation at column ${at + 1}: ${text.slice(at, at + 20)}`)
    const [, hex, letter, repeated, times, plain] = found
    if (hex !== undefined) parts.push(Buffer.from(hex, 'hex'))
    else if (letter !== undefined) parts.push(Buffer.of(ESCAPES[letter] as number))
    else if (repeated !== undefined) parts.push(repeat(parseOctets(repeated), Number(times)))
    else parts.push(Buffer.from(plain as string, 'latin1'))
  }
  return Buffer.concat(parts)
}

/** Octets in the notation, on one line. */
export function printOctets(bytes: Uint8Array): string {
  let text = ''
  for (let index = 0; index < bytes.length;) {
    const octet = bytes[index] as number
    let end = index + 1
    while (end < bytes.length && bytes[end] === octet) end++
    const run = end - index
    text += run >= LONG_RUN ? `{${printOctet(octet)}*${run}}` : printOctet(octet).repeat(run)
    index = end
  }
  return text
}

/** The one spelling of what `text` stands for: `\x0d` and `\r` are the same octet. */
export function canonical(text: string): string {
  return printOctets(parseOctets(text))
}

/** `LINE (32 times)` is that line 32 times; any other line is itself. */
export function repeatLine(line: string): string[] {
  const [, once = line, times = '1'] = /^(.+) \(([0-9]+) times\)$/.exec(line) ?? []
  return Array.from({ length: Number(times) }, () => once)
}

function printOctet(octet: number): string {
  const escape = PRINTED.get(octet)
  if (escape !== undefined) return escape
  return octet >= 0x20 && octet < 0x7f ? String.fromCharCode(octet) : `\\x${octet.toString(16).padStart(2, '0')}`
}

function repeat(bytes: Buffer, times: number): Buffer {
  if (bytes.length * times > MAX_REPEATED_BYTES)
    throw new Error(`${times} repetitions make more than ${MAX_REPEATED_BYTES} octets`)
  return Buffer.alloc(bytes.length * times, bytes)
}
