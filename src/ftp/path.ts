/**
 * Paths in the storage's name space, which is the only one there is: a path is an array of names, and a name is never empty,
 * never `.` or `..`, and holds no `/` and no NUL, CR or LF. What has this type needs no check further down, and what is further
 * down never takes a string to pieces.
 *
 *     resolvePath(['pub'], '../in/a.bin')     ['in', 'a.bin']
 *     resolvePath(['pub'], '../../../etc')    ['etc']          above the root there is nothing but the root
 *     resolvePath(['pub'], 'a\0b')            undefined
 *
 * Only the octet `/` separates. A backslash, `%2e`, a full-width stop or an overlong one are characters of a name here; whoever
 * keeps files on a system to which they mean more (Windows) refuses them there (`storage/disk.ts`).
 *
 * RFC 3659 §6 (TVFS), RFC 2640 §3.1. Texts are decoded as `text.ts` says.
 */

/** A place in a storage, from its root: validated names. The root is `[]`. */
export type VirtualPath = readonly string[]

/** The root of every storage. */
export const ROOT: VirtualPath = Object.freeze([])

/**
 * Where `text` leads from the directory `from`: from the root where it begins with `/`. `undefined` where a name in it cannot be.
 * `//`, and a `/` at the end, count as one `/` and as none (RFC 3659 §6.2 leaves both undefined).
 */
export function resolvePath(from: VirtualPath, text: string): VirtualPath | undefined {
  const path = text.startsWith('/') ? [] : [...from]
  for (const name of text.split('/')) {
    if (name === '..') path.pop()
    else if (name !== '' && name !== '.') {
      if (!isName(name)) return undefined
      path.push(name)
    }
  }
  return path
}

/** A path from the root: `parsePath('/in/a.bin')` is `['in', 'a.bin']`. `undefined` where a name in it cannot be. */
export function parsePath(text: string): VirtualPath | undefined {
  return resolvePath(ROOT, text)
}

/** The mirror of `parsePath`: absolute, without a `/` at the end but for the root, which is `/`. */
export function formatPath(path: VirtualPath): string {
  return `/${path.join('/')}`
}

/** Whether a text can be one name of a path; see the head of this file. */
export function isName(name: string): boolean {
  return name !== '' && name !== '.' && name !== '..' && !UNWRITABLE.test(name)
}

/** The four octets that no name has: the separator, and those that would end a line or a C string. */
// oxlint-disable-next-line no-control-regex -- exactly these control characters are meant
const UNWRITABLE = /[/\0\r\n]/
