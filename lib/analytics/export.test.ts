import { expect, test } from 'vitest'
import { toCsvLine } from './export.ts'

test.each([
  [['a', 1, ''], 'a,1,\r\n'],
  [['a,b', 'c"d', 'e\nf'], '"a,b","c""d","e\nf"\r\n'],
  [['=1+1', '+x', '-x', '@x', '\tx'], `'=1+1,'+x,'-x,'@x,'\tx\r\n`],
  [['=a,"b"'], `"'=a,""b"""\r\n`],
  [[-1], '-1\r\n'],
])('%j becomes %j', (cells, line) => {
  expect(toCsvLine(cells as (string | number)[])).toBe(line)
})
