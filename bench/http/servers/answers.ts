/**
 * What every server under test answers, and how it tells that it is there:
 *
 *     GET /        13 octets
 *     GET /large   64 KiB
 *     POST /echo   what was sent
 */

/** To `GET /`. */
export const HELLO = 'Hello, world!'

/** To `GET /large`. */
export const LARGE: Buffer = Buffer.alloc(65_536, 'wireline ')

/** Of `HELLO` and `LARGE`, and of what is echoed. */
export const TEXT = 'text/plain'
export const JSON_TYPE = 'application/json'

/** Says where this server listens, and ends it when it is told to. */
export function announce(port: number): void {
  process.once('SIGTERM', () => process.exit(0))
  console.log(port)
}
