/** Keys and certificates for tests; how they were made stands in `fixtures/tls/make.sh`. */
import { readFileSync } from 'node:fs'

function pem(name: string): string {
  return readFileSync(new URL(`fixtures/tls/${name}`, import.meta.url), 'latin1')
}

/** The authority that signed all but the stranger. */
export const CA: string = pem('ca.crt')
/** A server for `localhost`, 127.0.0.1 and ::1. */
export const LOCALHOST: { readonly key: string; readonly cert: string } = identity('localhost')
/** A server for `other.test` and `*.other.test`. */
export const OTHER: { readonly key: string; readonly cert: string } = identity('other')
/** A client. */
export const CLIENT: { readonly key: string; readonly cert: string } = identity('client')
/** Says that it is `localhost`, but nobody else does. */
export const STRANGER: { readonly key: string; readonly cert: string } = identity('stranger')

function identity(name: string): { readonly key: string; readonly cert: string } {
  return { key: pem(`${name}.key`), cert: pem(`${name}.crt`) }
}
