/**
 * How servers answer the wire cases of `test/fixtures/smtp`. What the others said was written down on loopback, with their versions
 * (`measured.json`); what ours says is asked anew each time. One judge for all of them: the expectation of the case.
 */
import { readFileSync } from 'node:fs'
import { ByteQueue } from '../../../src/net/bytes.ts'
import { DotDecoder } from '../../../src/smtp/data.ts'
import { DEFAULT_LIMITS, REFUSE } from '../../../src/smtp/limits.ts'
import { ARE_CONTENT, BODIES, CASES, isAsExpected, SENTENCES, TRANSACTION, unfold } from '../../support/smtp-cases.ts'
import type { Command, EndOfData, Sequence, Unstuff } from '../../support/smtp-cases.ts'
import { MachineServer } from '../../support/smtp.ts'

type Case = Command | EndOfData | Unstuff | Sequence

/** What a server made of a case. */
interface Answer {
  /** The codes of its replies, by step; `EOF` where it closed, `-` where it said nothing. */
  readonly codes?: readonly string[]
  /** What it took for content, or the end of that. */
  readonly content?: string
}

interface Measured {
  readonly name: string
  readonly version: string
  /** By kind and name of the case; not there for what was not measured. */
  readonly answers: Readonly<Record<string, Answer>>
}

const OTHERS: { readonly counted: string; readonly implementations: readonly Measured[] } = JSON.parse(
  readFileSync(new URL('../../fixtures/smtp/measured.json', import.meta.url), 'utf8'),
) as typeof OTHERS

const keyOf = ({ kind, name }: Case): string => `${kind}: ${name}`

/** What the RFCs leave open, where our own tests hold us to one way. */
const LATITUDE: Readonly<Record<string, string | readonly string[]>> = {
  // Taken where SMTPUTF8 is offered, and else refused.
  'MAIL utf8 SMTPUTF8': '250|501|555',
  '8bit body no 8BITMIME': ['250 250 354', '250|554'],
  'NUL in body': ['250 250 354', '250|554'],
  '2000 octet line': ['250 250 354', '250|500|554'],
  'empty message': ['250 250 354', '250|554'],
}

/** The cases by what they ask for; those of the end of the data ask for two things. */
const QUESTIONS: readonly { readonly title: string; readonly cases: readonly Case[]; readonly isKept: Judge }[] = [
  { title: 'lines', cases: ofKind('command'), isKept: isCommandKept },
  { title: 'sequences', cases: ofKind('sequence'), isKept: isSequenceKept },
  { title: 'ends of data', cases: ofKind('eod'), isKept: isEndKept },
  { title: 'bare CR, LF, NUL refused', cases: ofKind('eod').filter(isBroken), isKept: isRefused },
  { title: 'dots', cases: ofKind('unstuff'), isKept: isContentKept },
]

type Judge = (one: Case, answer: Answer) => boolean

function ofKind(kind: Case['kind']): readonly Case[] {
  return CASES.filter((one) => one.kind === kind)
}

/** Whether the content has what RFC 5321 §2.3.8 forbids. */
function isBroken(one: Case): boolean {
  return one.kind === 'eod' && one.strict !== 'accept' && !(one.name in ARE_CONTENT)
}

/** One reply to a line at most, each as it must be; who closes behind it may. */
function isCommandKept(one: Case, { codes = [] }: Answer): boolean {
  if (one.kind !== 'command') return false
  const pattern = [LATITUDE[one.name] ?? one.expect].join('|').replace('no-reply', '-')
  const replies = (codes[0] ?? '').split(' ').filter((code) => code !== 'EOF')
  const lines = Math.max(1, one.send.split('\n').length - 1)
  return replies.length <= lines && replies.every((reply) => isAsExpected([reply], pattern))
}

function isSequenceKept(one: Case, { codes = [], content }: Answer): boolean {
  if (one.kind !== 'sequence') return false
  const patterns = [LATITUDE[one.name] ?? SENTENCES[one.name] ?? one.expect.split(',')].flat()
  const body = BODIES[one.name]
  // Of content that was measured, only the end was kept, which is where these differ.
  const isBody = body === undefined || content === undefined || content.endsWith(body.slice(-14))
  return isBody && patterns.every((pattern, step) => isAsExpected((codes[step] ?? '').split(' '), pattern))
}

/** What stands behind the end of the data is commands, and what stands behind anything else is not. */
function isEndKept(one: Case, { codes = [] }: Answer): boolean {
  const answered = (codes[1] ?? '').split(' ').filter((code) => code !== 'EOF').length
  return one.kind === 'eod' && one.terminates === answered > 1
}

function isRefused(_: Case, { codes = [] }: Answer): boolean {
  return /^[45]/.test(codes[1] ?? '')
}

function isContentKept(one: Case, { content }: Answer): boolean {
  return one.kind === 'unstuff' && content === Buffer.from(one.outputHex, 'hex').toString('latin1')
}

/** Ours, asked now: a server's machine with nothing else said. */
function askOurs(): Measured {
  return {
    name: '**wireline**',
    version: '',
    answers: Object.fromEntries(CASES.map((one) => [keyOf(one), answerOfOurs(one)])),
  }
}

