/** The same by smtp-server: no name is looked up, nobody logs in, nothing is logged. */
import type { AddressInfo } from 'node:net'
import { SMTPServer } from 'smtp-server'
import { tellAtEnd } from './tally.ts'

const tally = tellAtEnd(process.argv[2] as string)

const server = new SMTPServer({
  name: 'mx.example.test',
  authOptional: true,
  disabledCommands: ['AUTH', 'STARTTLS'],
  disableReverseLookup: true,
  onData(stream, _session, done) {
    stream.on('data', (slice: Buffer) => (tally.octets += slice.length))
    stream.on('end', () => {
      tally.messages++
      done()
    })
  },
})
server.listen(0, '127.0.0.1', () => console.log((server.server.address() as AddressInfo).port))
