/**
 * What a page of `wireline serve` is asked, and what it answers: HTTP's meaning without its wire. `serve.ts` makes the one out of an
 * exchange and plays the other into it, so the pages can be tested as functions.
 */

/** A request, as far as a page needs it. */
export interface Question {
  /** The method, such as `GET`. */
  readonly method: string
  /** The path of the target, still percent-encoded: `/files/a%20b`. */
  readonly path: string
  /** A field's value by its name in lower case, several lines combined by commas. */
  readonly field: (name: string) => string | undefined
  /** The content, to be read at most once. */
  readonly content: AsyncIterable<Uint8Array>
}

/** A response. */
export interface Answer {
  /** The status code. */
  readonly status: number
  /** The fields, `Content-Length` included where it is known. */
  readonly fields: readonly (readonly [string, string])[]
  /** The content; for HEAD it is dropped. `close` is called where it is not read. */
  readonly content: string | (AsyncIterable<Uint8Array> & { readonly close: () => Promise<void> })
}

/** A short text, which is what refusals are answered with. */
export function textAnswer(status: number, text: string, fields: Answer['fields'] = []): Answer {
  return {
    status,
    fields: [...fields, ['content-type', 'text/plain; charset=utf-8'], ['x-content-type-options', 'nosniff']],
    content: `${text}\n`,
  }
}

/** A page. It may be read, but nothing in it runs, and no other site may frame it. */
export function pageAnswer(html: string): Answer {
  return {
    status: 200,
    fields: [
      ['content-type', 'text/html; charset=utf-8'],
      ['content-security-policy', "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'"],
      ['x-content-type-options', 'nosniff'],
      ['cache-control', 'no-store'],
    ],
    content: html,
  }
}

/** Sends the client elsewhere on this server. */
export function redirect(location: string): Answer {
  return textAnswer(301, `See ${location}`, [['location', location]])
}

/** Says which methods there are, where another one was used (RFC 9110 §15.5.6). */
export function methodNotAllowed(allowed: string): Answer {
  return textAnswer(405, 'This method does not work here', [['allow', allowed]])
}

/** What OPTIONS is answered with. */
export function optionsAnswer(allowed: string): Answer {
  return { status: 204, fields: [['allow', allowed]], content: '' }
}
