/** SMTP, for the runner of the vectors. */
import { player } from '../../support/roles/smtp.ts'
import type { Adapter } from '../runner/adapter.ts'
import { smtpSpeech } from './speech.ts'

/** SMTP. */
export const SMTP: Adapter = { name: 'SMTP', player, speech: smtpSpeech, server: undefined }
