import { z } from 'zod'
import { PageInput } from '#lib/core/page.ts'
import { PlaygroundPrompt } from './prompt.ts'

// What routes answer are schemas, in answers.ts. Browsers take their types alone.
export type { PlaygroundLinkDetail, PlaygroundLinkView } from './answers.ts'
export { PlaygroundPrompt } from './prompt.ts'

export const CreateLinkInput = z.strictObject({
  name: z.string().trim().max(100, 'At most 100 characters.').default(''),
  prompt: PlaygroundPrompt,
})
export type CreateLinkInput = z.input<typeof CreateLinkInput>

export const ListLinksInput = PageInput.extend({
  /** In the name. */
  search: z.string().max(100).optional(),
})
export type ListLinksInput = z.input<typeof ListLinksInput>
