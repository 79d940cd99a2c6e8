/**
 * The 164 addresses of is_email, as a client would send them. They are another project's and not kept here: without them these
 * tests are skipped.
 */
import { existsSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { parseForwardPath, writePath } from '../../../src/smtp/address.ts'
import { MachineServer } from '../../support/smtp.ts'

interface Case {
  readonly id: number
  readonly address: string
  readonly diagnosis: string
  readonly acceptEnvelope5321: boolean
  readonly ambiguousIPv6: boolean
  readonly clientLine?: string
}

const CORPUS = new URL('../../../../shared/corpora/smtp/addresses.json', import.meta.url)

/** `::` for a single group of zeros, which RFC 5321 §4.1.3 has not and RFC 4291 has. */
const isClear = ({ ambiguousIPv6, clientLine }: Case): boolean => !ambiguousIPv6 && clientLine !== undefined

if (!existsSync(CORPUS)) {
  console.warn('SKIPPED: the addresses of is_email, which are not on this machine')
  describe.skip('the addresses of is_email (not on this machine)', () => it.skip('are read as their category says'))
} else {
  const { cases } = JSON.parse(readFileSync(CORPUS, 'utf8')) as { readonly cases: readonly Case[] }

  describe('the addresses of is_email', () => {
    it('are all there', () => {
      expect(cases.length).toBe(164)
      expect(cases.filter(isClear).length).toBeGreaterThan(120)
    })

    for (const { id, address, diagnosis, acceptEnvelope5321, clientLine = '' } of cases.filter(isClear)) {
      it(`${id} ${JSON.stringify(address).slice(0, 60)} ${acceptEnvelope5321 ? 'is taken' : 'is refused'} (${diagnosis})`, () => {
        const server = new MachineServer().feed('EHLO p.test\r\n', 'MAIL FROM:<>\r\n')
        server.feed(Buffer.from(clientLine, 'latin1'))
        expect(server.codes.slice(3)).toEqual([acceptEnvelope5321 ? 250 : 501])
        const [path] = server.machine.envelope?.recipients ?? []
        // What was taken is written again, and read again as the same.
        if (path !== undefined) expect(parseForwardPath(writePath(path.path) ?? '')).toEqual(path.path)
      })
    }

    it('with line breaks in them are never taken', () => {
      const broken = cases.filter(({ clientLine }) => clientLine === undefined)
      expect(broken.length).toBeGreaterThan(10)
      for (const { id, address } of broken) expect(parseForwardPath(`<${address}>`), String(id)).toBeUndefined()
    })
  })
}
