/**
 * Messages read: their headers, texts and attachments. `wireline` is the parser with its events, all content decoded and counted, and the
 * fields that `postal-mime` and `mailparser` give read out of the header; `wireline, tree` is `readMessage`, which gives what these give. All
 * have to give the same subject, addresses, texts and attachments before they are timed.
 *
 * postal-mime takes a message whole, so cut messages are put together for it, as its users do. mailparser is told to make no HTML of
 * text and no text of HTML, which nobody else does.
 */
import { deepStrictEqual, strictEqual } from 'node:assert'
import { createRequire } from 'node:module'
import { Readable } from 'node:stream'
import { simpleParser } from 'mailparser'
import type { AddressObject } from 'mailparser'
import type { Address, MimePart } from '../../src/smtp/index.ts'
import { MessageParser, parseDate, parseMessageIds, readMessage } from '../../src/smtp/index.ts'
import { waysToCut } from '../suite.ts'
import type { Case, Suite } from '../suite.ts'
import { MESSAGES } from './fixtures.ts'

/** What is used of postal-mime. Its own types do not compile with those of this Node. */
interface PostalMime {
  readonly parse: (message: Buffer) => Promise<PostalEmail>
}

interface PostalEmail {
  readonly from?: PostalAddress
  readonly to?: readonly PostalAddress[]
  readonly subject?: string
  readonly date?: string
  readonly messageId?: string
  readonly text?: string
  readonly html?: string
  readonly attachments: readonly { readonly filename: string | null; readonly content: ArrayBuffer }[]
}

interface PostalAddress {
  readonly name: string
  readonly address?: string
  readonly group?: readonly PostalAddress[]
}

const require = createRequire(import.meta.url)
const { default: PostalMime } = require('postal-mime') as { default: PostalMime }

/** What a message has, told alike by all. */
interface Told {
  readonly subject: string
  readonly from: readonly string[]
  readonly to: readonly string[]
  readonly date: string
  readonly messageId: string
  readonly text: string
  readonly html: string
  readonly attachments: readonly (readonly [filename: string, octets: Uint8Array])[]
}

/** A name and an address, for each mailbox. */
function mailboxes(list: readonly Address[]): string[] {
  return list.flatMap((entry) =>
    entry.type === 'group' ? mailboxes(entry.members) : [`${entry.name} ${entry.address}`],
  )
}

async function tellTree(pieces: readonly Buffer[]): Promise<Told> {
  const message = await readMessage(pieces)
  return {
    subject: message.subject ?? '',
    from: mailboxes(message.from),
    to: mailboxes(message.to),
    date: message.date?.toISOString() ?? '',
    messageId: message.messageId ?? '',
    text: message.text ?? '',
    html: message.html ?? '',
    attachments: message.attachments.map(({ filename = '', content }) => [filename, content]),
  }
}

/** Pulls all events: what a program does that keeps attachments elsewhere. Returns the octets of content. */
function readEvents(pieces: readonly Buffer[]): number {
  const parser = new MessageParser()
  let octets = 0
  const pull = (): void => {
    for (let event = parser.next(); event !== undefined; event = parser.next()) {
      if (event.type === 'content') octets += event.bytes.length
      else if (event.type === 'part' && event.depth === 0) readFields(event)
    }
  }
  for (const piece of pieces) {
    parser.push(piece)
    pull()
  }
  parser.pushEnd()
  pull()
  return octets
}

function readFields({ header }: MimePart): unknown {
  return [
    header.text('subject'),
    header.addresses('from'),
    header.addresses('to'),
    parseDate(header.get('date') ?? ''),
    parseMessageIds(header.get('message-id') ?? ''),
  ]
}

function postalMailboxes(list: readonly PostalAddress[]): string[] {
  return list.flatMap((entry) =>
    entry.group === undefined ? [`${entry.name} ${entry.address}`] : postalMailboxes(entry.group),
  )
}

