/**
 * `Headers` over field lines that are there already: nothing is copied to look a field up. Who changes them, or iterates, makes the platform's, which
 * answers from then on. WHATWG Fetch §5.1.
 */
import { NO_FIELDS } from './fields.ts'
import type { Fields } from './fields.ts'
import { isToken } from './grammar.ts'
import { PlatformHeaders, standIn } from './platform.ts'

/** What is not written here is the platform's. */
// oxlint-disable-next-line typescript/no-unsafe-declaration-merging -- `standIn` gives the class all that is declared here
export interface LightHeaders extends Headers {}

/** Field lines as `Headers`. */
export class LightHeaders {
  readonly #fields: Fields
  #platform: Headers | undefined

  /** Of a section that was received, or of the platform's own. */
  constructor(lines: Fields | Headers) {
    this.#fields = lines instanceof PlatformHeaders ? NO_FIELDS : lines
    this.#platform = lines instanceof PlatformHeaders ? lines : undefined
  }

  /** The values of a field, joined; `null` where there is none. */
  get(name: string): string | null {
    if (!this.#knows(name)) return backing(this).get(name)
    const values = this.#fields.getAll(name)
    // Cookies are joined in another way than lists.
    return values.length > 1 ? backing(this).get(name) : (values[0] ?? null)
  }

  /** Whether there is a field of this name. */
  has(name: string): boolean {
    return this.#knows(name) ? this.#fields.has(name) : backing(this).has(name)
  }

  /** @internal The platform's own headers of these lines. */
  static backing(this: void, headers: LightHeaders): Headers {
    return (headers.#platform ??= new PlatformHeaders([...headers.#fields] as [string, string][]))
  }

  /** @internal From now on these are the same as `platform`'s, which were made of them. */
  static join(headers: LightHeaders, platform: Headers): void {
    headers.#platform = platform
  }

  /** What is no name at all is for the platform to refuse. */
  #knows(name: unknown): boolean {
    return this.#platform === undefined && typeof name === 'string' && isToken(name)
  }
}

const { backing } = LightHeaders
standIn(LightHeaders.prototype, PlatformHeaders.prototype, backing)
