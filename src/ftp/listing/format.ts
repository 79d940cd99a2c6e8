/**
 * The formats of listings, in the order in which they are tried, and by the names by which a caller can ask for them. A server says
 * nowhere which of them it writes; the first line that only one of them can be, or a heading, tells.
 *
 *     new ListingReader(LIST_FORMATS, reference, limits)                  whatever comes
 *     new ListingReader(FORMATS_NAMED['as400-dmy'], reference, limits)    days are written dd/mm/yy, which no line says
 *
 * A name is needed where a line has two meanings: the day of `as400`; rows of z/OS without their heading (`mvs`).
 */
import { AS400, AS400_DMY, AS400_MDY } from './as400.ts'
import { CONNECT_ENTERPRISE } from './connect-enterprise.ts'
import { DOS } from './dos.ts'
import { EPLF } from './eplf.ts'
import { JES } from './jes.ts'
import type { ListingFormat } from './line.ts'
import { MAC } from './mac.ts'
import { beginLines, readLineAlone, type MlsxLines } from './mlsx-lines.ts'
import { MVS_MEMBERS, MVS_MODULES } from './mvs-members.ts'
import { MVS_DATA_SETS } from './mvs.ts'
import { NETWARE } from './netware.ts'
import { NONSTOP } from './nonstop.ts'
import { VXWORKS, WFFTP } from './nortel.ts'
import { OS2 } from './os2.ts'
import { OS9 } from './os9.ts'
import { UNIX_NUMERIC } from './unix-numeric.ts'
import { UNIX } from './unix.ts'
import { VMS } from './vms.ts'
import { ZVM } from './zvm.ts'

/** MLSD and MLST (RFC 3659 §7), and facts where nobody asked for them: some servers answer LIST in the format of MLSD. */
const [MLSX, FACTS] = [remembering('mlsx'), remembering('facts')]

function remembering(name: MlsxLines['name']): ListingFormat {
  return { name, begin: () => beginLines(name), parse: (...line) => readLineAlone(name, ...line) }
}

/** A format whose rows could be anything, and are read only behind their heading. */
function headed(format: ListingFormat): ListingFormat {
  return { ...format, parse: () => undefined }
}

/** What a server may send for LIST, the likeliest first, and each before those that would take its lines for something else. */
export const LIST_FORMATS: readonly ListingFormat[] = [
  MAC,
  UNIX,
  FACTS,
  DOS,
  VMS,
  AS400,
  NETWARE,
  OS2,
  EPLF,
  NONSTOP,
  ZVM,
  JES,
  CONNECT_ENTERPRISE,
  UNIX_NUMERIC,
  VXWORKS,
  WFFTP,
  OS9,
  headed(MVS_DATA_SETS),
  headed(MVS_MEMBERS),
  headed(MVS_MODULES),
]

/** What a server may send for MLSD. */
export const MLSD_FORMATS: readonly ListingFormat[] = [MLSX]

/** What a caller can call a server's format. */
export type FormatName =
  | 'any'
  | 'unix'
  | 'unix-numeric'
  | 'facts'
  | 'eplf'
  | 'dos'
  | 'vms'
  | 'as400'
  | 'as400-mdy'
  | 'as400-dmy'
  | 'mvs'
  | 'jes'
  | 'zvm'
  | 'nonstop'
  | 'os2'
  | 'os9'
  | 'netware'
  | 'mac'
  | 'nortel'
  | 'connect-enterprise'

/**
 * The formats by those names: what is tried, and nothing else. Systems that can be told to write like Unix, or that have a part which
 * is one, have it behind their own.
 */
export const FORMATS_NAMED: Readonly<Record<FormatName, readonly ListingFormat[]>> = {
  any: LIST_FORMATS,
  unix: [UNIX],
  'unix-numeric': [UNIX_NUMERIC],
  facts: [FACTS],
  eplf: [EPLF],
  dos: [DOS, UNIX],
  vms: [VMS, UNIX],
  as400: [AS400, UNIX],
  'as400-mdy': [AS400_MDY, UNIX],
  'as400-dmy': [AS400_DMY, UNIX],
  mvs: [MVS_DATA_SETS, MVS_MEMBERS, MVS_MODULES, JES, UNIX],
  jes: [JES],
  zvm: [ZVM, UNIX],
  nonstop: [NONSTOP, UNIX],
  os2: [OS2],
  os9: [OS9],
  netware: [NETWARE, UNIX],
  mac: [MAC],
  nortel: [WFFTP, VXWORKS],
  'connect-enterprise': [CONNECT_ENTERPRISE],
}
