/** A client with a guard: no name, no redirect and no second look-up leads into one's own network. */
import { afterEach, describe, expect, it } from 'vitest'
import { Client } from '../../../src/http/client.ts'
import type { ClientOptions } from '../../../src/http/client-options.ts'
import { serve } from '../../../src/http/server.ts'
import type { Resolver } from '../../../src/net/dial.ts'
import { publicAddressesOnly } from '../../../src/net/guard.ts'
import type { Address } from '../../../src/net/socket.ts'
import { rejection } from '../../support/http-scene.ts'

const closing: (() => Promise<void>)[] = []
afterEach(async () => {
  for (const close of closing.splice(0).toReversed()) await close()
})

/** 127.0.0.2 plays the public Internet; everything else is what it is. */
function guard(address: Address): void {
  if (!('host' in address && address.host === '127.0.0.2')) publicAddressesOnly(address)
}

/** Answers the n-th look-up of any name with the n-th address, and from then on with the last. */
function rebinding(...hosts: string[]): Resolver & { count: number } {
  const resolver = Object.assign(
    async () => {
      const host = hosts[Math.min(resolver.count++, hosts.length - 1)] as string
      return [{ host, family: host.includes(':') ? 'IPv6' : 'IPv4' } as const]
    },
    { count: 0 },
  )
  return resolver
}

/** A server at an address of the loopback; says which paths it was asked for. */
async function site(host: string, location = ''): Promise<{ port: string; asked: string[] }> {
  const asked: string[] = []
  const server = await serve(
    { host, port: 0 },
    {
      exchange: (x) => {
        asked.push(x.target)
        if (x.target === '/leads') return x.respond(302, { location, connection: 'close' })
        return x.respond(200, { connection: 'close' }, 'secret')
      },
    },
  )
  closing.push(() => server.close({ graceMs: 0 }))
  return { port: new URL(server.url).port, asked }
}

function client(options: ClientOptions): Client {
  const made = new Client({ guard, ...options })
  closing.push(() => made.close())
  return made
}

describe('a guarded client', () => {
  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]', '0.0.0.0', '2130706433', '0x7f.1', '017700000001', '127.1'])(
    'does not ask %s',
    async (host) => {
      const { port, asked } = await site('127.0.0.1')
      expect(await rejection(client({}).request(`http://${host}:${port}/`))).toMatchObject({
        code: 'NET_CONNECT',
        cause: { code: 'NET_FORBIDDEN' },
      })
      expect(asked).toEqual([])
    },
  )

  it('asks the system for no exception: localhost is not public', async () => {
    const { port } = await site('127.0.0.1')
    expect(await rejection(client({}).request(`http://localhost:${port}/`))).toMatchObject({ code: 'NET_CONNECT' })
  })

  it('does not ask a Unix socket', async () => {
    const guarded = client({ socketPath: '/run/docker.sock' })
    expect(await rejection(guarded.request('http://a.test/'))).toMatchObject({ cause: { code: 'NET_FORBIDDEN' } })
  })

  it('connects to what was looked at, and looks a name up once for that', async () => {
    const inside = await site('127.0.0.1')
    const resolver = rebinding('127.0.0.2', '127.0.0.1')
    const outside = await site('127.0.0.2')
    const response = await client({ resolver }).request(`http://rebind.test:${outside.port}/`)
    expect(await response.text()).toBe('secret')
    expect([outside.asked, inside.asked, resolver.count]).toEqual([['/'], [], 1])
  })

  it('looks again for each connection, so a name that has moved inside is caught', async () => {
    const outside = await site('127.0.0.2')
    const guarded = client({ resolver: rebinding('127.0.0.2', '127.0.0.1') })
    await (await guarded.request(`http://rebind.test:${outside.port}/`)).text()
    expect(await rejection(guarded.request(`http://rebind.test:${outside.port}/`))).toMatchObject({
      cause: { code: 'NET_FORBIDDEN' },
    })
    expect(outside.asked).toHaveLength(1)
  })

  it.each(['request', 'fetch'] as const)('follows no redirect inside: by address, by %s', async (how) => {
    const inside = await site('127.0.0.1')
    const outside = await site('127.0.0.2', `http://127.0.0.1:${inside.port}/`)
    const guarded = client({})
    const url = `http://127.0.0.2:${outside.port}/leads`
    const asking = how === 'fetch' ? guarded.fetch(url) : guarded.request(url, { redirect: 'follow' })
    const error = (await rejection(asking)) as Error
    expect(how === 'fetch' ? error.cause : error).toMatchObject({ cause: { code: 'NET_FORBIDDEN' } })
    expect([outside.asked, inside.asked]).toEqual([['/leads'], []])
  })

  it('follows no redirect inside: by a name that rebinds on the way', async () => {
    const inside = await site('127.0.0.1')
    const outside = await site('127.0.0.2', `http://rebind.test:${inside.port}/`)
    const guarded = client({ resolver: rebinding('127.0.0.2', '127.0.0.1') })
    const asking = guarded.request(`http://rebind.test:${outside.port}/leads`, { redirect: 'follow' })
    expect(await rejection(asking)).toMatchObject({ cause: { code: 'NET_FORBIDDEN' } })
    expect(inside.asked).toEqual([])
  })

  it('takes the public one of several addresses', async () => {
    const outside = await site('127.0.0.2')
    const resolver: Resolver = async () => [
      { host: '10.0.0.1', family: 'IPv4' },
      { host: '::1', family: 'IPv6' },
      { host: '127.0.0.2', family: 'IPv4' },
    ]
    expect(await (await client({ resolver }).request(`http://a.test:${outside.port}/`)).text()).toBe('secret')
  })
})
