import type { Message, Parameters, Tool } from '#lib/deployments/schema.ts'
import type { ModelType, ModelView } from '#lib/models/schema.ts'

/*
 * What a call is made of, by OpenAI's own names: the editors of this folder read and change these, whoever keeps them.
 */

export type { Message, Parameters, Tool }
export type Role = Message['role']
export type ContentPart = Exclude<Message['content'], string>[number]
export type PicturePart = Extract<ContentPart, { type: 'image_url' }>
/** `arguments`: JSON, as the model wrote it. */
export type ToolCall = NonNullable<Message['tool_calls']>[number]
/** A JSON object, or the text of one that does not parse yet: what a person types is not lost. */
export type JsonText = NonNullable<Tool['function']['parameters']>
export type ParameterName = keyof Parameters
export type ResponseFormat = NonNullable<Parameters['response_format']>
export type ToolChoice = NonNullable<Parameters['tool_choice']>

/** What the editors ask of a model: whom it is, and what it was shown to do. */
export type PromptModel = Pick<ModelView, 'slug' | 'name' | 'capabilities' | 'profile'> & { type: ModelType }
