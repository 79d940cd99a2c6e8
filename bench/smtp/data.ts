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
import { contents, SIZES } from './fixtures.ts'

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

/** Ordinary mail, and what nobody sends but who wants to be a burden. */
const GOALS: Readonly<Record<string, number>> = {
  'base64, 76 columns': 3,
  '998 columns': 3,
  'text with dots': 3,
  'every line dotted': 20,
}

async function caseOf(size: string, kind: string, cut: string, pieces: readonly Buffer[]): Promise<Case> {
  const name = `${size} of content, ${kind}, ${cut}`
  await prove(name, pieces)
  let octets = 0
  const count = (part: Uint8Array): void => void (octets += part.length)
  return {
    kind: 'call',
    name,
    rival: 'smtp-server',
    contenders: {
      wireline: () => decodeByWireline(pieces, count),
      'smtp-server': () => decodeBySmtpServer(pieces, count),
    },
    goals: [{ contender: 'wireline', rival: 'smtp-server', atLeast: GOALS[kind] as number }],
  }
}

const cases: Case[] = []
for (const [size, octets] of Object.entries(SIZES)) {
  for (const [kind, bytes] of Object.entries(contents(octets))) {
    for (const [cut, pieces] of Object.entries(waysToCut(bytes))) {
      if (cut === 'whole' || pieces.length > 1) cases.push(await caseOf(size, kind, cut, pieces))
    }
  }
}

/** Decoding content. */
export const suite: Suite = {
  title: 'SMTP content',
  about:
    'Content behind DATA, its dots undone and its end found. wireline refuses bare CR, bare LF and NUL while it is at it.',
  cases,
}
