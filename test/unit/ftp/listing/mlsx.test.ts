import { describe, expect, it } from 'vitest'
import type { ListedEntry } from '../../../../src/ftp/listing/entry.ts'
import { FACTS, parseMlsxLine, writeMlsxLine } from '../../../../src/ftp/listing/mlsx.ts'

const REFERENCE = { nowMs: 0, serverOffsetMinutes: 600 }

function parse(line: string): ListedEntry | undefined {
  const octets = `x; y=\n${Buffer.from(line).toString('latin1')}\r\n z=1; x`
  return parseMlsxLine(octets, 6, octets.length - 9, REFERENCE, Buffer.from(octets, 'latin1'))
}

describe('parseMlsxLine', () => {
  it('reads a line', () => {
    const entry = parse(
      'Type=file;SIZE=951;modify=20150813175250.5;Perm=adfr;UNIX.mode=0644;X.a=b;Unix.Owner=0;unix.group=5; a file',
    )
    expect(entry).toMatchObject({
      name: 'a file',
      type: 'file',
      size: 951,
      mode: 0o644,
      owner: '0',
      group: '5',
      role: 'entry',
    })
    expect(entry?.modified?.toISOString()).toBe('2015-08-13T17:52:50.500Z')
    expect(entry?.time).toMatchObject({ precision: 'millisecond', zone: 'utc' })
    expect(entry?.facts.get('perm')).toBe('adfr')
    expect(entry?.facts.get('x.a')).toBe('b')
  })

  it.each([
    ['type=dir', 'directory', 'entry', undefined],
    ['type=CDIR', 'directory', 'current', undefined],
    ['type=pdir', 'directory', 'parent', undefined],
    ['type=xdir', 'other', 'entry', undefined],
    ['type=OS.unix=slink:/a/b', 'link', 'entry', '/a/b'],
    ['type=os.Unix=slink', 'link', 'entry', undefined],
    ['type=OS.unix=symlink', 'link', 'entry', undefined],
    ['type=OS.unix=chr-13/29', 'other', 'entry', undefined],
    ['type=f', 'other', 'entry', undefined],
    ['type=', 'unknown', 'entry', undefined],
  ])('knows %s', (fact, type, role, target) => {
    expect(parse(`${fact}; n`)).toMatchObject({ type, role, target })
  })

  it.each([
    ['sizd=5', { size: 5 }],
    ['size=x', { size: undefined }],
    ['size=', { size: undefined }],
    ['modify=', { time: undefined }],
    ['UNIX.mode=0999', { mode: undefined }],
    ['UNIX.mode=00000000', { mode: undefined }],
    ['UNIX.uid=1;UNIX.gid=2', { owner: '1', group: '2' }],
    ['UNIX.ownername=me;UNIX.groupname=us;UNIX.owner=1;UNIX.group=2', { owner: 'me', group: 'us' }],
    ['UNIX.owner=1;UNIX.group=2;UNIX.ownername=me;UNIX.groupname=us', { owner: 'me', group: 'us' }],
    ['abcd=1;abcdef=1;unix.xid=1;unix.modf=1;unix.xxxxx=1;unix.xxxxxxxxx=1;a=1', { size: undefined }],
  ])('reads %s', (facts, fields) => {
    expect(parse(`${facts}; n`)).toMatchObject({ name: 'n', ...fields })
  })

  it.each([
    [' n', 'n'],
    ['  ', ' '],
    [' type=dir; n', 'type=dir; n'],
    ['type=file;  n ', ' n '],
    [' é', 'é'],
  ])('takes all behind the first space of %j for the name', (line, name) => {
    expect(parse(line)?.name).toBe(name)
  })

  it.each([
    '',
    ' ',
    'n',
    'type=dir;n',
    'type=dir; ',
    'type=dir n',
    'type;size=5; n',
    'type=dir;; n',
    'modify=2014; n',
    'modify=20141205180002Z; n',
  ])('refuses %j', (line) => expect(parse(line)).toBeUndefined())
})

describe('writeMlsxLine', () => {
  const facts = { type: 'file', size: 5, modified: new Date('2024-02-03T04:05:06.789Z'), perm: 'adfrw' }

  it('writes the facts that were asked for', () => {
    expect(writeMlsxLine(facts, ' a', new Set(FACTS))).toBe('type=file;size=5;modify=20240203040506;perm=adfrw;  a')
    expect(writeMlsxLine({ ...facts, size: undefined }, 'a', new Set(['size', 'perm']))).toBe('perm=adfrw; a')
    expect(writeMlsxLine(facts, 'a', new Set())).toBe(' a')
    expect(writeMlsxLine({ ...facts, mode: 0o64 }, 'a', new Set(['UNIX.mode']))).toBe('UNIX.mode=0064; a')
  })

  it('writes what it reads', () => {
    const entry = parse(writeMlsxLine(facts, ' a; b=c ', new Set(FACTS)))
    expect(entry).toMatchObject({ name: ' a; b=c ', type: 'file', size: 5 })
    expect(entry?.modified?.toISOString()).toBe('2024-02-03T04:05:06.000Z')
  })
})
