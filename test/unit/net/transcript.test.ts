import { describe, expect, it } from 'vitest'
import { Transcript } from '../../../src/net/transcript.ts'

function written(write: (transcript: Transcript) => void, label?: string): string[] {
  const lines: string[] = []
  write(new Transcript((line) => lines.push(line), label === undefined ? {} : { label }))
  return lines
}

describe('Transcript', () => {
  it('writes lines as the RFCs print them', () => {
    const lines = written((it) => {
      it.line('S', '220 mx.example.test ESMTP\r\n')
      it.line('C', Buffer.from('EHLO a.test\r\n'))
      it.secret('C', 'AUTH PLAIN')
      it.line('S', Buffer.from('caf\u00e9\n'))
    })
    expect(lines).toEqual(['S: 220 mx.example.test ESMTP', 'C: EHLO a.test', 'C: AUTH PLAIN ****', 'S: café'])
  })

  it('puts a label before each line', () => {
    expect(written((it) => it.line('C', 'QUIT'), 'a1')).toEqual(['a1 C: QUIT'])
    expect(written((it) => it.line('C', 'QUIT'), 'a\n1')).toEqual(['a\\n1 C: QUIT'])
  })

  it('shows nothing that a terminal would obey', () => {
    const lines = written((it) => {
      it.line('C', Buffer.from('a\x1b[2J\x00\t\x7f\\b\r\nQUIT\r\n', 'latin1'))
      it.line('C', 'x\u009b31m\u202ey\u2028z\u{e0001}')
      it.line('C', Buffer.of(0xff, 0xfe, 0x41))
      it.secret('C', 'PASS\r\nS: 230 fine')
    })
    expect(lines).toEqual([
      'C: a\\x1b[2J\\x00\\t\\x7f\\\\b\\r\\nQUIT',
      'C: x\\x9b31m\\u{202e}y\\u{2028}z\\u{e0001}',
      'C: \ufffd\ufffdA',
      'C: PASS\\r\\nS: 230 fine ****',
    ])
  })

  it('cuts long lines', () => {
    const [text, bytes, exact, crlf] = written((it) => {
      it.line('C', 'a'.repeat(10_000))
      it.line('C', Buffer.alloc(100_000, 'é'))
      it.line('C', 'b'.repeat(500))
      it.line('C', Buffer.from(`${'c'.repeat(500)}\r\n`))
    })
    expect(text).toBe(`C: ${'a'.repeat(500)}…`)
    expect(bytes).toBe(`C: ${'é'.repeat(500)}…`)
    expect(exact).toBe(`C: ${'b'.repeat(500)}`)
    expect(crlf).toBe(`C: ${'c'.repeat(500)}`)
  })

  it('sums content up, by side', () => {
    const lines = written((it) => {
      it.content('C', 4000)
      it.content('C', 96)
      it.line('S', '250 OK')
      it.content('S', 1)
      it.content('C', 2)
      it.content('C', 0)
      it.secret('C', 'PASS')
      it.content('S', 7)
      it.close()
      it.close()
    })
    expect(lines).toEqual([
      'C: … 4096 octets',
      'S: 250 OK',
      'S: … 1 octet',
      'C: … 2 octets',
      'C: PASS ****',
      'S: … 7 octets',
    ])
  })
})
