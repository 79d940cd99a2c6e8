/** The hot paths of HTTP. */
import { RequestParser, ResponseParser } from '../../src/http/parser.ts'
import { chunkedRequest, REQUESTS, RESPONSES } from '../http/fixtures.ts'
import { waysToCut } from '../suite.ts'
import type { Path, Paths } from './path.ts'

/** Octets of method, target, names and values, all of them strings. */
function head(parser: RequestParser | ResponseParser, bytes: Buffer, times: number, finds: number): Path {
  const work = (): number => {
    let found = 0
    parser.push(bytes)
    for (let event = parser.next('GET'); event !== undefined; event = parser.next('GET')) {
      if (event.type === 'request') found += event.method.length + event.target.length
      if (event.type !== 'request' && event.type !== 'response') continue
      const { headers } = event
      for (let index = 0; index < headers.size; index++)
        found += headers.nameAt(index).length + headers.valueAt(index).length
    }
    return found
  }
  return { work, times, finds }
}

/** Octets of content; the chunks as TCP has them. */
function chunkedBody(chunkBytes: number): Path {
  const parser = new RequestParser()
  const pieces = waysToCut(chunkedRequest(chunkBytes))['in segments']
  const work = (): number => {
    let found = 0
    for (const piece of pieces) {
      parser.push(piece)
      for (let event = parser.next(); event !== undefined; event = parser.next())
        if (event.type === 'content') found += event.bytes.length
    }
    return found
  }
  return { work, times: 8, finds: 1 << 20 }
}

/** The paths. */
export const paths: Paths = {
  'HTTP, request head of 703 octets': head(new RequestParser(), REQUESTS['703 octets'] as Buffer, 1000, 653),
  'HTTP, response head of 256 octets': head(new ResponseParser(), RESPONSES['256 octets'] as Buffer, 1500, 205),
  'HTTP, body of 1 MiB in chunks of 1024': chunkedBody(1024),
}
