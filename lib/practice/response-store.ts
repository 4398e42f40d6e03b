import type { ResponseItem } from './responses-input.ts'

const responsesMax = 1_000

interface Stored {
  /** Of one key alone. */
  key: string
  /** The whole conversation, this response included. */
  items: readonly ResponseItem[]
  own: readonly string[]
}

/** Responses that callers may build on; the oldest are forgotten. */
export class ResponseStore {
  readonly #responses = new Map<string, Stored>()
  readonly #items = new Map<string, ResponseItem>()

  /** `output`: the items of this response, by their ids. */
  keep(key: string, id: string, before: readonly ResponseItem[], output: ReadonlyMap<string, ResponseItem>): void {
    if (this.#responses.size >= responsesMax) {
      const [oldest, stored] = this.#responses.entries().next().value!
      this.#responses.delete(oldest)
      for (const item of stored.own) this.#items.delete(`${stored.key} ${item}`)
    }
    this.#responses.set(id, { key, items: [...before, ...output.values()], own: [...output.keys()] })
    for (const [name, item] of output) this.#items.set(`${key} ${name}`, item)
  }

  /** Null where this key has no such response. */
  findResponse(key: string, id: string): readonly ResponseItem[] | null {
    const stored = this.#responses.get(id)
    return stored?.key === key ? stored.items : null
  }

  findItem(key: string, id: string): ResponseItem | undefined {
    return this.#items.get(`${key} ${id}`)
  }
}
