/**
 * Content on its way in: `DotDecoder`, which refuses bare CR, bare LF and NUL while it is at it, beside smtp-server's `SMTPStream`, which
 * passes them on. Both have to give the same octets before they are timed.
 */
import { strictEqual } from 'node:assert'
import { SMTPStream } from 'smtp-server/lib/smtp-stream.js'
import { ByteQueue } from '../../src/net/bytes.ts'
import { DotDecoder } from '../../src/smtp/data.ts'
import { DEFAULT_LIMITS, REFUSE } from '../../src/smtp/limits.ts'
import { waysToCut } from '../suite.ts'
import type { Case, Suite } from '../suite.ts'
import { CONTENTS } from './fixtures.ts'

type Sink = (bytes: Uint8Array) => void

function decodeByWireline(pieces: readonly Buffer[], sink: Sink): void {
  const queue = new ByteQueue()
  const decoder = new DotDecoder(queue, { policy: REFUSE, ...DEFAULT_LIMITS })
  for (const piece of pieces) {
    queue.push(piece)
    for (let event = decoder.next(); event?.type === 'content'; event = decoder.next()) sink(event.bytes)
  }
}

function decodeBySmtpServer(pieces: readonly Buffer[], sink: Sink): Promise<void> {
  return new Promise((resolve, reject) => {
    const stream = new SMTPStream()
    const content = stream.startDataMode()
    content.on('data', sink)
    content.on('end', resolve)
    stream.on('error', reject)
    for (const piece of pieces) stream.write(piece)
  })
}

async function prove(name: string, pieces: readonly Buffer[]): Promise<void> {
  const ours: Uint8Array[] = []
  const theirs: Uint8Array[] = []
  decodeByWireline(pieces, (part) => ours.push(part))
  await decodeBySmtpServer(pieces, (part) => theirs.push(part))
  strictEqual(Buffer.compare(Buffer.concat(ours), Buffer.concat(theirs)), 0, `${name}: not the same content`)
}

const cases: Case[] = []
for (const [content, bytes] of Object.entries(CONTENTS)) {
  for (const [cut, pieces] of Object.entries(waysToCut(bytes))) {
    const name = `a MiB of content, ${content}, ${cut}`
    await prove(name, pieces)
    let octets = 0
    const count = (part: Uint8Array): void => void (octets += part.length)
    cases.push({
      kind: 'call',
      name,
      rival: 'smtp-server',
      contenders: {
        wireline: () => decodeByWireline(pieces, count),
        'smtp-server': () => decodeBySmtpServer(pieces, count),
      },
    })
  }
}

/** Decoding content. */
export const suite: Suite = {
  title: 'SMTP content',
  about:
    'A mebibyte of content behind DATA, its dots undone and its end found. wireline refuses bare CR, bare LF and NUL while it is at it.',
  cases,
}
