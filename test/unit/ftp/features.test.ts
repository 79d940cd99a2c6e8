/** What a server says that it can do, and a hash that is asked for by it. */
import { describe, expect, it } from 'vitest'
import { parseFeatures } from '../../../src/ftp/features.ts'
import { parseHash, planHash } from '../../../src/ftp/hash.ts'

const features = (...lines: string[]): ReadonlyMap<string, string> =>
  parseFeatures({ code: 211, lines: ['Features:', ...lines, 'End'] })

describe('features', () => {
  it('are names in either case with what stands behind them, with or without the space in front', () => {
    expect([...features(' mlst type*;Size*;', 'UTF8', ' AUTH TLS')]).toEqual([
      ['MLST', 'type*;Size*;'],
      ['UTF8', ''],
      ['AUTH', 'TLS'],
    ])
  })

  it.each([
    [502, ['No:', ' MLST', 'End']],
    [211, ['No features']],
    [211, []],
  ])('are none in %i %j', (code, lines) => {
    expect(parseFeatures({ code, lines }).size).toBe(0)
  })
})

describe('a hash', () => {
  it('is the strongest that is offered, by HASH before the old commands', () => {
    expect(planHash(features(' HASH SHA-1;MD5*', ' XSHA256'), 'a')).toMatchObject({
      algorithm: 'SHA-256',
      select: undefined,
      command: { verb: 'XSHA256' },
    })
    expect(planHash(features(' HASH SHA-1;MD5*', ' XMD5'), 'a')).toMatchObject({
      algorithm: 'SHA-1',
      select: { verb: 'OPTS', argument: 'HASH SHA-1' },
      command: { verb: 'HASH', argument: 'a' },
    })
    expect(planHash(features(' HASH SHA-1;MD5*'), 'a', 'MD5')).toMatchObject({ algorithm: 'MD5', select: undefined })
  })

  it.each([undefined, 'CRC32'] as const)('is not asked for where none is offered: %s', (algorithm) => {
    const missing = expect.objectContaining({ code: 'FTP_FEATURE_MISSING', side: 'local' })
    expect(() => planHash(features(' UTF8'), 'a', algorithm)).toThrow(missing)
  })

  it('is the first word that can be one', () => {
    const md5 = '900150983CD24FB0D6963F7D28E17F72'
    expect(parseHash(`MD5 0-2 ${md5} abc`, 'MD5')).toEqual({ algorithm: 'MD5', hex: md5.toLowerCase() })
    expect(parseHash('  352441c2', 'CRC32')).toEqual({ algorithm: 'CRC32', hex: '352441c2' })
    expect(parseHash('441c2', 'CRC32')?.hex).toBe('000441c2')
    expect(parseHash(`${md5.slice(1)} ${md5}0 ${md5.slice(1)}g`, 'MD5')).toBeUndefined()
    expect(parseHash(md5.replace('9', '✓'), 'MD5')).toBeUndefined()
    expect(parseHash('', 'MD5')).toBeUndefined()
  })
})
