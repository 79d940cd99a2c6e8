/**
 * Servers that lie, over pairs in memory, each of their replies cut in two at every place: what a client makes of them, and that no content
 * leaves for whom it was not meant.
 */
import { expect, it } from 'vitest'
import { pair } from '../../../src/net/pair.ts'
import { Client } from '../../../src/smtp/client.ts'
import type { OutgoingMessage } from '../../../src/smtp/message.ts'
import { RawPeer } from '../../support/smtp-peer.ts'

const MESSAGE: OutgoingMessage = { from: 'a@x.test', to: ['b@y.test', 'c@y.test'], message: 'SECRET\r\n' }
const EHLO = '250-mx.test\r\n250 PIPELINING\r\n'

/** What such a server says, in this order: behind the greeting one thing for each line whose reply a client waits for. */
interface Lie {
  readonly greeting?: string
  readonly ehlo?: string
  /** Said to DATA for the whole group. */
  readonly group?: string
  /** Said to the end of the content. */
  readonly end?: string
}

/** What came of a session with it: the error's code or the outcome, and what the server has heard. */
async function meet(lie: Lie, cut: number): Promise<{ outcome: string; heard: string }> {
  const [socket, end] = pair({ cut: (bytes) => [bytes.subarray(0, cut), bytes.subarray(cut)] })
  const peer = new RawPeer(end)
  let heard = ''
  const serving = (async (): Promise<void> => {
    await peer.say(lie.greeting ?? '220 mx.test\r\n')
    for (let line = await peer.line(); line !== undefined; line = await peer.line()) {
      heard += `${line}\n`
      const said: Readonly<Record<string, string | undefined>> = { DATA: lie.group, '.': lie.end, QUIT: '221 bye\r\n' }
      if (line.startsWith('EHLO')) await peer.say(lie.ehlo ?? EHLO)
      else await peer.say(said[line] ?? (line === 'RSET' ? '250 ok\r\n' : ''))
    }
  })().catch(() => {})
  const outcome = await talk(Client.on(socket))
  await serving
  return { outcome, heard }
}

async function talk(opening: Promise<Client>): Promise<string> {
  try {
    const client = await opening
    try {
      const { accepted, refused } = await client.send(MESSAGE)
      return `accepted ${accepted.length}, refused ${refused.length}`
    } finally {
      await client.quit()
    }
  } catch (error) {
    return (error as { code: string }).code
  }
}

const YES = '250 a\r\n250 b\r\n250 c\r\n354 go\r\n'

it.each<[string, Lie, string, 'heard' | 'not heard']>([
  ['that tells the truth', { group: YES, end: '250 kept\r\n' }, 'accepted 2, refused 0', 'heard'],
  ['whose lines contradict one another', { group: '250-a\r\n550 b\r\n' }, 'SMTP_REPLY_CODES', 'not heard'],
  ['that says yes to DATA', { group: YES.replace('354', '250') }, 'SMTP_REPLY_WRONG', 'not heard'],
  ['that asks for a response', { group: YES.replace('354', '334') }, 'SMTP_REPLY_WRONG', 'not heard'],
  ['that says 354 too early', { group: '354 go\r\n250 a\r\n250 b\r\n250 c\r\n' }, 'SMTP_REPLY_WRONG', 'not heard'],
  ['that ends lines with LF', { group: '250 a\n250 b\n250 c\n354 go\n' }, 'SMTP_REPLY_BARE_LF', 'not heard'],
  ['that ends lines with CR', { group: '250 a\r250 b\r250 c\r354 go\r\n' }, 'SMTP_REPLY_BARE_CR', 'not heard'],
  ['that knows other codes', { group: '250 a\r\n250 b\r\n250 c\r\n654 go\r\n' }, 'SMTP_REPLY_SYNTAX', 'not heard'],
  ['that has no codes', { group: 'ok\r\n' }, 'SMTP_REPLY_SYNTAX', 'not heard'],
  ['that answers before it is asked', { greeting: `220 mx.test\r\n${EHLO}` }, 'SMTP_REPLY_UNASKED', 'not heard'],
  ['that greets with a list', { greeting: '250-mx.test\r\n250 ok\r\n' }, 'SMTP_REPLY_WRONG', 'not heard'],
  ['that greets as another', { greeting: 'HTTP/1.1 400 Bad Request\r\n' }, 'SMTP_REPLY_SYNTAX', 'not heard'],
  ['that closes in the group', { group: '250 a\r\n421 bye\r\n' }, 'SMTP_REPLY', 'not heard'],
  [
    'that has everything refused and asks for it',
    { group: '250 a\r\n550 b\r\n550 c\r\n354 go\r\n', end: '250 x\r\n' },
    'SMTP_REPLY',
    'not heard',
  ],
  [
    'that refuses the sender alone',
    { group: '550 a\r\n250 b\r\n250 c\r\n354 go\r\n', end: '250 x\r\n' },
    'SMTP_REPLY',
    'not heard',
  ],
  ['that offers by its name', { ehlo: '250-mx PIPELINING\r\n250 SIZE 3\r\n' }, 'SMTP_MESSAGE_TOO_BIG', 'not heard'],
  ['that asks for more', { group: YES, end: '354 more\r\n' }, 'SMTP_REPLY_WRONG', 'heard'],
])('a server %s', async (_, lie, outcome, secret) => {
  const longest = Math.max(...Object.values(lie).map((said: string) => said.length))
  for (let cut = 1; cut <= longest; cut++) {
    const met = await meet(lie, cut)
    // Where the second half of what nobody asked for comes late, it is met by the next question.
    const isLate = outcome === 'SMTP_REPLY_UNASKED' && met.outcome === 'SMTP_REPLY_WRONG'
    expect(isLate ? outcome : met.outcome, `cut at ${cut}`).toBe(outcome)
    expect(met.heard.includes('SECRET') ? 'heard' : 'not heard', `cut at ${cut}`).toBe(secret)
    expect(met.heard.split('\n').filter((line) => line.startsWith('MAIL')).length).toBeLessThanOrEqual(1)
  }
})
