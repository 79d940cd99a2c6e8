/**
 * Walks the hot paths of one file, under valgrind: each of them in stretches, with a mark before and behind each stretch.
 *
 *     node walk.js ftp-replies
 *
 * What it prints are the paths, in the order in which it walks them, and how often each does its work in a stretch.
 */
import { strictEqual } from 'node:assert'
import type { Paths } from './path.ts'

/**
 * Of how many stretches the cheapest counts. In the first ones V8 compiles; later ones it may interrupt to compile again, or to collect
 * garbage.
 */
const STRETCHES = 10

const { paths } = (await import(`./${process.argv[2]}.js`)) as { readonly paths: Paths }
for (const [name, { work, finds, times }] of Object.entries(paths)) {
  strictEqual(work(), finds, name)
  for (let stretch = 0; stretch < STRETCHES; stretch++) {
    // So that each stretch has as much of the young generation before it as the one before had.
    global.gc?.({ type: 'minor' })
    mark()
    for (let time = 0; time < times; time++) work()
    mark()
  }
}
console.log(
  JSON.stringify({ stretches: STRETCHES, paths: Object.entries(paths).map(([name, { times }]) => ({ name, times })) }),
)

/** Calls `uv_os_getppid`, which nothing else does: callgrind is told to write down there what it has counted since the last time. */
function mark(): void {
  void process.ppid
}
