/** Lines that are delimiters, and lines that are made to look like them, under every cut. */
import { describe, expect, it } from 'vitest'
import { read } from '../../../support/mime.ts'
import { splits } from '../../../support/splits.ts'

/** The contents of the parts of a multipart with the boundary `b`, whose body is `body`. */
function contents(body: string, boundary = 'b'): string[] {
  const bytes = Buffer.from(`Content-Type: multipart/mixed; boundary="${boundary}"\r\n\r\n${body}`, 'latin1')
  const whole = read([bytes]).events
  for (const { name, pieces } of splits(bytes, { maxCuts: 200 })) expect(read(pieces).events, name).toEqual(whole)
  return whole.filter((event) => event.startsWith('content')).map((event) => JSON.parse(event.replace(/^\S+ \S+ /, '')))
}

describe('a delimiter', () => {
  it.each<[string, string]>([
    ['--b\r\n\r\nx\r\n--b--', 'at the front of a body'],
    ['\r\n--b\r\n\r\nx\r\n--b--', 'behind a line end'],
    ['p\r\n--b\r\n\r\nx\r\n--b--', 'behind a preamble'],
    ['--p\r\n--b\r\n\r\nx\r\n--b--', 'behind hyphens'],
    ['-\r\n--b\r\n\r\nx\r\n--b--', 'behind a hyphen'],
    ['--b \t \r\n\r\nx\r\n--b-- \t\r\ny', 'with padding'],
  ])('stands in %j: %s', (body) => {
    expect(contents(body)).toEqual(['x'])
  })

  it.each([
    '--b1',
    '--b10',
    '--bx',
    '--B',
    '--b---',
    '--b-',
    '--b -',
    '--b--x',
    '--b x',
    '---b',
    '-- b',
    '--',
    '-',
    '--a',
    ' --b',
    'x--b',
    '\t--b',
    '--b\0',
    '--b\r',
    '\r--b',
    '\x0b--b',
    '\x85--b',
    '-\r-b',
    `--b${' '.repeat(1000)}x`,
    `--b${'-'.repeat(1000)}`,
  ])('is not %j', (line) => {
    expect(contents(`--b\r\n\r\nx\r\n${line}\r\ny\r\n--b--`)).toEqual([`x\r\n${line}\r\ny`])
    expect(contents(`--b\r\n\r\n${line}\r\ny\r\n--b--`)).toEqual([`${line}\r\ny`])
  })

  it('has no more padding than fills a line', () => {
    expect(contents(`--b\r\n\r\nx\r\n--b${' '.repeat(998)}\r\n\r\ny\r\n--b--`)).toEqual(['x', 'y'])
    const long = `x\r\n--b${' '.repeat(1003)}\r\n\r\ny`
    expect(contents(`--b\r\n\r\n${long}\r\n--b--`)).toEqual([long])
  })

  it('takes away one line end before it, and no more', () => {
    expect(contents('--b\r\n\r\nx\r\n\r\n--b--')).toEqual(['x\r\n'])
    expect(contents('--b\r\n\r\nx\r\r\n--b--')).toEqual(['x\r'])
    expect(contents('--b\r\n\r\nx\n\n--b--')).toEqual(['x\n'])
    expect(contents('--b\r\n\r\nx\n--b\n\ny\r\n--b--')).toEqual(['x', 'y'])
    expect(contents('--b\r\n\r\n\r\n--b--')).toEqual([])
  })

  it('may have two hyphens at the end of its boundary', () => {
    expect(contents('--b--\r\n\r\nx\r\n--b----', 'b--')).toEqual(['x'])
  })

  it('is found behind many that are none', () => {
    const lines = '--a\r\n--\r\n-\r\n--bb\r\n'.repeat(500)
    expect(contents(`--b\r\n\r\n${lines}--b--`)).toEqual([lines.slice(0, -2)])
  })
})
