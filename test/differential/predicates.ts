/** The words that the rules are made of: questions about a difference. */
import type { Difference } from './difference.ts'

/** Whether requests were read. */
export function isRequest({ input }: Difference): boolean {
  return input.role === 'request'
}

/** Whether responses were read. */
export function isResponse({ input }: Difference): boolean {
  return input.role === 'response'
}

/** Whether we refuse what Node does not, with one of the codes. */
export function weSay({ kind, code }: Difference, ...codes: readonly string[]): boolean {
  return kind === 'weRefuse' && codes.includes(code)
}

/** Whether Node refuses what we do not, with one of the codes. */
export function nodeSays({ kind, code }: Difference, ...codes: readonly string[]): boolean {
  return kind === 'nodeRefuses' && codes.includes(code)
}

/** Whether we took the head of the message, so that it is about what is behind it. */
export function tookHead({ our }: Difference): boolean {
  return our !== undefined
}

/** The octet that we refuse. */
export function offendingOctet({ text, ours }: Difference): string {
  return text[ours.ending.offset] ?? ''
}

/** Whether `octet` is one of a line end. */
export function isLineEnd(octet: string): boolean {
  return octet === '\r' || octet === '\n'
}

/** What Node refuses at the octet, and we when a head is there as a whole. */
export const EARLY: readonly string[] = [
  ...[
    'HPE_INVALID_URL',
    'HPE_INVALID_CONTENT_LENGTH',
    'HPE_UNEXPECTED_CONTENT_LENGTH',
    'HPE_INVALID_TRANSFER_ENCODING',
  ],
]

/** In which words it does so within a trailer section. */
export const EARLY_IN_TRAILERS: readonly string[] = [
  "Content-Length can't be present with Transfer-Encoding",
  'Invalid `Transfer-Encoding` header value',
  'Empty Transfer-Encoding',
]

/** Whether a response ends with its head by its status, or by the method that it answers. */
export function hasNoContent(d: Difference): boolean {
  const isEmpty = d.input.method === 'HEAD' || /^(1..|204|304)$/.test(d.our?.first ?? '')
  return isResponse(d) && tookHead(d) && isEmpty
}

/** Whether the message has more than one length. */
export function hasRepeatedLength({ our }: Difference): boolean {
  return (
    (our?.fields
      .filter((line) => /^content-length:/i.test(line))
      .join(',')
      .split(',').length ?? 0) > 1
  )
}

/** Whether a tab stands behind the value of a field. The values that either parser tells have lost it. */
export function hasTabBehind({ text }: Difference, name: string): boolean {
  return new RegExp(`\\n${name}:[^\\n]*\\t *\\r?(\\n|$)`, 'i').test(text)
}

/** Whether we read content of a CONNECT in which Node sees none. */
export function isTunnel(d: Difference): boolean {
  return (
    isRequest(d) &&
    d.our?.first === 'CONNECT' &&
    d.their !== undefined &&
    (d.kind === 'differ' || d.kind === 'weRefuse')
  )
}

/** Whether it is about the content of a request that offers to switch: what Node cannot read of it, it takes for the other protocol. */
export function isOffer(d: Difference): boolean {
  const isUpgrade = d.our?.fields.some((line) => /^upgrade:/i.test(line)) === true
  return isRequest(d) && isUpgrade && (d.kind === 'weRefuse' || d.kind === 'differ') && d.their !== undefined
}

/** Whether Node reads a response up to the end of the connection that we read as chunked, because of a tab. */
export function isMisframed(d: Difference): boolean {
  if (!isResponse(d) || d.our === undefined || !hasTabBehind(d, 'transfer-encoding')) return false
  return d.kind === 'weRefuse' || (d.kind === 'differ' && d.our.body !== d.their?.body)
}

/** Whether both look at the same octets, and neither looks past the content of the message or has no eye for it. */
export function isItsContent(d: Difference): boolean {
  return !isTunnel(d) && !isOffer(d) && !isMisframed(d)
}

type EndedBy =
  'interim' | 'trailers' | 'proxy-connection' | 'head' | 'upgrade of 1.0' | 'upgrade to nothing' | 'keep-alive' | 'tab'

/** Why one of the two ends the connection behind the last message, and the other does not. */
export function endedBy(d: Difference): EndedBy | undefined {
  const { kind, last } = d
  if (last === undefined || (kind !== 'weStop' && kind !== 'nodeStops')) return undefined
  const has = (line: RegExp): boolean => last.fields.some((field) => line.test(field))
  if (kind === 'nodeStops' && isResponse(d) && last.first.startsWith('1')) return 'interim'
  if (last.trailers.some((line) => /^(proxy-)?connection:/i.test(line))) return 'trailers'
  if (has(/^proxy-connection:/i)) return 'proxy-connection'
  if (kind === 'nodeStops' && d.input.method === 'HEAD' && isResponse(d)) return 'head'
  if (kind === 'nodeStops' && has(/^upgrade:/i)) return last.version === '1.0' ? 'upgrade of 1.0' : 'upgrade to nothing'
  if (kind === 'weStop' && last.version === '1.0' && has(/^connection:.*keep-alive/i)) return 'keep-alive'
  return kind === 'weStop' && hasTabBehind(d, 'connection') ? 'tab' : undefined
}
