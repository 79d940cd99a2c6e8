/** Where the two part over where a message ends, and how much of anything is taken. RFC 9112 §6, §7. */
import {
  EARLY,
  EARLY_IN_TRAILERS,
  hasNoContent,
  hasRepeatedLength,
  hasTabBehind,
  isItsContent,
  isMisframed,
  isOffer,
  isResponse,
  isTunnel,
  nodeSays,
  tookHead,
  weSay,
} from '../predicates.ts'
import type { Rule } from './rule.ts'

const LIMITS = [
  ...['HTTP_EMPTY_LINES', 'HTTP_TARGET_LONG', 'HTTP_REASON_LONG', 'HTTP_FIELD_LONG', 'HTTP_FIELDS_MANY'],
  ...['HTTP_HEAD_LONG', 'HTTP_BODY_LONG', 'HTTP_CHUNK_LONG', 'HTTP_CHUNK_EXTENSIONS_LONG', 'HTTP_TRAILERS_LONG'],
  'HTTP_INTERIM_MANY',
]

/** The rules about framing and amounts. */
export const FRAMING: readonly Rule[] = [
  {
    id: 'tab-behind-length',
    rfc: 'RFC 9110 §5.5, §5.6.3',
    sentence: 'A tab behind a value is optional white space, as a space is, and no part of it.',
    right: 'wireline',
    until: '9.4.0',
    explains: (d) =>
      nodeSays(d, 'HPE_INVALID_CONTENT_LENGTH') &&
      tookHead(d) &&
      !EARLY_IN_TRAILERS.includes(d.detail) &&
      hasTabBehind(d, 'content-length') &&
      !hasNoContent(d) &&
      !hasRepeatedLength(d),
  },
  {
    id: 'tab-behind-coding',
    rfc: 'RFC 9110 §5.5, §5.6.3',
    sentence:
      'The same behind `chunked`: Node refuses such a request, and reads a response up to the end of the connection.',
    right: 'wireline',
    explains: (d) =>
      (nodeSays(d, 'HPE_INVALID_TRANSFER_ENCODING') &&
        tookHead(d) &&
        !EARLY_IN_TRAILERS.includes(d.detail) &&
        !hasNoContent(d) &&
        hasTabBehind(d, 'transfer-encoding')) ||
      isMisframed(d),
  },
  {
    id: 'no-content-by-status',
    rfc: 'RFC 9112 §6.3',
    sentence: 'A response with 1xx, 204 or 304 ends with its head, whatever its fields say.',
    right: 'wireline',
    example: { role: 'response', octets: 'HTTP/1.1 204 x\r\nTransfer-Encoding: chunked\r\nContent-Length: 5\r\n\r\n' },
    explains: (d) => nodeSays(d, ...EARLY) && hasNoContent(d),
  },
  {
    id: 'equal-lengths',
    rfc: 'RFC 9112 §6.3',
    sentence: 'A recipient MAY take equal lengths for one, and our client does.',
    right: 'both',
    explains: (d) => isResponse(d) && nodeSays(d, ...EARLY) && tookHead(d) && !hasNoContent(d) && hasRepeatedLength(d),
  },
  {
    id: 'codings',
    rfc: 'RFC 9112 §6.1, §6.3',
    sentence:
      'Chunked is the last coding, once, and others are not implemented here. Node passes them on, or reads up to the end of the connection.',
    right: 'both',
    explains: (d) => weSay(d, 'HTTP_CODING', 'HTTP_CODING_UNKNOWN'),
  },
  {
    id: 'coding-of-1.0',
    rfc: 'RFC 9112 §6.1',
    sentence: 'The framing of a message of HTTP/1.0 with Transfer-Encoding is faulty.',
    right: 'wireline',
    explains: (d) => weSay(d, 'HTTP_CODING_VERSION'),
  },
  {
    id: 'empty-coding',
    rfc: 'RFC 9112 §6.1',
    sentence: 'Transfer-Encoding does not stand beside Content-Length, an empty one either.',
    right: 'wireline',
    until: '9.4.0',
    explains: (d) => weSay(d, 'HTTP_LENGTH_AND_CODING'),
  },
  {
    id: 'content-of-connect',
    rfc: 'RFC 9112 §6',
    sentence:
      'Framing does not hang on the method: CONNECT has the content that its fields say. Node takes it for the tunnel.',
    right: 'wireline',
    example: { role: 'request', octets: 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 5\r\n\r\nhello' },
    explains: isTunnel,
  },
  {
    id: 'content-of-offer',
    rfc: 'RFC 9110 §7.8',
    sentence:
      'A server switches behind the whole request. Where its content is broken, Node takes that for the other protocol.',
    right: 'wireline',
    example: {
      role: 'request',
      octets: 'POST / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: x\r\nTransfer-Encoding: chunked\r\n\r\nx',
    },
    explains: isOffer,
  },
  // The chunked coding
  {
    id: 'chunk-extension-space',
    rfc: 'RFC 9112 §7.1.1',
    sentence: 'White space around `;` and `=` of a chunk extension is to be accepted and removed.',
    right: 'wireline',
    explains: (d) => nodeSays(d, 'HPE_INVALID_CHUNK_SIZE', 'HPE_STRICT') && tookHead(d),
  },
  {
    id: 'chunk-size-zeros',
    rfc: 'RFC 9112 §7.1',
    sentence: 'A recipient has to guard against overflow: we read sixteen digits of a size, zeros among them.',
    right: 'both',
    explains: (d) => weSay(d, 'HTTP_CHUNK_SIZE') && isItsContent(d),
  },
  {
    id: 'trailer-field',
    rfc: 'RFC 9110 §6.5.1',
    sentence: 'No trailer says where the message ends or goes. Node refuses the framing ones, and lets Host pass.',
    right: 'wireline',
    explains: (d) => weSay(d, 'HTTP_TRAILER_FIELD') && isItsContent(d),
  },
  // Amounts
  {
    id: 'limits',
    rfc: 'RFC 9112 §2.2, §3, RFC 9110 §5.4',
    sentence: 'Whoever receives sets limits: ours stand in one table, Node has one on the head.',
    right: 'both',
    explains: (d) => weSay(d, ...LIMITS) && isItsContent(d),
  },
]
