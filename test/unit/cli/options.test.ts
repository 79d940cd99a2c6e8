import { describe, expect, it } from 'vitest'
import { parseCommand, UsageError } from '../../../src/cli/options.ts'

const DEFAULTS = {
  data: './data',
  http: { host: '127.0.0.1', port: 8080 },
  smtp: { host: '127.0.0.1', port: 2525 },
  ftp: { host: '127.0.0.1', port: 2121 },
  user: undefined,
  workers: 1,
  trace: false,
}

describe('parseCommand', () => {
  it('has a default for everything', () => {
    expect(parseCommand(['serve'])).toEqual({ type: 'serve', options: DEFAULTS })
  })

  it('takes every option', () => {
    const words =
      'serve --data d --http [::1]:0 --smtp localhost:25 --ftp 0.0.0.0:21 --user joe:se:cret --workers 4 --trace'
    expect(parseCommand(words.split(' '))).toEqual({
      type: 'serve',
      options: {
        data: 'd',
        http: { host: '::1', port: 0 },
        smtp: { host: 'localhost', port: 25 },
        ftp: { host: '0.0.0.0', port: 21 },
        user: { name: 'joe', password: 'se:cret' },
        workers: 4,
        trace: true,
      },
    })
  })

  it.each([
    [['--help'], 'help'],
    [['-h'], 'help'],
    [['serve', '--help'], 'help'],
    [['--version'], 'version'],
  ])('%j asks for %s', (words, type) => expect(parseCommand(words)).toEqual({ type }))

  it.each([
    [[], /what to do/],
    [['dance'], /unknown command: dance/],
    [['serve', 'me'], /unexpected argument: me/],
    [['serve', '--bogus'], /^Unknown option '--bogus'$/],
    [['serve', '--data'], /--data/],
    [['serve', '--data', ''], /--data wants a directory/],
    [['serve', '--http', '8080'], /--http wants HOST:PORT/],
    [['serve', '--smtp', 'a:70000'], /--smtp wants HOST:PORT/],
    [['serve', '--ftp', '::1:21'], /--ftp wants HOST:PORT/],
    [['serve', '--user', 'joe'], /--user wants NAME:PASSWORD/],
    [['serve', '--workers', '0'], /--workers wants a number from 1 to 999/],
    [['serve', '--workers', '2x'], /--workers wants/],
    [['serve', '--user', ':x'], /--user wants NAME:PASSWORD/],
    [['serve', '--user', 'joe:'], /--user wants NAME:PASSWORD/],
    [['serve', '--user', 'joe:a\r\nb'], /--user wants NAME:PASSWORD/],
  ])('refuses %j', (words, message) => {
    expect(() => parseCommand(words)).toThrow(UsageError)
    expect(() => parseCommand(words)).toThrow(message)
  })
})
