/** Clients that keep their connections, at smtp-sink: here the load is what is measured. */
import { fileURLToPath } from 'node:url'
import { runLoad } from '../processes.ts'
import type { Contender, Suite } from '../suite.ts'
import { startSink } from './sink.ts'

const LOAD = fileURLToPath(new URL('./clients/load.js', import.meta.url))

async function start(name: string): Promise<Contender> {
  const { port, stop } = await startSink()
  const round = async (seconds: number): Promise<number> =>
    Number(await runLoad(process.execPath, [LOAD, name, String(port), String(seconds)]))
  return { round, stop }
}

/** The case. */
export const suite: Suite = {
  title: 'SMTP clients',
  about:
    'A pool of ten connections on one core sends messages of 1 KiB to smtp-sink on the other. Each message is made already: none of the clients composes it.',
  cases: [
    {
      kind: 'round',
      name: 'messages of 1 KiB over ten connections',
      unit: 'messages/s',
      better: 'more',
      rival: 'nodemailer',
      contenders: { wireline: () => start('wireline'), nodemailer: () => start('nodemailer') },
    },
  ],
}
