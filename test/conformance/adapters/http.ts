/** HTTP, for the runner of the vectors. */
import { player } from '../../support/roles/http.ts'
import type { Adapter } from '../runner/adapter.ts'
import { httpSpeech } from './speech.ts'

/** HTTP. */
export const HTTP: Adapter = { name: 'HTTP', player, speech: httpSpeech, server: undefined }