function answerOfOurs(one: Case): Answer {
  switch (one.kind) {
    case 'command':
      return say(new MachineServer().feed(...one.pre.map((line) => `${line}\r\n`)), [
        Buffer.from(unfold(one.send), 'latin1'),
      ])
    case 'sequence': {
      const server = new MachineServer().feed(...(one.noEhlo ? [] : ['EHLO probe.test\r\n']))
      return say(
        server,
        one.steps.map((step) => Buffer.from([step].flat().join(''), 'hex')),
      )
    }
    case 'eod': {
      const end = Buffer.from(one.eodHex, 'hex').toString('latin1')
      const content = `Subject: one\r\n\r\nAAA${end}${TRANSACTION}Subject: smuggled\r\n\r\nBBB\r\n.\r\n`
      return say(new MachineServer().feed('EHLO probe.test\r\n'), [TRANSACTION, content])
    }
    case 'unstuff':
      return { content: decode(Buffer.from(`${one.inputHex}2e0d0a`, 'hex')) }
  }
}

/** The replies to each step, and the content of the last message. */
function say(server: MachineServer, steps: readonly (Uint8Array | string)[]): Answer {
  const codes = steps.map((step) => {
    const before = server.codes.length
    server.feed(step)
    const isOver = server.machine.state === 'closed' || server.error !== undefined
    return [...server.codes.slice(before), ...(isOver ? ['EOF'] : [])].join(' ') || '-'
  })
  const content = server.messages.at(-1)?.toString('latin1')
  return { codes, ...(content !== undefined && { content }) }
}

function decode(bytes: Buffer): string {
  const queue = new ByteQueue()
  const decoder = new DotDecoder(queue, { policy: REFUSE, ...DEFAULT_LIMITS })
  queue.push(bytes)
  let content = ''
  for (let event = decoder.next(); event?.type === 'content'; event = decoder.next())
    content += Buffer.from(event.bytes).toString('latin1')
  return content
}

/** How many of the cases of each question a server keeps; `undefined` where none of them was put to it. */
function countsOf({ answers }: Measured): readonly (number | undefined)[] {
  return QUESTIONS.map(({ cases, isKept }) => {
    const asked = cases.filter((one) => keyOf(one) in answers)
    return asked.length === 0 ? undefined : asked.filter((one) => isKept(one, answers[keyOf(one)] ?? {})).length
  })
}

/** The wire cases that ours does not keep: none, when all is well. */
export function lostByOurs(): string[] {
  const { answers } = askOurs()
  return QUESTIONS.flatMap(({ title, cases, isKept }) =>
    cases.filter((one) => !isKept(one, answers[keyOf(one)] ?? {})).map((one) => `${title}: ${one.name}`),
  )
}

/** The tables, as lines of Markdown. */
export function wireCases(): string[] {
  const servers = [askOurs(), ...OTHERS.implementations]
  const title = ({ name, version }: Measured): string => `${name} ${version}`.trim()
  return [
    '## SMTP beside others',
    '',
    'Of the wire cases in `test/fixtures/smtp/wire.json`, how many each server answers as a strict one must: single lines, sequences of them,',
    'whether commands begin behind CRLF.CRLF and behind nothing else, whether content with a bare CR, LF or NUL is refused, and dots that were',
    'doubled. There is some policy of ours in it besides the MUSTs of the RFCs. The others were measured on loopback (Exim as',
    `\`exim -bs\`, by its codes alone; counted ${OTHERS.counted}).`,
    '',
    `| | ${QUESTIONS.map((question) => question.title).join(' | ')} |`,
    `| --- |${' ---: |'.repeat(QUESTIONS.length)}`,
    ...servers.map((server) => {
      const cells = countsOf(server).map((count, index) =>
        count === undefined ? '–' : `${count} / ${QUESTIONS[index]?.cases.length}`,
      )
      return `| ${[title(server), ...cells].join(' | ')} |`
    }),
    '',
    'The cases in which one of them is not as strict: codes by step, ✗ where a strict server answers something else.',
    '',
    `| Case | ${servers.map(title).join(' | ')} |`,
    `| --- |${' --- |'.repeat(servers.length)}`,
    ...QUESTIONS.flatMap(({ cases, isKept }) => cases.flatMap((one) => rowOf(one, isKept, servers))),
  ]
}

/** A row for a case that not everybody keeps. */
function rowOf(one: Case, isKept: Judge, servers: readonly Measured[]): string[] {
  const answers = servers.map(({ answers: all }) => all[keyOf(one)])
  if (answers.every((answer) => answer === undefined || isKept(one, answer))) return []
  const cells = answers.map((answer) => {
    if (answer === undefined) return '–'
    return `${shown(answer, isKept === isRefused)}${isKept(one, answer) ? '' : ' ✗'}`
  })
  return [`| ${[`\`${one.name}\`${isKept === isRefused ? ' in content' : ''}`, ...cells].join(' | ')} |`]
}

/** What was answered, in a few characters: of content in question only the reply to it. */
function shown({ codes, content }: Answer, isContentAlone: boolean): string {
  if (codes === undefined) return `\`${JSON.stringify(content).slice(1, -1)}\``
  if (isContentAlone) return (codes[1] ?? '').split(' ')[0] ?? ''
  return codes.map((step) => step.replace(/^((\d+) )(?:\2 ){3,}/, '$1… ')).join(', ')
}
