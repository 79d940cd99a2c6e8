import { describe, expect, it } from 'vitest'
import type { TransferEvent } from '../../../src/ftp/handlers.ts'
import { writeXferlogLine } from '../../../src/ftp/xferlog.ts'

const event: TransferEvent = {
  outcome: 'complete',
  direction: 'received',
  verb: 'STOR',
  path: '/in/a.bin',
  type: 'I',
  bytes: 5,
  durationMs: 1234,
  endedMs: Date.UTC(2020, 0, 2, 3, 4, 5),
  code: 226,
  user: 'joe',
  peer: { address: { family: 'IPv4', host: '192.0.2.1', port: 5 }, tls: undefined },
}

describe('writeXferlogLine', () => {
  it('writes a line as wu-ftpd did', () => {
    expect(writeXferlogLine(event)).toBe('Thu Jan  2 03:04:05 2020 1 192.0.2.1 5 /in/a.bin b _ i r joe ftp 0 * c')
  })

  it('tells anonymous users, text, downloads and what was broken off', () => {
    const line = writeXferlogLine({ ...event, outcome: 'aborted', direction: 'sent', type: 'A', user: 'anonymous' })
    expect(line).toBe('Thu Jan  2 03:04:05 2020 1 192.0.2.1 5 /in/a.bin a _ o a anonymous ftp 0 * i')
  })

  it('lets no name write a field or a line of its own', () => {
    const path = '/a b\r\nThu Jan  2 03:04:05 2020 1 10.0.0.1 5 /x\x7f'
    const line = writeXferlogLine({
      ...event,
      path,
      user: '',
      peer: { ...event.peer, address: { family: 'memory', name: 'x' } },
    })
    expect(line).not.toMatch(/[\r\n]/)
    expect(line.split(' ').slice(5)).toEqual(
      [
        '2020',
        '1',
        'memory',
        '5',
        path.replaceAll(/[ \r\n\x7f]/g, '_'),
        'b',
        '_',
        'i',
        'r',
        '_',
        'ftp',
        '0',
        '*',
        'c',
      ].slice(0),
    )
  })
})
