import type { ModelEntry } from '#lib/models/schema.ts'
import type { ReadRequest } from './read-request.ts'
import { readCount } from './read-request.ts'
import { refersToState, rememberedTokensDefault } from './upstream-state.ts'

/** Output tokens assumed where neither the caller nor the model sets a bound. */
const outputTokensDefault = 16_384
/** Tokens one picture in a message may cost at most, as long as its model does not tell. */
const imageTokensMax = 16_384
const messageTokens = 16

export interface CallBound {
  /** Bytes of all text that the model reads; a token is at least one byte. */
  inputBytes: number
  /** What the call costs at most. 0 for an unpriced model. */
  nanoUsd: bigint
  /** Tokens that it takes at most, in and out. */
  tokens: number
}

const textMembers = [
  'messages',
  'instructions',
  'text',
  'prompt',
  'input',
  'tools',
  'functions',
  'response_format',
  'suffix',
]

/**
 * The most this call can cost: (UTF-8 bytes of all text + 16 a message + pictures) x input price + (output bound x n) x
 * output price. Escaped text is longer than what it stands for, so the raw bytes of the members are a bound too.
 */
export function boundOf(request: ReadRequest, entry: ModelEntry, outputTokensMax: number | null): CallBound {
  let inputBytes = 0
  let embedded = 0
  let named = 0
  for (const name of textMembers) {
    const member = request.member(name)
    if (!member) continue
    inputBytes += member.valueEnd - member.valueStart
    const holdsMessages = name === 'messages' || (name === 'input' && request.form === 'responses')
    for (const [text, from, to] of request.object.stretchesOf(member)) {
      // A picture in a data URI is not read as text.
      for (let at = text.indexOf('data:', from); at >= 0 && at < to; ) {
        const end = text.indexOf('"', at)
        if (end < 0) break
        if (text.startsWith('data:image/', at)) {
          inputBytes -= end - at
          embedded++
        }
        at = text.indexOf('data:', end)
      }
      if (!holdsMessages) continue
      for (let at = text.indexOf('"role"', from); at >= 0 && at < to; at = text.indexOf('"role"', at + 6))
        inputBytes += messageTokens
      const picture = name === 'input' ? /"input_image"/g : /"image_url"\s*:/g
      named += text.slice(from, to).match(picture)?.length ?? 0
    }
  }
  // A picture behind an address costs what an embedded one costs.
  const pictures = Math.max(embedded, named)
  const { price } = entry
  // `best_of` answers are made and paid for, `n` of them are shown.
  const n = Math.min(Math.max(readCount(request, 'n') ?? 1, readCount(request, 'best_of') ?? 1), 1000)
  if (entry.type === 'image')
    return { inputBytes, nanoUsd: (price?.imageNanoUsd ?? 0n) * BigInt(n), tokens: inputBytes }
  const seenTokens = inputBytes + pictures * imageTokensMax
  const inputTokens = refersToState(request) ? Math.max(seenTokens, rememberedTokens(entry)) : seenTokens
  const outputTokens = entry.type === 'embedding' ? 0 : (outputTokensMax ?? outputTokensDefault) * n
  const tokens = inputTokens + outputTokens
  if (!price) return { inputBytes, nanoUsd: 0n, tokens }
  const inputPico = BigInt(inputTokens) * (price.inputPicoUsdPerToken ?? 0n)
  const outputPico = BigInt(outputTokens) * (price.outputPicoUsdPerToken ?? 0n)
  return { inputBytes, nanoUsd: (inputPico + outputPico + 999n) / 1000n, tokens }
}

/** What a server may add of what it keeps: as much as its model takes. */
function rememberedTokens({ contextTokens, capabilities }: ModelEntry): number {
  return contextTokens ?? capabilities.contextTokens ?? rememberedTokensDefault
}
