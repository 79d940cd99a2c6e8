/** The functions of SMTP that the call blocks name, with arguments and results as JSON; octets are text, one character for each. */
import { parseAddress } from '../../../src/smtp/address.ts'
import { DotEncoder } from '../../../src/smtp/data.ts'
import type { Command } from '../../../src/smtp/events.ts'
import { DEFAULT_TIMEOUTS, NORMALIZE, REFUSE, UNIX_LINES } from '../../../src/smtp/limits.ts'
import { reply, severity } from '../../../src/smtp/reply.ts'
import { Trace } from '../../../src/smtp/trace.ts'
import { writeCommand } from '../../../src/smtp/writer.ts'
import type { Functions } from '../runner/calls.ts'

const POLICIES = { refuse: REFUSE, normalize: NORMALIZE, unix: UNIX_LINES }

/** Who brings a message, and whose it is. */
interface Delivery {
  readonly from: string
  readonly to: readonly string[]
  readonly hello?: string
  readonly host?: string
}

/** The functions by name. */
export const smtpFunctions: Functions = {
  /** The octets of content, in these pieces, with its end. */
  content: (policy: keyof typeof POLICIES, ...pieces: string[]) => {
    const encoder = new DotEncoder(POLICIES[policy])
    const encoded = pieces.map((piece) => encoder.encode(Buffer.from(piece, 'latin1')))
    return Buffer.concat([...encoded, encoder.end()]).toString('latin1')
  },
  /** The octets of a command to a server that offers these extensions. */
  command: (command: Command, ...offered: string[]) =>
    Buffer.from(writeCommand(command, new Map(offered.map((keyword) => [keyword, []])))).toString('latin1'),
  severity: (code: number) => severity(reply(code, undefined, '')),
  timeouts: () => DEFAULT_TIMEOUTS,
  /** A message as it is kept: with its trace, in which the date is left out. */
  kept: async ({ from, to, hello = 'a.test', host = '192.0.2.7' }: Delivery, content: string) => {
    const recipients = to.map((address) => ({ path: parseAddress(address, 'ascii') ?? null, parameters: {} }))
    const trace = new Trace({
      hostname: 'mx.example.test',
      address: { family: host.includes(':') ? 'IPv6' : 'IPv4', host, port: 1025 },
      hello: { type: 'ehlo', domain: hello },
      tls: undefined,
      envelope: {
        from: parseAddress(from, 'ascii') ?? null,
        parameters: {},
        recipients: recipients.flatMap(({ path, parameters }) => (path === null ? [] : [{ path, parameters }])),
      },
      id: '1',
    })
    let text = ''
    for await (const piece of trace.before([Buffer.from(content, 'latin1')]))
      text += Buffer.from(piece).toString('latin1')
    return text.replace(/; \w{3}, [^\r]*/, '; now')
  },
}
