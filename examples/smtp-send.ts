/** One mail to one server, and the fate of each recipient: `npx tsx examples/smtp-send.ts URL FILE FROM TO...` */
import { readFile } from 'node:fs/promises'
import { send, SmtpReplyError, SmtpSendError } from 'wireline/smtp'
import type { Delivery } from 'wireline/smtp'

const [url = '', file = '', from = '', ...to] = process.argv.slice(2)

// Whatever becomes of the message, this is what a queue has to know of it.
const sending = send(url, { from, to, message: await readFile(file) })
const { accepted, refused, fate } = await sending.catch((error: unknown) => {
  // Refused to everybody, or broken off on the way: what was answered before that counts all the same.
  if (error instanceof SmtpReplyError || error instanceof SmtpSendError) return error
  throw error
})
const said = ({ reply: { code, enhanced = '', text } }: Delivery): string => `${code} ${enhanced} ${text.join(' ')}`
for (const one of accepted) console.log(`${one.address}: delivered`)
for (const one of refused) console.log(`${one.address}: ${one.reply.code < 500 ? 'later' : 'returned'}, ${said(one)}`)
const answered = new Set([...accepted, ...refused].map(({ address }) => address))
const others = to.filter((address) => !answered.has(address))
// Only behind the end of the content is it not known whether the server has the message (RFC 5321 §4.5.3.2.6).
for (const address of others) console.log(`${address}: ${fate === 'unknown' ? 'perhaps delivered' : 'later'}`)

// As sendmail and its kin say it: 75 asks to be called again.
const isOver = others.length === 0 && refused.every(({ reply }) => reply.code >= 500)
process.exitCode = isOver ? (refused.length === 0 ? 0 : 69) : 75
