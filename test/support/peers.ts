/**
 * The one decision about peer programs (curl, nginx, swaks, lftp...) that interop tests talk to: one that is missing is
 * skipped loudly, and fails where `WIRELINE_CI_PEERS=1` says that it was installed.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, it } from 'vitest'

/** Where `.ci/peers` unpacks what cannot be installed beside the others. */
const UNPACKED = fileURLToPath(new URL('../../.cache/peers/usr', import.meta.url))
/** Daemons live in the sbin folders, which an ordinary user's PATH does not name. */
const FOLDERS = [
  ...(process.env['PATH'] ?? '').split(delimiter),
  ...['/usr/local/sbin', '/usr/sbin', '/sbin', join(UNPACKED, 'sbin'), join(UNPACKED, 'bin')],
]

/** The path of program `name`, or `undefined` where this machine does not have it. */
export function peer(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find(isExecutable)
}

/**
 * A `describe` whose tests need the program `name`; `tests` gets its path.
 *
 *     describePeer('curl', (curl) => it('downloads', () => run(curl, [url])))
 *
 * `obstacle` is why it cannot be run here although it is installed, where there is such a reason.
 */
export function describePeer(name: string, tests: (path: string) => void, obstacle?: string): void {
  const path = peer(name)
  const reason = path === undefined ? `${name} is not installed (.ci/peers installs it)` : obstacle
  if (path !== undefined && reason === undefined) describe(`against ${name}`, () => tests(path))
  else if (process.env['WIRELINE_CI_PEERS'] === '1') {
    it(`finds ${name}`, () => {
      throw new Error(`${reason}, and WIRELINE_CI_PEERS=1 says that it can be used`)
    })
  } else {
    console.warn(`SKIPPED: the tests against ${name}: ${reason}`)
    describe.skip(`against ${name} (${reason})`, () => it.skip(`needs ${name}`))
  }
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK)
    return true
  } catch {
    return false
  }
}
