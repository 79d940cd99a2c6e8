/**
 * Where a client of ours is tried: scripted servers, clients that are cleared away behind each test, and nothing left over — no
 * unhandled rejection, no listener, no socket, no timer.
 */
import { afterEach, beforeEach, expect } from 'vitest'
import type { ConnectOptions } from '../../src/ftp/client-options.ts'
import { connect, type Client } from '../../src/ftp/client.ts'
import { TimerWheel } from '../../src/net/timers.ts'
import { FakeClock } from './clock.ts'
import { HandServer, type HandScript } from './ftp-peer.ts'
import { leaveNothingUnhandled } from './unhandled.ts'

/** What a test has at hand. */
export interface Stage {
  /** The clock of `wheel`, which stands still. */
  readonly clock: FakeClock
  readonly wheel: TimerWheel
  /** A client of a server that plays the script. */
  face(script: HandScript, options?: ConnectOptions): Promise<Client>
  /** The URL of a server that plays the script. */
  play(script: HandScript): Promise<string>
  /** Clears a client away in the end. */
  keep(client: Client): Client
}

/** Sets the stage for all tests of a file, and looks behind each that it is empty. */
export function setStage(): Stage {
  let clock = new FakeClock()
  let wheel = new TimerWheel({ clock })
  let clients: Client[] = []
  let hands: { close(): void }[] = []
  leaveNothingUnhandled()

  beforeEach(() => {
    clock = new FakeClock()
    wheel = new TimerWheel({ clock })
  })

  afterEach(async () => {
    for (const client of clients) client.destroy()
    for (const hand of hands) hand.close()
    clients = []
    hands = []
    for (let round = 0; round < 50 && descriptors().length > 0; round++) await turn()
    expect(descriptors()).toEqual([])
    expect(wheel.pending).toBe(0)
  })

  const play = async (script: HandScript): Promise<string> => {
    const hand = await HandServer.listen(script)
    hands.push(hand)
    return hand.url
  }
  const keep = (client: Client): Client => {
    clients.push(client)
    return client
  }
  return {
    get clock(): FakeClock {
      return clock
    },
    get wheel(): TimerWheel {
      return wheel
    },
    play,
    keep,
    face: async (script, options = {}) => keep(await connect(await play(script), { timers: wheel, ...options })),
  }
}

/** Listeners and connections of this process. */
function descriptors(): string[] {
  return process.getActiveResourcesInfo().filter((kind) => kind === 'TCPServerWrap' || kind === 'TCPSocketWrap')
}

/** Lets the event loop go round. */
export async function turn(count = 1): Promise<void> {
  for (let index = 0; index < count; index++) await new Promise((resolve) => setImmediate(resolve))
}

/** What a promise is rejected with. */
export async function reason(promise: Promise<unknown>): Promise<unknown> {
  return promise.then(
    () => 'it did not reject',
    (error: unknown) => error,
  )
}

/** Lets time pass, second by second, and everything happen that is due in it. */
export async function pass(clock: FakeClock, seconds: number): Promise<void> {
  for (let second = 0; second < seconds; second++) {
    await turn(3)
    clock.advance(1000)
  }
  await turn(3)
}
