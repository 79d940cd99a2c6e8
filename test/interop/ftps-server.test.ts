/** The programs that people use, against our server over TLS: with the defaults, data connections must resume the session. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeEach, expect, it } from 'vitest'
import {
  memory,
  serve,
  type Leniency,
  type Server,
  type ServerTlsOptions,
  type TransferEvent,
} from '../../src/ftp/index.ts'
import { folder, pattern, run, type Folder, type Outcome } from '../support/ftp-programs.ts'
import { describePeer } from '../support/peers.ts'
import { LOCALHOST } from '../support/tls.ts'

const FILE = pattern(700_000)
const CA = fileURLToPath(new URL('../support/fixtures/tls/ca.crt', import.meta.url))

let here: Folder
let server: Server
let events: TransferEvent[]

beforeEach(() => {
  here = folder('ftps-here')
  events = []
  writeFileSync(join(here.path, 'file'), FILE)
})

afterEach(async () => {
  await server.close({ graceMs: 500 })
  here.remove()
})

/** A server with a small and a large file, and its port. */
async function start(tls: Partial<ServerTlsOptions> = {}, leniency: Partial<Leniency> = {}): Promise<string> {
  const storage = memory()
  for (const [name, octets] of [
    ['remote', FILE],
    ['small', Buffer.from('hello')],
  ] as const) {
    const sink = await storage.write([name], { type: 'create' })
    await sink.write(octets)
    await sink.commit()
  }
  server = await serve(
    { tls: { ...LOCALHOST, ...tls }, leniency },
    {
      login: ({ user, password }) => (user === 'joe' && password === 'secret' ? storage : undefined),
      transfer: (event) => void events.push(event),
    },
  )
  return new URL(server.url).port
}

function expectDone(outcome: Outcome): void {
  expect(outcome, outcome.stderr).toMatchObject({ exit: 0 })
}

function outcomes(): string[] {
  return events.map(({ verb, outcome, bytes }) => `${verb} ${outcome} ${bytes}`)
}

