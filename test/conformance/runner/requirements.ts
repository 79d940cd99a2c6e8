/**
 * Reads a protocol's register of requirements, `test/conformance/<protocol>/requirements.md`: which rules there are, under which
 * number and in which section of which RFC. Vectors name their rules by these numbers, and the table in `docs/conformance.md` has
 * a row for each, also for those that no vector shows yet.
 *
 *     - 26 · RFC 9112 §7.1 · A length of any magnitude neither overflows nor loses precision
 *     - 98 · RFC 9110 §7.6.3 · Via is added · not a proxy: nothing here forwards
 *
 * A fourth part says why no vector shows the rule: there is nothing here that could keep or break it. It stands in the table as
 * what it is, a rule that is not shown.
 */

/** One rule of the register. */
export interface Requirement {
  /** Its number, stable: `26`, or `A3` for an attack. */
  readonly number: string
  /** Where it stands: `RFC 9112 §7.1`. */
  readonly source: string
  /** The rule in our words. */
  readonly rule: string
  /** Why nothing here could keep or break it; `undefined` where something could. */
  readonly absence: string | undefined
}

/** The register by number, in the order of the page. Throws on a line that it cannot read and on a number given twice. */
export function parseRequirements(path: string, markdown: string): Map<string, Requirement> {
  const requirements = new Map<string, Requirement>()
  for (const [index, line] of markdown.split('\n').entries()) {
    if (!line.startsWith('- ')) continue
    const [, number, source, rule, absence] = /^- (A?[0-9]+) · ([^·]+) · ([^·|]+?)(?: · ([^·|]+))?$/.exec(line) ?? []
    if (number === undefined || source === undefined || rule === undefined) {
      throw new Error(
        `${path}:${index + 1}: not "- number · source · rule" with or without " · why it is absent": ${line}`,
      )
    }
    if (requirements.has(number)) throw new Error(`${path}:${index + 1}: requirement ${number} stands twice`)
    requirements.set(number, { number, source, rule, absence })
  }
  if (requirements.size === 0) throw new Error(`${path}: no requirements`)
  return requirements
}
