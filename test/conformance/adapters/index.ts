/** All protocols, in the order of the report. */
import type { Adapter } from '../runner/adapter.ts'
import { FTP } from './ftp.ts'
import { HTTP } from './http.ts'
import { SMTP } from './smtp.ts'

/** All protocols, in the order of the report. */
export const ADAPTERS: readonly Adapter[] = [HTTP, SMTP, FTP]
