/** What the benchmarks of HTTP are given. */

/** A browser's request, as picohttpparser's benchmark has it: 703 octets, 9 fields. */
const BROWSER: Lines = [
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

/** A request as large as the largest: 16 KiB in 100 fields, a quarter of it a cookie. */
const LARGEST = [
  'GET /reports/2026/quarterly?format=html&page=17 HTTP/1.1',
  'Host: intranet.example.test',
  `Cookie: ${cookieOf(4096)}`,
  ...Array.from({ length: 98 }, (_, index) => `X-Forwarded-Attribute-${index}: ${attributeOf(index)}`),
]

function cookieOf(octets: number): string {
  return Array.from({ length: octets / 32 }, (_, index) => `name${1000 + index}=0123456789abcdef01234;`).join(' ')
}

function attributeOf(index: number): string {
  return `urn:example:attribute:${index}; issuer="https://issuer.example.test/${index * 7919}"; level=${index % 7}`
}

/** What one browser asks for on one connection: targets differ, and a few of the fields. */
const ONE_BROWSER = Array.from({ length: 64 }, (_, index) => {
  const [, host, agent, , language, encoding, charset, keepAlive, connection, cookie] = BROWSER
  const accept = ['image/avif,image/webp,*/*;q=0.8', 'text/css,*/*;q=0.1', '*/*'][index % 3] as string
  const target = `/wp-content/uploads/2010/03/${'kitty-'.repeat(1 + (index % 7))}${index}.jpg`
  return [
    ...[`GET ${target} HTTP/1.1`, host, agent, `Accept: ${accept}`, language, encoding, charset, keepAlive, connection],
    ...[`${cookie}; seen=${index * 7919}`, `Referer: http://www.kittyhell.com/page/${index >> 3}`],
  ]
})

/** What 64 browsers ask for by turns on one connection, such as one from a proxy: nothing is like the last request but the names. */
const MANY_BROWSERS = Array.from({ length: 64 }, (_, index) => [
  `GET /${'path/'.repeat(1 + (index % 11))}${index * 7919}.html HTTP/1.1`,
  `Host: host-${index}.example.test`,
  `User-Agent: Mozilla/${index}.0 (${['X11; Linux x86_64', 'Windows NT 10.0', 'Macintosh'][index % 3]}) Browser/${index * 31}.0`,
  `Accept: ${['text/html', 'application/xhtml+xml', 'image/webp'].slice(index % 3).join()},*/*;q=0.${1 + (index % 9)}`,
  `Accept-Language: ${['ja', 'en', 'de', 'fr', 'pt'][index % 5]},en;q=0.${1 + (index % 7)}`,
  `X-Forwarded-For: 192.0.2.${index}`,
  `X-Request-Id: ${(index * 2654435761).toString(16)}`,
  `Cookie: ${'v'.repeat(40 + index)}=${(index * 40503).toString(36)}; session=${(index * 48271).toString(16).repeat(6)}`,
])

type Lines = readonly [string, string, string, string, string, string, string, string, string, string]

function head(lines: readonly string[]): Buffer {
  return Buffer.from(`${lines.join('\r\n')}\r\n\r\n`, 'latin1')
}

/** Request heads by their size. */
export const REQUESTS: Readonly<Record<string, Buffer>> = sized([BROWSER, PROGRAM, LEAST, LARGEST].map(head))

/** Request heads that differ from one to the next, by who sends them. */
export const VARIED: Readonly<Record<string, readonly Buffer[]>> = {
  'one browser': ONE_BROWSER.map(head),
  '64 browsers by turns': MANY_BROWSERS.map(head),
}

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
