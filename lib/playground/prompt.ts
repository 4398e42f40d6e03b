import { z } from 'zod'
import { Message, Parameters, Tool } from '#lib/deployments/schema.ts'
import { ModelType } from '#lib/models/schema.ts'

/*
 * What the playground asks, and whom: by OpenAI's own names. Half-written things are kept as they are; what is missing is
 * said when it is run.
 */

const text = (max: number) => z.string().max(max, `At most ${max.toLocaleString('en-US')} characters.`)

/** A message of a deployment, whose pictures may lie in it as data. */
const PromptMessage = Message.extend({
  content: z.union([
    text(200_000),
    z
      .array(
        z.discriminatedUnion('type', [
          z.strictObject({ type: z.literal('text'), text: text(200_000) }),
          z.strictObject({
            type: z.literal('image_url'),
            image_url: z.strictObject({ url: text(6_000_000), detail: z.enum(['auto', 'low', 'high']).optional() }),
          }),
        ]),
      )
      .max(50),
  ]),
})

/** Characters of a prompt as JSON, pictures included. */
const promptCharsMax = 6_000_000

export const PlaygroundPrompt = z
  .strictObject({
    type: ModelType,
    messages: z.array(PromptMessage).max(100).default([]).describe('Of a chat; `{{name}}` stands for a variable.'),
    prompt: text(200_000).default('').describe('Of a completion or a picture.'),
    inputs: z.array(text(200_000)).max(20).default([]).describe('The texts of embeddings.'),
    tools: z.array(Tool).max(128).default([]),
    parameters: Parameters.prefault({}),
    variables: z.record(z.string().max(64), text(200_000)).default({}).describe('Values by name.'),
    columns: z
      .array(
        z.strictObject({
          model: text(256).min(1).describe("A model's id, slug or alias."),
          parameters: Parameters.nullable().default(null).describe('In place of the shared ones.'),
        }),
      )
      .max(4)
      .default([])
      .describe('Who is asked.'),
  })
  .refine((prompt) => JSON.stringify(prompt).length <= promptCharsMax, 'All of it together is larger than 6 MB.')
export type PlaygroundPrompt = z.output<typeof PlaygroundPrompt>
