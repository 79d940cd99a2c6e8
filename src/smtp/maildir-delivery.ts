/**
 * Delivery to Maildirs as a server's handler, in one line of a program:
 *
 *     await serve({ port: 2525, hostname: 'mx.example.test' }, { message: deliverTo(maildir('/srv/mail')) })
 */
import type { MessageContext, MessageVerdict } from './handlers.ts'
import type { Maildir } from './maildir.ts'
import { MaildirError } from './maildir-error.ts'
import { refuse } from './reply.ts'

/**
 * The handler `message` that delivers into the mailbox of each recipient, with the lines of the trace before the message (RFC 5321 §4.4). Its yes
 * comes when all of them have it on the disk (§6.1). A full disk is 452, and any other trouble 451; then nobody has it.
 */
export function deliverTo(mail: Maildir): (context: MessageContext) => Promise<MessageVerdict> {
  return async ({ envelope, body, trace }) => {
    const recipients = envelope.recipients.map(({ path }) => path)
    try {
      await mail.deliver(recipients, trace.before(body))
      return true
    } catch (error) {
      if (error instanceof MaildirError && error.code === 'MAILDIR_FULL') return refuse(452, '4.3.1', 'No space left')
      throw error
    }
  }
}
