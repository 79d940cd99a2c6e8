/** Where the two part before the first field line. RFC 9112 §2 to §4. */
import { isLineEnd, isRequest, isResponse, nodeSays, offendingOctet, tookHead, weSay } from '../predicates.ts'
import type { Rule } from './rule.ts'

/** The rules about what comes before the first field line. */
export const START_LINE: readonly Rule[] = [
  {
    id: 'empty-line-octets',
    rfc: 'RFC 9112 §2.2',
    sentence: 'A server ignores an empty line, which is CR LF, before a request. Node skips any CR and any LF there.',
    right: 'wireline',
    explains: (d) =>
      isRequest(d) &&
      !tookHead(d) &&
      weSay(d, 'HTTP_BARE_CR', 'HTTP_BARE_LF', 'HTTP_CUT_SHORT') &&
      isLineEnd(offendingOctet(d)),
  },
  {
    id: 'empty-line-before-response',
    rfc: 'RFC 9112 §2.2, §9.2',
    sentence:
      'Servers alone are told to ignore empty lines; a client may, and ours takes nothing but a response for one.',
    right: 'both',
    explains: (d) => isResponse(d) && weSay(d, 'HTTP_VERSION') && isLineEnd(offendingOctet(d)),
  },
  {
    id: 'methods',
    rfc: 'RFC 9110 §9.1',
    sentence:
      'Methods are an open set: one that is not known is for the server to answer, with 501. Node has a closed list.',
    right: 'wireline',
    explains: (d) => isRequest(d) && nodeSays(d, 'HPE_INVALID_METHOD', 'HPE_INVALID_CONSTANT'),
  },
  {
    id: 'target-octets',
    rfc: 'RFC 9112 §3.2',
    sentence: 'A target has one space before it, no fragment, and no octet that no URI has.',
    right: 'wireline',
    explains: (d) => weSay(d, 'HTTP_TARGET'),
  },
  {
    id: 'target-form',
    rfc: 'RFC 9112 §3.2, RFC 9110 §4.2, §9.3.6',
    sentence:
      'CONNECT has a host and a port, OPTIONS alone the asterisk; an authority is not empty and has no userinfo.',
    right: 'wireline',
    explains: (d) => weSay(d, 'HTTP_TARGET_FORM', 'HTTP_TARGET_AUTHORITY'),
  },
  {
    id: 'version',
    rfc: 'RFC 9112 §2.3, RFC 9110 §2.5',
    sentence: 'RTSP and ICE are not HTTP, and neither 0.9 nor 2.0 is framed as 1.1 is. Node takes them all.',
    right: 'wireline',
    explains: (d) =>
      weSay(d, 'HTTP_VERSION_UNKNOWN') ||
      (weSay(d, 'HTTP_VERSION') && !(isResponse(d) && isLineEnd(offendingOctet(d)))),
  },
  {
    id: 'minor-version',
    rfc: 'RFC 9110 §6.2',
    sentence: 'A message of a higher minor version is processed as if it had the highest one known.',
    right: 'wireline',
    explains: (d) => nodeSays(d, 'HPE_INVALID_VERSION'),
  },
  {
    id: 'status',
    rfc: 'RFC 9110 §15, RFC 9112 §4',
    sentence: 'A status code is from 100 up, and a reason phrase has no control octet.',
    right: 'wireline',
    explains: (d) => weSay(d, 'HTTP_STATUS', 'HTTP_REASON'),
  },
  {
    id: 'status-line-end',
    rfc: 'RFC 9112 §2.2',
    sentence: 'A CR without its LF ends no line, and makes what it stands in invalid.',
    right: 'wireline',
    until: '9.4.0',
    example: { role: 'response', octets: 'HTTP/1.1 200 OK\r\rContent-Length: 0\r\n\r\n' },
    explains: (d) => isResponse(d) && weSay(d, 'HTTP_BARE_CR') && !tookHead(d),
  },
]
