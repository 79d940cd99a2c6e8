/** Handlers that do not wait for what they send. */
import { describe, expect, it } from 'vitest'
import { ServerConnection } from '../../../src/http/server-connection.ts'
import type { ExchangeHandler } from '../../../src/http/server-connection.ts'
import { pair } from '../../../src/net/pair.ts'
import { Talker } from '../../support/http-client.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'

function scene(handler: ExchangeHandler): { client: Talker; errors: Error[] } {
  const [near, far] = pair()
  const errors: Error[] = []
  new ServerConnection(far, handler, { onError: (error) => errors.push(error) })
  return { client: new Talker(near), errors }
}

describe('a handler that does not wait', () => {
  it('for an iterable has it sent all the same', async () => {
    async function* slices(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a')
      yield Buffer.from('b')
    }
    const { client } = scene((x) => void x.respond(200, {}, slices()))
    await client.say(GET)
    await client.hear('1\r\na\r\n1\r\nb\r\n0\r\n\r\n')
    await client.say(GET)
    await client.hear('0\r\n\r\n')
  })

  it('for an iterable that fails leaves a response that is cut, and no rejection that nobody handles', async () => {
    async function* slices(): AsyncGenerator<Uint8Array> {
      yield Buffer.from('a')
      throw new Error('midway')
    }
    const { client, errors } = scene((x) => void x.respond(200, {}, slices()))
    await client.say(GET)
    expect(await client.hearAll()).toMatch(/\(reset\)$/)
    expect(errors.map(({ message }) => message)).toEqual(['midway'])
  })

  it('for what it writes may write to a client that has gone', async () => {
    let go: (() => void) | undefined
    const { client, errors } = scene((x) => {
      const out = x.stream(200)
      go = () => {
        for (let slice = 0; slice < 100; slice++) void out.write('x'.repeat(10_000))
        void out.end()
      }
    })
    await client.say(GET)
    await client.hear('\r\n\r\n')
    client.cut()
    go?.()
    for (let turn = 0; turn < 20; turn++) await new Promise((resolve) => setImmediate(resolve))
    expect(errors).toEqual([])
  })
})
