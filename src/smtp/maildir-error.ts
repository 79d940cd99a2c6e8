/** How a Maildir says no. The messages name no path; what the system said is the cause. */
import { NetError, type NetErrorOptions } from '../net/errors.ts'

/** The codes of a Maildir's errors. */
export type MaildirErrorCode = 'MAILDIR_NOT_FOUND' | 'MAILDIR_RECIPIENTS' | 'MAILDIR_FULL' | 'MAILDIR_FAILED'

const TEXT: Readonly<Record<MaildirErrorCode, string>> = {
  MAILDIR_NOT_FOUND: 'There is no such mailbox or message',
  MAILDIR_RECIPIENTS: 'A message needs a recipient',
  MAILDIR_FULL: 'No space left',
  MAILDIR_FAILED: 'The mail could not be stored or read',
}

/** A Maildir said no. */
export class MaildirError extends NetError {
  /** The contract. */
  declare readonly code: MaildirErrorCode

  constructor(code: MaildirErrorCode, options: NetErrorOptions = {}) {
    super(code, TEXT[code], options)
  }
}

const CODES: Readonly<Record<string, MaildirErrorCode>> = {
  ENOENT: 'MAILDIR_NOT_FOUND',
  ENOTDIR: 'MAILDIR_NOT_FOUND',
  ENOSPC: 'MAILDIR_FULL',
  EDQUOT: 'MAILDIR_FULL',
  EFBIG: 'MAILDIR_FULL',
}

/** Whatever went wrong, as a Maildir says it. */
export function refusal(error: unknown): MaildirError {
  if (error instanceof MaildirError) return error
  const code = error instanceof Error ? (error as NodeJS.ErrnoException).code : undefined
  return new MaildirError((code === undefined ? undefined : CODES[code]) ?? 'MAILDIR_FAILED', { cause: error })
}
