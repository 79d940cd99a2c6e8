/** Limits and times are finite, and merged once. */
import { describe, expect, it } from 'vitest'
import { Client } from '../../../src/http/client.ts'
import { CLIENT_TIMEOUTS, withClientDefaults } from '../../../src/http/client-options.ts'
import { DEFAULT_LIMITS, withLimits } from '../../../src/http/limits.ts'
import { SERVER_TIMEOUTS, withServerDefaults } from '../../../src/http/server-options.ts'
import { serve } from '../../../src/http/server.ts'

const NONE = [Infinity, -1, Number.NaN]

describe('limits and times', () => {
  it('are finite: a server that is told otherwise does not listen', async () => {
    const handler = (): Response => new Response()
    for (const value of NONE) {
      await expect(serve({ limits: { maxFields: value } }, handler)).rejects.toThrow(RangeError)
      await expect(serve({ timeouts: { bodyMs: value } }, handler)).rejects.toThrow('bodyMs is not a finite time')
      await expect(serve({ maxDroppedBytes: value }, handler)).rejects.toThrow('maxDroppedBytes is not a finite count')
    }
  })

  it('are finite: a client that is told otherwise is none, and asks nothing', async () => {
    const client = new Client()
    for (const value of NONE) {
      expect(() => new Client({ limits: { maxFields: value } })).toThrow(RangeError)
      expect(() => new Client({ timeouts: { bodyMs: value } })).toThrow(RangeError)
      expect(() => new Client({ idleMs: value })).toThrow('idleMs is not a finite time')
      expect(() => new Client({ maxIdlePerOrigin: value })).toThrow('maxIdlePerOrigin is not a finite count')
      const asking = client.request('http://a.test/', { timeouts: { totalMs: value } })
      await expect(asking).rejects.toThrow('totalMs is not a finite time')
    }
  })

  it('are merged with their defaults once, and frozen', () => {
    const server = withServerDefaults({ limits: { maxFields: 1 }, timeouts: { bodyMs: 1 } })
    expect(server).toMatchObject({
      limits: { ...DEFAULT_LIMITS, maxFields: 1 },
      timeouts: { ...SERVER_TIMEOUTS, bodyMs: 1 },
      maxDroppedBytes: 65_536,
    })
    expect(withServerDefaults(server)).toBe(server)
    expect(withLimits(server.limits)).toBe(server.limits)
    const client = withClientDefaults({ idleMs: 1 })
    expect(client).toMatchObject({ idleMs: 1, timeouts: CLIENT_TIMEOUTS, maxConnectionsPerOrigin: 64 })
    for (const frozen of [server, server.limits, server.timeouts, client, client.limits, client.timeouts]) {
      expect(Object.isFrozen(frozen)).toBe(true)
    }
  })
})
