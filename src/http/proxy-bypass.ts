/**
 * What goes past a proxy, as the environment variable `NO_PROXY` has it in most programs: a list of names, addresses and networks.
 *
 *     entry   localhost   .internal.test   *.internal.test   192.0.2.1   10.0.0.0/8   [2001:db8::1]:8080   a.test:8080   *
 *
 * A name stands for itself and for every name below it, with or without a dot before it; one with a port stands for that port
 * alone. Addresses are compared with URLs that hold an address: nothing is looked up.
 */
import { AddressSet, addressFrom } from '../net/address.ts'
import { lowerAscii, parseDecimal } from '../net/ascii.ts'
import { trimOws } from './grammar.ts'

/** Whether a host and a port are meant. */
type Entry = (host: string, port: number) => boolean

/**
 * A predicate from a list with commas. Throws a `RangeError` for a network that is none.
 *
 *     new Client({ proxy: { url: 'http://proxy.test:3128', bypass: noProxy('localhost, .internal.test, 10.0.0.0/8') } })
 */
export function noProxy(list: string): (url: URL) => boolean {
  const entries = list
    .split(',')
    .map((entry) => lowerAscii(trimOws(entry)))
    .filter((entry) => entry !== '')
    .map(entryOf)
  return ({ protocol, hostname, port }) => {
    const host = withoutDot(withoutBrackets(hostname))
    const number = port === '' ? (protocol === 'https:' ? 443 : 80) : Number(port)
    return entries.some((isMeant) => isMeant(host, number))
  }
}

function entryOf(text: string): Entry {
  if (text === '*') return () => true
  const { host, port } = cutPort(text)
  const isMeant = host.includes('/') || addressFrom(host, 0) !== undefined ? addressEntry(host) : nameEntry(host)
  return port === undefined ? isMeant : (candidate, number) => number === port && isMeant(candidate)
}

function addressEntry(network: string): (host: string) => boolean {
  const addresses = new AddressSet([network])
  return (host) => {
    const address = addressFrom(host, 0)
    return address !== undefined && addresses.has(address)
  }
}

function nameEntry(text: string): (host: string) => boolean {
  const name = withoutDot(text.replace(/^(?:[*]?[.])/, ''))
  return (host) => host === name || host.endsWith(`.${name}`)
}

/** `a.test:8080`, `192.0.2.1:8080`, `[2001:db8::1]:8080`; an IPv6 address without brackets has no port. */
function cutPort(text: string): { readonly host: string; readonly port: number | undefined } {
  const colon = text.lastIndexOf(':')
  const isBare = text.indexOf(':') !== colon && !text.startsWith('[')
  const port = colon === -1 || isBare ? undefined : parseDecimal(text.slice(colon + 1), 0xffff)
  return { host: withoutBrackets(port === undefined ? text : text.slice(0, colon)), port }
}

function withoutBrackets(host: string): string {
  return host.startsWith('[') && host.endsWith(']') ? host.slice(1, -1) : host
}

/** `a.test.` is `a.test`. */
function withoutDot(host: string): string {
  return host.endsWith('.') ? host.slice(0, -1) : host
}
