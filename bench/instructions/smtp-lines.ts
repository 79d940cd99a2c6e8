/** The hot paths of SMTP's lines. */
import { ByteQueue } from '../../src/net/bytes.ts'
import { DEFAULT_LIMITS, STRICT } from '../../src/smtp/limits.ts'
import { CommandParser, ReplyParser } from '../../src/smtp/parser.ts'
import { CONTEXT } from '../../test/support/smtp-context.ts'
import { EHLO_REPLY, ENVELOPE, REPLIES } from '../smtp/fixtures.ts'
import type { Path, Paths } from './path.ts'

/** Octets of the local parts in an envelope. */
function commandLines(): Path {
  const queue = new ByteQueue()
  const parser = new CommandParser(queue, DEFAULT_LIMITS)
  const work = (): number => {
    let found = 0
    queue.push(ENVELOPE)
    for (let event = parser.next(CONTEXT); event !== undefined; event = parser.next(CONTEXT))
      if (event.type === 'mail' || event.type === 'rcpt') found += event.path?.localPart.length ?? 0
    return found
  }
  return { work, times: 40, finds: 600 }
}

/** Octets of text in replies. */
function replies(bytes: Buffer): Path {
  const queue = new ByteQueue()
  const parser = new ReplyParser(queue, DEFAULT_LIMITS, STRICT)
  const work = (): number => {
    let found = 0
    queue.push(bytes)
    for (let reply = parser.next(); reply !== undefined; reply = parser.next())
      for (const line of reply.text) found += line.length
    return found
  }
  return { work, times: 80, finds: 728 }
}

/** The paths. */
export const paths: Paths = {
  'SMTP, command lines of an envelope for 50': commandLines(),
  'SMTP, replies to EHLO and an envelope for 50': replies(Buffer.concat([EHLO_REPLY, REPLIES])),
}
