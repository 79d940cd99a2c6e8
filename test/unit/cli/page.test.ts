import { describe, expect, it } from 'vitest'
import { escapeHtml, formatSize, formatTime, listPage } from '../../../src/cli/page.ts'

describe('listPage', () => {
  it('escapes whatever a stranger chose', () => {
    const html = listPage('<b>', [{ text: '"><script>', href: `x'"`, cells: ['&'] }])
    expect(html).toContain('<a href="x&#39;&#34;">&#34;&#62;&#60;script&#62;</a></td><td>&#38;</td>')
    expect(html).toContain('<title>&#60;b&#62;</title>')
    expect(html).not.toContain('<script>')
  })

  it('says so when there is nothing', () => expect(listPage('empty', [])).toContain('Nothing here yet'))

  it('takes a row without cells', () =>
    expect(listPage('t', [{ text: 'a', href: 'b' }])).toContain('<a href="b">a</a></td></tr>'))
})

it('escapes the five characters that mean something', () =>
  expect(escapeHtml(`&<>"'a`)).toBe('&#38;&#60;&#62;&#34;&#39;a'))

it.each([
  [0, '0 B'],
  [999, '999 B'],
  [1400, '1.4 kB'],
  [5_000_000, '5.0 MB'],
  [7.25e9, '7.3 GB'],
  [3e12, '3.0 TB'],
])('writes %d octets as %s', (octets, text) => expect(formatSize(octets)).toBe(text))

it('writes a time to the minute', () => expect(formatTime(Date.UTC(2026, 10, 22, 14, 5, 59))).toBe('2026-11-22 14:05'))
