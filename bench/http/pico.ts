/**
 * The scanner beside picohttpparser, in plain C without SSE4.2 or AVX. That is no dependency of ours: whoever wants it to take part names the
 * folder with its `picohttpparser.c` and `.h`:
 *
 *     PICOHTTPPARSER=../picohttpparser npm run bench -- http/pico
 */
import { strictEqual } from 'node:assert'
import { execFileSync } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { scanHead, slotsFor, startScan } from '../../src/http/index.ts'
import type { Scan } from '../../src/http/index.ts'
import { DEFAULT_LIMITS, REQUEST_LENIENCY } from '../../src/http/limits.ts'
import { runLoad } from '../processes.ts'
import type { Case, Contender, Suite } from '../suite.ts'
import { REQUESTS } from './fixtures.ts'
import { wordsOf } from './words.ts'

const FOLDER = '.cache/picohttpparser'
const RIVAL = 'picohttpparser in C'

/** Compiles the driver: its path. */
function compile(sources: string): string {
  mkdirSync(FOLDER, { recursive: true })
  const driver = join(FOLDER, 'pico-driver')
  const flags = ['-O2', '-mno-sse4.2', '-mno-avx', '-I', sources, '-o', driver]
  execFileSync('gcc', [...flags, 'bench/http/pico-driver.c', join(sources, 'picohttpparser.c')], { stdio: 'inherit' })
  return resolve(driver)
}

function rival(driver: string, head: Buffer): Contender {
  const file = join(FOLDER, `${head.length}.txt`)
  writeFileSync(file, head)
  return {
    round: async (seconds) => Number(await runLoad(driver, [file, String(seconds)])),
    stop: () => Promise.resolve(),
  }
}

function ours(head: Buffer): Contender {
  const { maxHeadBytes: maxBytes, maxFields } = DEFAULT_LIMITS
  const slots = new Int32Array(slotsFor(maxFields))
  const scan: Scan = { slots, base: 0, maxBytes, limits: DEFAULT_LIMITS, leniency: REQUEST_LENIENCY }
  const scanAll = (count: number): void => {
    for (let turn = 0; turn < count; turn++) {
      scan.words = wordsOf(head)
      startScan(scan, 'request')
      strictEqual(scanHead(head, 0, head.length, scan), head.length)
    }
  }
  return {
    round(seconds) {
      const begin = performance.now()
      let heads = 0
      for (; performance.now() - begin < seconds * 1000; heads += 1000) scanAll(1000)
      return Promise.resolve(((performance.now() - begin) * 1e6) / heads)
    },
    stop: () => Promise.resolve(),
  }
}

function cases(sources: string): Case[] {
  const driver = compile(sources)
  return Object.entries(REQUESTS).map(([size, head]) => ({
    kind: 'round',
    name: `request head of ${size}, offsets`,
    unit: 'ns',
    better: 'less',
    rival: RIVAL,
    goals: [{ contender: 'wireline', rival: RIVAL, atLeast: 0.55 }],
    notes:
      'Where missed: instructions, which are run as fast as those of the C: before words were read from a copy, they were 5,815 beside 2,054 on 205 octets, and 1,829 beside 410 on 40.',
    contenders: {
      wireline: () => Promise.resolve(ours(head)),
      [RIVAL]: () => Promise.resolve(rival(driver, head)),
    },
  }))
}

const sources = process.env['PICOHTTPPARSER']
if (sources === undefined)
  console.error('SKIPPED: picohttpparser, because PICOHTTPPARSER names no folder with its source')

/** The scanner and picohttpparser; nothing where that is not there. */
export const suite: Suite | undefined =
  sources === undefined
    ? undefined
    : {
        title: 'HTTP heads beside C',
        about:
          'A request head parsed to offsets, by the scanner and by picohttpparser compiled without SSE4.2 and AVX.',
        cases: cases(sources),
      }
