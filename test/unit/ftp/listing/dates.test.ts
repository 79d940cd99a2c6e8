import { describe, expect, it } from 'vitest'
import { listedTime, parseClock, parseDay, timeSinceEpoch, type DateOrder } from '../../../../src/ftp/listing/dates.ts'
import { monthNamed } from '../../../../src/ftp/listing/months.ts'

describe('parseDay', () => {
  it.each([
    ['98-06-02', '-', 'ymd', '1998-6-2'],
    ['2/6/1998', '/', 'dmy', '1998-6-2'],
    ['06.02.98', '.', 'mdy', '1998-6-2'],
    ['2-Jun-1998', '-', 'dMy', '1998-6-2'],
    ['JUNI-2-98', '-', 'Mdy', '1998-6-2'],
    ['00/1/1', '/', 'ymd', '2000-1-1'],
    ['69/1/1', '/', 'ymd', '2069-1-1'],
    ['70/1/1', '/', 'ymd', '1970-1-1'],
    ['126/1/1', '/', 'ymd', '2026-1-1'],
    ['0000/1/1', '/', 'ymd', '0-1-1'],
    ['29/2/00', '/', 'dmy', '2000-2-29'],
  ] as const)('reads %s', (text, separator, order: DateOrder, expected) => {
    const day = parseDay(text, separator, order)
    expect(`${day?.year}-${day?.month}-${day?.day}`).toBe(expected)
  })

  it.each([
    ['', '-', 'ymd'],
    ['98-06', '-', 'ymd'],
    ['98-06-02-', '-', 'ymd'],
    ['9-06-02', '-', 'ymd'],
    ['19980-06-02', '-', 'ymd'],
    ['x8-06-02', '-', 'ymd'],
    ['98-06-002', '-', 'ymd'],
    ['98-6x-02', '-', 'ymd'],
    ['98-06-', '-', 'ymd'],
    ['98-13-02', '-', 'ymd'],
    ['98-02-29', '-', 'ymd'],
    ['98-06-02', '/', 'ymd'],
    ['02-06-1998', '-', 'dMy'],
    ['02-Jun-1998', '-', 'dmy'],
    ['000000000098-06-02', '-', 'ymd'],
  ] as const)('refuses %j', (text, separator, order: DateOrder) => {
    expect(parseDay(text, separator, order)).toBeUndefined()
  })
})

describe('parseClock', () => {
  it.each([
    ['7:32', '7:32:0.0 minute'],
    ['23:59', '23:59:0.0 minute'],
    ['07:32:04', '7:32:4.0 second'],
    ['07:32:04.5', '7:32:4.500 millisecond'],
    ['07:32:04.047', '7:32:4.47 millisecond'],
  ])('reads %s', (text, expected) => {
    const clock = parseClock(text)
    expect(`${clock?.hour}:${clock?.minute}:${clock?.second}.${clock?.millisecond} ${clock?.precision}`).toBe(expected)
  })

  it.each([
    [''],
    ['7'],
    [':32'],
    ['007:32'],
    ['24:00'],
    ['7:60'],
    ['7:3'],
    ['7:x2'],
    ['07:32:60'],
    ['07:32:4'],
    ['07:32:04:05'],
    ['07:32.5'],
    ['07:32:04.'],
    ['07:32:04.x'],
    ['07:32:04.1234'],
    ['07:32:04.1.2'],
    ['07:32:04.00000000000'],
  ])('refuses %j', (text) => {
    expect(parseClock(text)).toBeUndefined()
  })
})

describe('times', () => {
  it('are of the server, and exact to the day where there is no more', () => {
    expect(listedTime({ year: 2026, month: 3, day: 10 })).toMatchObject({ hour: 0, precision: 'day', zone: 'server' })
  })

  it('since 1970 are by UTC and have four digits for the year', () => {
    expect(timeSinceEpoch('951782399')).toEqual({
      year: 2000,
      month: 2,
      day: 28,
      hour: 23,
      minute: 59,
      second: 59,
      millisecond: 0,
      precision: 'second',
      zone: 'utc',
    })
    expect(timeSinceEpoch('253402300800')).toBeUndefined()
    expect(timeSinceEpoch('-1')).toBeUndefined()
  })
})

describe('monthNamed', () => {
  const octets = (text: string, encoding: BufferEncoding): string => Buffer.from(text, encoding).toString('latin1')

  it.each([
    ['Mar', 3],
    ['MÄR'.replace('Ä', 'ä'), 3],
    ['août', 8],
    ['déc.', 12],
    ['Sept.', 9],
    ['мар', 3],
    ['paź', 10],
    ['september', 9],
    ['may', 5],
    ['.', undefined],
    ['', undefined],
    ['ma', undefined],
    ['mar..', undefined],
    ['12.', undefined],
    ['123', undefined],
    ['septemberrrrr', undefined],
    ['constructor', undefined],
  ])('%s is %s', (name, month) => {
    expect(monthNamed(octets(name, 'utf8'))).toBe(month)
  })

  it('knows names in ISO 8859-1, too', () => {
    expect(monthNamed(octets('août', 'latin1'))).toBe(8)
  })
})
