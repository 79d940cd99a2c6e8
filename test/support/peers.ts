/**
 * The one decision about peer programs (curl, nginx, swaks, lftp...) that interop tests talk to: one that is missing is
 * skipped loudly, and fails where `WIRELINE_CI_PEERS=1` says that it was installed.
 */
import { accessSync, constants } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, it } from 'vitest'

/** Daemons live in the sbin folders, which an ordinary user's PATH does not name. */
const FOLDERS = [...(process.env['PATH'] ?? '').split(delimiter), '/usr/local/sbin', '/usr/sbin', '/sbin']

/** The path of program `name`, or `undefined` where this machine does not have it. */
function peer(name: string): string | undefined {
  return FOLDERS.map((folder) => join(folder, name)).find(isExecutable)
}

/**
 * A `describe` whose tests need the program `name`; `tests` gets its path.
 *
 *     describePeer('curl', (curl) => it('downloads', () => run(curl, [url])))
 */
export function describePeer(name: string, tests: (path: string) => void): void {
  const path = peer(name)
  if (path !== undefined) describe(`against ${name}`, () => tests(path))
  else if (process.env['WIRELINE_CI_PEERS'] === '1') {
    it(`finds ${name}`, () => {
      throw new Error(`${name} is not installed, and WIRELINE_CI_PEERS=1 says that it is`)
    })
  } else {
    console.warn(`SKIPPED: the tests against ${name}, which is not installed (.ci/peers installs it)`)
    describe.skip(`against ${name} (not installed)`, () => it.skip(`needs ${name}`))
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
