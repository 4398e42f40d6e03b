import { kindOf, readJson } from '#lib/openai/scan.ts'
import type { ReadRequest } from './read-request.ts'

/** Tokens assumed for what a server remembers, where nobody knows how much its model takes. */
export const rememberedTokensDefault = 200_000

/** Members that name something the server keeps. */
const names = ['previous_response_id', 'conversation', 'prompt']
/** Inside of `input`: an item, or a file. */
const references = /"(?:item_reference|file_id)"/

/**
 * Whether a call of the Responses API builds on what its server keeps: then it can go to that server alone, and the model
 * reads more than stands in the body.
 */
export function refersToState(request: ReadRequest): boolean {
  if (request.form !== 'responses') return false
  const { object } = request
  const isGiven = (name: string) => {
    const member = request.member(name)
    return member !== undefined && kindOf(object, member) !== 'null'
  }
  if (names.some(isGiven)) return true
  const input = request.member('input')
  return input !== undefined && references.test(object.text.slice(input.valueStart, input.valueEnd))
}

/** Why this call of the Responses API cannot be relayed; null where it can. */
export function unrelayed(request: ReadRequest): { param: string; message: string } | null {
  const background = request.form === 'responses' ? request.member('background') : undefined
  if (!background || readJson(request.object, background) !== true) return null
  const message =
    'background is not served: the answer would be fetched later from the server itself, past limits, budgets and records. Leave it out, or stream.'
  return { param: 'background', message }
}
