import { connect } from 'node:net'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { HttpError } from '../../../src/http/errors.ts'
import { parseAsks } from '../../conformance/runner/asking.ts'
import { faultOfCall, parseCalls } from '../../conformance/runner/calls.ts'
import { hold, type Channel, type Speech } from '../../conformance/runner/conversation.ts'
import { parseDialogue, spoken } from '../../conformance/runner/dialogue.ts'
import { difference, linesOf, misspoken } from '../../conformance/runner/expectation.ts'
import { canonical, parseOctets, printOctets } from '../../conformance/runner/notation.ts'
import { interview, parsePeer, type ClientSpeech } from '../../conformance/runner/peer.ts'
import { report } from '../../conformance/runner/report.ts'
import { parseRequirements } from '../../conformance/runner/requirements.ts'
import { casesOf, parseVectors } from '../../conformance/runner/vectors.ts'
import { drive } from '../../support/drive.ts'
import { splits } from '../../support/splits.ts'
import { ToyServer, type Answered, type Asked } from './toy.ts'

describe('the notation', () => {
  it('prints any octets so that they are read back', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 60 }), (bytes) => {
        expect(parseOctets(printOctets(bytes))).toEqual(Buffer.from(bytes))
      }),
    )
  })

  it('writes what cannot be seen, and repeats', () => {
    expect(parseOctets('a\\r\\n\\t\\0\\x80\\\\\\{\\}{ab\\n*2}|~').toString('latin1')).toBe(
      'a\r\n\t\0\x80\\{}ab\nab\n|~',
    )
    expect(printOctets(Buffer.from(`${'a'.repeat(15)}${'b'.repeat(16)}`))).toBe(`${'a'.repeat(15)}{b*16}`)
    expect(canonical('\\x0d{\\x20*20}')).toBe('\\r{ *20}')
  })

  it.each(['\\q', 'a\nb', 'ä', '{a}', '{*3}', '}', '\\x0', '{a*99999999999}'])('refuses %j', (text) => {
    expect(() => parseOctets(text)).toThrow()
  })
})

const page = (body: string): string => `# Toy §1\n\nProse.\n\n${body}\n`
const META = '- requirement: 1\n- level: MUST\n- role: server\n'
const BLOCKS = '```wire\nBYE\\r\\n\n```\n\n```expect\nbye\n```\n'

