/** What the benchmarks of HTTP are given. */

/** A browser's request, as picohttpparser's benchmark has it: 703 octets, 9 fields. */
const BROWSER = [
  'GET /wp-content/uploads/2010/03/hello-kitty-darth-vader-pink.jpg HTTP/1.1',
  'Host: www.kittyhell.com',
  'User-Agent: Mozilla/5.0 (Macintosh; U; Intel Mac OS X 10.6; ja-JP-mac; rv:1.9.2.3) Gecko/20100401 Firefox/3.6.3 Pathtraq/0.9',
  'Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8',
  'Accept-Language: ja,en-us;q=0.7,en;q=0.3',
  'Accept-Encoding: gzip,deflate',
  'Accept-Charset: Shift_JIS,utf-8;q=0.7,*;q=0.7',
  'Keep-Alive: 115',
  'Connection: keep-alive',
  'Cookie: wp_ozh_wsa_visits=2; wp_ozh_wsa_visit_lasttime=xxxxxxxxxx; __utma=xxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.xxxxxxxxxx.x; __utmz=xxxxxxxxx.xxxxxxxxxx.x.x.utmccn=(referral)|utmcsr=reader.livedoor.com|utmcct=/reader/|utmcmd=referral',
]

/** A program's request: 205 octets, 6 fields. */
const PROGRAM = [
  'GET /api/v1/items/4711?include=owner&fields=name HTTP/1.1',
  'Host: api.example.test',
  'User-Agent: wireline/0.1',
  'Accept: application/json',
  'Accept-Encoding: identity',
  'X-Request-Id: 3',
  'Connection: keep-alive',
]

/** The least that a request may be: 40 octets. */
const LEAST = ['GET / HTTP/1.1', 'Host: 127.0.0.1:8080']

const ANSWER = [
  'HTTP/1.1 200 OK',
  'Date: Sun, 06 Nov 1994 08:49:37 GMT',
  'Server: nginx/1.22.1',
  'Content-Type: text/html; charset=utf-8',
  'Content-Length: 0',
  'Last-Modified: Tue, 15 Nov 1994 12:45:26 GMT',
  'ETag: "2c-5f1e8a3b"',
  'Cache-Control: max-age=3600',
  'Vary: Accept-Encoding',
]

function head(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/** Request heads by their size. */
export const REQUESTS: Readonly<Record<string, Buffer>> = sized([head(BROWSER), head(PROGRAM), head(LEAST)])

/** Response heads by their size. */
export const RESPONSES: Readonly<Record<string, Buffer>> = sized([head(ANSWER)])

function sized(heads: readonly Buffer[]): Record<string, Buffer> {
  return Object.fromEntries(heads.map((bytes) => [`${bytes.length} octets`, bytes]))
}

/** A request with a mebibyte of content in chunks of a size. */
export function chunkedRequest(chunkBytes: number): Buffer {
  const parts: Buffer[] = [head(['POST / HTTP/1.1', 'Host: a', 'Transfer-Encoding: chunked'])]
  const chunk = Buffer.alloc(chunkBytes, 'x')
  for (let octets = 0; octets < 1 << 20; octets += chunkBytes) {
    parts.push(Buffer.from(`${chunkBytes.toString(16)}\r\n`), chunk, Buffer.from('\r\n'))
  }
  return Buffer.concat([...parts, Buffer.from('0\r\n\r\n')])
}
