import { describe, expect, it } from 'vitest'
import { Admission } from '../../../src/net/admission.ts'
import type { AdmissionLimits } from '../../../src/net/admission.ts'

function admission(limits: Partial<AdmissionLimits> = {}): Admission<string> {
  return new Admission({ maxConnections: 1, maxConnectionsPerAddress: 2, maxWaiting: 2, maxRefusals: 1, ...limits })
}

describe('Admission', () => {
  it('admits, lets wait, and tells when all is full', () => {
    const it = admission()
    expect(['a', 'b', 'c', 'd'].map((name) => it.enter(name))).toEqual(['admitted', 'waiting', 'waiting', 'full'])
    expect(it.connections).toBe(1)
  })

  it('gives the place of who leaves to who has waited longest, once', () => {
    const it = admission()
    for (const name of ['a', 'b', 'c']) it.enter(name)
    expect([it.leave(), it.leave(), it.leave()]).toEqual(['b', 'c', undefined])
    expect(it.connections).toBe(0)
    expect(it.enter('d')).toBe('admitted')
  })

  it('forgets who gives up', () => {
    const it = admission()
    for (const name of ['a', 'b', 'c']) it.enter(name)
    expect(it.giveUp('b')).toBe(true)
    expect(it.giveUp('b')).toBe(false)
    expect(it.enter('d')).toBe('waiting')
    expect([it.leave(), it.leave(), it.leave()]).toEqual(['c', 'd', undefined])
  })

  it('counts each client by itself', () => {
    const it = admission()
    expect([it.claim('x'), it.claim('x'), it.claim('x'), it.claim('y')]).toEqual([true, true, false, true])
    it.release('x')
    expect([it.claim('x'), it.claim('x')]).toEqual([true, false])
    it.release('y')
    it.release('y')
    expect([it.claim('y'), it.claim('y'), it.claim('y')]).toEqual([true, true, false])
  })

  it('counts refusals', () => {
    const it = admission()
    expect([it.beginRefusal(), it.beginRefusal()]).toEqual([true, false])
    it.endRefusal()
    expect(it.beginRefusal()).toBe(true)
  })
})
