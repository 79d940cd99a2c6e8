/** Our client beside basic-ftp, each on one core, vsftpd on the other: a download of 512 MiB, and tiny ones on one session. */
import { fileURLToPath } from 'node:url'
import { runLoad } from '../processes.ts'
import type { Case, Contender, Suite } from '../suite.ts'
import { folder } from './processes/files.ts'
import { script, VSFTPD } from './servers.ts'

function client(name: string, work: string): () => Promise<Contender> {
  return async () => {
    const { port, stop } = await VSFTPD.start(folder().root)
    const args = [fileURLToPath(script('clients')), name, work, String(port)]
    return { round: async (seconds) => Number(await runLoad(process.execPath, [...args, String(seconds)])), stop }
  }
}

function competition(work: string): Pick<Case & { kind: 'round' }, 'rival' | 'goals' | 'contenders'> {
  return {
    rival: 'basic-ftp',
    goals: [{ contender: 'wireline', rival: 'basic-ftp', atLeast: 1 }],
    contenders: { wireline: client('wireline', work), 'basic-ftp': client('basic-ftp', work) },
  }
}

/** The cases. */
export const suite: Suite = {
  title: 'FTP clients',
  about: 'Downloads from vsftpd. A client throws away what it gets when it has counted it.',
  cases: [
    { kind: 'round', name: 'download of 512 MiB', unit: 'GB/s', better: 'more', ...competition('retrieve') },
    { kind: 'round', name: 'download of 100 octets', unit: 'ms', better: 'less', ...competition('tiny') },
  ],
}
