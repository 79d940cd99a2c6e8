/**
 * llhttp's published cases through our machines, under every split. What llhttp's own log says is expected, but for the cases
 * named below, where llhttp is laxer than the RFC or stricter, or tests what is not HTTP/1.1. An override that is not needed fails.
 */
import { describe, expect, it } from 'vitest'
import type { Leniency } from '../../../src/http/limits.ts'
import { readWithOurs, type Reading } from '../../support/http-reading.ts'
import { readLlhttpCases, type LlhttpCase } from '../../support/llhttp-cases.ts'
import { splits } from '../../support/splits.ts'

/** llhttp's flags that have a counterpart here; for all others we are strict, and the case is overridden. */
const COUNTERPARTS: Readonly<Record<string, Partial<Leniency>>> = {
  headers: { foldBecomesSpace: true },
  'optional-cr-before-lf': { bareLfEndsLine: true },
  'chunked-length': { codingBeatsContentLength: true },
}

/** Cases in which we do something else than llhttp. */
interface Override {
  /** Why. */
  readonly why: string
  /** What it stands on. */
  readonly rfc: string
  /** What we do: refuse with this code, wait for more, stop reading there, or take what llhttp does not. */
  readonly ours: `HTTP_${string}` | 'waits' | 'stops' | 'takes'
  /** Which cases. */
  readonly ids: readonly string[]
}

const OVERRIDES: readonly Override[] = [
  // Not HTTP/1.1
  {
    why: 'RTSP and ICE are other protocols, and the name of this one is HTTP',
    rfc: 'RFC 9112 §2.3',
    ours: 'HTTP_VERSION',
    ids: [
      'request/method.md:372',
      'request/method.md:400',
      'request/method.md:430',
      'response/sample.md:40',
      'response/sample.md:60',
    ],
  },
  {
    why: 'A request line without a version is HTTP/0.9',
    rfc: 'RFC 9112 §3',
    ours: 'HTTP_VERSION',
    ids: ['request/sample.md:314'],
  },
  {
    why: 'Another major version is framed in a way that nobody knows here; no flag makes 5.6 known',
    rfc: 'RFC 9110 §2.5',
    ours: 'HTTP_VERSION_UNKNOWN',
    ids: ['response/sample.md:645', 'request/lenient-version.md:4', 'response/lenient-version.md:4'],
  },
  {
    why: 'M-SEARCH * is SSDP, over UDP: asterisk-form is for OPTIONS',
    rfc: 'RFC 9112 §3.2.4',
    ours: 'HTTP_TARGET_FORM',
    ids: ['request/method.md:135'],
  },
  // llhttp is laxer
  {
    why: 'A request target has no fragment, no quotation mark, no backslash, and a percent sign only before two digits',
    rfc: 'RFC 9112 §3.2',
    ours: 'HTTP_TARGET',
    ids: [
      ...['request/transfer-encoding.md:530', 'request/transfer-encoding.md:680', 'request/transfer-encoding.md:713'],
      ...[
        'request/transfer-encoding.md:751',
        'request/transfer-encoding.md:793',
        'request/uri.md:4',
        'request/uri.md:165',
      ],
      ...['url.md:3', 'url.md:17', 'url.md:127', 'url.md:138', 'url.md:153', 'url.md:167', 'url.md:229'],
    ],
  },
  {
    why: 'An authority has no userinfo, and no zone, which means nothing on another host',
    rfc: 'RFC 9110 §4.2.4',
    ours: 'HTTP_TARGET_AUTHORITY',
    ids: ['request/uri.md:222', 'url.md:193', 'url.md:205', 'url.md:217'],
  },
  {
    why: 'A server sends no empty line before a response; a client takes nothing but a response for one',
    rfc: 'RFC 9112 §2.2, §9.2',
    ours: 'HTTP_VERSION',
    ids: [
      'response/connection.md:492',
      'response/connection.md:586',
      'response/pipelining.md:4',
      'response/sample.md:695',
    ],
  },
  {
    why: 'Nobody can decode a body whose last coding is not chunked, so nobody is given it',
    rfc: 'RFC 9112 §6.3',
    ours: 'HTTP_CODING',
    ids: [
      ...['response/transfer-encoding.md:43', 'response/transfer-encoding.md:74', 'response/transfer-encoding.md:110'],
      ...['response/transfer-encoding.md:389', 'request/content-length.md:229'],
    ],
  },
  {
    why: 'A 101 answers an Upgrade, and none was sent',
    rfc: 'RFC 9110 §15.2.2',
    ours: 'HTTP_SWITCH_UNASKED',
    ids: ['response/connection.md:293', 'response/connection.md:331'],
  },
  // llhttp is stricter, or otherwise made
  {
    why: 'A server knows methods, a parser does not: what is not implemented is answered with 501',
    rfc: 'RFC 9110 §9.1',
    ours: 'takes',
    ids: ['request/invalid.md:66'],
  },
  {
    why: 'The framing of a request does not hang on its method: CONNECT has the content that its fields say',
    rfc: 'RFC 9112 §6',
    ours: 'takes',
    ids: ['request/method.md:96'],
  },
  {
    why: 'A head is judged when all of it is there',
    rfc: 'RFC 9110 §5.3',
    ours: 'waits',
    ids: ['request/content-length.md:75', 'request/content-length.md:100'],
  },
  {
    why: 'No callback can say that a request has no content',
    rfc: 'RFC 9112 §6.3',
    ours: 'waits',
    ids: ['request/content-length.md:444'],
  },
  // Flags without a counterpart
  {
    why: 'No flag lets a control octet into a value',
    rfc: 'RFC 9110 §5.5',
    ours: 'HTTP_FIELD_VALUE',
    ids: ['request/lenient-header-value-relaxed.md:8', 'request/lenient-headers.md:6', 'request/lenient-headers.md:34'],
  },
  {
    why: 'No flag lets white space stand before a colon',
    rfc: 'RFC 9112 §5.1',
    ours: 'HTTP_FIELD_SPACE',
    ids: ['request/connection.md:637', 'request/content-length.md:189'],
  },
  {
    why: 'No flag lets CR alone end a line',
    rfc: 'RFC 9112 §2.2',
    ours: 'HTTP_BARE_CR',
    ids: [
      ...[
        'request/content-length.md:519',
        'request/invalid.md:181',
        'request/lenient-headers.md:109',
        'request/sample.md:454',
      ],
      ...['request/transfer-encoding.md:1025', 'response/invalid.md:151'],
    ],
  },
  {
    why: 'No flag lets LF alone end a line of the chunked coding',
    rfc: 'RFC 9112 §7.1',
    ours: 'HTTP_BARE_LF',
    ids: ['request/invalid.md:568'],
  },
  {
    why: 'No flag lets chunk data end in anything but CR LF',
    rfc: 'RFC 9112 §7.1',
    ours: 'HTTP_CHUNK_END',
    ids: ['request/transfer-encoding.md:1140'],
  },
  {
    why: 'White space behind a chunk size has an extension behind it',
    rfc: 'RFC 9112 §7.1.1',
    ours: 'HTTP_CHUNK_EXTENSION',
    ids: ['request/transfer-encoding.md:1215'],
  },
  {
    why: 'No flag lets a request follow the last one of a connection',
    rfc: 'RFC 9112 §9.6',
    ours: 'stops',
    ids: ['request/connection.md:107'],
  },
]

