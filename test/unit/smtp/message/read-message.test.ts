/** Messages as a whole. */
import { describe, expect, it } from 'vitest'
import { MimeError, MimeLimitError } from '../../../../src/smtp/message/errors.ts'
import { readMessage } from '../../../../src/smtp/message/read-message.ts'
import { lines } from '../../../support/mime.ts'

const MAIL = lines(
  'From: =?utf-8?Q?J=C3=B6rg?= <joerg@x.test>',
  'Sender: s@x.test',
  'Reply-To: r@x.test',
  'To: a@y.test, Friends: b@y.test;',
  'Cc: c@y.test',
  'Bcc: d@y.test',
  'Subject: =?iso-8859-1?Q?gr=FC=DFe?=',
  'Date: Fri, 21 Nov 1997 09:55:06 -0600',
  'Message-ID: <1@x.test>',
  'In-Reply-To: <0@x.test>',
  'References: <-1@x.test> <0@x.test>',
  'Content-Type: multipart/mixed; boundary=outer',
  '',
  '--outer',
  'Content-Type: multipart/alternative; boundary=inner',
  '',
  '--inner',
  'Content-Type: text/plain; charset=utf-8',
  'Content-Transfer-Encoding: base64',
  '',
  Buffer.from('\ufeffhällo\r\nwelt').toString('base64'),
  '--inner',
  'Content-Type: text/html; charset=windows-1251',
  'Content-Disposition: inline',
  '',
  '<b>\xc1</b>',
  '--inner--',
  '--outer',
  'Content-Type: image/png; name=a.png',
  'Content-ID: <pic@x.test>',
  'Content-Disposition: inline',
  'Content-Transfer-Encoding: base64',
  '',
  'aQce',
  '--outer',
  'Content-Type: text/plain',
  'Content-Disposition: attachment; filename=notes.txt',
  '',
  'note',
  '--outer',
  'Content-Type: message/rfc822',
  '',
  'Subject: inner',
  'Content-Type: text/plain; charset=x-unknown',
  'Content-Type: text/plain',
  '',
  'in\xe9',
  '--outer',
  '',
  'more',
  '--outer--',
)

describe('a message that is read', () => {
  it('has what people look for', async () => {
    const message = await readMessage(MAIL)
    const mailbox = (address: string, name = ''): unknown => ({ type: 'mailbox', name, address })
    expect(message).toMatchObject({
      from: [mailbox('joerg@x.test', 'Jörg')],
      sender: [mailbox('s@x.test')],
      replyTo: [mailbox('r@x.test')],
      to: [mailbox('a@y.test'), { type: 'group', name: 'Friends', members: [mailbox('b@y.test')] }],
      cc: [mailbox('c@y.test')],
      bcc: [mailbox('d@y.test')],
      subject: 'grüße',
      date: new Date('1997-11-21T15:55:06.000Z'),
      messageId: '1@x.test',
      inReplyTo: ['0@x.test'],
      references: ['-1@x.test', '0@x.test'],
      text: 'hällo\nwelt\nmore',
      html: '<b>Б</b>',
      attachments: [
        {
          filename: 'a.png',
          contentType: 'image/png',
          disposition: 'inline',
          contentId: 'pic@x.test',
          content: Buffer.from('aQce', 'base64'),
        },
        {
          filename: 'notes.txt',
          contentType: 'text/plain',
          disposition: 'attachment',
          contentId: undefined,
          content: Buffer.from('note'),
        },
      ],
    })
  })

  it('has messages, each with its own', async () => {
    const { messages, violations, root } = await readMessage(MAIL)
    expect(messages).toHaveLength(1)
    expect(messages[0]).toMatchObject({ subject: 'inner', text: 'iné', messages: [], attachments: [] })
    expect(messages[0]?.violations).toEqual([{ type: 'violation', code: 'MIME_FIELD_REPEATED', path: [4, 1] }])
    expect(violations).toEqual(messages[0]?.violations)
    expect(root.parts.map(({ part }) => part.contentType.mediaType)).toEqual([
      'multipart/alternative',
      'image/png',
      'text/plain',
      'message/rfc822',
      'text/plain',
    ])
    expect(root.parts[3]?.parts[0]?.content.toString('latin1')).toBe('in\xe9')
  })

  it('comes as text, as octets and in pieces', async () => {
    const text = 'Subject: grüße\n\nhällo'
    const { subject, text: said, html, date, messageId } = await readMessage(text)
    expect([subject, said, html, date, messageId]).toEqual(['grüße', 'hällo', undefined, undefined, undefined])
    const octets = new Uint8Array(Buffer.from(text))
    expect((await readMessage(octets)).text).toBe('hällo')
    async function* pieces(): AsyncGenerator<Uint8Array> {
      for (const octet of octets) yield Uint8Array.of(octet)
    }
    expect((await readMessage(pieces())).text).toBe('hällo')
    expect((await readMessage(['Subject: x\n', '\nhäl', 'lo'])).text).toBe('hällo')
  })

  it('may be empty', async () => {
    expect(await readMessage('')).toMatchObject({ from: [], subject: undefined, text: '', attachments: [] })
    const { text, html, attachments } = await readMessage('Content-Type: image/png\n\n')
    expect([text, html, attachments[0]?.content.length, attachments[0]?.disposition]).toEqual([
      undefined,
      undefined,
      0,
      undefined,
    ])
  })

  it('may be too big, or not good enough', async () => {
    await expect(readMessage('x'.repeat(100), { limits: { maxMessageBytes: 99 } })).rejects.toThrow(MimeLimitError)
    await expect(readMessage('A: b\n\n', { refuse: 'everything' })).rejects.toThrow(MimeError)
  })

  it('keeps messages as attachments where they are not to be opened', async () => {
    const { attachments, messages } = await readMessage(MAIL, { messages: 'keep' })
    expect(messages).toEqual([])
    expect(attachments[2]).toMatchObject({ contentType: 'message/rfc822', filename: undefined })
    expect(attachments[2]?.content.toString('latin1')).toMatch(/^Subject: inner\r\n/)
  })
})