function readByPostalMime(pieces: readonly Buffer[]): Promise<PostalEmail> {
  const [first] = pieces
  return PostalMime.parse(pieces.length === 1 && first !== undefined ? first : Buffer.concat(pieces))
}

async function tellPostalMime(pieces: readonly Buffer[]): Promise<Told> {
  const email = await readByPostalMime(pieces)
  return {
    subject: email.subject ?? '',
    from: email.from === undefined ? [] : postalMailboxes([email.from]),
    to: postalMailboxes(email.to ?? []),
    date: new Date(email.date ?? '').toISOString(),
    messageId: (email.messageId ?? '').slice(1, -1),
    text: email.text ?? '',
    html: email.html ?? '',
    attachments: email.attachments.map(({ filename, content }) => [filename ?? '', new Uint8Array(content)]),
  }
}

const OPTIONS = { skipHtmlToText: true, skipTextToHtml: true, skipTextLinks: true, skipImageLinks: true }

function readByMailparser(pieces: readonly Buffer[]): ReturnType<typeof simpleParser> {
  const [first] = pieces
  const source = pieces.length === 1 && first !== undefined ? first : Readable.from(pieces)
  return simpleParser(source, OPTIONS)
}

async function tellMailparser(pieces: readonly Buffer[]): Promise<Told> {
  const mail = await readByMailparser(pieces)
  const listed = (object: AddressObject | AddressObject[] | undefined): string[] =>
    [object ?? []].flat().flatMap(({ value }) => value.map(({ name, address }) => `${name} ${address}`))
  return {
    subject: mail.subject ?? '',
    from: listed(mail.from),
    to: listed(mail.to),
    date: mail.date?.toISOString() ?? '',
    messageId: (mail.messageId ?? '').slice(1, -1),
    text: mail.text ?? '',
    html: mail.html === false || mail.html === undefined ? '' : mail.html,
    attachments: mail.attachments.map(({ filename, content }) => [filename ?? '', content]),
  }
}

/** The same but for line ends at the end of a text, of which each has an opinion. */
function withoutLastLineEnds(told: Told): Told {
  const attachments = told.attachments.map(([name, octets]) => [name, Buffer.from(octets).toString('base64')] as never)
  return { ...told, text: told.text.trimEnd(), html: told.html.trimEnd(), attachments }
}

async function prove(name: string, pieces: readonly Buffer[]): Promise<void> {
  const ours = withoutLastLineEnds(await tellTree(pieces))
  deepStrictEqual(ours, withoutLastLineEnds(await tellPostalMime(pieces)), name)
  deepStrictEqual(ours, withoutLastLineEnds(await tellMailparser(pieces)), name)
  strictEqual(readEvents(pieces), await octetsOf(pieces), name)
}

/** The octets of all leaves. */
async function octetsOf(pieces: readonly Buffer[]): Promise<number> {
  const { root } = await readMessage(pieces)
  const parts = [root]
  let octets = 0
  for (const { content, parts: inner } of parts) {
    octets += content.length
    parts.push(...inner)
  }
  return octets
}

const cases: Case[] = []
for (const [message, bytes] of Object.entries(MESSAGES)) {
  for (const [cut, pieces] of Object.entries(waysToCut(bytes))) {
    const name = `${message}, ${cut}`
    await prove(name, pieces)
    cases.push({
      kind: 'call',
      name,
      rival: 'postal-mime',
      goals: ['wireline', 'wireline, tree'].map((contender) => ({ contender, rival: 'postal-mime', atLeast: 3 })),
      contenders: {
        wireline: () => readEvents(pieces),
        'wireline, tree': () => readMessage(pieces),
        'postal-mime': () => readByPostalMime(pieces),
        mailparser: () => readByMailparser(pieces),
      },
    })
  }
}

/** Reading messages. */
export const suite: Suite = {
  title: 'MIME',
  about:
    'Messages read whole: header, texts, attachments. "wireline" pulls the events of `MessageParser`, all content decoded, "tree" is `readMessage`; the others give what that gives.',
  cases,
}
