/** A server as docs/smtp.md shows it, which takes every message and counts its octets; what it has counted goes to the file that it is told. */
import { serve } from '../../../src/smtp/index.ts'
import { tellAtEnd } from './tally.ts'

const tally = tellAtEnd(process.argv[2] as string)

const server = await serve(
  { hostname: 'mx.example.test', limits: { maxTransactions: 1e9 } },
  {
    message: async ({ body }) => {
      for await (const slice of body) tally.octets += slice.length
      tally.messages++
    },
  },
)
console.log(server.address.family === 'IPv4' && server.address.port)
