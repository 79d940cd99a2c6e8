/**
 * Counts the instructions of hot paths, with valgrind's callgrind. Its processor is the same on every machine, it has no clock, and
 * nothing else runs on it: what it counts is the same again and again, however busy the machine is.
 */
import { execFile } from 'node:child_process'
import { mkdirSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'

/** Instructions that a path takes to do its work once, by the path's name. */
export type Counts = Readonly<Record<string, number>>

interface Walk {
  readonly stretches: number
  readonly paths: readonly { readonly name: string; readonly times: number }[]
}

/** What lets V8 do the same in every run: no threads, no chance, and as much of a young generation on every machine. */
const PREDICTABLE = [
  ...['--predictable', '--single-threaded', '--hash-seed=1', '--random-seed=1', '--expose-gc'],
  ...['--min-semi-space-size=16', '--max-semi-space-size=16', '--max-old-space-size=512'],
]

const WALK = fileURLToPath(new URL('./walk.js', import.meta.url))

/** Counts the instructions of the paths of `file`: `ftp-replies`. */
export async function countInstructions(file: string): Promise<Counts> {
  const folder = `.cache/instructions/${file}`
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  const tool = ['-q', '--tool=callgrind', `--callgrind-out-file=${folder}/part`, '--dump-before=uv_os_getppid']
  const { stdout } = await promisify(execFile)(
    'setarch',
    ['-R', 'valgrind', ...tool, process.execPath, ...PREDICTABLE, WALK, file],
    { env: { PATH: process.env['PATH'] } },
  )
  return cheapest(JSON.parse(stdout) as Walk, parts(folder))
}

/** What callgrind counted between any two marks, in their order. */
function parts(folder: string): number[] {
  return readdirSync(folder)
    .map((name) => ({ order: Number(/[0-9]+$/.exec(name)?.[0] ?? 0), text: readFileSync(`${folder}/${name}`, 'utf8') }))
    .filter(({ order }) => order > 0)
    .toSorted((a, b) => a.order - b.order)
    .map(({ text }) => Number(/^totals: ([0-9]+)$/m.exec(text)?.[1]))
}

/** Before the first mark, and between one stretch and the next, is what nobody wants to know: every other part is a stretch. */
function cheapest({ stretches, paths }: Walk, counted: readonly number[]): Counts {
  const walked = counted.filter((_, index) => index % 2 === 1)
  if (walked.length !== stretches * paths.length) throw new Error(`callgrind saw ${walked.length} stretches`)
  return Object.fromEntries(
    paths.map(({ name, times }, index) => {
      const own = walked.slice(index * stretches, (index + 1) * stretches)
      return [name, Math.round(Math.min(...own) / times)]
    }),
  )
}
