/** A bar chart of a suite, as SVG: for each case a bar per contender, as long as it is good beside the best of the case. */
import type { Figure, Result } from './compete.ts'
import type { SuiteResults } from './results.ts'
import { inWords, withUnit } from './words.ts'

const WIDTH = 860
const LABEL = 250
const BAR = 16
const GAP = 14
const ROOM = WIDTH - LABEL - 210

/** The chart, and its size fixed by what is in it. */
export function chart({ title, results }: SuiteResults, node: string): string {
  const parts: string[] = []
  let y = 40
  for (const result of results) {
    parts.push(text(8, y + 12, result.name, 'case'))
    y += 20
    for (const figure of result.figures) {
      parts.push(bar(y, figure, result))
      y += BAR + 3
    }
    y += GAP
  }
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" role="img" aria-label="${escaped(title)}">`,
    '<style>text{font:12px sans-serif;fill:#24292f}.case{font-weight:bold}.title{font-size:15px;font-weight:bold}.ours{fill:#1a7f5a}.rival{fill:#8c959f}.other{fill:#c8ced4}</style>',
    `<rect width="${WIDTH}" height="${y}" fill="#ffffff"/>`,
    text(8, 22, `${title}: longer is better (Node ${node})`, 'title'),
    ...parts,
    '</svg>',
    '',
  ].join('\n')
}

function bar(y: number, { contender, value, ratio }: Figure, { figures, rival, unit }: Result): string {
  const best = Math.max(...figures.map((figure) => figure.ratio))
  const length = Math.max(1, Math.round((ratio / best) * ROOM))
  const kind = contender.startsWith('wireline') ? 'ours' : contender === rival ? 'rival' : 'other'
  const times = contender === rival ? '' : ` (${inWords(ratio)}x)`
  return [
    text(LABEL - 8, y + 12, contender, 'name', 'end'),
    `<rect class="${kind}" x="${LABEL}" y="${y}" width="${length}" height="${BAR}"/>`,
    text(LABEL + length + 6, y + 12, `${withUnit(value, unit)}${times}`, 'value'),
  ].join('')
}

function text(x: number, y: number, content: string, kind: string, anchor = 'start'): string {
  return `<text class="${kind}" x="${x}" y="${y}" text-anchor="${anchor}">${escaped(content)}</text>`
}

function escaped(content: string): string {
  return content.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('"', '&quot;')
}
