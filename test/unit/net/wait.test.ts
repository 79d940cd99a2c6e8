import { describe, expect, it } from 'vitest'
import { Wait, rejected } from '../../../src/net/wait.ts'

describe('Wait', () => {
  it('is one promise for all who ask', async () => {
    const wait = new Wait<number>()
    expect(wait.isPending).toBe(false)
    const promise = wait.start()
    expect(wait.start()).toBe(promise)
    expect(wait.isPending).toBe(true)
    wait.fulfil(1)
    expect(wait.isPending).toBe(false)
    await expect(promise).resolves.toBe(1)
    const next = wait.start()
    expect(next).not.toBe(promise)
    wait.fail(new Error('second'))
    await expect(next).rejects.toThrow('second')
  })

  it('takes what comes while nobody waits', () => {
    const wait = new Wait<void>()
    wait.fulfil()
    wait.fail(new Error('nobody hears this'))
    expect(wait.isPending).toBe(false)
  })
})

describe('rejections that nobody listens to', () => {
  it('are no unhandled ones', async () => {
    const unhandled: unknown[] = []
    const listen = (reason: unknown): void => void unhandled.push(reason)
    process.on('unhandledRejection', listen)
    const wait = new Wait<void>()
    void wait.start()
    wait.fail(new Error('one'))
    void rejected(new Error('two'))
    await new Promise((resolve) => setImmediate(resolve))
    process.off('unhandledRejection', listen)
    expect(unhandled).toEqual([])
    await expect(rejected(new Error('three'))).rejects.toThrow('three')
  })
})
