import type { Buffer } from 'node:buffer'

/**
 * Tells data from comments and blank lines in an event stream that is not read otherwise. Servers send comments to keep a
 * connection alive while nothing happens: they must not count as progress.
 */
export class CommentWatch {
  /** What the last chunk ended in. */
  #state: 'start' | 'comment' | 'data' = 'start'

  /** True where the chunk holds data. Looks at few bytes, for nearly all chunks are data. */
  sees(chunk: Buffer): boolean {
    let found = false
    let state = this.#state
    for (let at = 0; at < chunk.length && !found; at++) {
      if (state === 'start') state = chunk[at] === 0x3a ? 'comment' : isLineEnd(chunk[at]) ? 'start' : 'data'
      if (state === 'data') found = !isLineEnd(chunk[at])
      if (state === 'comment') while (at < chunk.length && !isLineEnd(chunk[at])) at++
      if (at < chunk.length && isLineEnd(chunk[at])) state = 'start'
    }
    const end = Math.max(chunk.lastIndexOf(0x0a), chunk.lastIndexOf(0x0d))
    if (end >= 0) state = end === chunk.length - 1 ? 'start' : chunk[end + 1] === 0x3a ? 'comment' : 'data'
    this.#state = state
    return found
  }
}

function isLineEnd(byte: number | undefined): boolean {
  return byte === 0x0a || byte === 0x0d
}
