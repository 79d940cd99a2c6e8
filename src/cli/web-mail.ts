/** The pages below `/mail/`: the mailboxes, the messages in one, and a message as it came, headers and all. */
import type { Maildir, Message } from '../smtp/maildir.ts'
import { MaildirError } from '../smtp/maildir-error.ts'
import {
  methodNotAllowed,
  optionsAnswer,
  pageAnswer,
  redirect,
  textAnswer,
  type Answer,
  type Question,
} from './answer.ts'
import { formatSize, formatTime, listPage, type Row } from './page.ts'

const METHODS = 'GET, HEAD, OPTIONS'
const UP: Row = { text: '..', href: '../' }

/** Answers for the mailboxes of one folder. `question.path` begins with `/mail/`. */
export async function answerMail(mail: Maildir, question: Question): Promise<Answer> {
  if (question.method === 'OPTIONS') return optionsAnswer(METHODS)
  if (question.method !== 'GET' && question.method !== 'HEAD') return methodNotAllowed(METHODS)
  const [mailbox = '', id, ...rest] = question.path.slice('/mail/'.length).split('/').map(decodeSegment)
  if (rest.length > 0) return notFound()
  if (id === undefined) return mailbox === '' ? mailboxes(mail) : redirect(`${question.path}/`)
  return id === '' ? messages(mail, mailbox) : message(mail, mailbox, id)
}

/** Octets that are no UTF-8 lead to a name that no mailbox has. */
function decodeSegment(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return '\0'
  }
}

async function mailboxes(mail: Maildir): Promise<Answer> {
  const rows = (await mail.mailboxes()).map((name) => ({ text: name, href: `./${encodeURIComponent(name)}/` }))
  return pageAnswer(listPage('Mail', [UP, ...rows]))
}

async function messages(mail: Maildir, mailbox: string): Promise<Answer> {
  if (!(await mail.mailboxes()).includes(mailbox)) return notFound()
  return pageAnswer(listPage(mailbox, [UP, ...(await mail.list(mailbox)).map(row)]))
}

function row(message: Message): Row {
  return {
    text: message.subject === '' ? '(no subject)' : message.subject,
    href: `./${encodeURIComponent(message.id)}`,
    cells: [message.from, formatSize(message.size), formatTime(message.deliveredMs)],
  }
}

async function message(mail: Maildir, mailbox: string, id: string): Promise<Answer> {
  try {
    const source = await mail.read(mailbox, id)
    return {
      status: 200,
      // As plain text whatever it says of itself: a mail is from a stranger, and its HTML would be of this origin.
      fields: [
        ['content-length', `${source.size}`],
        ['content-type', 'text/plain; charset=utf-8'],
        ['x-content-type-options', 'nosniff'],
      ],
      content: source,
    }
  } catch (error) {
    if (error instanceof MaildirError && error.code === 'MAILDIR_NOT_FOUND') return notFound()
    throw error
  }
}

function notFound(): Answer {
  return textAnswer(404, 'No such mailbox or message')
}