describePeer('curl', (curl) => {
  const go = (...args: string[]): Promise<Outcome> =>
    run(curl, ['-sS', '--max-time', '10', '--cacert', CA, '-u', 'joe:secret', ...args], here.path)

  it.each([
    ['explicit', '1.3'],
    ['explicit', '1.2'],
    ['implicit', '1.3'],
    ['implicit', '1.2'],
  ] as const)('transfers with %s TLS up to %s', async (mode, version) => {
    const url = `${mode === 'implicit' ? 'ftps' : 'ftp'}://localhost:${await start({ mode })}`
    const secured = ['--ssl-reqd', '--tls-max', version]
    // One transfer a run: of TLS 1.3, curl resumes only every second time.
    expectDone(await go(...secured, `${url}/remote`, '-o', 'got'))
    expectDone(await go(...secured, `${url}/small`, '-o', 'small'))
    expect(readFileSync(join(here.path, 'got')).equals(FILE)).toBe(true)
    expect(readFileSync(join(here.path, 'small')).toString()).toBe('hello')
    expectDone(await go(...secured, '-T', 'file', `${url}/up`))
    expect((await go(...secured, '-l', `${url}/`)).stdout).toMatch(/^remote\r?\nsmall\r?\nup\r?\n$/)
    expect(outcomes()).toEqual(['RETR complete 700000', 'RETR complete 5', 'STOR complete 700000'])
  })

  // Not in active mode: from 7.87 to 7.88 curl forgets TLS on what it accepts (curl#10666).
  it.each([
    ['by PASV', ['--disable-epsv']],
    ['with CCC, which is refused', ['--ftp-ssl-ccc']],
  ])('transfers %s', async (_name, way) => {
    const url = `ftp://localhost:${await start()}`
    expectDone(await go('--ssl-reqd', '-4', ...way, `${url}/remote`, '-o', 'got'))
    expect(readFileSync(join(here.path, 'got')).equals(FILE)).toBe(true)
    expectDone(await go('--ssl-reqd', '-4', ...way, '-T', 'file', `${url}/up`))
    expect(outcomes()).toEqual(['RETR complete 700000', 'STOR complete 700000'])
  })

  it('resumes, appends, transfers text, and moves files about', async () => {
    const url = `ftp://localhost:${await start()}`
    writeFileSync(join(here.path, 'part'), FILE.subarray(0, 300_000))
    expectDone(await go('--ssl-reqd', '-C', '-', `${url}/remote`, '-o', 'part'))
    expect(readFileSync(join(here.path, 'part')).equals(FILE)).toBe(true)
    expectDone(await go('--ssl-reqd', '--append', '-T', 'file', `${url}/small`))
    expectDone(await go('--ssl-reqd', '-r', '0-9', `${url}/small`, '-o', 'head'))
    expect(
      readFileSync(join(here.path, 'head')).equals(Buffer.concat([Buffer.from('hello'), FILE.subarray(0, 5)])),
    ).toBe(true)
    writeFileSync(join(here.path, 'text'), 'one\ntwo\n')
    expectDone(await go('--ssl-reqd', '-B', '-T', 'text', `${url}/text`))
    expect((await go('--ssl-reqd', '-B', `${url}/text`)).stdout).toBe('one\ntwo\n')
    expectDone(await go('--ssl-reqd', '-Q', 'RNFR text', '-Q', 'RNTO words', '-Q', '-DELE remote', `${url}/`))
    expect((await go('--ssl-reqd', '-l', `${url}/`)).stdout).toMatch(/^small\r?\nwords\r?\n$/)
  })

  it.each([
    ['active', '1.3', 'refuse'],
    ['active', '1.2', 'refuse'],
    ['passive', '1.3', 'accept'],
    ['passive', '1.2', 'accept'],
  ] as const)('goes on in the clear behind CCC, %s, TLS up to %s', async (ccc, version, clearWithoutCloseNotify) => {
    // A session that it has not ended with close_notify, curl does not resume.
    const resumption = ccc === 'active' ? 'required' : 'optional'
    const port = await start({ clearing: 'allowed', resumption }, { clearWithoutCloseNotify })
    const cleared = ['-v', '--ssl-reqd', '--tls-max', version, '--ftp-ssl-ccc', '--ftp-ssl-ccc-mode', ccc]
    const got = await go(...cleared, `ftp://localhost:${port}/remote`, '-o', 'got')
    expectDone(got)
    expect(got.stderr).toMatch(/> CCC\r?\n(?:[^<>][^\n]*\n)*< 200 /)
    expect(readFileSync(join(here.path, 'got')).equals(FILE)).toBe(true)
    expect(outcomes()).toEqual(['RETR complete 700000'])
    expect(events[0]?.peer.tls).toBeUndefined()
    if (ccc === 'passive') return
    expectDone(await go(...cleared, '-T', 'file', `ftp://localhost:${port}/up`))
    expect(outcomes()).toEqual(['RETR complete 700000', 'STOR complete 700000'])
  })

  it('is refused to go on in the clear, unless that is allowed', async () => {
    const port = await start()
    const outcome = await go('-v', '--ssl-reqd', '--ftp-ssl-ccc', `ftp://localhost:${port}/small`)
    expectDone(outcome)
    expect(outcome.stderr).toContain('< 534 ')
    expect(events.map(({ peer }) => peer.tls === undefined)).toEqual([false])
  })

  it('is refused data in the clear, unless that is allowed', async () => {
    const port = await start()
    expect((await go('--ftp-ssl-control', `ftp://localhost:${port}/small`)).exit).not.toBe(0)
    expect((await go(`ftp://localhost:${port}/small`)).exit).toBe(67)
    await server.close()
    const lenient = await start({ required: 'login' })
    expect((await go('--ftp-ssl-control', `ftp://localhost:${lenient}/small`)).stdout).toBe('hello')
  })
})

describePeer('lftp', (lftp) => {
  const go = (url: string, commands: string): Promise<Outcome> => {
    const settings = `set net:timeout 8; set net:max-retries 1; set cmd:fail-exit yes; set ssl:ca-file ${CA}`
    const secured = 'set ftp:ssl-force yes; set ftp:ssl-protect-data yes; set ftp:ssl-protect-list yes'
    return run(lftp, ['-u', 'joe,secret', '-e', `${settings}; ${secured}; ${commands}; bye`, url], here.path)
  }

  it.each(['explicit', 'implicit'] as const)('transfers with %s TLS', async (mode) => {
    const url = `${mode === 'implicit' ? 'ftps' : 'ftp'}://localhost:${await start({ mode })}`
    const outcome = await go(
      url,
      'ls; get remote -o got; get small; put file -o up; mirror . all; set ftp:passive-mode no; get up',
    )
    expectDone(outcome)
    expect(outcome.stdout).toMatch(/ remote\n.* small\n/)
    for (const name of ['got', 'up', 'all/up']) expect(readFileSync(join(here.path, name)).equals(FILE)).toBe(true)
    expect(outcomes().every((each) => each.includes(' complete '))).toBe(true)
  })
})

