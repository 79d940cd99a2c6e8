import { describe, expect, it } from 'vitest'
import { HttpError } from '../../../src/http/errors.ts'
import type { ClientOut, RequestHead, ServerOut } from '../../../src/http/events.ts'
import { linesOf } from '../../../src/http/fields.ts'
import { ClientMachine, ServerMachine } from '../../../src/http/machine.ts'
import type { ClientMachineOptions } from '../../../src/http/machine.ts'

const GET = 'GET / HTTP/1.1\r\nHost: a\r\n\r\n'
const PUT = 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\n\r\n'
const NEED_RECEIVE = { type: 'needData', until: 'receive' }
const NEED_SEND = { type: 'needData', until: 'send' }
const OK: ServerOut = { type: 'response', status: 200, headers: [['Content-Length', '0']] }
const END = { type: 'end' } as const
const HELLO = { type: 'content', bytes: Buffer.from('hello') } as const

/** The types of the events up to the next `needData`, with that. */
function events(machine: ServerMachine | ClientMachine): string[] {
  const types: string[] = []
  for (;;) {
    const event = machine.next()
    types.push(event.type === 'needData' ? event.until : event.type)
    if (event.type === 'needData') return types
  }
}

function receive(machine: ServerMachine | ClientMachine, text: string): string[] {
  machine.receive(Buffer.from(text, 'latin1'))
  return events(machine)
}

function send(machine: ServerMachine, ...sent: ServerOut[]): string {
  return Buffer.concat(sent.flatMap((event) => machine.send(event))).toString('latin1')
}

/** The code with which an event is refused; nothing changes then. */
function refused(machine: ServerMachine | ClientMachine, event: ServerOut & ClientOut): string
function refused(machine: ServerMachine, event: ServerOut): string
function refused(machine: ClientMachine, event: ClientOut): string
function refused(machine: { send(event: unknown): unknown; readonly state: string }, event: unknown): string {
  const before = machine.state
  try {
    machine.send(event)
  } catch (error) {
    expect(error).toBeInstanceOf(HttpError)
    expect((error as HttpError).side).toBe('local')
    expect(machine.state).toBe(before)
    return (error as HttpError).code
  }
  return 'sent'
}

