/**
 * Reads a file of vectors: one section of one RFC as a page of Markdown. What the format is stands in `test/conformance/README.md`;
 * this file holds it to that, and fails with file and line on all that it cannot read, because a vector that is passed over
 * silently is a rule that nobody checks.
 */
import { parseAsks } from './asking.ts'
import { parseCalls, type Call } from './calls.ts'
import { parseDialogue, type Step } from './dialogue.ts'
import { parseOctets } from './notation.ts'
import { parsePeer, type Interview } from './peer.ts'

/** How binding a rule is: the RFC's word for it, or a decision of our own where the RFC leaves one open. */
type Level = 'MUST' | 'SHOULD' | 'MAY' | 'POLICY'

/** One rule and what shows that it is kept. */
export interface Vector {
  /** Stable, unique within the protocol: `chunk-size-digits`. */
  readonly id: string
  /** The rule as a sentence. */
  readonly title: string
  /** Where it stands, for messages: `http/rfc9112/7.1-chunked.md:12`. */
  readonly place: string
  /** The rows of `requirements.md` that it shows. */
  readonly requirements: readonly string[]
  /** How binding it is. */
  readonly level: Level
  /** Whether it is cut: what must arrive together, because when it arrives is the point, is played whole. */
  readonly splits: 'every' | 'none'
  /** Which end is tested; `any` for functions, which either may call. */
  readonly role: 'client' | 'server' | 'any'
  /** What a dialogue goes over: TCP, TLS, or for a client TLS with somebody else's certificate, by the name that the adapter has for it. */
  readonly over: string
  /** As what the machine plays its role, by the name that the adapter has for it; `undefined` for the usual. */
  readonly as: string | undefined
  /** The same rule with other octets: what `{each}` stands for, one variant a line; none where there is no `{each}`. */
  readonly each: readonly string[]
  /** What the machine under test has to say first (a client's requests), in the notation. */
  readonly sent: string | undefined
  /** What it receives, in the notation. */
  readonly wire: string | undefined
  /** What it must make of that, line by line. */
  readonly expect: readonly string[] | undefined
  /** What it must write meanwhile, octet by octet, in the notation. */
  readonly writes: string | undefined
  /** A conversation with a server; with an `ask` block one of a client with a scripted server. */
  readonly dialogue: string | undefined
  /** What a client's program asks for. */
  readonly ask: readonly string[] | undefined
  /** Calls of functions. */
  readonly call: readonly string[] | undefined
}

/** A vector with its variant put in: what the runner plays. */
export interface Case {
  /** The vector's id, and the variant where there are several. */
  readonly name: string
  /** Octets of `sent`. */
  readonly sent: Buffer
  /** Octets of `wire`, and whether the peer ends its side behind them. */
  readonly wire: { readonly bytes: Buffer; readonly isEnded: boolean } | undefined
  /** The expected lines. */
  readonly expect: readonly string[] | undefined
  /** Octets of `writes`. */
  readonly writes: Buffer | undefined
  /** The steps of the dialogue with a server. */
  readonly dialogue: readonly Step[] | undefined
  /** The dialogue with a client, where the scripted server listens at this port. */
  readonly interview: ((port: number) => Interview) | undefined
  /** The calls. */
  readonly calls: readonly Call[]
}

const LEVELS: readonly string[] = ['MUST', 'SHOULD', 'MAY', 'POLICY'] satisfies Level[]
const ROLES: readonly string[] = ['client', 'server', 'any'] satisfies Vector['role'][]
const BLOCKS: readonly string[] = ['sent', 'wire', 'expect', 'writes', 'dialogue', 'ask', 'call', 'each']
const KEYS: readonly string[] = ['requirement', 'level', 'role', 'as', 'splits', 'over']

/** A heading with what stands below it, before it is understood. */
interface Section {
  readonly line: number
  readonly heading: string
  readonly metadata: Map<string, string>
  readonly blocks: Map<string, string[]>
}

/** The vectors of a page. `path` is for messages. Throws, naming file and line, on whatever is not in the format. */
export function parseVectors(path: string, markdown: string): Vector[] {
  const sections = readSections(path, markdown)
  if (sections.length === 0) throw new Error(`${path}: no vector (a heading "## id: title")`)
  return sections.map((section) => readVector(path, section))
}

/** What the runner plays of a vector: itself, or one case for each variant. */
export function casesOf(vector: Vector): Case[] {
  const variants = vector.each.length === 0 ? [undefined] : vector.each
  return variants.map((variant) => {
    const put = (text: string): string => (variant === undefined ? text : text.replaceAll('{each}', () => variant))
    try {
      return {
        name: variant === undefined ? vector.id : `${vector.id} [${variant}]`,
        sent: parseOctets(put(vector.sent ?? '')),
        wire: vector.wire === undefined ? undefined : parseWire(put(vector.wire)),
        expect: vector.expect?.map(put),
        writes: vector.writes === undefined ? undefined : parseOctets(put(vector.writes)),
        dialogue:
          vector.dialogue === undefined || vector.ask !== undefined ? undefined : parseDialogue(put(vector.dialogue)),
        interview: interviewOf(vector, put),
        calls: parseCalls((vector.call ?? []).map(put)),
      }
    } catch (error) {
      throw new Error(`${vector.place}: ${vector.id}: ${(error as Error).message}`, { cause: error })
    }
  })
}

