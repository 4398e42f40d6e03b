import { z } from 'zod'

/** What a person's own call came from. */
export const TryQuery = z.object({
  source: z.enum(['try', 'playground']).default('try').describe('What its record says that it came from.'),
})
