/** What is to be uploaded, as octets: whatever a caller has, and as the wire wants it. */
import { asBuffer } from '../net/bytes.ts'
import { AsciiEncoder } from './ascii.ts'
import type { UploadSource } from './client-options.ts'

/** Any source as octets; `ascii` gives its lines the ends of the wire (RFC 959 §3.1.1.1). */
export async function* octetsOf(source: UploadSource, type: 'binary' | 'ascii'): AsyncGenerator<Uint8Array> {
  const encoder = type === 'ascii' ? new AsciiEncoder() : undefined
  for await (const chunk of chunksOf(source)) yield encoder === undefined ? chunk : encoder.encode(asBuffer(chunk))
}

async function* chunksOf(source: UploadSource): AsyncGenerator<Uint8Array> {
  if (typeof source === 'string' || source instanceof Uint8Array) yield asOctets(source)
  else for await (const chunk of source) yield asOctets(chunk)
}

function asOctets(chunk: Uint8Array | string): Uint8Array {
  return typeof chunk === 'string' ? Buffer.from(chunk, 'utf8') : chunk
}
