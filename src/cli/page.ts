/**
 * The few HTML pages that `wireline serve` shows: plain lists that work without a script or a style from anywhere else.
 * Every text goes through `escapeHtml`, for names of files and subjects of mails are whatever a stranger chose.
 */

/** One row of a list. */
export interface Row {
  /** What the link shows. */
  readonly text: string
  /** Where it leads, relative to the page. */
  readonly href: string
  /** Further cells, such as size and time. */
  readonly cells?: readonly string[]
}

/** A page with a title and a list. */
export function listPage(title: string, rows: readonly Row[]): string {
  const lines = rows.map((row) => {
    const cells = (row.cells ?? []).map((cell) => `<td>${escapeHtml(cell)}</td>`).join('')
    return `<tr><td><a href="${escapeHtml(row.href)}">${escapeHtml(row.text)}</a></td>${cells}</tr>\n`
  })
  return page(title, rows.length === 0 ? '<p>Nothing here yet.</p>\n' : `<table>\n${lines.join('')}</table>\n`)
}

/** A page around a body that is HTML already. */
function page(title: string, body: string): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<title>${escapeHtml(title)}</title>
<style>body{font:16px/1.5 system-ui,sans-serif;margin:2rem auto;max-width:60rem;padding:0 1rem}td{padding-right:2rem}</style>
<h1>${escapeHtml(title)}</h1>
${body}</html>
`
}

/** Text as it may stand in HTML, between tags and in quoted attributes. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`)
}

/** A size for people: `1.4 MB`; powers of ten, one digit behind the point. */
export function formatSize(octets: number): string {
  let size = octets
  for (const unit of ['B', 'kB', 'MB', 'GB']) {
    if (size < 1000) return `${unit === 'B' ? size : size.toFixed(1)} ${unit}`
    size /= 1000
  }
  return `${size.toFixed(1)} TB`
}

/** A time for people, in UTC to the minute: `2026-11-22 14:05`. */
export function formatTime(timeMs: number): string {
  return new Date(timeMs).toISOString().slice(0, 16).replace('T', ' ')
}
