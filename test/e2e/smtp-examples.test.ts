/** The examples for SMTP, each run as a process of its own: what it prints. */
import { fileURLToPath } from 'node:url'
import { describe, expect, it } from 'vitest'
import { Program } from '../support/example.ts'

const pem = (name: string): string => fileURLToPath(new URL(`../support/fixtures/tls/${name}`, import.meta.url))

// Most of their time is that of starting Node: beside one another it is spent once.
describe('the examples for SMTP', { concurrent: true, timeout: 20_000 }, () => {
  it('fail by script', async (test) => {
    const program = new Program(test, 'smtp-faults')
    expect(await program.end()).toBe(0)
    expect(program.output).toMatch(
      /^1: .* 421 Not now\n2: Sending was broken off: .*\n3: 1 accepted, 1 refused\n2 kept, 0 faults left\n$/,
    )
  })

  it('take submissions', async (test) => {
    const program = new Program(test, 'smtp-submission', pem('localhost.key'), pem('localhost.crt'), pem('ca.crt'))
    expect(await program.end()).toBe(0)
    expect(program.output).toMatch(
      /^7 octets of joe for 1, by TLSv1\.3\nThe server answered MAIL with 550 5\.7\.1 You may not send in this name\n$/,
    )
  })
})
