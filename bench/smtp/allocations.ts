/** What commands, content and messages ask of memory, beside others who read them. */
import { allocations } from '../memory/allocated.ts'
import type { Suite } from '../suite.ts'
import { suite as data } from './data.ts'
import { suite as lines } from './lines.ts'
import { suite as mime } from './mime.ts'

/** The suite. */
export const suite: Suite = {
  title: 'SMTP allocations',
  about: 'Bytes of the heap and of buffers that are allocated for each call, whoever collects them later.',
  cases: allocations(
    [data, lines, mime],
    [
      '51 commands, whole',
      '32 KiB of content, base64, 76 columns, whole',
      '32 KiB of content, every line dotted, whole',
      'plain text of a KiB, whole',
      'text, HTML and an attachment, 60 KiB, whole',
    ],
  ),
}
