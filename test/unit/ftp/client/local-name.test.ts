import { describe, expect, it } from 'vitest'
import { localName } from '../../../../src/ftp/local-name.ts'

describe('localName (A11)', () => {
  it.each(['a', 'a b', '.profile', 'é', '日本.txt', '-rf', '...a', 'con1', 'common', 'x'.repeat(255), 'a%2fb'])(
    'takes %j as it is',
    (name) => expect(localName(name)).toBe(name),
  )

  it.each([
    ...['', '.', '..', '/etc/passwd', '../x', 'a/b', 'a\0b', 'a\r\nb', 'a\\b', '..\\x', 'C:x', 'C:', 'a.txt::$DATA'],
    ...[
      'NUL',
      'nul.txt',
      'com1',
      'LPT9.a',
      'COM¹',
      'CONIN$',
      'a.',
      'a ',
      'a*',
      'a?',
      'a|b',
      '<a',
      'a>',
      '"',
      'a\x1b[2J',
      '\x7f',
    ],
    ...['a\udcff', '\ud800', 'x'.repeat(256), 'é'.repeat(128)],
  ])('refuses %j', (name) => expect(localName(name)).toBeUndefined())
})
