/** The examples for HTTP, each run as a process of its own: what it prints, and how its server answers. */
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { Client } from '../../src/http/index.ts'
import { Program } from '../support/example.ts'

// Most of their time is that of starting Node: beside one another it is spent once.
describe('the examples for HTTP', { concurrent: true, timeout: 20_000 }, () => {
  const client = new Client()
  afterAll(() => client.close())

  it('stream', async (test) => {
    const program = new Program(test, 'http-streams')
    expect(await program.end()).toBe(0)
    expect(program.output.split('\n')).toEqual([
      'the source is empty',
      '32 MiB came, few of them before they were asked for',
      'a million octets were enough',
      'the source was left early',
      '',
    ])
  })

  it('have patience', async (test) => {
    const program = new Program(test, 'http-patience')
    expect(await program.end()).toBe(0)
    expect(program.output).toMatch(
      /^NET_TIMEOUT\n(NET_CLOSED|HTTP_CUT_SHORT)\nbusy\n200 here it is\nthe order: NET_TIMEOUT\n$/,
    )
  })

  it('go through a tunnel', async (test) => {
    const program = new Program(test, 'http-tunnel')
    expect(await program.end()).toBe(0)
    expect(program.output).toBe('403 not to elsewhere.test:443\nyou have asked for /through\n\n')
  })

  it('run an app of Hono', async (test) => {
    const program = new Program(test, 'http-hono', '0')
    const url = await program.url()
    const ask = async (method: string, path: string, body?: string): Promise<[number, string]> => {
      const headers = { 'content-type': 'application/json' }
      const response = await client.request(url + path, { method, body, headers })
      expect(response.headers.get('x-powered-by')).toBe('wireline')
      return [response.status, await response.text()]
    }
    expect(await ask('PUT', 'notes/first', 'hello')).toEqual([204, ''])
    expect(await ask('GET', 'notes/first')).toEqual([200, 'hello'])
    expect(await ask('GET', 'notes')).toEqual([200, '{"first":"hello"}'])
    expect(await ask('HEAD', 'notes')).toEqual([200, ''])
    expect(await ask('POST', 'sum', '{"a":1,"b":2}')).toEqual([200, '{"sum":3}'])
    expect(await ask('GET', 'notes/second')).toEqual([404, '404 Not Found'])
    program.signal('SIGTERM')
    expect(await program.end()).toBe(0)
  })

  it('serve files', async (test) => {
    const folder = await mkdtemp(join(tmpdir(), 'wireline-files-'))
    test.onTestFinished(() => rm(folder, { recursive: true }))
    await mkdir(join(folder, 'www'))
    const text = Array.from({ length: 50_000 }, (_, index) => index).join(' ')
    await writeFile(join(folder, 'www', 'a file'), text)
    await writeFile(join(folder, 'www', 'empty'), '')
    await writeFile(join(folder, 'secret'), 'secret')
    await symlink('../secret', join(folder, 'www', 'link'))
    const program = new Program(test, 'http-files', join(folder, 'www'), '0')
    const url = await program.url()
    const ask = async (path: string, headers: Record<string, string> = {}, method = 'GET'): Promise<unknown[]> => {
      const response = await client.request(url, { method, headers, target: `/${path}` })
      return [response.status, response.headers.get('content-range') ?? '-', await response.text()]
    }

    expect(await ask('a%20file')).toEqual([200, '-', text])
    expect(await ask('empty')).toEqual([200, '-', ''])
    expect(await ask('a%20file', {}, 'HEAD')).toEqual([200, '-', ''])
    expect(await ask('a%20file', {}, 'PUT')).toEqual([405, '-', expect.any(String)])
    const nothing = [404, '-', 'There is no such file\n']
    for (const path of ['', 'nothing', 'link', '../secret', '%2e%2e/secret', '%ff', '%00']) {
      expect(await ask(path), path).toEqual(nothing)
    }

    const range = (first: number, last: number): string => `bytes ${first}-${last}/${text.length}`
    expect(await ask('a%20file', { range: 'bytes=2-5' })).toEqual([206, range(2, 5), text.slice(2, 6)])
    const last = text.length - 1
    expect(await ask('a%20file', { range: 'bytes=-3' })).toEqual([206, range(last - 2, last), text.slice(-3)])
    expect(await ask('a%20file', { range: 'bytes=999999-' })).toEqual([416, `bytes */${text.length}`, ''])
    expect(await ask('empty', { range: 'bytes=0-' })).toEqual([416, 'bytes */0', ''])
    expect(await ask('a%20file', { range: 'bytes=0-1,5-6' })).toEqual([200, '-', text])

    const { headers } = await client.request(url, { method: 'HEAD', target: '/a%20file' })
    const [etag, modified] = [headers.get('etag') ?? '', headers.get('last-modified') ?? '']
    expect(await ask('a%20file', { 'if-none-match': etag })).toEqual([304, '-', ''])
    expect(await ask('a%20file', { 'if-modified-since': modified })).toEqual([304, '-', ''])
    expect(await ask('a%20file', { 'if-match': '"other"' })).toEqual([412, '-', ''])
    expect(await ask('a%20file', { range: 'bytes=0-1', 'if-range': etag })).toEqual([206, range(0, 1), '0 '])
    expect(await ask('a%20file', { range: 'bytes=0-1', 'if-range': '"other"' })).toEqual([200, '-', text])

    program.signal('SIGTERM')
    expect(await program.end()).toBe(0)
  })
})
