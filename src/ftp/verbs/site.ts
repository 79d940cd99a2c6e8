/**
 * SITE: what is beside the standard (RFC 959 §4.1.3). Each command behind it is a row of a table of its own, which SITE HELP tells.
 *
 *     C: SITE CHMOD 640 a.txt                  S: 200 The mode is 640
 *     C: SITE UTIME 20200102030405 a.txt       S: 200 The time is set
 *     C: SITE UMASK 027                        S: 200 The umask is 027
 */
import { parseMode, parseSetTime } from '../extensions.ts'
import { Refusal } from '../refusal.ts'
import type { ServerSession } from '../session.ts'
import type { VerbHandlers } from './verbs.ts'

/** A command behind SITE. */
interface SiteCommand {
  /** How it is written, for SITE HELP. */
  readonly syntax: string
  /** Does it, and answers what is to be said behind 200. Throws why not. */
  readonly act: (session: ServerSession, parameter: string) => string | Promise<string>
}

/** Names of the commands behind SITE, and what they do. */
const SITE_COMMANDS: Readonly<Record<string, SiteCommand>> = {
  CHMOD: { syntax: 'CHMOD <mode> <path>', act: changeMode },
  UTIME: { syntax: 'UTIME <time> <path>', act: changeTime },
  UMASK: { syntax: 'UMASK [<mask>]', act: changeMask },
  SYMLINK: { syntax: 'SYMLINK <target> <path>', act: refuseLink },
}

/** SITE. */
export const SITE: VerbHandlers<'SITE'> = {
  async SITE(session, { name, options = '' }) {
    if (name === 'HELP') {
      const lines = Object.values(SITE_COMMANDS).map(({ syntax }) => ` ${syntax}`)
      return session.reply('SITE', 214, 'These commands are known behind SITE:', ...lines, ' HELP', 'End')
    }
    const command = Object.hasOwn(SITE_COMMANDS, name) ? SITE_COMMANDS[name] : undefined
    if (command === undefined) throw new Refusal([504], 'SITE HELP tells what is known')
    await session.reply('SITE', 200, await command.act(session, options))
  },
}

/** `mode SP path`. */
async function changeMode(session: ServerSession, parameter: string): Promise<string> {
  const space = parameter.indexOf(' ')
  const mode = parseMode(parameter.slice(0, Math.max(space, 0)))
  const path = parameter.slice(space + 1)
  if (mode === undefined || path === '') throw new Refusal([501], 'Syntax: SITE CHMOD <mode> <path>')
  session.demand('M')
  await session.storage.setAttributes(session.resolve(path), { mode })
  return `The mode is ${writeMode(mode)}`
}

/** The time of the last change; that of the last access is nobody's to set. */
async function changeTime(session: ServerSession, parameter: string): Promise<string> {
  const target = parseSetTime(parameter)
  if (target === undefined) throw new Refusal([501], 'Syntax: SITE UTIME YYYYMMDDHHMMSS <path>')
  session.demand('T')
  await session.storage.setAttributes(session.resolve(target.path), { modifiedMs: target.date.getTime() })
  return 'The time is set'
}

/** What new files and directories of this session may not be used for. Without a mask it is only told. */
function changeMask(session: ServerSession, parameter: string): string {
  const mask = parseMode(parameter)
  if (parameter !== '' && mask === undefined) throw new Refusal([501], 'Syntax: SITE UMASK [<mask>]')
  session.demand('M')
  if (mask !== undefined) session.umask = mask
  return session.umask === undefined ? "The umask is the server's own" : `The umask is ${writeMode(session.umask)}`
}

/** A link would be listed and never followed (A22), so nothing would come of it but a way for other programs to be led astray. */
function refuseLink(): never {
  throw new Refusal([504], 'Links are not followed here, and not made')
}

function writeMode(mode: number): string {
  return mode.toString(8).padStart(3, '0')
}
