import { z } from 'zod'

/** Keyset paging: `cursor` is opaque and comes from the page before. */
export const PageInput = z.object({
  cursor: z.string().max(512).optional(),
  limit: z.coerce.number().int().min(1).max(200).default(50),
})
export type PageInput = z.infer<typeof PageInput>

export interface Page<Item> {
  items: Item[]
  /** Absent on the last page. */
  nextCursor?: string
}
