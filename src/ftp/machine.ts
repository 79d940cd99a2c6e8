/**
 * FTP's control connection without any I/O, for either role: the parsers, the tables and the writer put together
 * (`net/machine.ts` has the contract).
 *
 *     const machine = new ServerMachine()
 *     output.push(...machine.send({ type: 'reply', to: 'greeting', code: 220, lines: ['Ready'] }))
 *     machine.receive(bytes)
 *     for (let event = machine.next(); event.type !== 'needData'; event = machine.next())
 *       if (event.type === 'refused') output.push(...machine.send(event.reply))
 *
 * The two ends are two files, since they have little in common but this contract: `server-machine.ts` owes replies, and
 * `client-machine.ts` waits for them.
 */
export { ClientMachine } from './client-machine.ts'
export type { MachineOptions } from './limits.ts'
export { ServerMachine } from './server-machine.ts'
