import { formatNanoUsd } from '#lib/core/money.ts'
import type { ModelCard } from './catalog.ts'
import { maskKey } from './keys.ts'

/** What one call is charged for. `outputTokens` holds the reasoning tokens, `inputTokens` the cached ones. */
export interface Bill {
  inputTokens: number
  cachedInputTokens: number
  outputTokens: number
  reasoningTokens: number
  images: number
}

export interface AccountRow extends Bill {
  /** The key with its middle cut out. */
  key: string
  model: string
  /** Calls that were charged: answered, or begun to be answered and left by the client. */
  calls: number
  /** Of `calls`: those whose client left, or whose stream this server broke. Charged for what was sent. */
  aborted: number
  /** Calls answered with an error. Never charged. */
  failed: number
  /** Exact, an integer as a decimal string. */
  costNanoUsd: string
}

export interface AccountView {
  rows: AccountRow[]
  calls: number
  costNanoUsd: string
  costUsd: string
}

interface Entry extends Bill {
  key: string
  model: string
  calls: number
  aborted: number
  failed: number
  costNanoUsd: bigint
}

const entriesMax = 100_000

/**
 * The provider's own books, per key and model ID. A call is entered when its last byte was handed to the socket, or when its
 * client left. Whole answers are charged in full; a stream that ends early for the tokens sent until then, and for its
 * input if at least one event was sent; errors and calls left before the first byte are free.
 */
export class Account {
  readonly #entries = new Map<string, Entry>()

  charge(key: string, modelId: string, card: ModelCard, bill: Bill, aborted = false): void {
    const entry = this.#entry(key, modelId)
    entry.calls += 1
    if (aborted) entry.aborted += 1
    entry.inputTokens += bill.inputTokens
    entry.cachedInputTokens += bill.cachedInputTokens
    entry.outputTokens += bill.outputTokens
    entry.reasoningTokens += bill.reasoningTokens
    entry.images += bill.images
    const { inputNanoUsdPerToken, cachedInputNanoUsdPerToken, outputNanoUsdPerToken, nanoUsdPerImage } = card.prices
    entry.costNanoUsd += BigInt(
      (bill.inputTokens - bill.cachedInputTokens) * inputNanoUsdPerToken +
        bill.cachedInputTokens * cachedInputNanoUsdPerToken +
        bill.outputTokens * outputNanoUsdPerToken +
        bill.images * nanoUsdPerImage,
    )
  }

  fail(key: string, modelId: string): void {
    this.#entry(key, modelId).failed += 1
  }

  /** The rows of one key, or all of them. */
  view(key?: string): AccountView {
    const rows: AccountRow[] = []
    let calls = 0
    let cost = 0n
    for (const entry of this.#entries.values()) {
      if (key !== undefined && entry.key !== key) continue
      calls += entry.calls
      cost += entry.costNanoUsd
      rows.push({ ...entry, key: maskKey(entry.key), costNanoUsd: entry.costNanoUsd.toString() })
    }
    rows.sort((one, other) => one.key.localeCompare(other.key) || one.model.localeCompare(other.model))
    return { rows, calls, costNanoUsd: cost.toString(), costUsd: formatNanoUsd(cost) }
  }

  #entry(key: string, model: string): Entry {
    const id = `${model} ${key}`
    const known = this.#entries.get(id)
    if (known) return known
    // Beyond the bound all newcomers share one row: the sums stay right, the memory bounded.
    if (this.#entries.size >= entriesMax && key !== 'others') return this.#entry('others', model)
    const fresh: Entry = {
      key,
      model,
      calls: 0,
      aborted: 0,
      failed: 0,
      inputTokens: 0,
      cachedInputTokens: 0,
      outputTokens: 0,
      reasoningTokens: 0,
      images: 0,
      costNanoUsd: 0n,
    }
    this.#entries.set(id, fresh)
    return fresh
  }
}
