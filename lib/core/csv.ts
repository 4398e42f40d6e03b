/**
 * One line by RFC 4180. Text that a spreadsheet would run as a formula gets an apostrophe in front, and so does text that
 * would look like it: whoever reads the file takes exactly one away.
 */
export function csvLine(cells: readonly (string | number)[]): string {
  const texts = cells.map((cell) => {
    if (typeof cell === 'number') return String(cell)
    const safe = /^'*[=+\-@\t\r]/.test(cell) ? `'${cell}` : cell
    return /[",\r\n]/.test(safe) ? `"${safe.replaceAll('"', '""')}"` : safe
  })
  return `${texts.join(',')}\r\n`
}
