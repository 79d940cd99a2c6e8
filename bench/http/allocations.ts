/** What a head asks of memory, beside other parsers. */
import { allocations } from '../memory/allocated.ts'
import type { Suite } from '../suite.ts'
import { suite as heads } from './heads.ts'

/** The suite. */
export const suite: Suite = {
  title: 'HTTP allocations',
  about: 'Bytes of the heap and of buffers that are allocated for each call, whoever collects them later.',
  cases: allocations(
    [heads],
    [
      'request head of 703 octets, whole',
      'request head of 40 octets, whole',
      'request heads of 64 browsers by turns, whole',
      'response head of 256 octets, whole',
    ],
  ),
}