const cases = readLlhttpCases()

describe.skipIf(cases === undefined)('llhttp (skipped where its published cases are not beside the repository)', () => {
  const overrides = new Map(OVERRIDES.flatMap((override) => override.ids.map((id) => [id, override] as const)))

  it.each((cases ?? []).map((published) => [published.id, published.name, published] as const))(
    '%s: %s',
    (id, _, published) => {
      const leniency: Partial<Leniency> = Object.assign(
        {},
        ...published.lenient.map((flag) => COUNTERPARTS[flag] ?? {}),
      )
      const whole = readWithOurs(published.input, { leniency })
      const override = overrides.get(id)
      if (override === undefined) expect(comparable(whole, published)).toEqual(comparable(published.logged, published))
      else judgeOverride(override, whole, published)
      for (const { name, pieces } of splits(Buffer.concat(published.input.pieces), { maxCuts: 200, random: 4 })) {
        expect(readWithOurs({ ...published.input, pieces }, { leniency }), name).toEqual(whole)
      }
    },
  )

  it('has no override for a case that does not exist, and no two for one', () => {
    const ids = OVERRIDES.flatMap((override) => override.ids)
    expect(ids.filter((id) => cases?.every((published) => published.id !== id))).toEqual([])
    expect(new Set(ids).size).toBe(ids.length)
    expect(cases?.length).toBe(272)
  })
})

/**
 * A reading for what it can be compared in: an error of llhttp is any error of ours, and where nothing follows the last message of a
 * connection, its log does not say that it is the last.
 */
function comparable({ messages, begun, ending }: Reading, { logged }: LlhttpCase): unknown {
  const kind = ending.kind === 'stops' && logged.ending.kind === 'waits' ? 'waits' : ending.kind
  return { messages: messages.map(unfolded), begun: kind === 'refuses' ? undefined : begun, kind }
}

/** "One or more SP": how many spaces a fold becomes is everybody's own (RFC 9112 §5.2). */
function unfolded<Message extends { readonly fields: readonly string[] }>(message: Message): Message {
  return { ...message, fields: message.fields.map((line) => line.replaceAll(/[ \t]+/g, ' ')) }
}

function judgeOverride({ ours, why }: Override, whole: Reading, published: LlhttpCase): void {
  const { messages, ending } = whole
  expect(comparable(whole, published), `superfluous: ${why}`).not.toEqual(comparable(published.logged, published))
  if (ours === 'takes') expect([ending.kind, messages.length]).toEqual(['stops', 1])
  else expect(ending.kind === 'refuses' ? ending.code : ending.kind).toBe(ours)
}
