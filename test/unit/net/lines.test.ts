import { describe, expect, it } from 'vitest'
import { ByteQueue } from '../../../src/net/bytes.ts'
import { LineReader } from '../../../src/net/lines.ts'
import type { Line, LineFault, LinePolicy } from '../../../src/net/lines.ts'
import { splits } from '../../support/splits.ts'

const STRICT: LinePolicy = { maxLineBytes: 20, bareLf: 'refuse', bareCr: 'refuse' }

function told(event: Line | LineFault): string {
  if (event.type === 'fault') return `${event.fault}@${event.offset}`
  return `${event.bytes.toString('latin1')}|${event.endedBy}@${event.offset}`
}

/** All that a reader makes of the pieces, and whether it stands within a line. */
function read(pieces: readonly Uint8Array[], policy: LinePolicy): string[] {
  const queue = new ByteQueue()
  const reader = new LineReader(queue, policy)
  const events: string[] = []
  for (const piece of pieces) {
    queue.push(piece)
    for (let event = reader.next(); event !== undefined; event = reader.next()) events.push(told(event))
  }
  return [...events, reader.isMidLine ? 'mid' : 'between']
}

/** The same by whoever asks for text, and only then for what has none. */
function readTexts(pieces: readonly Uint8Array[], policy: LinePolicy): string[] {
  const queue = new ByteQueue()
  const reader = new LineReader(queue, policy)
  const next = (): string | undefined => {
    const text = reader.nextText()
    if (text !== undefined) return `${text}|crlf@${queue.offset - text.length - 2}`
    const event = reader.next()
    if (event?.type === 'line' && event.endedBy === 'crlf') throw new Error('this line has a text')
    return event && told(event)
  }
  const events: string[] = []
  for (const piece of pieces) {
    queue.push(piece)
    for (let event = next(); event !== undefined; event = next()) events.push(event)
  }
  return [...events, reader.isMidLine ? 'mid' : 'between']
}

/** The same, told from the whole text at once, in the words of the rules. */
function oracle(text: string, policy: LinePolicy): string[] {
  const { maxLineBytes: max, bareLf, bareCr } = policy
  const events: string[] = []
  let start = 0
  while (start < text.length) {
    const lf = text.indexOf('\n', start)
    let discardFrom = -1
    if (lf !== -1 && lf - start < max) {
      const isCrlf = lf > start && text[lf - 1] === '\r'
      const content = text.slice(start, isCrlf ? lf - 1 : lf)
      const cr = bareCr === 'refuse' ? content.indexOf('\r') : -1
      if (cr !== -1) events.push(`bareCr@${start + cr}`)
      else if (isCrlf) events.push(`${content}|crlf@${start}`)
      else if (bareLf === 'endsLine') events.push(`${content}|lf@${start}`)
      else events.push(`bareLf@${lf}`)
      if (isCrlf || bareLf === 'endsLine') start = lf + 1
      else discardFrom = lf + 1
    } else if (text.length - start >= max) {
      const cr = bareCr === 'refuse' ? text.slice(start, start + max - 1).indexOf('\r') : -1
      events.push(cr === -1 ? `tooLong@${start + max}` : `bareCr@${start + cr}`)
      discardFrom = text[start + max - 1] === '\r' ? start + max - 1 : start + max
    } else return [...events, 'mid']
    if (discardFrom === -1) continue
    const end = text.slice(discardFrom).search(bareLf === 'endsLine' ? /\n/ : /\r\n/)
    if (end === -1) return [...events, 'mid']
    start = text.indexOf('\n', discardFrom + end) + 1
  }
  return [...events, 'between']
}

/** All texts over CR, LF and one other octet, up to a length. */
function* texts(maxLength: number): Generator<string> {
  for (let length = 0; length <= maxLength; length++) {
    for (let index = 0; index < 3 ** length; index++) {
      yield Array.from({ length }, (_, place) => 'a\r\n'[Math.floor(index / 3 ** place) % 3]).join('')
    }
  }
}

