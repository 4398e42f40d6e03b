import { z } from 'zod'
import { Instant } from '#lib/core/operation.ts'
import { ModelType } from '#lib/models/schema.ts'
import { PlaygroundPrompt } from './prompt.ts'

/*
 * What the room's routes answer. The exported names are those of the API's document; browsers take the types alone,
 * through `schema.ts`.
 */

export const PlaygroundLinkView = z
  .object({
    id: z.string(),
    name: z.string(),
    type: ModelType,
    models: z.array(z.string()).describe('Who is asked, as they were named.'),
    createdBy: z.string().describe('A name; empty where it is not known.'),
    createdAt: Instant,
    removable: z.boolean().describe('True for the one who saved it, and for admins.'),
  })
  .describe('A prompt that was saved to be opened by others of the workspace.')
export type PlaygroundLinkView = z.infer<typeof PlaygroundLinkView>

export const PlaygroundLinkDetail = PlaygroundLinkView.extend({ prompt: PlaygroundPrompt })
export type PlaygroundLinkDetail = z.infer<typeof PlaygroundLinkDetail>
