import { describe, expect, it } from 'vitest'
import {
  ClosedError,
  ConnectError,
  LimitError,
  NetError,
  ProtocolError,
  ReplyError,
  TimeoutError,
  TlsError,
  closedBy,
  netError,
} from '../../../src/net/errors.ts'

const ROW = { text: 'The chunk size is malformed', rfc: 'RFC 9112 §7.1', hint: 400 }

describe('the family', () => {
  it('has one root, names and codes', () => {
    const cause = new Error('below')
    const family: [NetError, string, string][] = [
      [new NetError('NET_X', 'x', { cause }), 'NetError', 'NET_X'],
      [new ProtocolError('HTTP_CHUNK_SIZE', ROW, { cause }), 'ProtocolError', 'HTTP_CHUNK_SIZE'],
      [new LimitError('HTTP_LIMIT', ROW, 'maxLineBytes', 80, { cause }), 'LimitError', 'HTTP_LIMIT'],
      [new ReplyError('SMTP_REPLY', 'no', 550, { cause }), 'ReplyError', 'SMTP_REPLY'],
      [new TimeoutError('head', 10, { cause }), 'TimeoutError', 'NET_TIMEOUT'],
      [closedBy(cause), 'ClosedError', 'NET_CLOSED'],
      [netError('NET_TLS_LEFTOVER', { cause }), 'TlsError', 'NET_TLS_LEFTOVER'],
      [netError('NET_ABORTED', { cause }), 'NetError', 'NET_ABORTED'],
      [new ConnectError('a:1', [cause]), 'ConnectError', 'NET_CONNECT'],
    ]
    for (const [error, name, code] of family) {
      expect(error).toBeInstanceOf(NetError)
      expect(error).toBeInstanceOf(Error)
      expect(error).toMatchObject({ name, code, cause })
      expect(error.message.length).toBeGreaterThan(0)
    }
    expect(netError('NET_TLS_HANDSHAKE')).toBeInstanceOf(TlsError)
    expect(new ClosedError()).toMatchObject({ message: 'The connection is closed' })
    expect(closedBy(undefined).cause).toBeUndefined()
  })

  it('tells who broke the protocol, where, and what to answer', () => {
    expect(new ProtocolError('A', ROW)).toMatchObject({ side: 'remote', rfc: ROW.rfc, offset: undefined, hint: 400 })
    const local = new ProtocolError('A', { text: 'a', rfc: 'b' }, { side: 'local', offset: 3, detail: 'at the end' })
    expect(local).toMatchObject({ side: 'local', offset: 3, hint: undefined, message: 'a (at the end)' })
    expect(new LimitError('A', ROW, 'maxHeaders', 100)).toMatchObject({
      limit: 'maxHeaders',
      max: 100,
      message: `${ROW.text} (maxHeaders 100)`,
    })
    expect(new ReplyError('A', 'no', { code: 550 }).reply).toEqual({ code: 550 })
  })

  it('chains the causes of a dial that failed', () => {
    const errors = [new Error('one'), new Error('two')]
    const error = new ConnectError('a.test:25', errors)
    expect(error.errors).toBe(errors)
    expect(error.cause).toBeInstanceOf(AggregateError)
    expect(error.message).toBe('No connection could be made (a.test:25)')
    expect(new ConnectError('a.test:25', []).cause).toBeUndefined()
  })
})
