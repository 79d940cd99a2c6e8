/** What FTP servers keep in memory, and what parsers ask of it. */
import { mkdtempSync, rmSync, truncateSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { holding } from '../memory/held.ts'
import type { Suite } from '../suite.ts'

const SERVERS = { wireline: 'ftp/wireline', 'ftp-srv': 'ftp/ftp-srv' }

/** A folder with a large file that takes no room, which is gone when this process is. */
function makeFolder(): string {
  const path = mkdtempSync(join(tmpdir(), 'wireline-bench-'))
  process.once('exit', () => rmSync(path, { recursive: true }))
  writeFileSync(join(path, 'large.bin'), '')
  truncateSync(join(path, 'large.bin'), 1024 ** 3)
  return path
}

const FOLDER = makeFolder()

/** The suite. */
export const suite: Suite = {
  title: 'FTP memory',
  about:
    'Resident memory that a server has for each connection that is held, behind a collection of garbage, in a fresh process for each round.',
  cases: [
    {
      name: 'an idle session, of 10,000, each behind its login',
      rival: 'ftp-srv',
      goals: [{ contender: 'wireline', rival: 'ftp-srv', atLeast: 1 }],
      notes:
        "Half of either figure is V8's young generation, which doubles with what has outlived a collection, so that one round may have a third more than the next: see docs/performance.md, Memory.",
      ...holding({ dialogue: 'ftp', count: 10_000, servers: SERVERS }),
    },
    {
      name: 'a download under way, of 100, whose client has ceased to read',
      rival: 'ftp-srv',
      ...holding({ dialogue: 'ftp download', count: 100, servers: SERVERS, folder: FOLDER }),
    },
    {
      name: 'an upload under way, of 100, whose client has fallen silent behind 1 MiB',
      rival: 'ftp-srv',
      ...holding({ dialogue: 'ftp upload', count: 100, servers: SERVERS, folder: FOLDER }),
    },
  ],
}
