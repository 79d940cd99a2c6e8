/** Figures as people read them: three digits, and thousands apart. */
export function inWords(value: number): string {
  if (!Number.isFinite(value)) return '-'
  if (Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US')
  return value.toPrecision(value < 1 ? 2 : 3)
}
