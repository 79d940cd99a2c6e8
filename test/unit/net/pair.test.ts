import { describe, expect, it } from 'vitest'
import { pair } from '../../../src/net/pair.ts'
import type { Address } from '../../../src/net/socket.ts'

describe('the addresses of a pair', () => {
  it('are those of memory, each end seeing the other', () => {
    const [client, server] = pair()
    expect([client.local, client.remote]).toEqual([server.remote, server.local])
    expect(client.local).toEqual({ family: 'memory', name: 'client' })
  })

  it('are those that were given, for whoever decides by them', () => {
    const addresses: [Address, Address] = [
      { family: 'IPv4', host: '192.0.2.1', port: 40_000 },
      { family: 'IPv4', host: '127.0.0.1', port: 21 },
    ]
    const [client, server] = pair({ addresses })
    expect([client.local, client.remote]).toEqual(addresses)
    expect([server.remote, server.local]).toEqual(addresses)
  })
})
