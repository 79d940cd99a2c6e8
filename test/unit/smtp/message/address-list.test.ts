/** Lists of addresses: the examples of RFC 5322 §A, what is sent besides, and what is sent to be misread. */
import { describe, expect, it } from 'vitest'
import { parseAddresses } from '../../../../src/smtp/message/address-list.ts'
import type { Address, MailboxAddress } from '../../../../src/smtp/message/address-list.ts'

const one = ({ name, address }: MailboxAddress): string => (address === undefined ? `?${name}` : `${name}|${address}`)

/** `name|address`, `?text` for what is none, `group[...]`. */
function short(list: readonly Address[]): string[] {
  return list.map((entry) =>
    entry.type === 'group' ? `${entry.name}[${entry.members.map(one).join(' ')}]` : one(entry),
  )
}

describe('addresses', () => {
  it.each<[string, string[]]>([
    // RFC 5322 §A.1
    ['John Doe <jdoe@machine.example>', ['John Doe|jdoe@machine.example']],
    ['"Joe Q. Public" <john.q.public@example.com>', ['Joe Q. Public|john.q.public@example.com']],
    [
      'Mary Smith <mary@x.test>, jdoe@example.org, Who? <one@y.test>',
      ['Mary Smith|mary@x.test', '|jdoe@example.org', 'Who?|one@y.test'],
    ],
    [
      '<boss@nil.test>, "Giant; \\"Big\\" Box" <sysservices@example.net>',
      ['|boss@nil.test', 'Giant; "Big" Box|sysservices@example.net'],
    ],
    [
      'A Group:Ed Jones <c@a.test>,joe@where.test,John <jdoe@one.test>;',
      ['A Group[Ed Jones|c@a.test |joe@where.test John|jdoe@one.test]'],
    ],
    ['Undisclosed recipients:;', ['Undisclosed recipients[]']],
    // §A.5
    ['Pete(A nice \\) chap) <pete(his account)@silly.test(his host)>', ['Pete|pete@silly.test']],
    [
      "A Group(Some people)\t:Chris Jones <c@(Chris's host.)public.example>, joe@example.org, John <jdoe@one.test> (my dear friend); (the end of the group)",
      ['A Group[Chris Jones|c@public.example |joe@example.org John|jdoe@one.test]'],
    ],
    ['(Empty list)(start)Hidden recipients  :(nobody(that I know))  ;', ['Hidden recipients[]']],
    // §A.6
    ['Joe Q. Public <john.q.public@example.com>', ['Joe Q. Public|john.q.public@example.com']],
    [
      'Mary Smith <@node.test:mary@example.net>, , jdoe@test  . example',
      ['Mary Smith|mary@example.net', '|jdoe@test.example'],
    ],
    ['<@a.test,@b.test:c@d.test>', ['|c@d.test']],
  ])('of the RFC: %s', (text, list) => {
    expect(short(parseAddresses(text))).toEqual(list)
  })

  it.each<[string, string[]]>([
    ['', []],
    [' , ,, (x)', []],
    ['a@x.test (Carl (the) Great)', ['Carl (the) Great|a@x.test']],
    ['a@x.test;b@x.test', ['|a@x.test', '|b@x.test']],
    ['Joe a@x.test', ['Joe|a@x.test']],
    ['Joe . D a@x.test', ['Joe . D|a@x.test']],
    ['"a b"@x.test, "a\\"b"@x.test, ""@x.test', ['|"a b"@x.test', '|"a\\"b"@x.test', '|""@x.test']],
    ['"a".b@x.test, a."b c"@x.test', ['|a.b@x.test', '|"a.b c"@x.test']],
    ['a..b@x.test', ['|"a..b"@x.test']],
    ['a@[192.0.2.1], a@[IPv6:2001:db8::1', ['|a@[192.0.2.1]', '|a@[IPv6:2001:db8::1']],
    ['j\u00f6rg@b\u00fccher.test', ['|j\u00f6rg@b\u00fccher.test']],
    ['=?utf-8?Q?J=C3=B6rg?= =?utf-8?Q?_D=C3=B6?= <a@x.test>', ['Jörg Dö|a@x.test']],
    ['"=?utf-8?Q?J=C3=B6rg?=" <a@x.test>', ['Jörg|a@x.test']],
    ['a@x.test <b@y.test>', ['a@x.test|b@y.test']],
    ['<a@x.test', ['|a@x.test']],
    ['<a@x.test, b@x.test', ['|a@x.test', '|b@x.test']],
    ['Joe <a@x.test> Doe', ['Joe Doe|a@x.test']],
    ['F: a@x.test', ['F[|a@x.test]']],
    ['F: a@x.test; b@x.test', ['F[|a@x.test]', '|b@x.test']],
    ['<a@x.test>: b', ['?: b <a@x.test>'.replace('?: b <a@x.test>', ': b|a@x.test')]],
  ])('as they are sent: %j', (text, list) => {
    expect(short(parseAddresses(text))).toEqual(list)
  })

  it.each<[string, string[]]>([
    ['nobody', ['?nobody']],
    ['user@good.test(x)evil.test', ['?user@good.test evil.test']],
    ['user@good.test evil.test', ['?user@good.test evil.test']],
    ['us er@x.test', ['us|er@x.test']],
    ['@x.test', ['?@x.test']],
    ['a@', ['?a@']],
    ['a@b@c', ['?a@b@c']],
    ['<a@b@c>', ['?<a@b@c>']],
    ['Joe <>', ['?Joe <>']],
    ['Joe <joe>', ['?Joe <joe>']],
    ['a@"x.test"', ['?a@x.test']],
    ['a@x."test"', ['?a@x.test']],
    ['a@[1].x', ['?a@[1].x']],
    ['"a\u0001"@x.test', ['?a @x.test']],
    ['a:b:c@x.test:d', ['a[?b:c@x.test:d]']],
    ['<@a.test', ['?<>']],
    ['a > b@x.test', ['a >|b@x.test']],
    ['a < b < c@x.test', ['?a <b < c@x.test>']],
    ['=?utf-8?Q?=2C_=3Cb=40y.test=3E?= <a@x.test>', [', <b@y.test>|a@x.test']],
    ['"a\\', ['?a\\']],
    ['(a', []],
    ['a)b@x.test', ['?a)b@x.test']],
  ])('to be misread: %j', (text, list) => {
    expect(short(parseAddresses(text))).toEqual(list)
  })

  it('are no more than so many, in groups and out of them', () => {
    const limits = { maxAddresses: 3, maxEncodedWords: 1 }
    expect(short(parseAddresses('a@x,b@x,c@x,d@x', limits))).toEqual(['|a@x', '|b@x', '|c@x'])
    expect(short(parseAddresses('a@x,g:b@x,c@x,d@x;,e@x', limits))).toEqual(['|a@x', 'g[|b@x |c@x]'])
  })
})