describe('a page of vectors', () => {
  it('gives its vectors, and a case for each variant', () => {
    const [vector] = parseVectors(
      'toy/1.md',
      page(
        `## say: It says\n\n${META}\nProse.\n\n\`\`\`wire\nSAY {each}\\r\\n\nBYE\\r\\n{FIN}\n\`\`\`\n\n\`\`\`expect\nsay {each}\n\n  size: {each}\n\`\`\`\n\n\`\`\`each\n0\n00\n\`\`\``,
      ),
    )
    expect(vector).toMatchObject({
      id: 'say',
      title: 'It says',
      place: 'toy/1.md:5',
      requirements: ['1'],
      level: 'MUST',
      role: 'server',
    })
    expect(vector && casesOf(vector)).toMatchObject([
      {
        name: 'say [0]',
        wire: { bytes: Buffer.from('SAY 0\r\nBYE\r\n'), isEnded: true },
        expect: ['say 0', '  size: 0'],
      },
      {
        name: 'say [00]',
        wire: { bytes: Buffer.from('SAY 00\r\nBYE\r\n'), isEnded: true },
        expect: ['say 00', '  size: 00'],
      },
    ])
  })

  it.each([
    ['no vector', ''],
    ['a heading without an id', `## It says\n\n${META}\n${BLOCKS}`],
    ['no requirement', `## a: A\n\n- level: MUST\n- role: server\n\n${BLOCKS}`],
    ['an unknown level', `## a: A\n\n${META.replace('MUST', 'OUGHT')}\n${BLOCKS}`],
    ['an unknown role', `## a: A\n\n${META.replace('server', 'proxy')}\n${BLOCKS}`],
    ['an unknown key', `## a: A\n\n${META}- color: red\n\n${BLOCKS}`],
    ['a key twice', `## a: A\n\n${META}- level: MUST\n\n${BLOCKS}`],
    ['an unknown block', `## a: A\n\n${META}\n${BLOCKS}\n\`\`\`text\nx\n\`\`\`\n`],
    ['a block twice', `## a: A\n\n${META}\n${BLOCKS}${BLOCKS}`],
    ['a block that is not closed', `## a: A\n\n${META}\n\`\`\`wire\nx`],
    ['an indented fence', `## a: A\n\n${META}\n  \`\`\`wire\nx\n\`\`\`\n`],
    ['a block above the first vector', `${BLOCKS}\n## a: A\n\n${META}\n${BLOCKS}`],
    ['a wire block that expects nothing', `## a: A\n\n${META}\n\`\`\`wire\nx\n\`\`\`\n`],
    [
      'a writes block without a wire block',
      `## a: A\n\n${META}\n\`\`\`writes\nx\n\`\`\`\n\`\`\`dialogue\nS: close\n\`\`\`\n`,
    ],
    ['an empty expectation', `## a: A\n\n${META}\n\`\`\`wire\nx\n\`\`\`\n\`\`\`expect\n\`\`\`\n`],
    ['no block at all', `## a: A\n\n${META}\nProse.`],
    ['an empty dialogue', `## a: A\n\n${META}\n\`\`\`dialogue\n\`\`\`\n`],
    ['a dialogue without an end', `## a: A\n\n${META}\n\`\`\`dialogue\nC: x\nS: 200\n\`\`\`\n`],
    [
      'an ask block without a dialogue',
      `## a: A\n\n${META.replace('server', 'client')}\n${BLOCKS}\`\`\`ask\nGET / => 200\n\`\`\`\n`,
    ],
    [
      'a request that asks for nothing',
      `## a: A\n\n${META.replace('server', 'client')}\n\`\`\`ask\nGET /\n\`\`\`\n\`\`\`dialogue\nC: nothing\n\`\`\`\n`,
    ],
    ['an empty call block', `## a: A\n\n${META}\n\`\`\`call\n\`\`\`\n`],
    ['a call without an outcome', `## a: A\n\n${META}\n\`\`\`call\nf(1)\n\`\`\`\n`],
    ['octets for either role', `## a: A\n\n${META.replace('server', 'any')}\n${BLOCKS}`],
    [
      'a dialogue with a client that asks for nothing',
      `## a: A\n\n${META.replace('server', 'client')}\n\`\`\`dialogue\nS: close\n\`\`\`\n`,
    ],
    ['{each} without variants', `## a: A\n\n${META}\n${BLOCKS.replace('BYE', '{each}')}`],
    ['variants without {each}', `## a: A\n\n${META}\n${BLOCKS}\`\`\`each\nx\n\`\`\`\n`],
    ['an octet that is not in the notation', `## a: A\n\n${META}\n${BLOCKS.replace('BYE', '\\q')}`],
    ['a space that is not seen', `## a: A\n\n${META}\n${BLOCKS.replace('\\n\n', '\\n \n')}`],
  ])('with %s is refused', (_, body) => {
    expect(() => parseVectors('toy/1.md', page(body))).toThrow(/^toy\/1\.md/)
  })

  it('names its rules by the numbers of the register', () => {
    const register = parseRequirements(
      'toy/requirements.md',
      '# Toy\n\n- 1 · TOY §1 · It says.\n- A1 · TOY §2 · An attack.\n',
    )
    expect([...register.keys()]).toEqual(['1', 'A1'])
    for (const bad of [
      '',
      '- 1: x',
      '- 1 · TOY §1 · a\n- 1 · TOY §1 · b',
      '- 1 · TOY §1 · a | b',
      '- 1 · TOY §1 · a · b · c',
    ]) {
      expect(() => parseRequirements('toy/requirements.md', bad)).toThrow(/^toy\/requirements\.md/)
    }
  })
})

const toy = {
  create: () => new ToyServer(),
  tell: (event: { readonly type: string }) => {
    const asked = event as Asked
    if (asked.type === 'say') return { line: 'say', details: [`size: ${asked.size}`] }
    return asked.type === 'text' ? { line: 'text', content: asked.bytes } : { line: asked.type }
  },
  answer: ({ type }: { readonly type: string }): Answered[] =>
    type === 'end' ? [{ type: 'ok' }] : type === 'bye' ? [{ type: 'bye' }] : [],
}
const told = (wire: string): string[] =>
  linesOf(drive(toy, { pieces: [parseOctets(wire)], script: [{ type: 'hello' }] }))

