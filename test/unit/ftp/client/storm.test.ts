/** Many transfers of one session, broken off at random: what was acknowledged is there, whole, and nothing is left over. */
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { connect } from '../../../../src/ftp/client.ts'
import { serve } from '../../../../src/ftp/server.ts'
import { memory } from '../../../../src/ftp/storage/memory.ts'
import { setStage, turn } from '../../../support/ftp-stage.ts'
import { all } from '../../../support/ftp-files.ts'

const stage = setStage()

/** One thing that a session does; `after` turns of the event loop it is called off, where that is a number. */
const step = fc.record({
  what: fc.constantFrom('get', 'put', 'append', 'list', 'left'),
  octets: fc.nat(300_000),
  after: fc.option(fc.nat(12)),
})

it.each(['passive', 'active'] as const)(
  'a session survives whatever its transfers come to, in %s mode',
  async (mode) => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { minLength: 5, maxLength: 25 }), async (steps) => {
        const storage = memory()
        const server = await serve({}, { login: () => storage })
        const client = stage.keep(await connect(server.url, { mode, timeouts: { abortMs: 200 } }))
        await client.put('file', 'x'.repeat(200_000))
        for (const { what, octets, after } of steps) {
          const controller = new AbortController()
          const { signal } = controller
          if (after !== null) void turn(after).then(() => controller.abort(new Error('enough')))
          const source = 'y'.repeat(octets)
          const act = {
            get: async () => expect(await all(await client.get('file', { signal }))).toHaveLength(200_000),
            put: async () => {
              await client.put('up', source, { signal })
              expect(await client.size('up')).toBe(octets)
            },
            append: async () => client.append('log', source, { signal }),
            list: async () => {
              for await (const { name } of client.list('/', { signal })) expect(['file', 'up', 'log']).toContain(name)
            },
            left: async () => {
              for await (const chunk of await client.get('file', { signal })) if (chunk.length > 0) break
            },
          }
          await act[what]().catch((error: unknown) => expect(error).toMatchObject({ message: 'enough' }))
        }
        expect(await client.size('file')).toBe(200_000)
        await client.quit()
        await server.close({ graceMs: 0 })
      }),
      { numRuns: 8 },
    )
  },
)
