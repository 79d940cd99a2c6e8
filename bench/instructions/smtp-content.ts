/** The hot paths of SMTP's content. */
import { ByteQueue } from '../../src/net/bytes.ts'
import { DotDecoder, DotEncoder } from '../../src/smtp/data.ts'
import { DEFAULT_LIMITS, REFUSE } from '../../src/smtp/limits.ts'
import { contents } from '../smtp/fixtures.ts'
import { waysToCut } from '../suite.ts'
import type { Path, Paths } from './path.ts'

/** Octets of content, decoded and encoded again. */
function dotCodec(content: string, times: number, finds: number): Path {
  const pieces = waysToCut(contents(32_768)[content] as Buffer)['in segments']
  const work = (): number => {
    const queue = new ByteQueue()
    const decoder = new DotDecoder(queue, { policy: REFUSE, ...DEFAULT_LIMITS })
    const encoder = new DotEncoder()
    let found = 0
    for (const piece of pieces) {
      queue.push(piece)
      for (let event = decoder.next(); event?.type === 'content'; event = decoder.next())
        found += encoder.encode(event.bytes).length
    }
    return found
  }
  return { work, times, finds }
}

/** The paths. */
export const paths: Paths = {
  'SMTP, dot codec, 32 KiB in lines of 76': dotCodec('base64, 76 columns', 40, 32_838),
  'SMTP, dot codec, 32 KiB with every line dotted': dotCodec('every line dotted', 20, 32_838),
}
