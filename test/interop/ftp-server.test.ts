/** The programs that people use, against our server over a folder of the disk. */
import { readFileSync, statSync, utimesSync, writeFileSync, mkdirSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { disk, serve, type Server, type TransferEvent } from '../../src/ftp/index.ts'
import { folder, pattern, run, type Folder, type Outcome } from '../support/ftp-programs.ts'
import { describePeer } from '../support/peers.ts'

const FILE = pattern(700_000)

let here: Folder
let there: Folder
let server: Server
let url: string
let port: string
let events: TransferEvent[]

beforeEach(async () => {
  here = folder('ftp-here')
  there = folder('ftp-there')
  events = []
  server = await serve(
    {},
    {
      login: ({ user, password }) => (user === 'joe' && password === 'secret' ? disk(there.path) : undefined),
      transfer: (event) => void events.push(event),
    },
  )
  port = new URL(server.url).port
  url = `ftp://joe:secret@127.0.0.1:${port}`
  writeFileSync(join(here.path, 'file'), FILE)
  writeFileSync(join(there.path, 'remote'), FILE)
  writeFileSync(join(there.path, 'text'), 'one\ntwo\n')
  mkdirSync(join(there.path, 'dir'))
  writeFileSync(join(there.path, 'dir', 'a b'), 'inner')
})

afterEach(async () => {
  await server.close({ graceMs: 500 })
  here.remove()
  there.remove()
})

/** A file that arrived on the server. */
function stored(...names: string[]): Buffer {
  return readFileSync(join(there.path, ...names))
}

/** A file that arrived at the client. */
function fetched(...names: string[]): Buffer {
  return readFileSync(join(here.path, ...names))
}

function expectDone(outcome: Outcome): void {
  expect(outcome, outcome.stderr).toMatchObject({ exit: 0 })
}

describePeer('curl', (curl) => {
  const go = (...args: string[]): Promise<Outcome> => run(curl, ['-sS', '--max-time', '10', ...args], here.path)

  it('uploads and downloads, by EPSV and by PASV', async () => {
    expectDone(await go('-T', 'file', `${url}/up.bin`))
    expect(stored('up.bin').equals(FILE)).toBe(true)
    for (const way of ['--ftp-pasv', '--disable-epsv']) {
      expectDone(await go(way, `${url}/up.bin`, '-o', 'back'))
      expect(fetched('back').equals(FILE)).toBe(true)
    }
    expect(events.every(({ outcome }) => outcome === 'complete')).toBe(true)
  })

  it('lets the server connect, by EPRT and by PORT', async () => {
    for (const way of [[], ['--disable-eprt']]) {
      expectDone(await go('-P', '-', ...way, `${url}/remote`, '-o', 'back'))
      expect(fetched('back').equals(FILE)).toBe(true)
      expectDone(await go('-P', '-', ...way, '-T', 'file', `${url}/up.bin`))
      expect(stored('up.bin').equals(FILE)).toBe(true)
    }
  })

  it('resumes both ways, and takes ranges', async () => {
    writeFileSync(join(here.path, 'part'), FILE.subarray(0, 300_000))
    expectDone(await go('-C', '-', `${url}/remote`, '-o', 'part'))
    expect(fetched('part').equals(FILE)).toBe(true)
    writeFileSync(join(there.path, 'half'), FILE.subarray(0, 250_000))
    expectDone(await go('-C', '-', '-T', 'file', `${url}/half`))
    expect(stored('half').equals(FILE)).toBe(true)
    expectDone(await go('-r', '1000-1999', `${url}/remote`, '-o', 'range'))
    expect(fetched('range').equals(FILE.subarray(1000, 2000))).toBe(true)
  })

  it('appends, makes directories, and moves files about', async () => {
    expectDone(await go('--append', '-T', 'file', `${url}/remote`))
    expect(stored('remote').equals(Buffer.concat([FILE, FILE]))).toBe(true)
    expectDone(await go('--ftp-create-dirs', '-T', 'file', `${url}/new/deep/file`))
    expect(stored('new', 'deep', 'file').equals(FILE)).toBe(true)
    expectDone(await go('-Q', 'RNFR text', '-Q', 'RNTO words', '-Q', '-DELE remote', `${url}/`))
    expect(readdirSync(there.path).toSorted()).toEqual(['dir', 'new', 'words'])
  })

  it('lists, in each of its ways to a directory', async () => {
    for (const method of ['multicwd', 'nocwd', 'singlecwd']) {
      const { stdout } = await go('--ftp-method', method, '-l', `${url}/dir/`)
      expect(stdout.trim(), method).toBe(method === 'nocwd' ? 'dir/a b' : 'a b')
      expect((await go('--ftp-method', method, `${url}/dir/`)).stdout).toMatch(/^-rw-r--r-- .* a b\r?\n$/)
      expect((await go('--ftp-method', method, `${url}/dir/a%20b`)).stdout).toBe('inner')
    }
    expect((await go('-X', 'MLSD', `${url}/dir/`)).stdout).toMatch(
      /^type=file;size=5;modify=\d{14};perm=adfrw;UNIX\.mode=0\d{3}; a b\r?\n$/,
    )
  })

  it('asks for size and time, and for text', async () => {
    const { stdout } = await go('-I', `${url}/remote`)
    expect(stdout).toContain('Content-Length: 700000')
    expect(stdout).toMatch(/Last-Modified: .* GMT/)
    // curl makes them lines of this machine again.
    expect((await go('-B', `${url}/text`)).stdout).toBe('one\ntwo\n')
    expect(events.at(-1)).toMatchObject({ outcome: 'complete', bytes: 10 })
  })

  it('is refused what there is not', async () => {
    expect((await go(`${url}/nowhere`)).exit).not.toBe(0)
    expect((await go(url.replace('secret', 'wrong'))).exit).toBe(67)
    expect((await go('--path-as-is', '--ftp-method', 'nocwd', `${url}/../../../../etc/passwd`)).exit).not.toBe(0)
  })
})

describePeer('lftp', (lftp) => {
  const go = (...commands: string[]): Promise<Outcome> => {
    const settings = 'set ftp:ssl-allow no; set net:max-retries 1; set net:timeout 5; set cmd:fail-exit yes'
    return run(
      lftp,
      ['-u', 'joe,secret', '-p', port, '-e', `${[settings, ...commands].join('; ')}; bye`, '127.0.0.1'],
      here.path,
    )
  }

  it('puts, gets and lists', async () => {
    const outcome = await go('put file -o up', 'get up -o back', 'ls', 'cls -1', 'pwd')
    expectDone(outcome)
    expect(stored('up').equals(FILE)).toBe(true)
    expect(fetched('back').equals(FILE)).toBe(true)
    expect(outcome.stdout).toMatch(/-rw-r--r-- .*700000 .* up/)
  })

  it('uses either way to data connections, and text', async () => {
    expectDone(
      await go(
        'set ftp:prefer-epsv yes',
        'get remote -o one',
        'set ftp:prefer-epsv no',
        'get remote -o two',
        'get -a text -o three',
      ),
    )
    expect(fetched('one').equals(FILE)).toBe(true)
    expect(fetched('two').equals(FILE)).toBe(true)
    expect(fetched('three').toString()).toBe('one\ntwo\n')
  })

  it('lets the server connect, sets modes and times, and asks for names', async () => {
    expectDone(
      await go(
        'set ftp:passive-mode no',
        'get remote -o one',
        'put file -o up',
        'chmod 600 up',
        'put file -o up2',
        'ls',
      ),
    )
    expect(fetched('one').equals(FILE)).toBe(true)
    expect(stored('up').equals(FILE)).toBe(true)
    expect(statSync(join(there.path, 'up')).mode & 0o777).toBe(0o600)
    utimesSync(join(here.path, 'file'), 1_000_000_000, 1_000_000_000)
    expectDone(await go('put file -o dated'))
    expect(statSync(join(there.path, 'dated')).mtimeMs).toBe(1_000_000_000_000)
  })

  it('resumes both ways: the head of the file stays', async () => {
    writeFileSync(join(here.path, 'part'), FILE.subarray(0, 123_456))
    writeFileSync(join(there.path, 'half'), FILE.subarray(0, 345_678))
    expectDone(await go('get -c remote -o part', 'put -c file -o half'))
    expect(fetched('part').equals(FILE)).toBe(true)
    expect(stored('half').equals(FILE)).toBe(true)
  })

  it('mirrors both ways, over several connections', async () => {
    mkdirSync(join(here.path, 'tree', 'deep'), { recursive: true })
    for (let index = 0; index < 12; index++)
      writeFileSync(join(here.path, 'tree', 'deep', `f${index}`), pattern(index * 1000))
    expectDone(await go('mirror -R --parallel=3 tree up', 'mirror --parallel=3 up down'))
    for (let index = 0; index < 12; index++) {
      expect(stored('up', 'deep', `f${index}`).equals(pattern(index * 1000))).toBe(true)
      expect(fetched('down', 'deep', `f${index}`).equals(pattern(index * 1000))).toBe(true)
    }
    expect(readdirSync(join(there.path, 'up', 'deep')).filter((name) => name.startsWith('.'))).toEqual([])
  })

  it('downloads in segments, and moves files about', async () => {
    expectDone(
      await go('pget -n 3 remote -o pieces', 'mkdir d', 'mv text d/words', 'rm remote', 'rmdir -f nothing; rm -r dir'),
    )
    expect(fetched('pieces').equals(FILE)).toBe(true)
    expect(readdirSync(there.path)).toEqual(['d'])
    expect(stored('d', 'words').toString()).toBe('one\ntwo\n')
  })
})

describePeer('wget', (wget) => {
  it.each([[[]], [['--no-passive-ftp']]])('downloads %j', async (way) => {
    expectDone(await run(wget, ['-q', '-t', '1', '-T', '10', ...way, '-O', 'back', `${url}/remote`], here.path))
    expect(fetched('back').equals(FILE)).toBe(true)
  })
})

describePeer('wget', (wget) => {
  const go = (...args: string[]): Promise<Outcome> => run(wget, ['-q', '-t', '1', '-T', '10', ...args], here.path)

  it('resumes, and fetches by pattern and by the tree', async () => {
    writeFileSync(join(here.path, 'remote'), FILE.subarray(0, 200_000))
    expectDone(await go('-c', `${url}/remote`))
    expect(fetched('remote').equals(FILE)).toBe(true)
    expectDone(await go(`${url}/tex*`))
    expect(fetched('text').toString()).toBe('one\ntwo\n')
    expectDone(await go('-r', '-nH', '-P', 'tree', `${url}/`))
    expect(fetched('tree', 'dir', 'a b').toString()).toBe('inner')
    expect(fetched('tree', 'remote').equals(FILE)).toBe(true)
  })
})

describePeer('ncftpget', (ncftpget) => {
  it('downloads a file, the rest of one, and a tree', async () => {
    const login = ['-u', 'joe', '-p', 'secret', '-P', port, '-V']
    writeFileSync(join(here.path, 'remote'), FILE.subarray(0, 200_000))
    expectDone(await run(ncftpget, [...login, '-z', '127.0.0.1', '.', '/remote'], here.path))
    expect(fetched('remote').equals(FILE)).toBe(true)
    expectDone(await run(ncftpget, [...login, '-R', '127.0.0.1', '.', '/dir'], here.path))
    expect(fetched('dir', 'a b').toString()).toBe('inner')
  })
})

describePeer('ncftpls', (ncftpls) => {
  it('lists, in its own way and in the long one', async () => {
    const go = (...args: string[]): Promise<Outcome> =>
      run(ncftpls, ['-u', 'joe', '-p', 'secret', '-P', port, ...args, 'ftp://127.0.0.1/'], here.path)
    expect((await go()).stdout.split(/\s+/)).toEqual(expect.arrayContaining(['dir', 'remote', 'text']))
    expect((await go('-l')).stdout).toMatch(/700000 .* remote/)
  })
})

describePeer('ncftpput', (ncftpput) => {
  it.each([['-E'], ['-F']])('uploads %s', async (way) => {
    const login = ['-u', 'joe', '-p', 'secret', '-P', port, '-V']
    expectDone(await run(ncftpput, [...login, way, '127.0.0.1', '/dir', 'file'], here.path))
    expect(stored('dir', 'file').equals(FILE)).toBe(true)
  })
})

describePeer('ncftpput', (ncftpput) => {
  it('uploads a tree, appends, and goes on', async () => {
    const login = ['-u', 'joe', '-p', 'secret', '-P', port, '-V']
    mkdirSync(join(here.path, 'tree', 'deep'), { recursive: true })
    writeFileSync(join(here.path, 'tree', 'deep', 'x'), FILE)
    expectDone(await run(ncftpput, [...login, '-m', '-R', '127.0.0.1', '/new', 'tree'], here.path))
    expect(stored('new', 'tree', 'deep', 'x').equals(FILE)).toBe(true)
    expectDone(await run(ncftpput, [...login, '-A', '127.0.0.1', '/dir', 'file'], here.path))
    expectDone(await run(ncftpput, [...login, '-A', '127.0.0.1', '/dir', 'file'], here.path))
    expect(stored('dir', 'file').equals(Buffer.concat([FILE, FILE]))).toBe(true)
  })
})

/** The clients of old, which are told line by line what to do. */
for (const [name, args] of [
  ['tnftp', ['-n', '-v']],
  ['inetutils-ftp', ['-n', '-v']],
] as const)
  describePeer(name, (program) => {
    it.each([['passive'], ['active']])('puts, gets and lists, %s', async (way) => {
      const mode = name === 'tnftp' ? `passive ${way === 'passive' ? 'on' : 'off'}\n` : ''
      const flag = name === 'inetutils-ftp' ? [way === 'passive' ? '-p' : '-A'] : []
      const script = `user joe secret\n${mode}binary\nput file up\nget up back\nls\nsize up\nmodtime up\nsite help\nquit\n`
      const outcome = await run(program, [...args, ...flag, '127.0.0.1', port], here.path, script)
      expect(stored('up').equals(FILE), outcome.stdout).toBe(true)
      expect(fetched('back').equals(FILE), outcome.stdout).toBe(true)
      expect(outcome.stdout).toMatch(/700000 .* up/)
      expect(outcome.stdout).toContain('221')
    })

    it('appends, transfers text, and moves files about', async () => {
      writeFileSync(join(here.path, 'words'), 'a\nb\n')
      const script =
        'user joe secret\nbinary\nappend file remote\nascii\nput words\nget words back\nbinary\n' +
        'mkdir d\nrename words d/words\ndelete text\ncd d\npwd\nsystem\nquit\n'
      const flags = name === 'inetutils-ftp' ? ['-p'] : []
      const outcome = await run(program, [...args, ...flags, '127.0.0.1', port], here.path, script)
      expect(stored('remote').equals(Buffer.concat([FILE, FILE])), outcome.stdout).toBe(true)
      expect(stored('d', 'words').toString(), outcome.stdout).toBe('a\nb\n')
      expect(fetched('back').toString(), outcome.stdout).toBe('a\nb\n')
      expect(readdirSync(there.path).toSorted()).toEqual(['d', 'dir', 'remote'])
      expect(outcome.stdout).toContain('"/d"')
    })
  })

describePeer('python3', (python) => {
  const go = (script: string): Promise<Outcome> => run(python, ['-c', `${PRELUDE}\n${script}`, port], here.path)
  const PRELUDE = `
import ftplib, io, sys
f = ftplib.FTP()
f.connect('127.0.0.1', int(sys.argv[1]))
f.login('joe', 'secret')`

  it('does what ftplib can', async () => {
    const script = `
assert f.pwd() == '/'
f.storbinary('STOR up', open('file', 'rb'))
back = io.BytesIO()
f.retrbinary('RETR up', back.write)
assert back.getvalue() == open('file', 'rb').read()
tail = io.BytesIO()
f.retrbinary('RETR up', tail.write, rest=699_990)
assert tail.getvalue() == back.getvalue()[699_990:]
f.storbinary('STOR up', io.BytesIO(b'end'), rest=699_997)
assert f.size('up') == 700_000
f.storlines('STOR lines', io.BytesIO(b'a\\nb\\n'))
lines = []
f.retrlines('RETR lines', lines.append)
assert lines == ['a', 'b'], lines
assert sorted(f.nlst()) == ['dir', 'lines', 'remote', 'text', 'up'], f.nlst()
assert f.nlst('dir') == ['dir/a b']
facts = dict(f.mlsd('dir', ['type', 'size']))
assert facts == {'a b': {'type': 'file', 'size': '5'}}, facts
assert f.mkd('q"uote') == '/q"uote'
f.rename('lines', 'q"uote/moved')
f.cwd('q"uote')
f.delete('moved')
f.cwd('..')
f.rmd('q"uote')
rows = []
f.dir(rows.append)
assert len(rows) == 4
assert f.sendcmd('MDTM up').startswith('213 20')
try:
    f.delete('nowhere')
    assert False
except ftplib.error_perm as e:
    assert str(e).startswith('550')
conn = f.transfercmd('RETR remote')
conn.recv(1000)
f.abort()
# It reads one of the two replies: the transfer's.
assert f.voidresp()[0] == '2'
conn.close()
assert f.voidcmd('NOOP').startswith('200')
f.set_pasv(False)
active = io.BytesIO()
f.retrbinary('RETR up', active.write)
assert len(active.getvalue()) == 700_000
f.storbinary('APPE text', io.BytesIO(b'three\\n'))
f.nlst()
print(f.quit())`
    const outcome = await go(script)
    expect(outcome.stderr).toBe('')
    expect(outcome.stdout).toContain('221')
    expect(stored('up').subarray(-3).toString()).toBe('end')
    expect(statSync(join(there.path, 'up')).size).toBe(700_000)
    expect(stored('text').toString()).toBe('one\ntwo\nthree\n')
  })
})
