/** A file of 100 octets, downloaded again and again on a session that is kept: EPSV, a connection, RETR, 226. */
import { strictEqual } from 'node:assert'
import type { Contender, Suite } from '../suite.ts'
import { folder, TINY } from './processes/files.ts'
import { NeutralClient } from './processes/neutral-client.ts'
import { FTP_SRV, PYFTPDLIB, underLoad, VSFTPD, WIRELINE } from './servers.ts'
import type { FtpServer } from './servers.ts'

function tiny({ user, start }: FtpServer): () => Promise<Contender> {
  return async () => {
    const running = await start(folder().root)
    const client = await NeutralClient.login(running.port, user)
    strictEqual(await client.retrieve(TINY.name), TINY.octets)
    await client.quit()
    return underLoad(running, 'tiny', user)
  }
}

/** The case. */
export const suite: Suite = {
  title: 'Tiny FTP transfers',
  about: 'From EPSV to 226, one behind the other on one session; the client connects before it says RETR.',
  cases: [
    {
      kind: 'round',
      name: 'EPSV and RETR of 100 octets',
      unit: 'ms',
      better: 'less',
      rival: 'ftp-srv',
      goals: [{ contender: 'wireline', rival: 'ftp-srv', atLeast: 30 }],
      contenders: {
        wireline: tiny(WIRELINE),
        'ftp-srv': tiny(FTP_SRV),
        vsftpd: tiny(VSFTPD),
        pyftpdlib: tiny(PYFTPDLIB),
      },
    },
  ],
}
