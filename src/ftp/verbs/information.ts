/**
 * Commands that tell something, or nothing (RFC 959 §4.1.3, RFC 2389). What HELP and FEAT tell follows from the table of commands, so
 * neither can name what is not there, or forget what is.
 */
import { lowerAscii, upperAscii } from '../../net/ascii.ts'
import { COMMANDS, isVerbKnown, lookUp, type Verb } from '../commands.ts'
import { HASH_NAMES, parseHashName, type HashName } from '../hash-names.ts'
import { FACTS, type FactName } from '../listing/mlsx.ts'
import { formatPath } from '../path.ts'
import { Refusal } from '../refusal.ts'
import type { ServerSession } from '../session.ts'
import type { VerbHandlers } from './verbs.ts'

/** Verbs on one line of HELP. */
const VERBS_A_LINE = 8

/** SYST, HELP, NOOP, FEAT, OPTS, LANG and CLNT. */
export const INFORMATION: VerbHandlers<'SYST' | 'HELP' | 'NOOP' | 'FEAT' | 'OPTS' | 'LANG' | 'CLNT'> = {
  /** Clients take it for the format of LIST, which is that of Unix here, whatever the machine is. */
  async SYST(session) {
    await session.reply('SYST', 215, 'UNIX Type: L8')
  },

  /** All commands, or the syntax of one: `214 Syntax: REST <octets>`. */
  async HELP(session, name) {
    if (name !== undefined) return session.reply('HELP', 214, `Syntax: ${syntaxOf(name)}`)
    const verbs = Object.keys(COMMANDS).toSorted()
    const lines: string[] = []
    for (let from = 0; from < verbs.length; from += VERBS_A_LINE)
      lines.push(` ${verbs.slice(from, from + VERBS_A_LINE).join(' ')}`)
    await session.reply('HELP', 214, 'These commands are known:', ...lines, 'End')
  },

  /** English is what there is (RFC 2640 §4); without a language it is back to that. */
  async LANG(session, tag) {
    if (tag !== undefined && tag !== 'en' && !tag.startsWith('en-')) throw new Refusal([504], 'English is spoken here')
    await session.reply('LANG', 200, 'Replies are in English')
  },

  /** What the client is called. It is told for logs, and a transcript has it. */
  async CLNT(session) {
    await session.reply('CLNT', 200, 'Noted')
  },

  /** Nothing; said in a transfer too, which is what it is for. */
  async NOOP(session) {
    await session.reply('NOOP', 200, 'OK')
  },

  /** One space before each feature, and nothing else (RFC 2389 §3.2). UTF8 and TVFS are of no command (RFC 2640 §3.2, RFC 3659 §6). */
  async FEAT(session) {
    const verbs = (Object.keys(COMMANDS) as Verb[]).filter((verb) => session.offers(verb))
    const features = verbs.flatMap((verb) => COMMANDS[verb].feature ?? []).concat('TVFS', 'UTF8')
    const lines = features.toSorted().map((feature) => {
      if (feature === 'MLST') return mlstFeature(session.facts)
      return feature === 'HASH' ? hashFeature(session.hash) : feature
    })
    await session.reply('FEAT', 211, 'Features:', ...lines.map((line) => ` ${line}`), 'End')
  },

  /** Sets the facts of MLST and MLSD, and the hash of HASH; takes note that names are UTF-8, as they are anyway. */
  async OPTS(session, { name, options }) {
    if (name === 'MLST') {
      session.facts = selectFacts(options ?? '')
      return session.reply(
        'OPTS',
        200,
        `MLST OPTS${session.facts.size === 0 ? '' : ` ${[...session.facts].join(';')};`}`,
      )
    }
    if (name === 'HASH') {
      const hash = options === undefined ? session.hash : parseHashName(upperAscii(options))
      if (hash === undefined) throw new Refusal([501], 'FEAT tells which hashes there are')
      session.hash = hash
      return session.reply('OPTS', 200, hash)
    }
    // That can be wished for, and not be changed (RFC 2640 §3.2).
    const isUtf8 = name === 'UTF8' && (options === undefined || upperAscii(options) === 'ON')
    if (!isUtf8) throw new Refusal([501], 'Options are known for MLST and HASH, and UTF8 ON')
    await session.reply('OPTS', 200, 'UTF8 is on')
  },
}

/** All hashes, the one that is selected with a star (draft-bryan-ftpext-hash-02 §4.1). */
function hashFeature(selected: HashName): string {
  return `HASH ${HASH_NAMES.map((name) => `${name}${name === selected ? '*' : ''}`).join(';')}`
}

/** A command and its argument, as HELP shows them. */
function syntaxOf(name: string): string {
  const verb = lookUp(upperAscii(name))
  if (!isVerbKnown(verb)) throw new Refusal([501], 'This command is not known')
  return `${verb}${COMMANDS[verb].argument.syntax}`
}

/** All facts, those that are selected with a star (RFC 3659 §7.8). */
function mlstFeature(selected: ReadonlySet<FactName>): string {
  return `MLST ${FACTS.map((fact) => `${fact}${selected.has(fact) ? '*' : ''};`).join('')}`
}

/** `*( factname ";" )`; unknown facts are left out in silence, a space is an error (RFC 3659 §7.9). */
function selectFacts(options: string): ReadonlySet<FactName> {
  if (options.includes(' ')) throw new Refusal([501], 'Facts are separated by semicolons')
  const wanted = new Set(options.split(';').map(lowerAscii))
  return new Set(FACTS.filter((fact) => wanted.has(lowerAscii(fact))))
}

/** What STAT without a path tells: who, what is set, and what runs. */
export function statusOf(session: ServerSession): string[] {
  const { running, control, type } = session
  const { remote } = control.socket
  return [
    'Status:',
    ` Connected from ${'host' in remote ? remote.host : remote.family}`,
    ` Logged in as ${session.user}`,
    ` Working directory ${formatPath(session.directory)}`,
    ` TYPE ${type}, MODE S, STRU F`,
    running.is === 'nothing' ? ' No transfer' : ` ${running.dtp.verb}: ${running.dtp.bytes} bytes so far`,
    'End',
  ]
}
