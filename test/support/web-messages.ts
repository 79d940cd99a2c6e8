/** What can be seen of a `Request` or `Response`: the same of ours as of the platform's. */
import { pair } from '../../src/net/pair.ts'
import { answerWith } from '../../src/http/web.ts'
import { ServerConnection } from '../../src/http/server-connection.ts'

/** Accessors whose objects are looked at one by one. */
const OBJECTS = ['headers', 'signal', 'body']

/** The ways to read content; the last one is new in Node 26. */
export const READERS = ['text', 'json', 'arrayBuffer', 'bytes', 'blob', 'formData', 'clone', 'body'] as const
/** One of them. */
export type Reader = (typeof READERS)[number]

/** The value of every accessor of the platform's class. */
export function facts(message: Request | Response, platform: object): Record<string, unknown> {
  const seen: Record<string, unknown> = {}
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(platform)))
    if (descriptor.get !== undefined && !OBJECTS.includes(name)) seen[name] = Reflect.get(message, name)
  return { ...seen, hasBody: message.body !== null, tag: Object.prototype.toString.call(message) }
}

/** All that a `Headers` says, of names that are there and of others, and what comes of changing it. */
export function fieldFacts(headers: Headers, names: readonly unknown[]): unknown[] {
  const looked = names.map((name) => [
    attempt(() => headers.get(name as string)),
    attempt(() => headers.has(name as string)),
  ])
  const all = [[...headers], [...headers.keys()], headers.getSetCookie(), Object.prototype.toString.call(headers)]
  headers.append('x-more', 'yes')
  headers.delete('accept')
  return [looked, all, headers.get('x-more'), [...headers], looked.length]
}

function attempt(work: () => unknown): unknown {
  try {
    return work()
  } catch (error) {
    return (error as Error).name
  }
}

/** What reading the content comes to, and reading it once more, and whether it counts as read before, between and after. */
export async function reading(message: Request | Response, reader: Reader): Promise<unknown[]> {
  const seen: unknown[] = [message.bodyUsed]
  for (let time = 0; time < 2; time++) {
    const outcome = read(message, reader)
    seen.push(message.bodyUsed, await outcome.catch((error: unknown) => (error as Error).name), message.bodyUsed)
  }
  return [...seen, await message.text().catch((error: unknown) => (error as Error).name)]
}

async function read(message: Request | Response, reader: Reader): Promise<unknown> {
  switch (reader) {
    case 'clone':
      return await message.clone().text()
    case 'body':
      return message.body === null ? null : await new Response(message.body).text()
    case 'blob': {
      const blob = await message.blob()
      return [blob.type, await blob.text()]
    }
    case 'formData':
      return [...(await message.formData())]
    case 'bytes':
      return Array.from(await (message as Response & { bytes(): Promise<Uint8Array> }).bytes())
    case 'arrayBuffer':
      return Array.from(new Uint8Array(await message.arrayBuffer()))
    default:
      return await message[reader]()
  }
}

/** Gives octets to a server in memory whose handler is `handler`; all that it answers until it has ended. */
export async function exchangeOctets(
  octets: Buffer,
  handler: (request: Request) => Response | Promise<Response>,
): Promise<string> {
  const [near, far] = pair()
  const errors: Error[] = []
  new ServerConnection(far, answerWith(handler), { onError: (error) => errors.push(error) })
  await near.write([octets])
  const parts: Buffer[] = []
  for (let part = await near.read(); part !== undefined; part = await near.read()) parts.push(Buffer.from(part))
  near.destroy()
  await far.closed
  if (errors[0] !== undefined) throw errors[0]
  return Buffer.concat(parts).toString('latin1')
}
