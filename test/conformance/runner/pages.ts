/** Reads all that `test/conformance` has of a protocol: its register, and its pages of vectors. */
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseRequirements, type Requirement } from './requirements.ts'
import { parseVectors, type Vector } from './vectors.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** What a protocol has. */
export interface Pages {
  /** Its register, by number. */
  readonly requirements: ReadonlyMap<string, Requirement>
  /** Its vectors, in the order of the pages. */
  readonly vectors: readonly Vector[]
}

/** The pages in `folder`. Throws where one cannot be read, an id stands twice, or a requirement is in no register. */
export function readPages(folder: string): Pages {
  const register = `${folder}/requirements.md`
  const requirements = parseRequirements(register, readFileSync(join(ROOT, register), 'utf8'))
  const pages = readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((path) => path !== 'requirements.md' && path.endsWith('.md'))
    .sort()
    .map((path) => `${folder}/${path}`)
  const vectors = pages.flatMap((page) => parseVectors(page, readFileSync(join(ROOT, page), 'utf8')))
  const ids = new Set<string>()
  for (const { id, place, requirements: numbers } of vectors) {
    if (ids.has(id)) throw new Error(`${place}: the id ${id} stands twice`)
    ids.add(id)
    const unknown = numbers.find((number) => !requirements.has(number))
    const absent = numbers.find((number) => requirements.get(number)?.absence !== undefined)
    if (absent !== undefined)
      throw new Error(`${place}: requirement ${absent} is shown here, and ${register} says why it is not`)
    if (unknown !== undefined) throw new Error(`${place}: requirement ${unknown} is not in ${register}`)
  }
  return { requirements, vectors }
}
