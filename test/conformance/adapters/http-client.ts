/**
 * Our HTTP client, as the ask blocks have it. Options of a request:
 *
 *     "headers": {...}, "body": "text", "target": "*", "timeouts": {...}, "redirect": "follow"    as those of `Client.request`
 *     "slices": ["a", "b"]      content slice by slice, of unknown length
 *     "endless": true           content without an end
 *     "cancel": true            the content of the response is given up
 *     "fetch": true             by `fetch`, which follows redirects
 *
 * Every name is 127.0.0.1, and only the certificates of the tests' own authority are good.
 */
import { Client } from '../../../src/http/client.ts'
import type { RequestOptions } from '../../../src/http/client-options.ts'
import { CA } from '../../support/tls.ts'
import type { Ask, Asker } from '../runner/asking.ts'

const TIMEOUTS = { connectMs: 3_000, responseMs: 3_000, bodyMs: 3_000 }

/** What an ask line may say behind the target. */
interface Options extends Pick<RequestOptions, 'timeouts' | 'target' | 'redirect'> {
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  readonly slices?: readonly string[]
  readonly endless?: true
  readonly cancel?: true
  readonly fetch?: true
}

/** A client whose paths are those of the server at this port. */
export function openClient(port: number): Asker {
  const client = new Client({
    timeouts: TIMEOUTS,
    tls: { ca: CA },
    resolver: () => Promise.resolve([{ host: '127.0.0.1', family: 'IPv4' }]),
  })
  return {
    close: () => client.close(),
    ask: async (ask) => {
      const url = ask.target.startsWith('/') ? `http://127.0.0.1:${port}${ask.target}` : ask.target
      try {
        const { fetch, ...options } = ask.options as Options
        return fetch === true ? await follow(client, url, ask, options) : await request(client, url, ask, options)
      } catch (error) {
        return `error ${nameOf(error)}`
      }
    },
  }
}

async function request(client: Client, url: string, { method }: Ask, options: Options): Promise<string> {
  const { slices, endless, cancel, body, ...others } = options
  const said: (number | string)[] = []
  const content = slices === undefined ? (endless === true ? endlessly() : body) : inSlices(slices)
  const response = await client.request(url, {
    ...others,
    method,
    body: content,
    onInformational: ({ status }) => said.push(status),
  })
  said.push(response.status)
  if (cancel === true) response.cancel()
  else said.push(...[await response.text()].filter((text) => text !== ''))
  return said.join(' ')
}

async function follow(client: Client, url: string, { method }: Ask, options: Options): Promise<string> {
  const { headers = {}, body } = options
  const response = await client.fetch(url, { method, headers, ...(body !== undefined && { body }) })
  const text = await response.text()
  return text === '' ? String(response.status) : `${response.status} ${text}`
}

/** The code of the error, or of what caused it; its name where there is none. */
function nameOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  if ('code' in error && typeof error.code === 'string') return error.code
  return error.cause instanceof Error ? nameOf(error.cause) : error.name
}

async function* inSlices(slices: readonly string[]): AsyncGenerator<Buffer> {
  for (const slice of slices) yield await Promise.resolve(Buffer.from(slice))
}

async function* endlessly(): AsyncGenerator<Buffer> {
  for (;;) {
    // A turn of the event loop, in which what comes meanwhile is read.
    await new Promise((resolve) => setImmediate(resolve))
    yield Buffer.alloc(64, 'x')
  }
}
