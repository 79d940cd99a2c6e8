/** Places: what is read off a URL, and what is remembered of it. */
import { describe, expect, it } from 'vitest'
import { Places } from '../../../src/http/place.ts'
import { ok, Scene } from '../../support/http-scene.ts'

describe('a place', () => {
  it.each([
    ['http://a.test', 'http://a.test', 'a.test', '/'],
    ['http://a.test:80/b?c#d', 'http://a.test', 'a.test', '/b?c'],
    ['https://A.test:8443/b/../c', 'https://a.test:8443', 'a.test:8443', '/c'],
    ['http://[::1]:8080/?q={1}|^`', 'http://[::1]:8080', '[::1]:8080', '/?q=%7B1%7D%7C%5E%60'],
  ])('of %s', (text, origin, host, path) => {
    const places = new Places()
    for (const place of [places.of(text), places.of(text), places.of(new URL(text))]) {
      expect(place).toMatchObject({ origin, host, path })
    }
  })

  it.each(['ftp://a.test/', 'http://joe@a.test/', 'http://joe:secret@a.test/', 'nowhere', ''])(
    'is none for %j, however often it is asked',
    (text) => {
      const places = new Places()
      expect(() => places.of(text)).toThrow(TypeError)
      expect(() => places.of(text)).toThrow(TypeError)
    },
  )
})

describe('what is remembered', () => {
  it('is the same place for the same text', () => {
    const places = new Places()
    expect(places.of('http://a.test/')).toBe(places.of('http://a.test/'))
    expect(places.of('http://a.test/b')).not.toBe(places.of('http://a.test/'))
  })

  it('is bounded in number and in length', () => {
    const places = new Places()
    const first = places.of('http://a.test/0')
    for (let index = 1; index < 256; index++) places.of(`http://a.test/${index}`)
    expect(places.of('http://a.test/0')).toBe(first)
    places.of('http://a.test/256')
    expect(places.of('http://a.test/0')).not.toBe(first)
    const long = `http://a.test/${'x'.repeat(1_024)}`
    expect(places.of(long)).not.toBe(places.of(long))
  })

  it('does not change with a URL that somebody has given, or was given', async () => {
    const scene = new Scene()
    const url = new URL('http://a.test/first')
    const asking = scene.client.request(url)
    url.pathname = '/other'
    const server = await scene.at(0)
    expect(await server.answer(ok('1'))).toContain('GET /first ')
    const response = await asking
    await response.text()
    expect(response.url).toBe(response.url)
    for (let round = 0; round < 2; round++) {
      const again = scene.client.request('http://a.test/first')
      expect(await server.answer(ok('2'))).toContain('GET /first ')
      const { url: given } = await again
      expect(given.href).toBe('http://a.test/first')
      given.host = 'b.test'
      given.pathname = '/elsewhere'
      await (await again).text()
    }
    expect(scene.ends).toHaveLength(1)
    await scene.client.close()
  })
})
