import type { ModelType, ModelView } from '#lib/models/schema.ts'

/*
 * What a call is made of, by OpenAI's own names: the editors of this folder read and change these, whoever keeps them.
 */

export const roles = ['system', 'developer', 'user', 'assistant', 'tool'] as const
export type Role = (typeof roles)[number]

export interface TextPart {
  type: 'text'
  text: string
}

export interface PicturePart {
  type: 'image_url'
  image_url: { url: string; detail?: 'auto' | 'low' | 'high' }
}

export type ContentPart = TextPart | PicturePart

export interface ToolCall {
  id: string
  type: 'function'
  /** `arguments`: JSON, as the model wrote it. */
  function: { name: string; arguments: string }
}

export interface Message {
  role: Role
  /** `{{name}}` stands for a variable, in texts and in addresses of pictures. */
  content: string | ContentPart[]
  name?: string
  tool_call_id?: string
  tool_calls?: ToolCall[]
}

/** A JSON object, or the text of one that does not parse yet: what a person types is not lost. */
export type JsonText = Record<string, unknown> | string

export interface Tool {
  type: 'function'
  function: { name: string; description?: string; parameters?: JsonText; strict?: boolean }
}

export type ResponseFormat =
  | { type: 'text' }
  | { type: 'json_object' }
  | {
      type: 'json_schema'
      json_schema: { name: string; description?: string; strict?: boolean; schema: JsonText }
    }

export type ToolChoice = 'auto' | 'none' | 'required' | { type: 'function'; function: { name: string } }

/** What is left out is not sent. */
export interface Parameters {
  temperature?: number
  top_p?: number
  max_tokens?: number
  frequency_penalty?: number
  presence_penalty?: number
  seed?: number
  stop?: string[]
  n?: number
  logprobs?: boolean
  top_logprobs?: number
  reasoning_effort?: string
  verbosity?: string
  response_format?: ResponseFormat
  tool_choice?: ToolChoice
  parallel_tool_calls?: boolean
  suffix?: string
  dimensions?: number
  encoding_format?: 'float' | 'base64'
  size?: string
  quality?: string
  style?: string
  background?: string
  /** Of an image: OpenAI's `response_format`. */
  image_format?: 'b64_json' | 'url'
  /** What a server takes beyond OpenAI's: sent as it stands. */
  extra?: Record<string, unknown>
}
export type ParameterName = keyof Parameters

/** What the editors ask of a model: whom it is, and what it was shown to do. */
export type PromptModel = Pick<
  ModelView,
  'id' | 'slug' | 'name' | 'capabilities' | 'profile' | 'maxTokens' | 'temperature' | 'priced' | 'imagePrice'
> & { type: ModelType }
