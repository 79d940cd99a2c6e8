/**
 * SMTP without any I/O, for both roles: bytes in, events out, bytes out (`net/machine.ts` has the contract). A role's machine is where
 * its parser, its table of `states.ts` and the writer meet:
 *
 *     receiver.ts   ServerMachine    commands and content in, replies out
 *     sender.ts     ClientMachine    replies in, commands and content out
 *
 * (RFC 821 called the two ends receiver-SMTP and sender-SMTP.) What the one sends is what the other's `next()` gives out.
 */
export type { Greeting } from './answers.ts'
export { ServerMachine } from './receiver.ts'
export type { ServerMachineOptions } from './receiver.ts'
export { ClientMachine } from './sender.ts'
export type { ClientMachineOptions } from './sender.ts'
