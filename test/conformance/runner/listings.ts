/**
 * How well the corpus of real listing lines is read. The corpus is other projects' and not part of this repository, so the counts are
 * kept as a fixture; where the corpus is at hand, `test/unit/ftp/listing/corpus.test.ts` counts anew and compares.
 */
import { readFileSync } from 'node:fs'
import type { ListingCount } from '../../support/ftp-listings.ts'

const COUNTS = JSON.parse(
  readFileSync(new URL('../../fixtures/ftp/listings.json', import.meta.url), 'utf8'),
) as readonly ListingCount[]

/** What the sources call themselves. */
const TITLES: Readonly<Record<string, string>> = {
  'commons-net': 'Apache Commons Net 3.9',
  jlaffaye: 'jlaffaye/ftp',
  'basic-ftp': 'basic-ftp',
  'node-ftp': 'node-ftp',
  chromium: 'Chromium',
}

/** The lines of the section. */
export function listings(): string[] {
  const sum = (of: (count: ListingCount) => number): number => COUNTS.reduce((total, each) => total + of(each), 0)
  const [entries, right] = [sum((each) => each.entries), sum((each) => each.right)]
  const [toRefuse, refused] = [sum((each) => each.toRefuse), sum((each) => each.refused)]
  return [
    '## Listings of FTP servers',
    '',
    'Lines of real servers, with what the tests of other projects say they mean: how many entries have every field right that is asserted (name,',
    'type, size, time, owner, group, permissions, links, target), and how many lines that are none become none.',
    '',
    '| Expectations of | entries right | refused |',
    '| --- | ---: | ---: |',
    ...COUNTS.map(
      (each) =>
        `| ${TITLES[each.corpus] ?? each.corpus} | ${each.right} / ${each.entries} | ${each.refused} / ${each.toRefuse} |`,
    ),
    `| **All** | ${right} / ${entries} (${((100 * right) / entries).toFixed(1)}%) | ${refused} / ${toRefuse} |`,
    '',
    'Which the others are, and why we read them otherwise, stands in [ftp.md](ftp.md).',
  ]
}
