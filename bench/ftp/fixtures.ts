/** What the benchmarks of FTP are given: the replies of a session, and directories as servers list them. */

/** A thousand times the replies to CWD, EPSV, RETR, and the end of that. */
export const REPLIES: Buffer = Buffer.from(
  [
    '250 Directory successfully changed.\r\n',
    '229 Entering Extended Passive Mode (|||45123|)\r\n',
    '150 Opening BINARY mode data connection for readme.txt (1234 bytes).\r\n',
    '226 Transfer complete.\r\n',
  ]
    .join('')
    .repeat(1000),
)

/** A FEAT reply as large servers have it, a hundred times. */
export const FEATURES: Buffer = Buffer.from(
  [
    '211-Features:',
    ...[' AUTH TLS', ' CLNT', ' EPRT', ' EPSV', ' HOST', ' LANG en-US*', ' MDTM', ' MFF modify;UNIX.group;UNIX.mode;'],
    ...[
      ' MFMT',
      ' MLST modify*;perm*;size*;type*;unique*;',
      ' PBSZ',
      ' PROT',
      ' REST STREAM',
      ' SIZE',
      ' TVFS',
      ' UTF8',
    ],
    '211 End',
    '',
  ]
    .join('\r\n')
    .repeat(100),
)

function rows(entries: number, row: (index: number) => string): Buffer {
  return Buffer.from(Array.from({ length: entries }, (_, index) => `${row(index)}\r\n`).join(''))
}

const MONTHS = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec']

/** Rows of `ls -l`: files mostly, of this year and of others. */
export function unixList(entries: number): Buffer {
  return rows(entries, unixRow)
}

function unixRow(index: number): string {
  const isDirectory = index % 10 === 0
  const clock = index % 3 === 0 ? ` ${2000 + (index % 20)}` : `${String(index % 24).padStart(2, '0')}:30`
  const date = `${MONTHS[index % 12]} ${String(1 + (index % 28)).padStart(2)} ${clock}`
  const size = String(isDirectory ? 4096 : index * 1234).padStart(10)
  return `${isDirectory ? 'drwxr-xr-x' : '-rw-r--r--'}    1 ftpuser  ftpgroup ${size} ${date} file-number-${index}.txt`
}

/** Lines of MLSD, with the facts that ProFTPD tells. */
export function mlsdList(entries: number): Buffer {
  return rows(entries, mlsdLine)
}

function mlsdLine(index: number): string {
  const isDirectory = index % 10 === 0
  const kind = isDirectory ? 'perm=flcdmpe;type=dir' : `perm=adfrw;size=${index * 1234};type=file`
  const unique = `unique=FD02U${index.toString(16).toUpperCase()}`
  return `modify=20240${1 + (index % 9)}0112${String(index % 60).padStart(2, '0')}45;${kind};${unique};UNIX.group=1000;UNIX.mode=0644;UNIX.owner=1000; file-number-${index}.txt`
}