/** All ways to cut bytes into pieces. */
function* cuts(bytes: Buffer): Generator<Buffer[]> {
  const places = Math.max(0, bytes.length - 1)
  for (let mask = 0; mask < 2 ** places; mask++) {
    const edges = Array.from({ length: places }, (_, place) => place + 1).filter((place) => mask & (1 << (place - 1)))
    yield [0, ...edges].map((edge, index) => bytes.subarray(edge, edges[index] ?? bytes.length))
  }
}

describe('LineReader', () => {
  it('cuts lines at CRLF', () => {
    expect(read([Buffer.from('EHLO a\r\n\r\nQUIT\r\nx')], STRICT)).toEqual([
      'EHLO a|crlf@0',
      '|crlf@8',
      'QUIT|crlf@10',
      'mid',
    ])
  })

  it('leaves what is behind a line in the queue', () => {
    const queue = new ByteQueue()
    queue.push(Buffer.from('DATA\r\n.\r\n'))
    expect(new LineReader(queue, STRICT).next()).toMatchObject({ type: 'line', offset: 0, endedBy: 'crlf' })
    expect(queue.takeAll().toString()).toBe('.\r\n')
  })

  it('tells a peer that sends only LFs at the first of them', () => {
    expect(read([Buffer.from('EHLO a\n')], STRICT)).toEqual(['bareLf@6', 'mid'])
  })

  it('drops an over-long line in constant memory and goes on behind it', () => {
    const queue = new ByteQueue()
    const reader = new LineReader(queue, STRICT)
    queue.push(Buffer.from('a'.repeat(20)))
    expect(reader.next()).toMatchObject({ fault: 'tooLong', offset: 20 })
    for (let round = 0; round < 100; round++) {
      queue.push(Buffer.from('b'.repeat(1000)))
      expect(reader.next()).toBeUndefined()
      expect(queue.length).toBe(0)
    }
    queue.push(Buffer.from('\r'))
    expect(reader.next()).toBeUndefined()
    queue.push(Buffer.from('\nQUIT\r\n'))
    expect(reader.next()).toMatchObject({ type: 'line', offset: 100_022 })
    expect(reader.isMidLine).toBe(false)
  })

  const policies: LinePolicy[] = []
  for (const maxLineBytes of [1, 2, 4])
    for (const bareLf of ['refuse', 'endsLine'] as const)
      for (const bareCr of ['refuse', 'keep'] as const) policies.push({ maxLineBytes, bareLf, bareCr })

  it.each(policies)('keeps its rules on every text and under every split: %o', (policy) => {
    for (const text of texts(6)) {
      const bytes = Buffer.from(text, 'latin1')
      const expected = JSON.stringify(oracle(text, policy))
      for (const pieces of cuts(bytes)) {
        for (const reading of [read, readTexts]) {
          if (JSON.stringify(reading(pieces, policy)) === expected) continue
          expect(reading(pieces, policy), JSON.stringify(pieces.map(String))).toEqual(JSON.parse(expected))
        }
      }
    }
  })

  it('says the same of a dialogue under every split', () => {
    const text = `EHLO mx.example\r\n${'x'.repeat(40)}\r\nMAIL\rFROM\r\nRCPT\n\r\nNOOP\r\n\r`
    const policy = { ...STRICT, maxLineBytes: 30 }
    for (const { name, pieces } of splits(Buffer.from(text))) {
      expect(read(pieces, policy), name).toEqual(oracle(text, policy))
      expect(readTexts(pieces, policy), name).toEqual(oracle(text, policy))
    }
  })

  it('works in linear time, whatever comes', () => {
    for (const octets of ['a', '\r', '\n', '\ra', '\r\n', 'a\n']) {
      const queue = new ByteQueue()
      const reader = new LineReader(queue, { ...STRICT, maxLineBytes: 512 })
      const total = 20_000
      for (let at = 0; at < total; at++) {
        queue.push(Buffer.from(octets[at % octets.length] as string))
        while (reader.next() !== undefined);
      }
      expect(queue.work, JSON.stringify(octets)).toBeLessThan(3 * total)
    }
  })
})
