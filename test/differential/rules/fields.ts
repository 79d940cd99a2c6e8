/** Where the two part over what field lines are and what they ask, but for the framing. RFC 9112 §5, RFC 9110 §5 to §10. */
import { EARLY, EARLY_IN_TRAILERS, endedBy, isResponse, nodeSays, tookHead, weSay } from '../predicates.ts'
import type { Rule } from './rule.ts'

/** The rules about field lines, and about when a connection ends. */
export const FIELD_LINES: readonly Rule[] = [
  {
    id: 'host',
    rfc: 'RFC 9112 §3.2',
    sentence: 'A server MUST answer 400 to a request without Host, with more than one, or with an invalid one.',
    right: 'wireline',
    explains: (d) => weSay(d, 'HTTP_HOST', 'HTTP_HOST_MISSING', 'HTTP_HOST_REPEATED'),
  },
  {
    id: 'fold',
    rfc: 'RFC 9112 §5.2',
    sentence: 'A user agent MUST replace a fold in a response by spaces.',
    right: 'wireline',
    explains: (d) => isResponse(d) && nodeSays(d, 'HPE_INVALID_HEADER_TOKEN') && /\n[ \t]/.test(d.text),
  },
  {
    id: 'section-as-a-whole',
    rfc: 'RFC 9110 §5.3, §6.5',
    sentence: 'What a section means is judged when all of it is there. Node judges targets and lengths octet by octet.',
    right: 'both',
    example: { role: 'request', octets: 'POST / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nContent-Length: 6\r\n' },
    explains: (d) =>
      d.kind === 'nodeRefuses' &&
      d.ours.ending.kind === 'waits' &&
      (tookHead(d) ? d.our === d.ours.begun && EARLY_IN_TRAILERS.includes(d.detail) : EARLY.includes(d.code)),
  },
  {
    id: 'expectation',
    rfc: 'RFC 9110 §10.1.1',
    sentence: 'A server MAY answer 417 to an expectation that it does not know.',
    right: 'both',
    explains: (d) => weSay(d, 'HTTP_EXPECTATION'),
  },
  {
    id: 'switch-unasked',
    rfc: 'RFC 9110 §15.2.2',
    sentence: '101 agrees to an Upgrade that the client has sent.',
    right: 'wireline',
    explains: (d) => weSay(d, 'HTTP_SWITCH_UNASKED'),
  },
  // When a connection ends
  {
    id: 'connection-options',
    rfc: 'RFC 9110 §7.6.1',
    sentence: 'Connection is a list of tokens. Node looks for those that it knows, and passes over what is none.',
    right: 'wireline',
    example: { role: 'request', octets: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close x\r\n\r\n' },
    explains: (d) => weSay(d, 'HTTP_CONNECTION'),
  },
  {
    id: 'tab-behind-option',
    rfc: 'RFC 9110 §5.6.3, §7.6.1',
    sentence: 'A tab behind a connection option is optional white space, and no part of the option.',
    right: 'wireline',
    until: '9.4.0',
    example: { role: 'request', octets: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\t\r\n\r\n' },
    explains: (d) => endedBy(d) === 'tab',
  },
  {
    id: 'close-and-keep-alive',
    rfc: 'RFC 9112 §9.3',
    sentence:
      'Where there is `close`, the connection ends, whatever else is there. Node keeps one of 1.0 for `keep-alive`.',
    right: 'wireline',
    example: { role: 'request', octets: 'GET / HTTP/1.0\r\nConnection: keep-alive, close\r\n\r\n' },
    explains: (d) => endedBy(d) === 'keep-alive',
  },
  {
    id: 'proxy-connection',
    rfc: 'RFC 9112 §C.2.2',
    sentence: 'Proxy-Connection was a mistake of clients of 1.0, and nobody has to obey it. Node does.',
    right: 'wireline',
    example: { role: 'response', octets: 'HTTP/1.1 200 OK\r\nProxy-Connection: close\r\nContent-Length: 0\r\n\r\n' },
    explains: (d) => endedBy(d) === 'proxy-connection',
  },
  {
    id: 'upgrade-of-1.0',
    rfc: 'RFC 9110 §7.8',
    sentence: 'A server MUST ignore an Upgrade in a request of HTTP/1.0.',
    right: 'wireline',
    example: {
      role: 'request',
      octets: 'GET / HTTP/1.0\r\nConnection: upgrade, keep-alive\r\nUpgrade: x\r\n\r\n',
    },
    explains: (d) => endedBy(d) === 'upgrade of 1.0',
  },
  {
    id: 'upgrade-to-nothing',
    rfc: 'RFC 9110 §5.6.1.2, §7.8',
    sentence:
      'Empty elements of a list are ignored, and a server switches to a protocol that the client has named: here is none.',
    right: 'wireline',
    example: { role: 'request', octets: 'GET / HTTP/1.1\r\nHost: a\r\nConnection: upgrade\r\nUpgrade: ,\r\n\r\n' },
    explains: (d) => endedBy(d) === 'upgrade to nothing',
  },
  {
    id: 'connection-in-trailers',
    rfc: 'RFC 9110 §6.5.1',
    sentence: 'A trailer is not processed as if it were a header. Node obeys a Connection behind the content.',
    right: 'wireline',
    example: {
      role: 'request',
      octets: 'POST / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\n0\r\nConnection: close\r\n\r\nGET',
    },
    explains: (d) => endedBy(d) === 'trailers',
  },
  {
    id: 'response-to-head',
    rfc: 'RFC 9112 §6.3, §9.3',
    sentence:
      'A response to HEAD ends with its head. Node ends the connection too, where its fields do not say how long it would be.',
    right: 'wireline',
    example: { role: 'response', method: 'HEAD', octets: 'HTTP/1.1 200 OK\r\n\r\n' },
    explains: (d) => endedBy(d) === 'head',
  },
  {
    id: 'interim',
    rfc: 'RFC 9110 §15.2',
    sentence: 'Behind an interim response comes a final one, whatever version or option the interim one has.',
    right: 'wireline',
    example: { role: 'response', octets: 'HTTP/1.0 103 x\r\n\r\nHTTP/1.1 204 x\r\n\r\n' },
    explains: (d) => endedBy(d) === 'interim',
  },
]
