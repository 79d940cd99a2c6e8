/** Commands that tell something, or nothing (RFC 959 §4.1.3, RFC 2389). */
import { COMMAND_NAME, LANGUAGE, LIST_PATH, NONE, OPTIONS, TEXT } from '../arguments.ts'
import type { CommandOptions } from '../grammar.ts'
import { CHAPTER, COMMON, SYNTAX, row, type Rows } from './row.ts'

/** What the arguments of these commands are read to. */
export interface InformationArguments {
  readonly SYST: undefined
  readonly STAT: string | undefined
  readonly HELP: string | undefined
  readonly NOOP: undefined
  readonly FEAT: undefined
  readonly OPTS: CommandOptions
  readonly SITE: CommandOptions
  readonly LANG: string | undefined
  readonly CLNT: string
}

/** Their rows. */
export const INFORMATION_ROWS: Rows<InformationArguments> = {
  SYST: row(NONE, CHAPTER.service, { phase: 'always', replies: [215, 500, 501, 502] }),
  STAT: row(LIST_PATH, CHAPTER.service, {
    duringTransfer: 'answer',
    permission: 'l',
    replies: [211, 212, 213, 450, ...COMMON],
    practice: [451, 550, 553],
  }),
  HELP: row(COMMAND_NAME, CHAPTER.service, { phase: 'always', replies: [211, 214, 500, 501, 502] }),
  NOOP: row(NONE, CHAPTER.service, {
    phase: 'always',
    duringTransfer: 'answer',
    marker: 'keep',
    replies: [200, 500],
    practice: [501],
  }),
  FEAT: row(NONE, 'RFC 2389 §3', { phase: 'always', replies: [211, 500, 501, 502] }),
  OPTS: row(OPTIONS, 'RFC 2389 §4', { phase: 'always', replies: [200, 451, 501, 500, 502] }),

  // What is beside the standard, and what is beside English
  SITE: row(OPTIONS, CHAPTER.service, {
    replies: [200, 202, ...SYNTAX, 530],
    practice: [214, 450, 451, 502, 504, 550, 553],
  }),
  LANG: row(LANGUAGE, 'RFC 2640 §4.1', {
    phase: 'always',
    replies: [200, ...SYNTAX, 502, 504, 530],
    feature: 'LANG EN*',
  }),
  CLNT: row(TEXT, 'no document', { phase: 'always', replies: [200, ...SYNTAX, 502], feature: 'CLNT' }),
}
