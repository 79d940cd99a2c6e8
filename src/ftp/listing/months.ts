/**
 * The months by name. Servers that run `ls` in their own language write its months, and no client can ask them not to.
 *
 * Names are kept as the octets in which they may arrive, UTF-8 and ISO 8859-1, with ASCII letters in lower case. Languages in which
 * one name means two months (`lis` is November in Polish and October in Croatian) have only one of them here.
 */
import { ALPHA, lowerAscii } from '../../net/ascii.ts'

/** Twelve names a line, as `ls` abbreviates them, and in full where a server was met that writes them so. */
const NAMES: readonly string[] = [
  'jan feb mar apr may jun jul aug sep oct nov dec', // English
  'january february march april may june july august sept october november december',
  'jan feb mär apr mai jun jul aug sep okt nov dez', // German
  'jän februar märz april mai juni juli august september oktober november dezember',
  'janv févr mars avr mai juin juil août sept oct nov déc', // French
  'ene feb mar abr may jun jul ago sep oct nov dic', // Spanish
  'gen feb mar apr mag giu lug ago set ott nov dic', // Italian
  'jan fev mar abr mai jun jul ago set out nov dez', // Portuguese
  'jan feb mrt apr mei jun jul aug sep okt nov dec', // Dutch
  'jan feb mar apr maj jun jul aug sep okt nov des', // Danish, Swedish and Norwegian
  'sty lut mar kwi maj cze lip sie wrz paź lis gru', // Polish
  'янв фев мар апр май июн июл авг сен окт ноя дек', // Russian
]

/** No name above has more octets, with the dot behind it that some languages write. */
const MAX_NAME_LENGTH = 10

const MONTHS: ReadonlyMap<string, number> = new Map(
  NAMES.flatMap((names) =>
    names.split(' ').flatMap((name, index) => encodings(name).map((octets) => [octets, index + 1])),
  ),
)

function encodings(name: string): string[] {
  return [Buffer.from(name, 'utf8').toString('latin1'), name]
}

/** The month, 1 to 12, of a name in any of these languages and in either case, with or without a dot behind it: `Okt.` */
export function monthNamed(name: string): number | undefined {
  const first = name.charCodeAt(0)
  const isName = name.length >= 3 && name.length <= MAX_NAME_LENGTH && (first > 0x7f || ALPHA[first] === 1)
  return isName ? MONTHS.get(lowerAscii(name.endsWith('.') ? name.slice(0, -1) : name)) : undefined
}
