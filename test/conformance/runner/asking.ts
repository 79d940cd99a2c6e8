/**
 * Reads an ask block: what a client's program asks for, one line behind the other, and what must come of each.
 *
 *     GET /a => 200 hello                                    the status, and the content
 *     POST /b {"body":"hello"} => 103 200 ok                 interim responses before it
 *     GET /c => error HTTP_CUT_SHORT                         the code, or the name, of the error
 *
 * The target is a path on our server or a URL; what stands in braces are options, which the protocol's adapter knows.
 */
import type { Fault } from './conversation.ts'

/** A request of a client's program, and what must come of it. */
export interface Ask {
  /** The line as it is written. */
  readonly line: string
  /** Method, or verb. */
  readonly method: string
  /** A path, or a URL. */
  readonly target: string
  /** Whatever else the adapter knows. */
  readonly options: Readonly<Record<string, unknown>>
  /** What must come of it. */
  readonly outcome: string
}

/** A client's program. */
export interface Asker {
  /** Asks, and tells what came of it. */
  readonly ask: (ask: Ask) => Promise<string>
  /** Gives all connections up. */
  readonly close: () => Promise<void>
}

/** The requests in the lines. Throws on a line that it cannot read. */
export function parseAsks(lines: readonly string[]): Ask[] {
  return lines.map((line) => {
    const [, method, target, options = '{}', outcome] = /^([^ ]+) ([^ ]+)(?: (\{.*\}))? => (.+)$/.exec(line) ?? []
    if (method === undefined || target === undefined || outcome === undefined) throw new Error(`no request: ${line}`)
    return { line, method, target, options: JSON.parse(options) as Ask['options'], outcome }
  })
}

/** Why what came of a request is not what must come of it. */
export async function faultOfAsk(asker: Asker, ask: Ask): Promise<Fault> {
  const had = await asker.ask(ask)
  return had === ask.outcome ? undefined : `${ask.line}\n  it came out as ${had}`
}
