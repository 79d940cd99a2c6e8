/**
 * Transfer parameter commands (RFC 959 §4.1.2, RFC 2428, RFC 3659 §5): how the transfer to come is to be done, and where.
 *
 *     C: TYPE I            S: 200 TYPE is I
 *     C: EPSV              S: 229 Entering Extended Passive Mode (|||50012|)
 *     C: REST 1000         S: 350 The next transfer begins at 1000
 *
 * What is known and not supported is 504, what is no parameter at all was 501 before it came here (`grammar.ts`).
 */
import { NETWORK_PROTOCOL, writeExtendedPassiveText, writePassiveText } from '../address.ts'
import { Refusal } from '../refusal.ts'
import type { ServerSession } from '../session.ts'
import type { VerbHandlers } from './verbs.ts'

/** TYPE, MODE, STRU, REST, RANG, and the ways to a data connection. */
export const PARAMETERS: VerbHandlers<'TYPE' | 'MODE' | 'STRU' | 'REST' | 'RANG' | 'PORT' | 'EPRT' | 'PASV' | 'EPSV'> =
  {
    /** A N, I and L 8 are what every server must have (RFC 1123 §4.1.2.13); A T is the same as A N here (§4.1.2.2). */
    async TYPE(session, type) {
      if (type.code === 'E' || (type.code === 'A' && type.format === 'C') || (type.code === 'L' && type.byteSize !== 8))
        throw new Refusal([504], 'TYPE A N, I and L 8 are supported')
      session.type = type.code === 'A' ? 'A' : 'I'
      await session.reply('TYPE', 200, `TYPE is ${session.type}`)
    },

    /** Stream mode alone; nobody sends blocks any more. */
    async MODE(session, mode) {
      if (mode !== 'S') throw new Refusal([504], 'MODE S is supported')
      await session.reply('MODE', 200, 'MODE is S')
    },

    /** File structure alone: this is no system with records (RFC 1123 §4.1.2.13). */
    async STRU(session, structure) {
      if (structure !== 'F') throw new Refusal([504], 'STRU F is supported')
      await session.reply('STRU', 200, 'STRU is F')
    },

    /** The machine keeps the marker. Whether it lies within the file is for the transfer to say (RFC 3659 §5.3). */
    async REST(session, marker) {
      if (marker > 0 && session.type === 'A') throw new Refusal([501], 'A marker counts octets: set TYPE I first')
      await session.reply('REST', 350, `The next transfer begins at ${marker}`)
    },

    /** The machine keeps the range, as it does a marker; `1 0` is the whole file again. */
    async RANG(session, { from, to }) {
      if (session.type === 'A') throw new Refusal([501], 'A range counts octets: set TYPE I first')
      const text = to === undefined ? 'all of the file' : `octets ${from} to ${to}`
      await session.reply('RANG', 350, `The next transfer is ${text}`)
    },

    /** Where the client waits; we connect when the transfer is commanded. Who may be named is `isPortAllowed`'s to say. */
    async PORT(session, target) {
      refuseBehindEpsvAll(session)
      await session.appoint(target)
      await session.reply('PORT', 200, 'The next transfer connects to that port')
    },

    /** The same for any network protocol; ours are the two that RFC 2428 §2 numbers, and only the one that we talk over can be right. */
    async EPRT(session, { protocol, address }) {
      refuseBehindEpsvAll(session)
      if (address === undefined || (protocol !== ownProtocol(session) && session.context.fxp === 'refuse'))
        throw unsupportedProtocol(session)
      await session.appoint(address)
      await session.reply('EPRT', 200, 'The next transfer connects to that port')
    },

    /** Six numbers, of which four are our IPv4 address: where the client has reached us, or `externalAddress`. */
    async PASV(session) {
      refuseBehindEpsvAll(session)
      const { local, remote } = session.control.socket
      if (local.family !== 'IPv4') throw new Refusal([425], 'PASV is for IPv4: send EPSV')
      const { externalAddress } = session.context
      const external = typeof externalAddress === 'function' ? externalAddress(remote) : externalAddress
      const { port } = await session.listen()
      await session.reply('PASV', 227, writePassiveText({ host: external ?? local.host, port }))
    },

    /** Only a port: the host is the one that the client talks to, in the same family (RFC 2428 §3). */
    async EPSV(session, argument) {
      if (argument === 'ALL') {
        session.passive = 'extendedOnly'
        return session.reply('EPSV', 200, 'Only EPSV from now on')
      }
      if (argument !== undefined && argument !== ownProtocol(session)) throw unsupportedProtocol(session)
      const { port } = await session.listen()
      await session.reply('EPSV', 229, writeExtendedPassiveText(port))
    },
  }

/** The number of the control connection's own protocol, which the data connection has too. */
function ownProtocol(session: ServerSession): number {
  return session.control.socket.local.family === 'IPv6' ? NETWORK_PROTOCOL.IPv6 : NETWORK_PROTOCOL.IPv4
}

/** EPSV ALL is a promise to an address translator on the way, which looks for no other command from then on (RFC 2428 §4). */
function refuseBehindEpsvAll(session: ServerSession): void {
  if (session.passive === 'extendedOnly') throw new Refusal([503], 'EPSV ALL was sent')
}

/** The list in parentheses at the end is for programs (RFC 2428 §2). */
function unsupportedProtocol(session: ServerSession): Refusal {
  return new Refusal([522], `Network protocol not supported, use (${ownProtocol(session)})`)
}
