/** What bodies are held to: HTTP's limits, times and errors on the clocks of `net/pace.ts`. */
import { describe, expect, it } from 'vitest'
import { HttpLimitError } from '../../../src/http/errors.ts'
import { withLimits } from '../../../src/http/limits.ts'
import { paceRules } from '../../../src/http/pace.ts'
import { Pace } from '../../../src/net/pace.ts'
import { pair } from '../../../src/net/pair.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'
import { settle } from '../../support/sockets.ts'

/** A body that waits on a socket: what `wait` answers is how it went when so much time had passed, or octets had come. */
function scene(
  kind: 'request' | 'response',
  limits = {},
): { pace: Pace; wait: (ms: number, octets?: number) => Promise<unknown> } {
  const clock = new FakeClock()
  const timers = new TimerWheel({ clock })
  const [peer, socket] = pair({ timers })
  const timeouts = { bodyMs: 10_000, bodyGraceMs: 4_000 }
  const pace = new Pace(paceRules(kind, withLimits(limits), timeouts, timers))
  const receive = async (): Promise<void> => void (await socket.read())
  const wait = async (ms: number, octets = 0): Promise<unknown> => {
    const outcome = pace.receive({ socket, receive }).then(
      () => 'received',
      (error: unknown) => error,
    )
    clock.advance(ms)
    if (octets > 0) await peer.write([Buffer.alloc(octets)])
    await settle()
    return await Promise.race([outcome, Promise.resolve('waiting')])
  }
  return { pace, wait }
}

describe('the pace of a body', () => {
  it('is lost by whoever is behind his rate by more than the grace', async () => {
    const { pace, wait } = scene('request', { minRequestRate: 100 })
    expect(await wait(3_000, 50)).toBe('received')
    pace.credit(50)
    // 4 s of grace and half a second for 50 octets; three are gone.
    expect(await wait(1_400, 1)).toBe('received')
    const error = await wait(200)
    expect(error).toBeInstanceOf(HttpLimitError)
    expect(error).toMatchObject({
      code: 'HTTP_REQUEST_SLOW',
      limit: 'minRequestRate',
      max: 100,
      hint: 408,
      side: 'remote',
      offset: 51,
    })
  })

  it('is lost by whoever is silent, however fast he was before', async () => {
    const { pace, wait } = scene('request', { minRequestRate: 100 })
    expect(await wait(0, 50_000)).toBe('received')
    pace.credit(50_000)
    expect(await wait(10_100)).toMatchObject({ code: 'NET_TIMEOUT', phase: 'body', ms: 10_000 })
  })

  it('is not kept by octets that are no content', async () => {
    for (const [rate, code] of [
      [0, 'NET_TIMEOUT'],
      [100, 'HTTP_RESPONSE_SLOW'],
    ] as const) {
      const { wait } = scene('response', { minResponseRate: rate })
      let outcome: unknown = 'received'
      for (let second = 0; second < 12 && outcome === 'received'; second++) outcome = await wait(1_000, 10)
      expect(outcome).toMatchObject({ code })
    }
  })

  it('is kept for ever by an octet before each stall, where no rate is asked for', async () => {
    const { pace, wait } = scene('response')
    for (let turn = 0; turn < 100; turn++) {
      expect(await wait(9_000, 1)).toBe('received')
      pace.credit(1)
    }
  })

  it('lets pass what breaks the connection', async () => {
    const { pace } = scene('request')
    const [, socket] = pair()
    const broken = new Error('broken')
    await expect(pace.receive({ socket, receive: () => Promise.reject(broken) })).rejects.toBe(broken)
    socket.destroy()
  })
})
