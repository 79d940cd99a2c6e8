/** One change at a time to a file, by its path; changes to others go on meanwhile. */
import { formatPath, type VirtualPath } from '../path.ts'

/** Whose turn it is, for each path. */
export class PathTurns {
  /** For each path that something is done to: fulfilled when the last of those who wait has done it. */
  readonly #last = new Map<string, Promise<void>>()

  /** Does `work` when everything is done that was asked before for one of the paths. Rejects as `work` does. */
  do<Value>(paths: readonly VirtualPath[], work: () => Promise<Value>): Promise<Value> {
    const keys = paths.map(formatPath)
    const done = Promise.all(keys.map((key) => this.#last.get(key) ?? Promise.resolve())).then(work)
    const end = (): void => {
      for (const key of keys) if (this.#last.get(key) === over) this.#last.delete(key)
    }
    const over = done.then(end, end)
    for (const key of keys) this.#last.set(key, over)
    return done
  }
}
