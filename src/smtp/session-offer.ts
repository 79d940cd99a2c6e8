/**
 * What a server offers on one connection, as it stands: before TLS, within it, to a stranger, to a trusted proxy. It is worked out when a
 * session begins, and again when STARTTLS has changed everything.
 */
import type { Socket } from '../net/socket.ts'
import { mechanismsOf } from './auth-handlers.ts'
import { DEFAULT_EXTENSIONS } from './extensions.ts'
import type { ExtensionKeyword } from './extensions.ts'
import type { ServerHandlers } from './handlers.ts'
import { ServerMachine } from './receiver.ts'
import type { ServerMachineOptions } from './receiver.ts'
import { channelBindings } from './sasl/channel-binding.ts'
import { offeredMechanisms } from './sasl/offer.ts'
import type { OfferOptions } from './sasl/offer.ts'
import type { ResolvedServerOptions } from './server-options.ts'

/** Which mechanisms of AUTH this connection may use, and what they are bound to. */
export function saslOffer(socket: Socket, options: ResolvedServerOptions, handlers: ServerHandlers): OfferOptions {
  const { tls } = socket
  const { hostname, allowCleartextAuth = false, scramDecoy, audience } = options
  return {
    hostname,
    mechanisms: handlers.auth === undefined ? [] : mechanismsOf(handlers.auth),
    security: tls === undefined ? 'none' : 'tls',
    isCertified: tls?.isAuthorized === true,
    allowCleartext: allowCleartextAuth,
    ...(tls !== undefined && { channelBindings: channelBindings(tls, tls.localCertificate) }),
    ...(scramDecoy !== undefined && { decoy: scramDecoy }),
    ...(audience !== undefined && { audience }),
  }
}

/** What strangers are offered in the clear is the same for all of them: it is worked out once for a server, and kept once. */
const IN_THE_CLEAR = new WeakMap<ServerHandlers, { options: ResolvedServerOptions; machine: ServerMachineOptions }>()

/** The machine of a session that begins on this connection, or that begins anew behind STARTTLS. */
export function machineFor(
  socket: Socket,
  options: ResolvedServerOptions,
  handlers: ServerHandlers,
  greeting: 'owed' | 'given',
): ServerMachine {
  const isTrusted = options.trusted.has(socket.remote)
  if (isTrusted || greeting === 'given' || socket.tls !== undefined) {
    return new ServerMachine(machineOptions(socket, options, handlers, isTrusted ? 'trusted' : 'stranger', greeting))
  }
  const known = IN_THE_CLEAR.get(handlers)
  if (known?.options === options) return new ServerMachine(known.machine)
  const machine = Object.freeze(machineOptions(socket, options, handlers, 'stranger', greeting))
  IN_THE_CLEAR.set(handlers, { options, machine })
  return new ServerMachine(machine)
}

function machineOptions(
  socket: Socket,
  options: ResolvedServerOptions,
  handlers: ServerHandlers,
  peer: 'stranger' | 'trusted',
  greeting: 'owed' | 'given',
): ServerMachineOptions {
  const offer = saslOffer(socket, options, handlers)
  const canUpgrade = options.tls === undefined ? 'none' : 'offered'
  return {
    ...options,
    extensions: options.extensions ?? extensionsFor(handlers),
    greeting,
    security: socket.tls === undefined ? canUpgrade : 'active',
    mechanisms: offeredMechanisms(offer),
    // What is to be had behind STARTTLS is refused for that reason, and not as unknown.
    mechanismsUnderTls: offeredMechanisms({ ...offer, allowCleartext: true }),
    peer,
  }
}

/** What asks nothing of a program, and what it has a handler for. */
function extensionsFor({ expn, etrn }: ServerHandlers): readonly ExtensionKeyword[] {
  return [
    ...DEFAULT_EXTENSIONS,
    ...(expn === undefined ? [] : (['EXPN'] as const)),
    ...(etrn === undefined ? [] : (['ETRN'] as const)),
  ]
}
