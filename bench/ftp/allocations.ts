/** What replies and listings ask of memory, beside basic-ftp. */
import { allocations } from '../memory/allocated.ts'
import type { Suite } from '../suite.ts'
import { suite as listings } from './listings.ts'
import { suite as replies } from './replies.ts'

/** The suite. */
export const suite: Suite = {
  title: 'FTP allocations',
  about: 'Bytes of the heap and of buffers that are allocated for each call, whoever collects them later.',
  cases: allocations(
    [listings, replies],
    ['100 FEAT replies of 18 lines', 'Unix LIST, 200 entries, whole', 'MLSD, 200 entries, whole'],
  ),
}
