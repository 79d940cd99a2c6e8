import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { formatPath, isName, parsePath, resolvePath, ROOT } from '../../../src/ftp/path.ts'

describe('resolvePath', () => {
  it.each([
    ['a', ['pub', 'a']],
    ['a/b', ['pub', 'a', 'b']],
    ['/a', ['a']],
    ['.', ['pub']],
    ['', ['pub']],
    ['./a/.', ['pub', 'a']],
    ['..', []],
    ['../in', ['in']],
    ['a/../b', ['pub', 'b']],
    ['a//b/', ['pub', 'a', 'b']],
    ['//', []],
    [' a ', ['pub', ' a ']],
  ])('leads from /pub by %j', (text, path) => {
    expect(resolvePath(['pub'], text)).toEqual(path)
  })

  it('never leads above the root (A6)', () => {
    expect(parsePath('../../etc/passwd')).toEqual(['etc', 'passwd'])
    expect(parsePath('/a/../../x')).toEqual(['x'])
    expect(parsePath('..\\..\\x')).toEqual(['..\\..\\x'])
    expect(parsePath('....//')).toEqual(['....'])
    expect(parsePath('%2e%2e/x')).toEqual(['%2e%2e', 'x'])
    expect(parsePath('~root')).toEqual(['~root'])
  })

  it.each(['a\0b', 'a\rb', 'a\nb', 'x\r\nDELE y', '/\0'])('refuses %j (A7)', (text) => {
    expect(resolvePath(['pub'], text)).toBeUndefined()
  })

  it('gives names only, and writes what it reads', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('/', '.', 'a', 'é', '\0', '\n', ' ', '\\') }), (text) => {
        const path = parsePath(text)
        if (path === undefined) return
        for (const name of path) expect(isName(name)).toBe(true)
        expect(parsePath(formatPath(path))).toEqual(path)
      }),
    )
  })

  it('does not change where it starts from', () => {
    const from = ['a', 'b']
    resolvePath(from, '../c')
    expect(from).toEqual(['a', 'b'])
    expect(formatPath(ROOT)).toBe('/')
  })
})
