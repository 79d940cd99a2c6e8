/**
 * Why Node's parser and ours part, where they do: each rule with the sentence that it stands on, and who keeps it. A difference that no
 * rule explains is a defect of one of the two parsers; one that two rules explain is a defect of this table.
 */
import { LLHTTP_VERSION } from '../../support/llhttp.ts'
import { FIELD_LINES } from './fields.ts'
import { FRAMING } from './framing.ts'
import type { Rule } from './rule.ts'
import { START_LINE } from './start-line.ts'

/** The rules that hold for the llhttp in this Node. */
export const RULES: readonly Rule[] = [...START_LINE, ...FIELD_LINES, ...FRAMING].filter(
  ({ until }) => until === undefined || isBefore(LLHTTP_VERSION, until),
)

function isBefore(version: string, other: string): boolean {
  const [one = [], two = []] = [version, other].map((text) => text.split('.').map(Number))
  const at = one.findIndex((part, index) => part !== two[index])
  return at !== -1 && (one[at] ?? 0) < (two[at] ?? 0)
}