/** A dialogue with a client; read once without need of it, because a page that cannot be read fails when it is read. */
function interviewOf({ ask, dialogue }: Vector, put: (text: string) => string): Case['interview'] {
  if (ask === undefined || dialogue === undefined) return undefined
  const at = (port: number): Interview => {
    const name = (text: string): string => put(text).replaceAll('{port}', String(port))
    return { asks: parseAsks(ask.map(name)), steps: parsePeer(name(dialogue)) }
  }
  at(1)
  return at
}

/** `{FIN}` at the end of a wire block is the end of the peer's stream. */
function parseWire(text: string): { bytes: Buffer; isEnded: boolean } {
  const isEnded = text.endsWith('{FIN}')
  return { bytes: parseOctets(isEnded ? text.slice(0, -'{FIN}'.length) : text), isEnded }
}

/** Cuts a page at its second-level headings. */
function readSections(path: string, markdown: string): Section[] {
  const sections: Section[] = []
  let block: string[] | undefined
  for (const [index, line] of markdown.split('\n').entries()) {
    const fail = (message: string): never => {
      throw new Error(`${path}:${index + 1}: ${message}`)
    }
    const section = sections.at(-1)
    const fence = /^```(.*)$/.exec(line)
    if (block !== undefined && fence === null) {
      if (/[ \t]$/.test(line)) fail('a space at the end of a line is not seen; write \\x20')
      block.push(line)
    } else if (block !== undefined) block = undefined
    else if (fence !== null) {
      const name = fence[1] ?? ''
      if (section === undefined || !BLOCKS.includes(name)) fail(`a block named "${name}" means nothing here`)
      else if (section.blocks.has(name)) fail(`a second block "${name}" for one vector`)
      else section.blocks.set(name, (block = []))
    } else if (/^## /.test(line)) {
      sections.push({ line: index + 1, heading: line.slice(3), metadata: new Map(), blocks: new Map() })
    } else if (section !== undefined && /^- /.test(line) && section.blocks.size === 0) {
      const [, key, value] = /^- ([a-z]+): (.+)$/.exec(line) ?? []
      if (key === undefined || value === undefined || !KEYS.includes(key)) fail(`not a line of metadata: ${line}`)
      else if (section.metadata.has(key)) fail(`a second "${key}"`)
      else section.metadata.set(key, value)
    } else if (/^\s*(`{3,}|~{3,})/.test(line)) fail('a fence that does not stand at the beginning of its line')
  }
  if (block !== undefined) throw new Error(`${path}: the last block is not closed`)
  return sections
}

function readVector(path: string, section: Section): Vector {
  const place = `${path}:${section.line}`
  const fail = (message: string): never => {
    throw new Error(`${place}: ${message}`)
  }
  const [, id, title] = /^([a-z0-9][a-z0-9-]*): (.+)$/.exec(section.heading) ?? []
  if (id === undefined || title === undefined) return fail(`not a heading "## id: title": ${section.heading}`)
  const text = (name: string): string | undefined => section.blocks.get(name)?.join('')
  const lines = (name: string): string[] | undefined => section.blocks.get(name)?.filter((line) => line !== '')
  const vector: Vector = {
    id,
    title,
    place,
    requirements: (section.metadata.get('requirement') ?? fail('no requirement')).split(', '),
    level: section.metadata.get('level') as Level,
    splits: (section.metadata.get('splits') ?? 'every') as Vector['splits'],
    role: section.metadata.get('role') as Vector['role'],
    as: section.metadata.get('as'),
    over: section.metadata.get('over') ?? 'tcp',
    each: lines('each') ?? [],
    sent: text('sent'),
    wire: text('wire'),
    expect: lines('expect'),
    writes: text('writes'),
    dialogue: section.blocks.get('dialogue')?.join('\n'),
    ask: lines('ask'),
    call: lines('call'),
  }
  check(vector, section.blocks.has('each'), fail)
  casesOf(vector)
  return vector
}

/** Holds a vector to what its blocks have to say together. */
function check(vector: Vector, hasVariants: boolean, fail: (message: string) => never): void {
  if (!LEVELS.includes(vector.level)) fail(`the level is not one of ${LEVELS.join(', ')}`)
  if (vector.splits !== 'every' && vector.splits !== 'none') fail('splits is not none')
  if (!ROLES.includes(vector.role)) fail(`the role is not one of ${ROLES.join(', ')}`)
  if (vector.expect?.length === 0) fail('an empty expectation expects nothing')
  if (vector.dialogue?.trim() === '') fail('an empty dialogue expects nothing')
  if ((vector.wire === undefined) !== (vector.expect === undefined))
    fail('a wire block and an expect block need each other')
  if (vector.writes !== undefined && vector.wire === undefined) fail('a writes block needs a wire block')
  if (vector.call?.length === 0) fail('an empty call block expects nothing')
  if (vector.expect === undefined && vector.dialogue === undefined && vector.call === undefined)
    fail('nothing is expected: neither expect nor dialogue nor call')
  if (vector.dialogue !== undefined && (vector.role === 'client') !== (vector.ask !== undefined))
    fail('a dialogue is held with a server, or with a client that has an ask block')
  if (vector.ask !== undefined && vector.dialogue === undefined) fail('an ask block needs a dialogue')
  if (vector.role === 'any' && (vector.wire ?? vector.dialogue) !== undefined) fail('only functions are of any role')
  if (hasVariants && vector.each.length === 0) fail('an empty each block')
  const texts = [vector.sent, vector.wire, vector.dialogue, ...(vector.ask ?? []), ...(vector.call ?? [])]
  const isVaried = texts.some((text) => text?.includes('{each}'))
  if (isVaried !== vector.each.length > 0) fail('{each} and an each block need each other')
}
