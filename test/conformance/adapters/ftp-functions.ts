/** The functions of FTP that the call blocks name, with arguments and results as JSON. */
import { parseExtendedPassiveText, parsePassiveText } from '../../../src/ftp/address.ts'
import { parseFeatures } from '../../../src/ftp/features.ts'
import { localName } from '../../../src/ftp/local-name.ts'
import { ClientMachine } from '../../../src/ftp/machine.ts'
import type { Functions } from '../runner/calls.ts'

/** The functions by name. */
export const ftpFunctions: Functions = {
  passivePort: (text: string) => parsePassiveText(text)?.port,
  extendedPassivePort: (text: string) => parseExtendedPassiveText(text),
  features: (...lines: string[]) => Object.fromEntries(parseFeatures({ code: 211, lines })),
  localName,
  command,
}

/** The octets of a command, as a client writes it behind its login. */
function command(verb: string, argument: string): string {
  const machine = new ClientMachine()
  machine.receive(Buffer.from('220 ready\r\n', 'latin1'))
  machine.next()
  return Buffer.concat([...machine.send({ type: 'otherCommand', verb, argument })]).toString('latin1')
}
