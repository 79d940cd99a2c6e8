/** The functions of FTP that the call blocks name, with arguments and results as JSON. */
import { parseExtendedPassiveText, parsePassiveText } from '../../../src/ftp/address.ts'
import { parseFeatures } from '../../../src/ftp/features.ts'
import { writeUnixLine } from '../../../src/ftp/listing/unix.ts'
import { localName } from '../../../src/ftp/local-name.ts'
import { ClientMachine } from '../../../src/ftp/machine.ts'
import { isName } from '../../../src/ftp/path.ts'
import type { Functions } from '../runner/calls.ts'

const DAY_MS = 86_400_000

/** The functions by name. */
export const ftpFunctions: Functions = {
  passivePort: (text: string) => parsePassiveText(text)?.port,
  extendedPassivePort: (text: string) => parseExtendedPassiveText(text),
  features: (...lines: string[]) => Object.fromEntries(parseFeatures({ code: 211, lines })),
  localName,
  isName,
  listRow: (name: string) => writeUnixLine({ name, type: 'file', size: 5, modifiedMs: DAY_MS }, 1000 * DAY_MS),
  command,
}

/** The octets of a command, as a client writes it behind its login. */
function command(verb: string, argument: string): string {
  const machine = new ClientMachine()
  machine.receive(Buffer.from('220 ready\r\n', 'latin1'))
  machine.next()
  return Buffer.concat([...machine.send({ type: 'otherCommand', verb, argument })]).toString('latin1')
}
