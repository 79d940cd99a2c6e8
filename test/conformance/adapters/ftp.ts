/** FTP, for the runner of the vectors. */
import { player } from '../../support/roles/ftp.ts'
import type { Adapter } from '../runner/adapter.ts'
import { ftpSpeech } from './speech.ts'

/** FTP. */
export const FTP: Adapter = { name: 'FTP', player, speech: ftpSpeech, server: undefined }
