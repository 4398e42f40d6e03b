import type { ModelType } from '../vocabulary.ts'
import { readChat } from './chat-answer.ts'
import { readCompletion, readPicture, readVectors } from './other-types.ts'

/** A pass is a valid answer of the Type, whatever the status said. */
export function isValidAnswer(type: ModelType, json: unknown): boolean {
  if (type === 'chat') return readChat(json) !== null
  if (type === 'completion') return readCompletion({ json, chunks: undefined }) !== null
  if (type === 'embedding') return readVectors(json) !== null
  return readPicture(json) !== null
}
