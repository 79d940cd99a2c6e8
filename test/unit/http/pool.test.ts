/** The pool of a client: places, who waits for them, and what closing does. */
import { describe, expect, it } from 'vitest'
import { pair } from '../../../src/net/pair.ts'
import type { Socket } from '../../../src/net/socket.ts'
import { ok, rejection, Scene } from '../../support/http-scene.ts'
import { settle } from '../../support/sockets.ts'

describe('places', () => {
  it('are as many as they may be, and go on to who waits longest', async () => {
    const scene = new Scene({ maxConnectionsPerOrigin: 2 })
    const texts: string[] = []
    const all = ['/1', '/2', '/3', '/4'].map(async (path) => {
      texts.push(await (await scene.client.request(`http://a.test${path}`)).text())
    })
    const [one, two] = [await scene.at(0), await scene.at(1)]
    await settle()
    expect(scene.ends).toHaveLength(2)
    await one.answer(ok('1', 'Connection: close'))
    const three = await scene.at(2)
    await three.answer(ok('3'))
    await three.answer(ok('4'))
    await two.answer(ok('2'))
    await Promise.all(all)
    expect(texts).toEqual(['1', '3', '4', '2'])
  })

  it('are one for each origin by itself', async () => {
    const scene = new Scene({ maxConnectionsPerOrigin: 1 })
    for (const origin of ['http://a.test', 'http://a.test:81', 'http://b.test']) {
      void scene.client.request(`${origin}/`).catch(() => {})
    }
    await settle()
    expect(scene.dialled).toEqual(['a.test:80', 'a.test:81', 'b.test:80'])
    await scene.client.close()
  })

  it('are given back by a dial that fails, and by one that was given up', async () => {
    let attempts = 0
    const dial = (_target: unknown, options?: { signal?: AbortSignal }): Promise<Socket> => {
      attempts++
      if (attempts === 1) return Promise.reject(new Error('no way'))
      return new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error))
      })
    }
    const scene = new Scene({ dial, maxConnectionsPerOrigin: 1 })
    expect(await rejection(scene.client.request('http://a.test/'))).toMatchObject({ message: 'no way' })
    const controller = new AbortController()
    const given = rejection(scene.client.request('http://a.test/', { signal: controller.signal }))
    const waiting = rejection(scene.client.request('http://a.test/'))
    await settle()
    controller.abort('enough')
    expect(await given).toMatchObject({ code: 'NET_ABORTED', cause: 'enough' })
    await settle()
    expect(attempts).toBe(3)
    await scene.client.close()
    expect(await waiting).toMatchObject({ code: 'NET_CLOSED' })
  })

  it('are not taken by what cannot be sent, nor by who has given up', async () => {
    const scene = new Scene({ maxConnectionsPerOrigin: 1 })
    const first = scene.client.request('http://a.test/')
    const server = await scene.at(0)
    await server.hear('\r\n\r\n')
    const bad = rejection(scene.client.request('http://a.test/', { headers: { 'a b': 'c' } }))
    const good = scene.client.request('http://a.test/')
    await server.say(ok('1'))
    await (await first).text()
    expect(await bad).toMatchObject({ code: 'HTTP_SEND_FIELD' })
    await server.answer(ok('2'))
    expect(await (await good).text()).toBe('2')
    expect(await rejection(scene.client.request('http://a.test/', { headers: { 'a b': 'c' } }))).toMatchObject({
      code: 'HTTP_SEND_FIELD',
    })
    expect(
      await rejection(scene.client.request('http://a.test/', { signal: AbortSignal.abort('early') })),
    ).toMatchObject({
      cause: 'early',
    })
    const last = scene.client.request('http://a.test/')
    await server.answer(ok('3'))
    expect(await (await last).text()).toBe('3')
    expect(scene.ends).toHaveLength(1)
  })

  it('have only so many waiting for them', async () => {
    const scene = new Scene({ maxConnectionsPerOrigin: 1, maxWaitingPerOrigin: 1 })
    const all = [1, 2, 3].map(() => scene.client.request('http://a.test/').catch((error: unknown) => error))
    await settle()
    expect(await all[2]).toMatchObject({ code: 'NET_REFUSED' })
    await scene.client.close()
  })

  it('are left by who gives up waiting', async () => {
    const scene = new Scene({ maxConnectionsPerOrigin: 1 })
    const first = scene.client.request('http://a.test/')
    const controller = new AbortController()
    const waiting = rejection(scene.client.request('http://a.test/', { signal: controller.signal }))
    const server = await scene.at(0)
    await server.hear('\r\n\r\n')
    controller.abort('enough')
    expect(await waiting).toMatchObject({ code: 'NET_ABORTED', cause: 'enough' })
    await server.say(ok('1'))
    await (await first).text()
    expect(await server.rest()).toBe('')
  })

  it('a repeat has a new connection, for which an old one makes room', async () => {
    const scene = new Scene({ maxConnectionsPerOrigin: 2 })
    const all = [1, 2].map(async () => await (await scene.client.request('http://a.test/')).text())
    const ends = [await scene.at(0), await scene.at(1)]
    for (const end of ends) await end.answer(ok('x'))
    await Promise.all(all)
    const asking = scene.client.request('http://a.test/')
    await settle()
    const [idle, busy] = (await ends[0]?.rest()) === '' ? ends : ends.toReversed()
    busy?.cut()
    await (await scene.at(2)).answer(ok('fresh'))
    expect(await (await asking).text()).toBe('fresh')
    // There was room: the place of the one that was cut.
    expect(idle?.near.state).toBe('open')
    await scene.client.close()
  })

  it('a repeat that waits takes the place of the first connection that comes free, not the connection', async () => {
    const scene = new Scene({ maxConnectionsPerOrigin: 1 })
    const asking = scene.client.request('http://a.test/')
    const server = await scene.at(0)
    await server.answer(ok('x'))
    await (await asking).text()
    const lost = scene.client.request('http://a.test/lost')
    const behind = scene.client.request('http://a.test/behind')
    await server.hear('\r\n\r\n')
    server.cut()
    const second = await scene.at(1)
    expect(await second.answer(ok('behind'))).toContain('GET /behind')
    expect(await (await behind).text()).toBe('behind')
    const third = await scene.at(2)
    expect(await third.answer(ok('again'))).toContain('GET /lost')
    expect(await (await lost).text()).toBe('again')
    expect(second.near.state).toBe('closed')
  })
})

