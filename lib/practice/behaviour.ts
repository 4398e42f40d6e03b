/** An answer that is sent instead of the real one. */
interface FixedReply {
  status: number
  body: string
  type?: string
  headers?: Record<string, string>
}

/** How a model ID misbehaves. Everything absent is right. */
export interface Behaviour {
  // Before the answer
  firstByteMs?: number
  /** Accepts the call and never answers. */
  hangs?: true
  /** Breaks the connection without a byte. */
  resets?: true
  reply?: FixedReply
  /** The fixed reply is given to the first n calls of a key, then one call works, then it begins again. */
  replyTimes?: number
  /** The key is repeated in a refusal. */
  echoesKey?: true
  /** 400 for fields it does not know. */
  strict?: true
  // The request
  refusedParameters?: Partial<Record<string, string>>
  refusedRoles?: readonly string[]
  refusedToolChoices?: readonly string[]
  /** Members of messages that are refused, with the words. */
  refusedMessageFields?: Partial<Record<string, string>>
  /** 400 where a field is missing that OpenAI does not know. */
  requiredParameters?: Partial<Record<string, string>>
  /** Another status than 400 for refused parameters. */
  refusedStatus?: number
  /** What the model calls cannot be read by its own server: 400 `tool_use_failed`. */
  failsToolCalls?: true
  /** Accepted and without effect. */
  ignored?: readonly (
    | 'json_schema'
    | 'json_object'
    | 'tools'
    | 'tool_choice'
    | 'vision'
    | 'stop'
    | 'logprobs'
    | 'n'
    | 'dimensions'
    | 'base64'
  )[]
  /** With fewer output tokens than this, the answer is empty. */
  outputTokensMin?: number
  // The answer
  usage?: 'none' | 'every-chunk' | 'with-choices' | 'reasoning-outside' | 'cached' | 'absurd' | 'always' | 'groq'
  reasoningField?: 'reasoning_content' | 'reasoning' | 'think-tags' | 'content-parts' | 'hidden'
  /** All words are thoughts; the text stays empty. */
  reasoningOnly?: true
  /** `finish_reason` is `stop` with tool calls too. */
  finishesWithStop?: true
  pictures?: 'b64_json'
  answersAs?: string
  /** Responses of the Responses API fail after they have begun. */
  failsResponses?: true
  lacksResponses?: true
  toolDeltasWithoutIndex?: true
  whole?: 'bad-json' | 'text-type' | 'truncated' | 'huge' | 'event-stream'
  stream?:
    | 'stall'
    | 'truncated'
    | 'no-done'
    | 'bad-json'
    | 'error-event'
    | 'one-block'
    | 'split-bytes'
    | 'whole'
    | 'endless'
  lineEnd?: '\r\n' | '\r'
  comments?: true
  eventGapMs?: number
}
