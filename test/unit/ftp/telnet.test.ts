import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { ByteQueue } from '../../../src/net/bytes.ts'
import {
  doubleIac,
  refusalOf,
  TelnetDecoder,
  writeInterrupt,
  writeTelnetOption,
  type TelnetOption,
} from '../../../src/ftp/telnet.ts'
import { splits } from '../../support/splits.ts'

/** What comes out: octets in hexadecimal, and commands in words, in their order. */
function decode(pieces: readonly Uint8Array[]): string[] {
  const decoder = new TelnetDecoder()
  const raw = new ByteQueue()
  const told: string[] = []
  let hex = ''
  const flush = (): void => {
    if (hex !== '') told.push(hex)
    hex = ''
  }
  for (const piece of pieces) {
    raw.push(piece)
    for (let event = decoder.next(raw); event !== undefined; event = decoder.next(raw)) {
      if (event.type === 'octets') hex += event.bytes.toString('hex')
      else {
        flush()
        told.push(event.type === 'telnet' ? `${event.command} ${event.option}` : event.type)
      }
    }
    expect(raw.length).toBe(0)
  }
  flush()
  if (decoder.isMidCommand) told.push('mid')
  return told
}

const ABOR = Buffer.from('ABOR\r\n').toString('hex')

describe('TelnetDecoder', () => {
  it.each([
    ['nothing to take off', ABOR, [ABOR]],
    ['IAC IAC is one 0xFF', '61ffff62', ['61ff62']],
    ['an option is told (A25)', `fffb01${ABOR}`, ['WILL 1', ABOR]],
    ['each of the four', 'fffb01fffc02fffd03fffe04', ['WILL 1', 'WONT 2', 'DO 3', 'DONT 4']],
    ['an option in the middle of a word', '4e4ffffd0150', ['4e4f', 'DO 1', '50']],
    ['a command without option is dropped', `fff0fff1fff9${ABOR}`, [ABOR]],
    ['of IAC before an octet that is no command only the IAC is', 'ff41ff00ffef', ['4100ef']],
    ['a Synch that arrives whole', `fff4fff2${ABOR}`, ['interrupt', ABOR]],
    ['a Synch whose DM was urgent and is lost', `fff4ff${ABOR}`, ['interrupt', ABOR]],
    ['a Synch whose IAC was urgent and is lost', `fff4f2${ABOR}`, ['interrupt', ABOR]],
    ['an interrupt alone', `fff4${ABOR}`, ['interrupt', ABOR]],
    ['a 0xF2 that follows no interrupt stays', '61f2', ['61f2']],
    ['only one DM belongs to an interrupt', 'fff4f2f2', ['interrupt', 'f2']],
    ['a doubled 0xFF behind an interrupt', 'fff4ffff41', ['interrupt', 'ff41']],
    ['a subnegotiation is dropped', '61fffa18004142fffff0fff062', ['6162']],
    ['a subnegotiation that goes on behind another command', 'fffa01fff1fff061', ['61']],
    ['a subnegotiation that never ends', 'fffa010203', ['mid']],
    ['IAC at the end', '61ff', ['61', 'mid']],
    ['an option at the end', '61fffd', ['61', 'mid']],
  ])('%s', (_name, hex, told) => {
    for (const { name, pieces } of splits(Buffer.from(hex, 'hex'))) expect(decode(pieces), name).toEqual(told)
  })

  it('reads any bytes alike under every cut', () => {
    const telnetish = fc.constantFrom(0x41, 0x0d, 0x00, 0xf0, 0xf2, 0xf4, 0xfa, 0xfb, 0xfe, 0xff)
    fc.assert(
      fc.property(fc.array(telnetish, { maxLength: 12 }), (octets) => {
        const bytes = Buffer.from(octets)
        const whole = decode([bytes])
        for (const { name, pieces } of splits(bytes, { random: 2 })) expect(decode(pieces), name).toEqual(whole)
      }),
    )
  })
})

describe('writing', () => {
  it('doubles 0xFF wherever it stands, and the decoder undoes it', () => {
    fc.assert(
      fc.property(fc.array(fc.constantFrom(0x41, 0xff), { maxLength: 10 }), (octets) => {
        const bytes = Buffer.from(octets)
        expect(decode([doubleIac(bytes)]).join('')).toBe(bytes.toString('hex'))
      }),
    )
    const plain = Buffer.from('plain')
    expect(doubleIac(plain)).toBe(plain)
  })

  it('writes negotiations and the interrupt as they are read', () => {
    for (const command of ['WILL', 'WONT', 'DO', 'DONT'] as const)
      expect(decode([writeTelnetOption({ type: 'telnet', command, option: 3 })])).toEqual([`${command} 3`])
    expect(decode([writeInterrupt()])).toEqual(['interrupt'])
  })

  it('refuses what is offered and asked, and answers no refusal', () => {
    const refused = (command: TelnetOption['command']): string | undefined =>
      refusalOf({ type: 'telnet', command, option: 1 })?.command
    expect([refused('WILL'), refused('DO'), refused('WONT'), refused('DONT')]).toEqual([
      'DONT',
      'WONT',
      undefined,
      undefined,
    ])
  })
})
