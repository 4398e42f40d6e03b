import { expect, test } from 'vitest'
import { z } from 'zod'
import { plainIssue } from './plain-issue.ts'

const Input = z.strictObject({
  name: z.string().max(3).optional(),
  limit: z.coerce.number().int().min(1).max(2000).optional(),
  kind: z.enum(['a', 'b', 'c']).optional(),
  tags: z.array(z.string()).max(1).optional(),
  own: z.string('My own words.').optional(),
  flag: z.boolean().optional(),
})

test.each<[unknown, string]>([
  [{ name: 1 }, 'This must be text.'],
  [{ name: 'long' }, 'At most 3 characters.'],
  [{ limit: 0 }, 'At least 1.'],
  [{ limit: 3000 }, 'At most 2,000.'],
  [{ limit: 1.5 }, 'This must be a whole number.'],
  [{ limit: 'x' }, 'This must be a number.'],
  [{ kind: 'd' }, 'Choose a, b or c.'],
  [{ tags: ['a', 'b'] }, 'At most 1 item.'],
  [{ own: 1 }, 'My own words.'],
  [{ flag: 'yes' }, 'This must be true or false.'],
  [{ other: 1 }, 'There is no other here.'],
  [{ other: 1, more: 2 }, 'There is no other and no more here.'],
  [undefined, 'This is needed.'],
])('%j is refused with: %s', (input, message) => {
  expect(Input.safeParse(input, { error: plainIssue }).error?.issues.map((issue) => issue.message)).toEqual([message])
})
