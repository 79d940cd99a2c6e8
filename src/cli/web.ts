/** The web pages of `wireline serve`: which path leads where. */
import type { Storage } from '../ftp/storage/storage.ts'
import type { Maildir } from '../smtp/maildir.ts'
import { methodNotAllowed, pageAnswer, redirect, textAnswer, type Answer, type Question } from './answer.ts'
import { listPage } from './page.ts'
import { answerFiles } from './web-files.ts'
import { answerMail } from './web-mail.ts'

/** What the pages are about. */
export interface Site {
  /** The files, shared with FTP. */
  readonly files: Storage
  /** The mail that came by SMTP. */
  readonly mail: Maildir
}

/** Answers any request. What it throws is no fault of the client's. */
export async function answer(site: Site, question: Question, nowMs: number): Promise<Answer> {
  const { path, method } = question
  if (path.startsWith('/files/')) return answerFiles(site.files, question, nowMs)
  if (path.startsWith('/mail/')) return answerMail(site.mail, question)
  if (path === '/files' || path === '/mail') return redirect(`${path}/`)
  if (path !== '/') return textAnswer(404, 'There is nothing here; try /files/ or /mail/')
  if (method !== 'GET' && method !== 'HEAD') return methodNotAllowed('GET, HEAD')
  return pageAnswer(
    listPage('wireline', [
      { text: 'Files', href: './files/' },
      { text: 'Mail', href: './mail/' },
    ]),
  )
}

/**
 * Whether a request for this `Host` may be answered by a server on a loopback address. Without this, a page anywhere on the web could
 * point its own name at 127.0.0.1 and read all files through its visitor's browser (DNS rebinding).
 */
export function isLoopbackHost(host: string): boolean {
  return /^(localhost|([a-z0-9-]+\.)*localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]*)?$/i.test(host)
}