describePeer('lftp', (lftp) => {
  it('resumes both ways, and transfers text', async () => {
    const port = await start()
    writeFileSync(join(here.path, 'part'), FILE.subarray(0, 123_456))
    writeFileSync(join(here.path, 'text'), 'one\ntwo\n')
    const settings = `set net:timeout 8; set net:max-retries 1; set cmd:fail-exit yes; set ssl:ca-file ${CA}; set ftp:ssl-force yes`
    const commands =
      'get -c remote -o part; put part -o up; put -a text; get -a text -o back; rm small; mv text words; cls -1'
    const args = ['-u', 'joe,secret', '-e', `${settings}; ${commands}; bye`, `ftp://localhost:${port}`]
    const outcome = await run(lftp, args, here.path)
    expectDone(outcome)
    expect(readFileSync(join(here.path, 'part')).equals(FILE)).toBe(true)
    expect(readFileSync(join(here.path, 'back'), 'latin1')).toBe('one\ntwo\n')
    expect(outcome.stdout).toBe('remote\nup\nwords\n')
  })
})

// Of the others wget alone speaks TLS: ncftp, tnftp and inetutils-ftp have none for FTP.
describePeer('wget', (wget) => {
  it.each([
    ['explicit', 'passive', []],
    ['explicit', 'active', ['--no-passive-ftp']],
    ['implicit', 'passive', ['--ftps-implicit']],
  ] as const)('downloads with %s TLS, %s', async (mode, _way, args) => {
    const url = `ftps://joe:secret@localhost:${await start({ mode })}`
    const common = ['-q', '-t', '1', '-T', '10', `--ca-certificate=${CA}`, ...args]
    expectDone(await run(wget, [...common, '-O', 'got', `${url}/remote`], here.path))
    expect(readFileSync(join(here.path, 'got')).equals(FILE)).toBe(true)
    expect(outcomes()).toEqual(['RETR complete 700000'])
  })
})

/** It makes each data connection a session of its own (cpython#63699), so resumption has to be optional for it. */
const FTPLIB = `
import ftplib, io, ssl, sys
port, ca = int(sys.argv[1]), sys.argv[2]
ftp = ftplib.FTP_TLS(context=ssl.create_default_context(cafile=ca))
ftp.connect('localhost', port, timeout=8)
ftp.login('joe', 'secret')
ftp.prot_p()
got = io.BytesIO()
ftp.retrbinary('RETR remote', got.write)
ftp.storbinary('STOR up', io.BytesIO(got.getvalue()))
tail = io.BytesIO()
ftp.retrbinary('RETR up', tail.write, rest=699_990)
assert tail.getvalue() == got.getvalue()[699_990:]
ftp.set_pasv(False)
ftp.storlines('STOR text', io.BytesIO(b'a\\nb\\n'))
lines = []
ftp.retrlines('RETR text', lines.append)
assert lines == ['a', 'b'], lines
ftp.delete('text')
print(ftp.nlst(), [name for name, facts in ftp.mlsd()])
ftp.quit()
`

describePeer('python3', (python) => {
  it('transfers where resumption is optional', async () => {
    const outcome = await run(python, ['-c', FTPLIB, await start({ resumption: 'optional' }), CA], here.path)
    expectDone(outcome)
    expect(outcome.stdout).toMatch(/'remote', 'small', 'up'\].*'remote', 'small', 'up'/)
    expect(outcomes()).toEqual([
      'RETR complete 700000',
      'STOR complete 700000',
      'RETR complete 10',
      'STOR complete 6',
      'RETR complete 6',
    ])
  })

  it('is told why where it is required', async () => {
    const outcome = await run(python, ['-c', FTPLIB, await start(), CA], here.path)
    expect(outcome.exit).toBe(1)
    expect(events.map(({ code }) => code)).toEqual([522])
  })
})
