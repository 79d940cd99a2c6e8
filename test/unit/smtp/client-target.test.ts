import { expect, it } from 'vitest'
import { parseTarget } from '../../../src/smtp/client-target.ts'

it.each<[string, object]>([
  ['smtp://mx.test', { protocol: 'smtp', at: { host: 'mx.test', port: 25 }, login: undefined }],
  ['smtp://[::1]:2525', { protocol: 'smtp', at: { host: '::1', port: 2525 } }],
  ['smtps://mx.test/', { protocol: 'smtps', at: { host: 'mx.test', port: 465 } }],
  ['lmtp://store.test', { protocol: 'lmtp', at: { host: 'store.test', port: 24 } }],
  ['lmtp:///run/a%20b.sock', { protocol: 'lmtp', at: { path: '/run/a b.sock' } }],
  ['smtp://joe%40x.test:a%3Ab@mx.test', { login: { type: 'password', user: 'joe@x.test', password: 'a:b' } }],
  ['smtp://joe@mx.test', { login: { user: 'joe', password: '' } }],
])('%s', (url, target) => {
  expect(parseTarget(url)).toMatchObject(target)
  expect(parseTarget(new URL(url))).toMatchObject(target)
})

it.each(['http://mx.test', 'mx.test', 'smtp:', 'lmtp://', ''])('%j is none', (url) => {
  expect(() => parseTarget(url)).toThrow(TypeError)
})
