/** Figures as people read them: three digits, thousands apart, and times in the unit that suits them. */

/** A number of three digits. */
export function inWords(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(value < 1 ? 2 : 3)
}

/** A figure with its unit; nanoseconds become micro- or milliseconds where there are many. */
export function withUnit(value: number, unit: string): string {
  if (unit !== 'ns' || value < 1000) return `${inWords(value)} ${unit}`
  return value < 1e6 ? `${inWords(value / 1e3)} µs` : `${inWords(value / 1e6)} ms`
}
