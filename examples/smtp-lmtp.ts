/**
 * A delivery agent, for a mail server that has queues and no mailboxes: `npx tsx examples/smtp-lmtp.ts SOCKET FOLDER MAILBOX...`. With Postfix:
 * `mailbox_transport = lmtp:unix:/run/store/lmtp`.
 */
import { mailboxFolder, maildir, refuse, reply, serve } from 'wireline/smtp'
import type { Path } from 'wireline/smtp'

const QUOTA = 1_000_000
const FULL = refuse(452, '4.2.2', 'The mailbox is full')

const [path = '', folder = '', ...names] = process.argv.slice(2)
const mail = maildir(folder)
const mailboxes = new Set(names)

async function isFull(recipient: Path): Promise<boolean> {
  const messages = await mail.list(mailboxFolder(recipient))
  return messages.reduce((sum, { size }) => sum + size, 0) >= QUOTA
}

const server = await serve(
  { path, hostname: 'store.localhost', protocol: 'lmtp', onError: console.error },
  {
    rcpt: (rcpt) => mailboxes.has(mailboxFolder(rcpt.path)) || refuse(550, '5.1.1', 'No such mailbox'),
    // By LMTP each recipient has an answer of its own, so a full mailbox keeps nobody else waiting (RFC 2033 §4.2).
    message: async ({ envelope, body, trace }) => {
      const recipients = envelope.recipients.map((recipient) => recipient.path)
      const full = await Promise.all(recipients.map(isFull))
      const others = recipients.filter((_, index) => full[index] === false)
      if (others.length === 0) return FULL
      const id = await mail.deliver(others, trace.before(body))
      // It is on the disk: only now may anybody say so (RFC 5321 §6.1).
      return full.map((it) => (it ? FULL : reply(250, '2.0.0', `Delivered as ${id}`)))
    },
  },
)
await mail.sweep()
console.log(`${names.length} mailboxes are behind ${path}`)
for (const signal of ['SIGINT', 'SIGTERM']) process.once(signal, () => void server.close())
