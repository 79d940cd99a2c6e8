/**
 * 200 clients that transfer, break off and vanish at moments that a seed has chosen: in the clear and under TLS, passive and active, and among
 * them strangers who say half of something and are gone. Whatever became of them, nothing of them is left when the last one has gone,
 * what was acknowledged is there, and nothing that nobody broke off has failed.
 *
 * `WIRELINE_SOAK_SECONDS` says how long, `WIRELINE_SOAK_SEED` with which seed.
 */
import { readdirSync } from 'node:fs'
import { setTimeout as after } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { disk, quota, serve, type Server, type Storage, type TransferEvent } from '../../src/ftp/index.ts'
import { descriptors, networking } from '../support/descriptors.ts'
import { folder, type Folder } from '../support/ftp-programs.ts'
import { SoakLane, type LaneTarget } from '../support/ftp-soak.ts'
import { randomSource } from '../support/splits.ts'
import { CA, LOCALHOST } from '../support/tls.ts'

const SECONDS = Number(process.env['WIRELINE_SOAK_SECONDS'] ?? 15)
const SEED = Number(process.env['WIRELINE_SOAK_SEED'] ?? 1)
const LANES = 200
/** Each kind of thing happens more often than this, also on a slow disk: an upload is synced before it is acknowledged. */
const LEAST = 20
/** What a session of 200 takes at most to come to its end when time is up, in seconds. */
const LAST_SESSIONS = 60

/** More than all lanes together ever have. */
const QUOTA = { maxBytes: 2e9 }

let place: Folder
let storage: Storage
let servers: Server[] = []
const events: TransferEvent[] = []
const failures: unknown[] = []
const onUnhandled = (reason: unknown): void => void failures.push(reason)

beforeAll(async () => {
  process.on('unhandledRejection', onUnhandled).on('uncaughtExceptionMonitor', onUnhandled)
  place = folder('ftp-soak')
  storage = quota(disk(place.path), QUOTA)
  servers = [await start(false), await start(true)]
})

afterAll(async () => {
  await Promise.all(servers.map((server) => server.close({ graceMs: 0 })))
  process.off('unhandledRejection', onUnhandled).off('uncaughtExceptionMonitor', onUnhandled)
  place.remove()
})

function start(isSecure: boolean): Promise<Server> {
  return serve(
    { ...(isSecure && { tls: LOCALHOST }), onError: (error) => void failures.push(error) },
    {
      login: ({ user, password }) => (user === 'joe' && password === 'secret' ? storage : undefined),
      transfer: (event) => void events.push(event),
    },
  )
}

/** Each in one of the four ways to a server. */
function targets(): LaneTarget[] {
  return servers.flatMap(({ url }, index) =>
    (['passive', 'active'] as const).map((mode) => ({
      url: url.replace('//', '//joe:secret@'),
      options: { mode, ...(index === 1 && { tls: { ca: CA, servername: 'localhost' } }) },
    })),
  )
}

async function until(isSo: () => boolean): Promise<void> {
  for (let round = 0; round < 500 && !isSo(); round++) await after(10)
}

it(
  `is left behind by ${LANES} sessions at a time as it was found, and has what it said that it has, after ${SECONDS} s`,
  async () => {
    const [ways, before, networkingBefore] = [targets(), descriptors(place.path), networking()]
    const lanes = Array.from({ length: LANES }, (_, index) => {
      const target = ways[index % ways.length] as LaneTarget
      return new SoakLane(`lane${index}`, target, place.path, randomSource(SEED * LANES + index))
    })
    const deadline = performance.now() + SECONDS * 1000
    await Promise.all(lanes.map((lane) => lane.run(() => performance.now() > deadline)))
    // What a lost session was storing is cleaned up behind its connection.
    await until(
      () =>
        servers.every(({ connections }) => connections === 0) &&
        networking().length === networkingBefore.length &&
        descriptors(place.path).length === before.length,
    )

    expect(servers.map(({ connections }) => connections)).toEqual([0, 0])
    expect(networking()).toEqual(networkingBefore)
    expect(descriptors(place.path)).toEqual(before)
    expect(readdirSync(place.path, { recursive: true }).filter((name) => String(name).includes('.wireline-'))).toEqual(
      [],
    )
    expect(lanes.flatMap((lane) => lane.faults())).toEqual([])
    expect(failures).toEqual([])
    // What the quota has counted by hand is what is there.
    expect(await storage.freeBytes([])).toBe(await quota(disk(place.path), QUOTA).freeBytes([]))

    const sum = (of: (lane: SoakLane) => number): number => lanes.reduce((total, lane) => total + of(lane), 0)
    const complete = events.filter(({ verb, outcome }) => outcome === 'complete' && verb !== 'RETR').length
    expect(complete).toBeGreaterThanOrEqual(sum(({ acknowledged }) => acknowledged))
    // It was no quiet time.
    for (const count of [sum((lane) => lane.acknowledged), sum((lane) => lane.aborted), sum((lane) => lane.vanished)])
      expect(count).toBeGreaterThan(LEAST)
    expect(events.some(({ outcome }) => outcome === 'aborted')).toBe(true)
  },
  (SECONDS + LAST_SESSIONS) * 1000,
)
