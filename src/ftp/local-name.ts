/**
 * From a server's names to names of this machine's files. A server says what it likes: `..`, `/etc/passwd`, `..\..\autoexec.bat`, `C:x`,
 * `NUL`. Who downloads a directory into a folder must not write beside it (A11; that was CVE-2026-27699 and CVE-2014-4877), and
 * what is harmless on one system is not on the next, so a name must be one on all of them.
 */
import { lowerAscii } from '../net/ascii.ts'
import { isName } from './path.ts'
import { encodeText } from './text.ts'

/** What separates, names a drive or a stream, or is a pattern, on some system; and control characters, which a terminal obeys. */
// oxlint-disable-next-line no-control-regex -- exactly these control characters are meant
const MEANINGFUL = /[\\:*?"<>|\u0000-\u001f\u007f]/
/** Devices of Windows, with whatever is behind a dot. */
const DEVICE = /^(?:con|prn|aux|nul|com[0-9¹²³]|lpt[0-9¹²³]|conin\$|conout\$)(?:\.|$)/
/** What no common file system takes more of, in octets. */
const MAX_BYTES = 255

/**
 * The name under which a file may be kept in a folder of this machine, or `undefined` where the server's name is none: empty, `.`, `..`,
 * with a separator of any system, a control character, a drive or stream, a device of Windows, a dot or space at the end (which Windows
 * drops), octets that are not UTF-8, or more than 255 of them. What is returned is the name as it is, never one that was mended:
 * two names of the server must not become one.
 */
export function localName(name: string): string | undefined {
  if (!isName(name) || MEANINGFUL.test(name) || name.endsWith('.') || name.endsWith(' ')) return undefined
  if (DEVICE.test(lowerAscii(name)) || /\p{Surrogate}/u.test(name)) return undefined
  const octets = encodeText(name)
  return octets !== undefined && octets.length <= MAX_BYTES ? name : undefined
}