describe('an expectation', () => {
  it('tells events, details, joined content, errors with hints and what is left', () => {
    expect(told('SAY 3\\r\\na\\r\\nBYE\\r\\nx')).toEqual([
      'say',
      '  size: 3',
      'text a\\r\\n',
      'end',
      'bye',
      'leftover x',
    ])
    expect(told('SAY x\\r\\n')).toEqual(['error TOY_VERB 500'])
  })

  it('is met by the same events and the details that it names', () => {
    const lines = told('SAY 3\\r\\nabcBYE\\r\\n')
    expect(difference(lines, ['say', 'text a\\x62c', 'end', 'bye'])).toBeUndefined()
    expect(difference(lines, ['say', '  size: 3', '  !name', 'text abc', 'end', 'bye'])).toBeUndefined()
  })

  it('may also say what the machine must write', () => {
    const trace = drive(toy, { pieces: [Buffer.from('BYE\r\n')], script: [{ type: 'hello' }] })
    expect(misspoken(trace, undefined)).toBeUndefined()
    expect(misspoken(trace, Buffer.from('HELLO\r\nBYE\r\n'))).toBeUndefined()
    expect(misspoken(trace, Buffer.from('HELLO\r\n'))).toMatch(/must write: HELLO\\r\\n\n {5}wrote: HELLO\\r\\nBYE/)
  })

  it.each([
    [['say', 'text abc', 'end']],
    [['say', 'text abc', 'end', 'bye', 'bye']],
    [['say', 'text abd', 'end', 'bye']],
    [['say', '  size: 4', 'text abc', 'end', 'bye']],
    [['say', '  !size', 'text abc', 'end', 'bye']],
  ])('is not met by %j', (lines) => {
    expect(difference(told('SAY 3\\r\\nabcBYE\\r\\n'), lines)).toBeDefined()
  })
})

/** Numbers and lines: `250 text`. */
const speech: Speech = {
  dataPort: ({ lines }) => (lines[0]?.startsWith('port ') === true ? Number(lines[0].slice(5)) : undefined),
  probe: { send: 'PING\r\n', code: '299' },
  readReply: (received) => {
    const end = received.indexOf('\r\n')
    const line = received.toString('latin1', 0, end)
    return end === -1 ? undefined : { code: line.slice(0, 3), lines: [line.slice(4)], length: end + 2 }
  },
}

/** A channel to a server that says these things, and notes what it is told. */
const scripted = (answers: string[]): { channel: Channel; heard: string[] } => {
  const heard: string[] = []
  const write = (bytes: Uint8Array): Promise<void> => {
    heard.push(Buffer.from(bytes).toString('latin1'))
    return Promise.resolve()
  }
  const read = (): Promise<Buffer | undefined> => {
    const answer = answers.shift()
    return Promise.resolve(answer === undefined ? undefined : Buffer.from(answer))
  }
  const end = (): Promise<void> => Promise.resolve(void heard.push('FIN'))
  const connect = (port: number): Promise<Channel> => Promise.resolve(scripted([`${port}`]).channel)
  return { channel: { write, read, end, connect, destroy: () => heard.push('cut') }, heard }
}

describe('a dialogue', () => {
  const steps = parseDialogue(
    'S: 2yz\nC: NO\nC: OP\\r\\n\nS: 250 o*k\nS:   !ko\nC: QUIT\\r\\n{FIN}\nS: octets 221\\x20\nS: octets bye\\r\\n\nS: close',
  )

  it('is held when the server answers as it must, in segments as they are cut', async () => {
    const [, , cut] = [...splits(spoken(steps))]
    const { channel, heard } = scripted(['22', '0 hi\r\n', '250 o(.)k\r\n', '221 bye\r\n'])
    expect(await hold(channel, speech, steps, cut?.pieces ?? [])).toBeUndefined()
    expect(heard).toEqual(['N', 'OOP\r\n', 'QUIT\r\n', 'FIN', 'cut'])
  })

  it.each([
    [['320 hi\r\n'], /expected 2yz, but the server said 320/],
    [['220 hi\r\n', '250 no\r\n'], /expected "o\*k"/],
    [['220 hi\r\n', '250 ok\r\n', '250 ok\r\n'], /expected the octets 221 /],
    [['220 hi\r\n', '250 ok\r\n', '221 bye\r\n', '250 more\r\n'], /expected the end/],
    [['220 hi\r\n', '250 ok\r\n', '221 bye\r\n', '25'], /expected the end/],
    [['220 hi\r\n'], /ended the connection/],
  ])('fails on %j', async (answers, message) => {
    expect(await hold(scripted([...answers]).channel, speech, steps, [])).toMatch(message)
  })

  it('knows a server that listens still from one that said too much or hung up', async () => {
    const open = parseDialogue('S: 220\nS: open')
    expect(await hold(scripted(['220 a\r\n299 pong\r\n']).channel, speech, open, [])).toBeUndefined()
    expect(await hold(scripted(['220 a\r\n250 x\r\n299 pong\r\n']).channel, speech, open, [])).toMatch(/listen still/)
    expect(await hold(scripted(['220 a\r\n']).channel, speech, open, [])).toMatch(/listen still/)
  })

  it.each([
    'S: close\nC: x',
    'C: a{FIN}\nC: b\nS: close',
    'X: y\nS: close',
    'S:   x\nS: close',
    'S: hello\nS: close',
    'C: x',
  ])('refuses %j', (text) => {
    expect(() => parseDialogue(text)).toThrow()
  })
})

