import { describe, expect, it } from 'vitest'
import {
  faultOf,
  isRefusal,
  isSuccess,
  presentable,
  refusalFor,
  refuse,
  Refusal,
  reply,
  severity,
  SmtpReplyError,
  withoutEnhanced,
} from '../../../src/smtp/reply.ts'
import { ERRORS } from '../../../src/smtp/errors.ts'
import type { SmtpErrorCode } from '../../../src/smtp/errors.ts'
import { writeReply } from '../../../src/smtp/writer.ts'

it('tells replies apart by their first digit', () => {
  const severities = [211, 354, 450, 559].map((code) => severity(reply(code, undefined)))
  expect(severities).toEqual(['success', 'intermediate', 'transient', 'permanent'])
  expect([199, 600, 0].map((code) => severity(reply(code, undefined)))).toEqual(['permanent', 'permanent', 'permanent'])
  expect([250, 354, 450, 550].map((code) => isSuccess(reply(code, undefined)))).toEqual([true, false, false, false])
  expect([250, 354, 450, 550].map((code) => isRefusal(reply(code, undefined)))).toEqual([false, false, true, true])
})

it('makes replies with a line at least', () => {
  expect(reply(250, undefined)).toEqual({ type: 'reply', code: 250, text: [''] })
  expect(reply(250, '2.0.0', 'a', 'b')).toEqual({ type: 'reply', code: 250, enhanced: '2.0.0', text: ['a', 'b'] })
  expect(withoutEnhanced(reply(250, '2.0.0', 'a'))).toEqual({ type: 'reply', code: 250, text: ['a'] })
})

it('has a reply that can be written for each error that has a hint', () => {
  for (const code of Object.keys(ERRORS) as SmtpErrorCode[]) {
    const refusal = refusalFor(code)
    expect(isRefusal(refusal), code).toBe(true)
    expect(() => writeReply(refusal), code).not.toThrow()
    expect(faultOf(code)).toEqual({ type: 'fault', code, reply: refusal })
  }
  expect(refusalFor('SMTP_PARAMETER_UNKNOWN')).toEqual(reply(555, '5.5.4', 'Parameter not recognized'))
  expect(refusalFor('SMTP_CUT_SHORT').code).toBe(421)
})

describe('refuse', () => {
  it('makes what a handler returns or throws', () => {
    const refusal = refuse(550, '5.1.1', 'No such mailbox')
    expect(refusal).toBeInstanceOf(Refusal)
    expect(refusal).toMatchObject({ code: 'SMTP_REFUSED', message: '550 No such mailbox' })
    expect(refusal.reply).toEqual(reply(550, '5.1.1', 'No such mailbox'))
    expect(refuse(450, undefined).reply).toEqual(reply(450, undefined, ''))
  })

  it.each([250, 354, 399, 560, 600, Number.NaN, 450.5])('refuses to refuse with %d', (code) => {
    expect(() => refuse(code, undefined)).toThrow(RangeError)
  })

  it('makes any text sendable', () => {
    const { reply: made } = refuse(550, '5.1.1', `no\r\n250 yes\0\u00e9\u{1f4a9}\n${'x'.repeat(600)}`)
    expect(made.text).toEqual(['no', '250 yes???', 'x'.repeat(490)])
    expect(() => writeReply(made)).not.toThrow()
  })
})

it('presents text as lines', () => {
  expect(presentable('a\rb\nc\r\nd')).toEqual(['a', 'b', 'c', 'd'])
  expect(presentable('')).toEqual([''])
})

it('tells what a server has refused', () => {
  const error = new SmtpReplyError('RCPT', reply(450, '4.2.1', 'busy', '\x1b[31m'))
  expect(error).toMatchObject({ code: 'SMTP_REPLY', command: 'RCPT', isTransient: true })
  expect(error.message).toBe('The server answered RCPT with 450 4.2.1 busy ?[31m')
  expect(new SmtpReplyError('MAIL', reply(550, undefined, 'no'))).toMatchObject({
    isTransient: false,
    message: 'The server answered MAIL with 550 no',
  })
})
