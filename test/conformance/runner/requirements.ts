/**
 * Reads a protocol's register of requirements, `test/conformance/<protocol>/requirements.md`: which rules there are, under which
 * number and in which section of which RFC. Vectors name their rules by these numbers, and the table in `docs/conformance.md` has
 * a row for each, also for those that no vector shows yet.
 *
 *     - 26 · RFC 9112 §7.1 · A length of any magnitude neither overflows nor loses precision
 */

/** One rule of the register. */
export interface Requirement {
  /** Its number, stable: `26`, or `A3` for an attack. */
  readonly number: string
  /** Where it stands: `RFC 9112 §7.1`. */
  readonly source: string
  /** The rule in our words. */
  readonly rule: string
}

/** The register by number, in the order of the page. Throws on a line that it cannot read and on a number given twice. */
export function parseRequirements(path: string, markdown: string): Map<string, Requirement> {
  const requirements = new Map<string, Requirement>()
  for (const [index, line] of markdown.split('\n').entries()) {
    if (!line.startsWith('- ')) continue
    const [, number, source, rule] = /^- (A?[0-9]+) · ([^·]+) · ([^·|]+)$/.exec(line) ?? []
    if (number === undefined || source === undefined || rule === undefined) {
      throw new Error(`${path}:${index + 1}: not "- number · source · rule": ${line}`)
    }
    if (requirements.has(number)) throw new Error(`${path}:${index + 1}: requirement ${number} stands twice`)
    requirements.set(number, { number, source, rule })
  }
  if (requirements.size === 0) throw new Error(`${path}: no requirements`)
  return requirements
}