describe('a call', () => {
  const functions = {
    half: (number: number) => (number % 2 === 0 ? { half: number / 2, is: 'even' } : undefined),
    refuse: () => {
      throw new HttpError('HTTP_METHOD')
    },
    later: (number: number) => Promise.resolve(number + 1),
  }
  const faults = (...lines: string[]): Promise<(string | undefined)[]> =>
    Promise.all(parseCalls(lines).map((call) => faultOfCall(functions, call)))

  it('comes out as it must, whatever the order of its properties', async () => {
    expect(
      await faults(
        'later(4) => 5',
        'half(4) => {"is":"even","half":2}',
        'half(3) => undefined',
        'refuse() => error HTTP_METHOD',
      ),
    ).toEqual([undefined, undefined, undefined, undefined])
  })

  it('says what came of it where it does not', async () => {
    expect(await faults('half(4) => undefined', 'half(3) => {}', 'refuse() => 1', 'double(1) => 2')).toEqual([
      'half(4) => undefined\n  it came out as {"half":2,"is":"even"}',
      'half(3) => {}\n  it came out as undefined',
      'refuse() => 1\n  it came out as error HTTP_METHOD',
      'there is no function double: double(1) => 2',
    ])
  })
})

/** A client that sends each request as a line on a connection of its own, and is told the status in a line. */
const toyClient: ClientSpeech = {
  readRequest: (received) => {
    const end = received.indexOf('\n')
    return end === -1 ? undefined : { lines: [received.toString('latin1', 0, end)], length: end + 1 }
  },
  open: (port) => ({
    close: () => Promise.resolve(),
    ask: ({ method, target }) =>
      new Promise((resolve) => {
        let told = ''
        const socket = connect(port, '127.0.0.1', () => socket.write(`${method} ${target}\n`))
        socket.on('data', (bytes: Buffer) => (told += bytes.toString('latin1')))
        socket.on('end', () => resolve(told)).on('error', ({ message }) => resolve(message))
      }),
  }),
}

describe('a dialogue with a client', () => {
  const held = (ask: string, dialogue: string): Promise<string | undefined> =>
    interview(toyClient, () => ({ asks: parseAsks([ask]), steps: parsePeer(dialogue) }), [], undefined)

  it('is held when the client asks as it must and makes of the answer what it must', async () => {
    expect(await held('GET /a => 200', 'C: connect\nC: GET /a\nC:   !POST *\nS: 200{FIN}\nC: close')).toBeUndefined()
  })

  it.each([
    ['GET /a => 200', 'C: connect\nC: GET /b\nS: 200{FIN}', /expected "GET \/b", but the client said GET \/a/],
    ['GET /a => 200', 'C: connect\nC: GET /a\nS: 404{FIN}', /it came out as 404/],
    ['GET /a => 200', 'C: connect\nS: 200{FIN}\nC: nothing', /said more than the dialogue has: GET \/a/],
    ['GET /a => 200', 'C: connect\nC: octets GET /b\nS: 200{FIN}', /but they were GET \/a/],
    ['GET /a => 200', 'C: connect\nC: GET /a\nS: 200{FIN}\nC: close\nC: GET /b', /there came nothing/],
    ['GET /a => 200', 'C: connect\nC: close\nS: 200{FIN}', /expected the end/],
    ['GET /a => 200', 'C: GET /a', /begins with "C: connect"/],
  ])('%s with %j fails', async (ask, dialogue, message) => {
    expect(await held(ask, dialogue)).toMatch(message)
  })

  it.each(['X: a', 'C:   a', 'C'])('refuses %j', (text) => {
    expect(() => parsePeer(text)).toThrow()
  })
})

describe('the report', () => {
  it('has a row for each requirement, and says which vectors fail', () => {
    const vectors = parseVectors(
      'toy/1.md',
      page(`## a: A\n\n${META}\n${BLOCKS}\n## b: B\n\n${META.replace('MUST', 'POLICY')}\n${BLOCKS}`),
    )
    const requirements = parseRequirements(
      'r',
      '- 1 · TOY §1 · It says\n- 2 · TOY §2 · It listens\n- 3 · TOY §3 · It sings · no voice\n',
    )
    const lines = report([{ name: 'Toy', requirements, vectors, failed: new Set(['b']) }]).split('\n')
    expect(lines).toContain('| Toy | 3 | 1 | 1 | 2 | 1 | 1 |')
    expect(lines).toContain(
      '| 1 | TOY §1 | It says | MUST, POLICY | [a](../test/conformance/toy/1.md), [b](../test/conformance/toy/1.md) | **1 of 2 fail** |',
    )
    expect(lines).toContain('| 2 | TOY §2 | It listens |  |  |  |')
    expect(lines).toContain('| 3 | TOY §3 | It sings |  |  | not shown: no voice |')
  })
})
