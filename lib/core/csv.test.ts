import { expect, test } from 'vitest'
import { csvLine } from './csv.ts'

test.each([
  [['a', 1, ''], 'a,1,\r\n'],
  [['a,b', 'c"d', 'e\nf'], '"a,b","c""d","e\nf"\r\n'],
  [['=1+1', '+x', '-x', '@x', '\tx'], `'=1+1,'+x,'-x,'@x,'\tx\r\n`],
  [['=a,"b"'], `"'=a,""b"""\r\n`],
  [[-1], '-1\r\n'],
  // Told from what got its apostrophe here.
  [["'=1", "'x"], "''=1,'x\r\n"],
])('%j becomes %j', (cells, line) => {
  expect(csvLine(cells as (string | number)[])).toBe(line)
})
