/** Both ends over sockets in memory, cut to single octets: no port, no network, and so no data connections. */
import { describe, expect, it } from 'vitest'
import { pair } from '../../../src/net/pair.ts'
import { Transcript } from '../../../src/net/transcript.ts'
import { Client } from '../../../src/ftp/client.ts'
import { ControlConnection } from '../../../src/ftp/connection.ts'
import { PassivePort } from '../../../src/ftp/data.ts'
import type { ClientIn, ClientOut } from '../../../src/ftp/events.ts'
import { ClientMachine } from '../../../src/ftp/machine.ts'
import { serveConnection } from '../../../src/ftp/server.ts'
import type { ServerConnectionOptions } from '../../../src/ftp/server-options.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import { timers } from '../../../src/net/timers.ts'

const CRUMBS = { cut: (bytes: Buffer): Buffer[] => Array.from(bytes, (byte) => Buffer.of(byte)) }

function meet(options: ServerConnectionOptions = {}): { client: Client; session: ReturnType<typeof serveConnection> } {
  const [near, far] = pair(CRUMBS)
  const session = serveConnection(far, options, {
    login: ({ password }) => (password === 'secret' ? memory() : undefined),
  })
  return { client: new Client(near), session }
}

describe('over a pair', () => {
  it('they understand one another', async () => {
    const { client, session } = meet()
    await client.login('joe', 'secret')
    await client.mkdir('/a')
    await client.rename('/a', '/b c')
    expect((await client.stat('/b c')).type).toBe('directory')
    await client.quit()
    await session.done
  })

  it('there are no data connections, and both say so', async () => {
    const { client, session } = meet()
    await client.login('joe', 'secret')
    await expect(client.get('/x')).rejects.toMatchObject({ code: 'FTP_REFUSED', reply: { code: 425 } })
    await client.quit()
    await session.done
  })

  it('a session that is drained says goodbye, and only once', async () => {
    const { client, session } = meet()
    await client.login('joe', 'secret')
    session.drain()
    session.drain()
    await expect(client.mkdir('/a')).rejects.toThrow()
    await session.done
    client.destroy()
  })

  it('a client that is gone before the greeting is no error', async () => {
    const [near, far] = pair()
    near.destroy()
    const errors: Error[] = []
    const session = serveConnection(far, { onError: (error) => errors.push(error) }, { login: () => undefined })
    await session.done
    expect(errors).toEqual([])
  })
})

describe('ControlConnection', () => {
  function control(lines: string[]): { near: ControlConnection<ClientIn, ClientOut>; far: ReturnType<typeof pair>[1] } {
    const [socket, far] = pair(CRUMBS)
    const transcript = new Transcript((line) => lines.push(line))
    const options = { patient: { patience: () => ({ phase: 'reply', ms: undefined }) }, stallMs: 1000, transcript }
    return { near: new ControlConnection(socket, new ClientMachine(), options), far }
  }

  it('writes down what crosses it, without passwords', async () => {
    const lines: string[] = []
    const { near, far } = control(lines)
    await far.write([Buffer.from('220-a\r\n b\r\n220 c\r\n')])
    expect(await near.next()).toMatchObject({ to: 'greeting' })
    await near.send({ type: 'command', verb: 'PASS', argument: 'secret' })
    await far.write([Buffer.from('230 in\r\n')])
    await near.next()
    await near.send({ type: 'otherCommand', verb: 'SITE', argument: 'x\t' })
    await near.send({ type: 'interrupt' })
    near.noteContent('S', 5)
    await near.close()
    expect(lines).toEqual([
      'S: 220-a',
      'S:  b',
      'S: 220 c',
      'C: PASS ****',
      'S: 230 in',
      'C: SITE x\\t',
      'S: … 5 octets',
    ])
    far.destroy()
  })

  it('tells who waits without a promise, once for each wait', async () => {
    const { near, far } = control([])
    const told: string[] = []
    const wait = (): Promise<void> =>
      new Promise((resolve) => {
        const tell = (what: string): void => resolve(void told.push(what))
        near.receiveFor({ received: () => tell('received'), notReceived: () => tell('lost') })
      })
    let waits = 0
    await far.write([Buffer.from('220 a\r\n')])
    let event = near.advance()
    for (; event === undefined; event = near.advance()) {
      await wait()
      waits++
    }
    expect(event).toMatchObject({ to: 'greeting' })
    expect(told).toHaveLength(waits)
    // What we say may be what the machine has lacked.
    const said = wait()
    await near.send({ type: 'command', verb: 'NOOP', argument: undefined })
    await said
    const lost = wait()
    near.socket.destroy()
    await lost
    expect(told.slice(waits)).toEqual(['received', 'lost'])
    far.destroy()
  })

  it('gives what is there without waiting', async () => {
    const { near, far } = control([])
    expect(near.poll()).toBeUndefined()
    await far.write([Buffer.from('220 a\r\n')])
    await far.end()
    let event = near.poll()
    while (event === undefined) {
      await new Promise((resolve) => setImmediate(resolve))
      event = near.poll()
    }
    expect(event).toMatchObject({ code: 220 })
    near.renewPatience()
    expect(await near.next()).toEqual({ type: 'end' })
    await near.close()
    far.destroy()
  })
})

describe('PassivePort', () => {
  it('needs a network', async () => {
    const nowhere = { family: 'memory', name: 'x' } as const
    await expect(
      PassivePort.open({ local: nowhere, remote: nowhere, fxp: 'refuse', proxyFrom: [], ports: undefined, timers }),
    ).rejects.toThrow('network')
  })

  it('is not waited for by who has given up already', async () => {
    const here = { family: 'IPv4', host: '127.0.0.1', port: 1 } as const
    const port = await PassivePort.open({
      local: here,
      remote: here,
      fxp: 'refuse',
      proxyFrom: [],
      ports: undefined,
      timers,
    })
    await expect(port.connection(1000, AbortSignal.abort())).rejects.toThrow('aborted')
    await port.release()
    await port.released
    expect(port.state).toBe('none')
  })
})