describe('ServerMachine', () => {
  it('answers pipelined requests in order, and reads none before its turn', () => {
    const machine = new ServerMachine()
    expect(receive(machine, PUT + 'hello' + GET + GET)).toEqual(['request', 'content', 'end', 'send'])
    expect(machine.bufferedBytes).toBe(2 * GET.length)
    expect(machine.state).toBe('sendResponse')
    expect(send(machine, OK, END)).toBe('HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n')
    expect(machine.state).toBe('idle')
    expect(events(machine)).toEqual(['request', 'end', 'send'])
    send(machine, OK, END)
    expect(events(machine)).toEqual(['request', 'end', 'send'])
  })

  it('may answer before the request has ended, and still reads it to the end', () => {
    const machine = new ServerMachine()
    expect(receive(machine, PUT)).toEqual(['request', 'receive'])
    send(machine, OK, END)
    expect([machine.state, machine.clientState]).toEqual(['done', 'sendBody'])
    expect(receive(machine, `hello${GET}`)).toEqual(['content', 'end', 'request', 'end', 'send'])
  })

  it.each([
    ['GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', 'Connection: close'],
    ['GET / HTTP/1.1\r\nHost: a\r\nConnection: keep-alive, CLOSE\r\n\r\n', 'Connection: close'],
    ['GET / HTTP/1.0\r\n\r\n', 'Connection: close'],
    ['GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n', 'Connection: keep-alive'],
  ])('says of %j: %s', (request, line) => {
    const machine = new ServerMachine()
    receive(machine, request + GET)
    expect(send(machine, OK, END)).toContain(`\r\n${line}\r\n\r\n`)
    const isLast = line === 'Connection: close'
    expect(machine.state).toBe(isLast ? 'mustClose' : 'idle')
    expect(events(machine)).toEqual(isLast ? ['receive'] : ['request', 'end', 'send'])
    if (isLast) expect(String(machine.takeLeftover())).toBe(GET)
  })

  it('ends the connection when it is told to, or when its own head says so', () => {
    const machine = new ServerMachine()
    machine.endPersistence()
    expect(receive(machine, GET)).toEqual(['request', 'end', 'send'])
    expect(send(machine, OK, END)).toContain('Connection: close')
    expect(machine.isPersistent).toBe(false)
    const other = new ServerMachine()
    receive(other, GET)
    send(other, { type: 'response', status: 200, headers: [['connection', 'close']], length: 0 }, END)
    expect(other.state).toBe('mustClose')
  })

  it('answers what it cannot read, and is dead', () => {
    const machine = new ServerMachine()
    machine.receive(Buffer.from(`GET  / HTTP/1.1\r\n\r\n${GET}`))
    const error = expect.objectContaining({ code: 'HTTP_TARGET', hint: 400 }) as unknown
    expect(() => machine.next()).toThrow(error as Error)
    expect(() => machine.next()).toThrow(error as Error)
    expect([machine.state, machine.clientState]).toEqual(['idle', 'error'])
    expect(send(machine, { type: 'response', status: 400, headers: [], length: 0 }, END)).toBe(
      'HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\nConnection: close\r\n\r\n',
    )
    expect(machine.state).toBe('mustClose')
  })

  it('answers a request whose content it cannot read', () => {
    const machine = new ServerMachine()
    machine.receive(Buffer.from('PUT / HTTP/1.1\r\nHost: a\r\nTransfer-Encoding: chunked\r\n\r\nx'))
    expect(machine.next()).toMatchObject({ type: 'request' })
    expect(() => machine.next()).toThrow('hexadecimal')
    expect(send(machine, { type: 'response', status: 400, headers: [], length: 0 }, END)).toContain('Connection: close')
  })

  it('closes behind a request with both framing fields, where that was forgiven', () => {
    const machine = new ServerMachine({ leniency: { codingBeatsContentLength: true } })
    receive(machine, 'PUT / HTTP/1.1\r\nHost: a\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n')
    expect(send(machine, OK, END)).toContain('Connection: close')
  })

  it('is closed by the end of the client, and says what was under way', () => {
    const machine = new ServerMachine()
    receive(machine, GET)
    machine.receiveEnd()
    expect(machine.next()).toEqual(NEED_SEND)
    send(machine, OK, END)
    expect(machine.next()).toEqual(NEED_RECEIVE)
    expect([machine.state, machine.clientState]).toEqual(['mustClose', 'closed'])
    expect(machine.next()).toEqual(NEED_RECEIVE)
    const cut = new ServerMachine()
    receive(cut, PUT)
    cut.receiveEnd()
    expect(() => cut.next()).toThrow('The connection ended inside a message')
  })

  it('sends a date only where it is given one, and the head has none', () => {
    const machine = new ServerMachine({ date: () => 'now' })
    receive(machine, GET + GET)
    expect(send(machine, OK, END)).toContain('\r\nDate: now\r\n')
    events(machine)
    expect(send(machine, { ...OK, headers: [['date', 'then']], length: 0 }, END)).not.toContain('now')
  })

  it('refuses what is not its turn, and what cannot be written, and changes nothing', () => {
    const machine = new ServerMachine()
    expect(refused(machine, END)).toBe('HTTP_SEND_STATE')
    expect(refused(machine, HELLO)).toBe('HTTP_SEND_STATE')
    expect(refused(machine, { type: 'informational', status: 103, headers: [] })).toBe('HTTP_SEND_STATE')
    receive(machine, GET)
    expect(refused(machine, { ...OK, headers: [['a b', 'c']] })).toBe('HTTP_SEND_FIELD')
    expect(refused(machine, { ...OK, status: 100 })).toBe('HTTP_SEND_START')
    machine.send(OK)
    expect(refused(machine, OK)).toBe('HTTP_SEND_STATE')
    expect(refused(machine, HELLO)).toBe('HTTP_SEND_LENGTH')
    machine.send(END)
    expect(refused(machine, END)).toBe('HTTP_SEND_STATE')
  })

  it('streams content, and ends it once', () => {
    const machine = new ServerMachine()
    receive(machine, GET)
    expect(
      send(machine, { type: 'response', status: 200, headers: [] }, HELLO, { ...END, trailers: [['x', 'y']] }),
    ).toBe('HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\nx: y\r\n\r\n')
  })

  it('has nothing more to say when a response has broken off', () => {
    const machine = new ServerMachine()
    receive(machine, GET)
    machine.send({ type: 'response', status: 200, headers: [] })
    machine.sendFailed()
    expect(machine.state).toBe('error')
    expect(refused(machine, END)).toBe('HTTP_SEND_STATE')
    expect(machine.next()).toEqual(NEED_RECEIVE)
  })

  describe('with a whole answer', () => {
    const answer = (machine: ServerMachine, ...args: Parameters<ServerMachine['answer']>): string => {
      const { head, text, slices } = machine.answer(...args)
      return Buffer.concat([Buffer.from(head + text, 'latin1'), ...slices]).toString('latin1')
    }
    /** The same as three events. */
    const steps = (
      machine: ServerMachine,
      ...[status, headers, content]: Parameters<ServerMachine['answer']>
    ): string => {
      const bytes = Buffer.from(content)
      const isSent = machine.method !== 'HEAD' && bytes.length > 0
      const head = { type: 'response', status, headers: linesOf(headers), length: bytes.length } as const
      return send(machine, head, ...(isSent ? [{ type: 'content', bytes } as const] : []), END)
    }
    const standing = (machine: ServerMachine): unknown => [
      machine.state,
      machine.clientState,
      machine.isPersistent,
      machine.isContinueAwaited,
    ]

    it.each<[string, string, Parameters<ServerMachine['answer']>]>([
      ['ASCII', GET, [200, { 'content-type': 'text/plain' }, 'hello']],
      ['text beyond ASCII', GET, [200, {}, 'h\u00e9llo']],
      ['a long text', GET, [200, {}, 'x'.repeat(20_000)]],
      ['octets', GET, [200, [['a', 'b']], Buffer.of(0, 255)]],
      ['nothing', GET, [200, { vary: ['a', 'b'] }, '']],
      ['nothing, by its status', GET, [204, {}, '']],
      ['nothing that changed', GET, [304, {}, '']],
      ['a length that the handler says', GET, [200, { 'content-length': '5' }, 'hello']],
      ['chunks that the handler wants', GET, [200, { 'transfer-encoding': 'chunked' }, 'hello']],
      ['chunks of nothing', GET, [200, { 'transfer-encoding': 'chunked' }, '']],
      ['the end of the connection', GET, [200, { connection: 'close' }, 'hello']],
      ['what HEAD would have had', 'HEAD / HTTP/1.1\r\nHost: a\r\n\r\n', [200, {}, 'hello']],
      ['HTTP/1.0', 'GET / HTTP/1.0\r\n\r\n', [200, {}, 'hello']],
      ['a request that has not ended', PUT, [200, {}, 'hello']],
      ['a client that waits', PUT.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'), [200, {}, 'hello']],
      ['a tunnel that is refused', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', [405, {}, 'hello']],
    ])('writes what the three events would: %s', (_, request, args) => {
      const [machine, other] = [new ServerMachine(), new ServerMachine()]
      receive(machine, request)
      receive(other, request)
      expect(answer(machine, ...args)).toBe(steps(other, ...args))
      expect(standing(machine)).toEqual(standing(other))
    })

    it.each<[string, string, Parameters<ServerMachine['answer']>, string]>([
      ['a status without content', GET, [204, {}, 'hello'], 'HTTP_SEND_LENGTH'],
      ['another length', GET, [200, { 'content-length': '6' }, 'hello'], 'HTTP_SEND_LENGTH'],
      ['a tunnel', 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\n\r\n', [200, {}, ''], 'HTTP_SEND_STATE'],
      ['nobody', 'GET / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n', [200, {}, 'second'], 'HTTP_SEND_STATE'],
    ])('refuses %s, and has written nothing', (name, request, args, code) => {
      const machine = new ServerMachine()
      receive(machine, request)
      if (name === 'nobody') machine.answer(200, {}, 'first')
      const before = standing(machine)
      expect(() => machine.answer(...args)).toThrow(expect.objectContaining({ code, side: 'local' }) as Error)
      expect(standing(machine)).toEqual(before)
    })
  })

  describe('with an expectation', () => {
    const expecting = PUT.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n')

    it('knows that the client waits, until somebody says 100 or content comes', () => {
      const machine = new ServerMachine()
      receive(machine, expecting)
      expect(machine.isContinueAwaited).toBe(true)
      expect(send(machine, { type: 'informational', status: 100, headers: [] })).toBe('HTTP/1.1 100 Continue\r\n\r\n')
      expect(machine.isContinueAwaited).toBe(false)
      const other = new ServerMachine()
      receive(other, `${expecting}h`)
      expect(other.isContinueAwaited).toBe(false)
    })

    it('closes behind an answer that came first: nobody knows whether content will', () => {
      const machine = new ServerMachine()
      receive(machine, expecting)
      expect(send(machine, OK, END)).toContain('Connection: close')
      expect(machine.isContinueAwaited).toBe(false)
    })

    it('knows that nobody waits any more when the request has ended, without content too', () => {
      const machine = new ServerMachine()
      const chunked = expecting.replace(/Content-Length: \d+/, 'Transfer-Encoding: chunked')
      expect(receive(machine, `${chunked}0\r\n\r\n`)).toEqual(['request', 'end', 'send'])
      expect(machine.isContinueAwaited).toBe(false)
      expect(send(machine, OK, END)).not.toContain('Connection: close')
    })

    it('heeds none in HTTP/1.0, and none without content', () => {
      for (const request of [
        expecting.replace('1.1', '1.0'),
        GET.replace('\r\n\r\n', '\r\nExpect: 100-continue\r\n\r\n'),
      ]) {
        const machine = new ServerMachine()
        receive(machine, request)
        expect(machine.isContinueAwaited).toBe(false)
      }
    })
  })

  describe('with an offer to switch', () => {
    const offer = 'GET / HTTP/1.1\r\nHost: a\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'
    const switching: ServerOut = {
      type: 'informational',
      status: 101,
      headers: [
        ['Upgrade', 'x'],
        ['Connection', 'upgrade'],
      ],
    }

    it('switches, and leaves what is behind the request as it came', () => {
      const machine = new ServerMachine()
      expect(receive(machine, `${offer}\0\xff`)).toEqual(['request', 'end', 'send'])
      expect(machine.clientState).toBe('mightSwitch')
      send(machine, switching)
      expect([machine.state, machine.clientState]).toEqual(['switched', 'switched'])
      expect(machine.next()).toEqual(NEED_RECEIVE)
      expect([...machine.takeLeftover()]).toEqual([0, 255])
    })

    it('takes an offer of nothing for none', () => {
      for (const upgrade of ['', ' , \t']) {
        const machine = new ServerMachine()
        receive(machine, offer.replace('Upgrade: x', `Upgrade: ${upgrade}`))
        expect(machine.clientState).toBe('done')
        expect(() =>
          machine.send({
            ...switching,
            headers: [
              ['Upgrade', ''],
              ['Connection', 'upgrade'],
            ],
          }),
        ).toThrow()
      }
    })

    it('may answer as if there were none, and reads on', () => {
      const machine = new ServerMachine()
      receive(machine, offer + GET)
      send(machine, OK, END)
      expect(events(machine)).toEqual(['request', 'end', 'send'])
    })

    it('tunnels behind 2xx to CONNECT', () => {
      const machine = new ServerMachine()
      receive(machine, 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nConnection: close\r\n\r\nx')
      expect(refused(machine, switching)).toBe('HTTP_SEND_STATE')
      expect(send(machine, { type: 'response', status: 200, headers: [] })).toBe('HTTP/1.1 200 OK\r\n\r\n')
      expect(machine.state).toBe('switched')
      expect(String(machine.takeLeftover())).toBe('x')
    })

    it('switches to nothing that was not offered, nor before the request has ended', () => {
      const plain = new ServerMachine()
      receive(plain, GET)
      expect(refused(plain, switching)).toBe('HTTP_SEND_STATE')
      const old = new ServerMachine()
      receive(old, offer.replace('1.1', '1.0'))
      expect(old.clientState).toBe('mustClose')
      expect(refused(old, { type: 'informational', status: 103, headers: [] })).toBe('HTTP_SEND_STATE')
      const early = new ServerMachine()
      receive(early, offer.replace('\r\n\r\n', '\r\nContent-Length: 1\r\n\r\n'))
      expect(refused(early, switching)).toBe('HTTP_SEND_STATE')
      const tunnel = new ServerMachine()
      receive(tunnel, 'CONNECT a:1 HTTP/1.1\r\nHost: a:1\r\nContent-Length: 1\r\n\r\n')
      expect(refused(tunnel, { type: 'response', status: 200, headers: [] })).toBe('HTTP_SEND_STATE')
    })
  })
})

describe('ClientMachine', () => {
  const asking = (method = 'GET', headers: RequestHead['headers'] = [['Host', 'a']]): RequestHead => ({
    type: 'request',
    method,
    target: method === 'CONNECT' ? 'a:1' : '/',
    headers,
  })
  const RESPONSE = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nab'

  function asked(method?: string, options?: ClientMachineOptions, headers?: RequestHead['headers']): ClientMachine {
    const machine = new ClientMachine(options)
    machine.send(asking(method, headers))
    machine.send(END)
    return machine
  }

  it('asks, is answered, and asks again', () => {
    const machine = new ClientMachine()
    expect(machine.next()).toEqual(NEED_SEND)
    expect(machine.isReusable).toBe(true)
    expect(Buffer.concat([...machine.send(asking()), ...machine.send(END)]).toString()).toBe(
      'GET / HTTP/1.1\r\nHost: a\r\n\r\n',
    )
    expect([machine.state, machine.serverState, machine.outstanding, machine.isReusable]).toEqual([
      'done',
      'sendResponse',
      1,
      false,
    ])
    expect(machine.next()).toEqual(NEED_RECEIVE)
    expect(receive(machine, RESPONSE)).toEqual(['response', 'content', 'end', 'send'])
    expect([machine.state, machine.outstanding, machine.isReusable]).toEqual(['idle', 0, true])
    machine.send(asking())
    expect(machine.work).toBeGreaterThan(0)
  })

  it('sends content while the response is awaited', () => {
    const machine = new ClientMachine()
    machine.send(
      asking('PUT', [
        ['Host', 'a'],
        ['Transfer-Encoding', 'chunked'],
      ]),
    )
    expect(machine.state).toBe('sendBody')
    expect(machine.next()).toEqual(NEED_RECEIVE)
    expect(String(machine.send(HELLO)[0])).toBe('5\r\nhello\r\n')
    expect(receive(machine, RESPONSE)).toEqual(['response', 'content', 'end', 'send'])
    expect(machine.isReusable).toBe(false)
    machine.send(END)
    expect(machine.isReusable).toBe(true)
  })

  it('refuses what is not its turn', () => {
    const machine = new ClientMachine()
    expect(refused(machine, HELLO)).toBe('HTTP_SEND_STATE')
    machine.send(asking())
    expect(refused(machine, asking())).toBe('HTTP_SEND_STATE')
    expect(refused(machine, HELLO)).toBe('HTTP_SEND_LENGTH')
    machine.send(END)
    expect(refused(machine, asking())).toBe('HTTP_SEND_STATE')
  })

  it('reads a response by the method of its request', () => {
    expect(receive(asked('HEAD'), 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n')).toEqual(['response', 'end', 'send'])
  })

  it.each([
    ['HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n', 'mustClose'],
    ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\n\r\n', 'mustClose'],
    ['HTTP/1.0 200 OK\r\nContent-Length: 0\r\nConnection: keep-alive\r\n\r\n', 'idle'],
  ])('behind %j is %s', (response, state) => {
    const machine = asked()
    receive(machine, response)
    expect(machine.state).toBe(state)
    expect(machine.isPersistent).toBe(state === 'idle')
  })

  it('keeps no connection that it has said it would close', () => {
    const machine = asked('GET', {}, [
      ['Host', 'a'],
      ['Connection', 'close'],
    ])
    receive(machine, RESPONSE)
    expect([machine.state, machine.isReusable]).toEqual(['mustClose', false])
    expect(machine.next()).toEqual(NEED_RECEIVE)
  })

  it('takes nothing for a response that nobody asked for', () => {
    const machine = asked()
    machine.receive(Buffer.from(`${RESPONSE}HTTP/1.1 200 EVIL\r\n\r\n`))
    machine.next()
    machine.next()
    machine.next()
    expect(() => machine.next()).toThrow(
      expect.objectContaining({ code: 'HTTP_SURPLUS', offset: RESPONSE.length }) as Error,
    )
    expect(() => machine.next()).toThrow('Octets came that answer no request')
    expect([machine.state, machine.isReusable]).toEqual(['mustClose', false])
    const fresh = new ClientMachine()
    fresh.receive(Buffer.from('x'))
    expect(() => fresh.next()).toThrow('Octets came that answer no request')
  })

  it('learns that the server has gone', () => {
    const idle = new ClientMachine()
    idle.receiveEnd()
    expect(idle.next()).toEqual(NEED_SEND)
    expect([idle.state, idle.serverState]).toEqual(['mustClose', 'closed'])
    expect(refused(idle, asking())).toBe('HTTP_SEND_STATE')
    const waiting = asked()
    waiting.receiveEnd()
    expect(waiting.next()).toEqual(NEED_RECEIVE)
    expect([waiting.serverState, waiting.isReusable]).toEqual(['closed', false])
    expect(waiting.next()).toEqual(NEED_RECEIVE)
    const cut = asked()
    receive(cut, 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\na')
    cut.receiveEnd()
    expect(() => cut.next()).toThrow('The connection ended inside a message')
    expect(() => cut.next()).toThrow('The connection ended inside a message')
    expect(cut.serverState).toBe('error')
  })

  it('reads a body up to the end of the connection', () => {
    const machine = asked()
    expect(receive(machine, 'HTTP/1.1 200 OK\r\n\r\nab')).toEqual(['response', 'content', 'receive'])
    machine.receiveEnd()
    expect(events(machine)).toEqual(['end', 'receive'])
    expect(machine.isReusable).toBe(false)
  })

  it('takes interim responses, and not for ever', () => {
    const machine = asked('GET', { limits: { maxInterimResponses: 2 } })
    const hint = 'HTTP/1.1 103 Early Hints\r\n\r\n'
    expect(receive(machine, hint + hint)).toEqual(['informational', 'informational', 'receive'])
    machine.receive(Buffer.from(hint))
    expect(() => machine.next()).toThrow('Too many interim responses')
  })

  it('switches where it has offered that, and never else', () => {
    const switched = 'HTTP/1.1 101 Switching Protocols\r\nUpgrade: x\r\nConnection: upgrade\r\n\r\n'
    const headers = [
      ['Host', 'a'],
      ['Upgrade', 'x'],
      ['Connection', 'upgrade'],
    ] as const
    const machine = asked('GET', {}, headers)
    expect(machine.state).toBe('mightSwitch')
    expect(receive(machine, `${switched}x`)).toEqual(['informational', 'receive'])
    expect([machine.state, machine.serverState]).toEqual(['switched', 'switched'])
    expect(String(machine.takeLeftover())).toBe('x')
    const plain = asked()
    plain.receive(Buffer.from(switched))
    expect(() => plain.next()).toThrow('did not ask to switch')
    const early = new ClientMachine()
    early.send(asking('PUT', [...headers, ['Content-Length', '5']]))
    early.receive(Buffer.from(switched))
    expect(() => early.next()).toThrow('did not ask to switch')
  })

  it('tunnels behind 2xx to CONNECT, and only then', () => {
    const machine = asked('CONNECT')
    expect(receive(machine, 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nx')).toEqual(['response', 'receive'])
    expect(machine.state).toBe('switched')
    expect(String(machine.takeLeftover())).toBe('x')
    const denied = asked('CONNECT')
    expect(receive(denied, 'HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n')).toEqual(['response', 'end', 'send'])
    expect(denied.isReusable).toBe(true)
  })

  it('pipelines where it may, and matches the responses in order', () => {
    const machine = new ClientMachine({ maxOutstanding: 3 })
    for (const method of ['GET', 'HEAD', 'GET']) {
      expect(machine.state).toBe('idle')
      machine.send(asking(method))
      machine.send(END)
    }
    expect([machine.state, machine.outstanding]).toEqual(['done', 3])
    const head = 'HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n'
    expect(receive(machine, `${head}ab${head}${head}cd`)).toEqual([
      'response',
      'content',
      'end',
      'response',
      'end',
      'response',
      'content',
      'end',
      'send',
    ])
    expect([machine.state, machine.outstanding]).toEqual(['idle', 0])
  })

  it('expects no more answers behind one that closes', () => {
    const machine = new ClientMachine({ maxOutstanding: 2 })
    for (let request = 0; request < 2; request++) {
      machine.send(asking())
      machine.send(END)
    }
    expect(receive(machine, 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\nConnection: close\r\n\r\n')).toEqual([
      'response',
      'end',
      'receive',
    ])
    expect([machine.state, machine.outstanding, machine.isPersistent]).toEqual(['mustClose', 2, false])
  })

  it('may be answered when its request broke off, and is not used again', () => {
    const machine = new ClientMachine()
    machine.send(
      asking('PUT', [
        ['Host', 'a'],
        ['Content-Length', '5'],
      ]),
    )
    machine.sendFailed()
    expect(machine.state).toBe('error')
    expect(receive(machine, RESPONSE)).toEqual(['response', 'content', 'end', 'receive'])
    expect(machine.isReusable).toBe(false)
  })
})
