/**
 * Lines: a client's commands and a server's replies, beside twins that are as short as one would write them. A twin takes text that is in
 * order and is not asked about any other; both have to find the same in that before they are timed. smtp-server's stream is there for
 * the cutting into lines, which is all that it does with them at this point.
 */
import { deepStrictEqual, strictEqual } from 'node:assert'
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js'
import { ByteQueue } from '../../src/net/bytes.ts'
import { DEFAULT_LIMITS, STRICT } from '../../src/smtp/limits.ts'
import { CommandParser, ReplyParser } from '../../src/smtp/parser.ts'
import { CONTEXT } from '../../test/support/smtp-context.ts'
import { waysToCut } from '../suite.ts'
import type { Case, Suite } from '../suite.ts'
import { EHLO_REPLY, ENVELOPE, REPLIES } from './fixtures.ts'

function commandsByWireline(pieces: readonly Buffer[], found: (address: string) => void): void {
  const queue = new ByteQueue()
  const parser = new CommandParser(queue, DEFAULT_LIMITS)
  for (const piece of pieces) {
    queue.push(piece)
    for (let event = parser.next(CONTEXT); event !== undefined; event = parser.next(CONTEXT)) {
      if ((event.type === 'mail' || event.type === 'rcpt') && event.path !== null) {
        found(`${event.path.localPart}@${event.path.domain}`)
      }
    }
  }
}

function commandsByTwin(pieces: readonly Buffer[], found: (address: string) => void): void {
  let text = ''
  for (const piece of pieces) {
    const lines = (text + piece.toString('latin1')).split('\r\n')
    text = lines.pop() ?? ''
    for (const line of lines) {
      const address = /^(?:MAIL FROM|RCPT TO):<([^<>@]+@[^<>@]+)>(?: (?:[A-Z0-9-]+=[^ =]+ ?)+)?$/i.exec(line)?.[1]
      if (address !== undefined) found(address)
    }
  }
}

function linesBySmtpServer(pieces: readonly Buffer[], found: (line: Buffer) => void): void {
  const stream = new SMTPStream()
  stream.oncommand = (line, done): void => {
    found(line)
    done?.()
  }
  for (const piece of pieces) stream.write(piece)
}

interface Reply {
  readonly code: number
  readonly enhanced?: string
  readonly text: readonly string[]
}

function repliesByWireline(pieces: readonly Buffer[], found: (reply: Reply) => void): void {
  const queue = new ByteQueue()
  const parser = new ReplyParser(queue, DEFAULT_LIMITS, STRICT)
  for (const piece of pieces) {
    queue.push(piece)
    for (let reply = parser.next(); reply !== undefined; reply = parser.next()) found(reply)
  }
}

function repliesByTwin(pieces: readonly Buffer[], found: (reply: Reply) => void): void {
  let rest = ''
  let text: string[] = []
  for (const piece of pieces) {
    const lines = (rest + piece.toString('latin1')).split('\r\n')
    rest = lines.pop() ?? ''
    for (const line of lines) {
      const [, code = '', separator = '', enhanced, words = ''] =
        /^(\d{3})([ -])(?:(\d\.\d+\.\d+) )?(.*)$/.exec(line) ?? []
      text.push(words)
      if (separator !== ' ') continue
      found({ code: Number(code), ...(enhanced !== undefined && { enhanced }), text })
      text = []
    }
  }
}

const cases: Case[] = []

for (const [cut, pieces] of Object.entries(waysToCut(ENVELOPE))) {
  const all: string[][] = [commandsByWireline, commandsByTwin].map((read) => {
    const addresses: string[] = []
    read(pieces, (address) => addresses.push(address))
    return addresses
  })
  deepStrictEqual(all[0], all[1])
  let lines = 0
  linesBySmtpServer(pieces, () => lines++)
  strictEqual(lines, all[0]?.length)
  let found = 0
  const count = (): void => void found++
  cases.push({
    kind: 'call',
    name: `51 commands, ${cut}`,
    rival: 'smtp-server, lines only',
    contenders: {
      wireline: () => commandsByWireline(pieces, count),
      'a short twin': () => commandsByTwin(pieces, count),
      'smtp-server, lines only': () => linesBySmtpServer(pieces, count),
    },
  })
}

for (const [name, bytes] of Object.entries({ '51 replies': REPLIES, 'an EHLO reply': EHLO_REPLY })) {
  for (const [cut, pieces] of Object.entries(waysToCut(bytes))) {
    const all = [repliesByWireline, repliesByTwin].map((read) => {
      const replies: Reply[] = []
      read(pieces, ({ code, enhanced, text }) =>
        replies.push({ code, ...(enhanced !== undefined && { enhanced }), text }),
      )
      return replies
    })
    deepStrictEqual(all[0], all[1])
    let found = 0
    const count = (): void => void found++
    cases.push({
      kind: 'call',
      name: `${name}, ${cut}`,
      rival: 'a short twin',
      contenders: {
        wireline: () => repliesByWireline(pieces, count),
        'a short twin': () => repliesByTwin(pieces, count),
      },
    })
  }
}

/** Reading commands and replies. */
export const suite: Suite = {
  title: 'SMTP lines',
  about: 'Commands and replies, beside twins as short as one would write them, which check next to nothing.',
  cases,
}