describe('idle connections', () => {
  it('are kept up to a number, the one that was used last first', async () => {
    const scene = new Scene({ maxIdlePerOrigin: 2 })
    const all = [0, 1, 2].map(async () => await (await scene.client.request('http://a.test/')).text())
    for (const index of [0, 1, 2]) {
      await (await scene.at(index)).answer(ok('x'))
      await settle()
    }
    await Promise.all(all)
    expect(scene.ends.map(({ near }) => near.state)).toEqual(['closed', 'open', 'open'])
    void scene.client.request('http://a.test/').catch(() => {})
    expect(await scene.ends[2]?.hear('\r\n\r\n')).toContain('GET /')
    await scene.client.close()
  })
})

describe('closing a client', () => {
  it('ends what runs, what waits and what is being dialled, and all that comes later', async () => {
    const sockets: Socket[] = []
    const dial = (_target: unknown, options?: { signal?: AbortSignal }): Promise<Socket> => {
      const [near] = pair()
      sockets.push(near)
      if (sockets.length === 1) return Promise.resolve(near)
      return new Promise((_resolve, reject) => {
        options?.signal?.addEventListener('abort', () => reject(options.signal?.reason as Error))
      })
    }
    const scene = new Scene({ dial, maxConnectionsPerOrigin: 2 })
    const all = [1, 2, 3].map(() => rejection(scene.client.request('http://a.test/')))
    await settle()
    await scene.client.close()
    for (const error of await Promise.all(all)) expect(error).toMatchObject({ code: 'NET_CLOSED' })
    expect(await rejection(scene.client.request('http://a.test/'))).toMatchObject({
      code: 'NET_CLOSED',
      message: 'The client is closed',
    })
    await settle()
    expect([sockets.length, sockets[0]?.state]).toEqual([2, 'closed'])
    expect(scene.timers.pending).toBe(0)
  })

  it('also ends a connection that comes too late', async () => {
    const [near] = pair()
    let connect: (socket: Socket) => void = () => {}
    const scene = new Scene({
      dial: () =>
        new Promise((resolve) => {
          connect = resolve
        }),
    })
    const asking = rejection(scene.client.request('http://a.test/'))
    await settle()
    await scene.client.close()
    connect(near)
    expect(await asking).toMatchObject({ code: 'NET_CLOSED' })
    expect(near.state).toBe('closed')
  })

  it('also ends one that was repeated on, where its pool had been empty meanwhile', async () => {
    const scene = new Scene()
    const asking = scene.client.request('http://a.test/')
    const server = await scene.at(0)
    await server.answer(ok('x'))
    await (await asking).text()
    const lost = rejection(scene.client.request('http://a.test/'))
    await server.hear('\r\n\r\n')
    server.cut()
    const fresh = await scene.at(1)
    await fresh.hear('\r\n\r\n')
    await scene.client.close()
    expect(await lost).toMatchObject({ code: 'NET_CLOSED' })
    expect(fresh.near.state).toBe('closed')
  })
})

describe('a transcript that throws', () => {
  it('rejects the request, and leaves nothing open', async () => {
    const scene = new Scene({
      transcript: () => {
        throw new Error('no paper')
      },
      maxConnectionsPerOrigin: 1,
    })
    for (const index of [0, 1]) {
      expect(await rejection(scene.client.request('http://a.test/'))).toMatchObject({ message: 'no paper' })
      expect(scene.ends[index]?.near.state).toBe('closed')
    }
  })
})
