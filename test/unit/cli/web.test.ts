import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { answer, isLoopbackHost, type Site } from '../../../src/cli/web.ts'
import { memory } from '../../../src/ftp/storage/memory.ts'
import { StorageError } from '../../../src/ftp/storage/storage.ts'
import type { StorageRefusal } from '../../../src/ftp/storage/storage.ts'
import { maildir } from '../../../src/smtp/maildir.ts'

const NOW = Date.UTC(2026, 10, 22)

let folder: string
let site: Site
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'wireline-web-'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))
beforeEach(() => {
  site = { files: memory({ now: () => NOW }), mail: maildir(join(folder, 'mail')) }
})

interface Reply {
  status: number
  fields: Record<string, string>
  text: string
}

async function ask(
  method: string,
  path: string,
  fields: Record<string, string> = {},
  content: string | Error = '',
): Promise<Reply> {
  const given = await answer(
    site,
    {
      method,
      path,
      field: (name) => fields[name],
      content: (async function* () {
        if (content instanceof Error) throw content
        yield Buffer.from(content)
      })(),
    },
    NOW,
  )
  let text = ''
  if (typeof given.content === 'string') text = given.content
  else for await (const chunk of given.content) text += Buffer.from(chunk).toString()
  return { status: given.status, fields: Object.fromEntries(given.fields), text }
}

it('leads to files and mail from the root', async () => {
  expect(await ask('GET', '/')).toMatchObject({ status: 200, text: expect.stringMatching(/files[^]*mail/) as string })
  expect(await ask('POST', '/')).toMatchObject({ status: 405, fields: { allow: 'GET, HEAD' } })
  expect(await ask('GET', '/files')).toMatchObject({ status: 301, fields: { location: '/files/' } })
  expect(await ask('GET', '/mail')).toMatchObject({ status: 301, fields: { location: '/mail/' } })
  expect(await ask('GET', '/etc/passwd')).toMatchObject({ status: 404 })
})

describe('files', () => {
  it('are created, replaced and read', async () => {
    expect(await ask('PUT', '/files/a.txt', {}, 'one')).toMatchObject({
      status: 201,
      fields: { location: '/files/a.txt' },
    })
    const { status, fields, text } = await ask('GET', '/files/a.txt')
    expect({ status, text }).toEqual({ status: 200, text: 'one' })
    expect(fields).toMatchObject({
      'content-length': '3',
      'content-type': 'text/plain; charset=utf-8',
      'content-security-policy': 'sandbox',
      'x-content-type-options': 'nosniff',
      'accept-ranges': 'bytes',
      'last-modified': 'Sun, 22 Nov 2026 00:00:00 GMT',
    })
    const put = await ask('PUT', '/files/a.txt', {}, 'two')
    expect(put).toMatchObject({ status: 204 })
    expect(put.fields['etag']).not.toBe(fields['etag'])
    expect((await ask('HEAD', '/files/a.txt')).fields['content-length']).toBe('3')
  })

  it('are sent in part, or not at all where the client has them', async () => {
    await ask('PUT', '/files/a', {}, '0123456789')
    const { etag, 'last-modified': modified } = (await ask('GET', '/files/a')).fields
    expect(await ask('GET', '/files/a', { range: 'bytes=2-4' })).toMatchObject({
      status: 206,
      text: '234',
      fields: { 'content-range': 'bytes 2-4/10', 'content-length': '3', 'content-type': 'application/octet-stream' },
    })
    expect(await ask('GET', '/files/a', { range: 'bytes=0-1,5-6' })).toMatchObject({ status: 200, text: '0123456789' })
    expect(await ask('HEAD', '/files/a', { range: 'bytes=2-4' })).toMatchObject({ status: 200 })
    expect(await ask('GET', '/files/a', { range: 'bytes=10-' })).toMatchObject({
      status: 416,
      fields: { 'content-range': 'bytes */10' },
    })
    expect(await ask('GET', '/files/a', { range: 'bytes=2-4', 'if-range': '"other"' })).toMatchObject({ status: 200 })
    expect(await ask('GET', '/files/a', { range: 'bytes=2-4', 'if-range': etag as string })).toMatchObject({
      status: 206,
    })
    expect(await ask('GET', '/files/a', { 'if-none-match': etag as string })).toMatchObject({ status: 304, text: '' })
    expect(await ask('GET', '/files/a', { 'if-modified-since': modified as string })).toMatchObject({ status: 304 })
    expect(await ask('GET', '/files/a', { 'if-match': '"other"' })).toMatchObject({ status: 412 })
  })

  it('are written only under their conditions', async () => {
    expect(await ask('PUT', '/files/a', { 'if-match': '*' }, 'x')).toMatchObject({ status: 412 })
    expect(await ask('PUT', '/files/a', { 'if-none-match': '*' }, 'x')).toMatchObject({ status: 201 })
    expect(await ask('PUT', '/files/a', { 'if-none-match': '*' }, 'x')).toMatchObject({ status: 412 })
    expect(await ask('PUT', '/files/a', { 'content-range': 'bytes 0-1/2' }, 'x')).toMatchObject({ status: 400 })
    expect(await ask('PUT', '/files/none/a', {}, 'x')).toMatchObject({ status: 409 })
    expect(await ask('PUT', '/files/a/', {}, 'x')).toMatchObject({ status: 409 })
  })

  it('leave nothing behind when an upload breaks off', async () => {
    const reason = new Error('the client is gone')
    await expect(ask('PUT', '/files/a', {}, reason)).rejects.toBe(reason)
    expect(await ask('GET', '/files/a')).toMatchObject({ status: 404 })
  })

  it('are listed, escaped in HTML and in URLs', async () => {
    await site.files.makeDirectory(['d'])
    await ask('PUT', '/files/%3Cb%3E%20%C3%A4%23.html', {}, '12')
    await (await site.files.write(['d', '\udcff'], { type: 'create' })).commit()
    const root = (await ask('GET', '/files/')).text
    expect(root).toContain('<a href="./%3Cb%3E%20%C3%A4%23.html">&#60;b&#62; ä#.html</a></td><td>2 B</td>')
    expect(root).toContain('<a href="./d/">d/</a>')
    expect(root).not.toContain('"../"')
    const inner = (await ask('GET', '/files/d/')).text
    expect(inner).toContain('href="../"')
    expect(inner).toContain('href="./%FF"')
    expect(await ask('GET', '/files/d/%FF')).toMatchObject({ status: 200, text: '' })
    expect(await ask('GET', '/files/d')).toMatchObject({ status: 301, fields: { location: '/files/d/' } })
  })

  it.each(['..', '%2e%2e', '.', 'a%2Fb', '%00', 'a%0d%0ab', '%', '%zz', 'a//b'])('have no name %j', async (name) => {
    expect(await ask('GET', `/files/${name}`)).toMatchObject({ status: 400 })
    expect(await ask('PUT', `/files/${name}`, {}, 'x')).toMatchObject({ status: 400 })
  })

  it('know their methods', async () => {
    expect(await ask('OPTIONS', '/files/a')).toMatchObject({
      status: 204,
      fields: { allow: 'GET, HEAD, PUT, OPTIONS' },
    })
    expect(await ask('DELETE', '/files/a')).toMatchObject({ status: 405 })
  })

  const refusals: [StorageRefusal, number][] = [
    ['notDirectory', 404],
    ['exists', 412],
    ['notFile', 409],
    ['notEmpty', 409],
    ['denied', 403],
    ['unsupported', 403],
    ['name', 400],
    ['outOfRange', 416],
    ['full', 507],
    ['busy', 503],
    ['failed', 500],
  ]
  it.each(refusals)('that the storage refuses with %s are answered %d', async (reason, status) => {
    site = { ...site, files: { ...site.files, stat: () => Promise.reject(new StorageError(reason)) } }
    expect(await ask('GET', '/files/a')).toMatchObject({ status })
  })

  it('that fail in any other way are not our client’s to know about', async () => {
    site = { ...site, files: { ...site.files, stat: () => Promise.reject(new Error('secret')) } }
    await expect(ask('GET', '/files/a')).rejects.toThrow('secret')
    await expect(ask('PUT', '/files/a')).rejects.toThrow('secret')
  })
})

