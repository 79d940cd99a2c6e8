/** What a listener over loopback cannot be made to show: streams that close while they wait. */
import { PassThrough } from 'node:stream'
import { expect, it } from 'vitest'
import { AddressSet } from '../../../src/net/address.ts'
import { Admission } from '../../../src/net/admission.ts'
import { Arrival } from '../../../src/net/arrival.ts'
import type { Gate } from '../../../src/net/arrival.ts'
import { TimerWheel } from '../../../src/net/timers.ts'
import { FakeClock } from '../../support/clock.ts'
import { settle, socketOver } from '../../support/sockets.ts'

it('keeps no place for a connection that has gone while it was waiting', async () => {
  const timers = new TimerWheel({ clock: new FakeClock() })
  const gate: Gate = {
    options: {},
    admission: new Admission<Arrival>({
      maxConnections: 1,
      maxConnectionsPerAddress: 9,
      maxWaiting: 9,
      maxRefusals: 1,
    }),
    timers,
    accept: (socket) => ({ done: socket.closed.then(() => {}), drain: () => {} }),
    proxies: new AddressSet([]),
    arrivals: new Set(),
    leave: (arrival) => void gate.arrivals.delete(arrival),
    isClosing: () => false,
  }
  const [first, second] = [new PassThrough(), new PassThrough()]
  for (const stream of [first, second]) new Arrival(socketOver(stream, { timers }), gate).arrive()
  expect(gate.admission.connections).toBe(1)
  expect(gate.arrivals.size).toBe(2)
  second.destroy(new Error('gone'))
  await settle(3)
  expect(gate.arrivals.size).toBe(1)
  first.destroy()
  await settle(3)
  expect(gate.admission.connections).toBe(0)
  expect(gate.arrivals.size).toBe(0)
  expect(timers.pending).toBe(0)
})