describe('mail', () => {
  it('is read from mailbox to message', async () => {
    const message = 'From: <me@x.test>\r\nSubject: hi & bye\r\n\r\nbody\r\n'
    const id = await site.mail.deliver([{ localPart: 'joe', domain: 'x.test' }], [Buffer.from(message)])
    await site.mail.deliver([{ localPart: 'ann', domain: 'x.test' }], [Buffer.from('\r\nno head\r\n')])
    expect((await ask('GET', '/mail/')).text).toContain('<a href="./joe%40x.test/">joe@x.test</a>')
    const box = (await ask('GET', '/mail/joe%40x.test/')).text
    expect(box).toContain(`<a href="./${encodeURIComponent(id)}">hi &#38; bye</a></td><td>&#60;me@x.test&#62;</td>`)
    expect((await ask('GET', '/mail/ann%40x.test/')).text).toContain('(no subject)')
    expect(await ask('GET', '/mail/joe%40x.test')).toMatchObject({ status: 301 })
    expect(await ask('GET', `/mail/joe%40x.test/${encodeURIComponent(id)}`)).toMatchObject({
      status: 200,
      text: message,
      fields: { 'content-type': 'text/plain; charset=utf-8', 'content-length': `${message.length}` },
    })
  })

  it.each(['none/', 'joe%40x.test/none', '../', '%2e%2e/1', '%ff/', 'a/b/c'])('is not at /mail/%s', async (path) => {
    expect(await ask('GET', `/mail/${path}`)).toMatchObject({ status: 404 })
  })

  it('knows its methods', async () => {
    expect(await ask('OPTIONS', '/mail/')).toMatchObject({ status: 204 })
    expect(await ask('PUT', '/mail/x')).toMatchObject({ status: 405 })
  })

  it('passes on what is no fault of the client', async () => {
    site = { ...site, mail: { ...site.mail, read: () => Promise.reject(new Error('broken')) } }
    await expect(ask('GET', '/mail/a/b')).rejects.toThrow('broken')
  })
})

describe('isLoopbackHost', () => {
  it.each(['localhost', 'LOCALHOST:8080', 'a.localhost', '127.0.0.1', '127.1.2.3:80', '[::1]:8080'])(
    'takes %s',
    (host) => expect(isLoopbackHost(host)).toBe(true),
  )
  it.each(['', 'evil.test', 'localhost.evil.test', '127.0.0.1.evil.test', '192.0.2.1', 'xlocalhost'])(
    'refuses %j',
    (host) => expect(isLoopbackHost(host)).toBe(false),
  )
})
