import type { Pool } from 'pg'
import { newId } from '#lib/core/ids.ts'
import { costOf } from '#lib/metering/index.ts'
import { createInserter } from '#lib/metering/insert.ts'
import { writeHead, writeRecord } from '#lib/metering/record.ts'
import type { AttemptRecord, CacheUse, LeaseCharge, Outcome } from '#lib/metering/schema.ts'
import { silentLogger, someCall, someUsage } from './ledger.ts'

/** A call that ended, as it is to stand in the ledger: 100 tokens in, 20 out and 200 unless told. */
export type WrittenCall = Parameters<typeof someCall>[1] & {
  outcome?: Outcome
  status?: number
  latencyMs?: number
  tokens?: [number, number]
  estimated?: boolean
  cache?: CacheUse
  errorCode?: string
  /** Before the one that answered. */
  failed?: AttemptRecord[]
  charges?: LeaseCharge[]
}

/** Writes calls at their `atMs` as the ledger's writer does; returns their ids. */
export async function writeCalls(pool: Pool, workspaceId: string, calls: readonly WrittenCall[]): Promise<string[]> {
  const frames = calls.map(
    ({
      outcome = 'ok',
      status = 200,
      latencyMs = 100,
      tokens = [100, 20],
      estimated = false,
      cache,
      errorCode = '',
      failed = [],
      charges,
      ...over
    }) => {
      const call = someCall(workspaceId, over)
      const used = someUsage({ inputTokens: tokens[0], outputTokens: tokens[1] })
      const head = writeHead({
        ...call,
        startedAtMs: over.atMs!,
        priceId: call.price?.id ?? '',
        boundNanoUsd: 0n,
      })
      const { costNanoUsd, priced } = costOf(used, call.price)
      return {
        id: call.requestId,
        frame: writeRecord(head, {
          outcome,
          status,
          latencyMs,
          errorCode,
          inputTokens: tokens[0],
          cachedTokens: 0,
          outputTokens: tokens[1],
          reasoningTokens: 0,
          images: 0,
          usageSource: estimated ? 'estimated' : 'provider',
          usageFlags: [],
          cache,
          priced,
          costNanoUsd,
          overrunNanoUsd: 0n,
          attempts: [
            ...failed,
            { modelId: call.modelId, startedAtMs: over.atMs!, status, code: errorCode, totalMs: latencyMs },
          ],
          charges,
        }),
      }
    },
  )
  const inserter = createInserter(pool, { holder: newId('hld'), rejectedFile: '/dev/null', logger: silentLogger })
  for (let from = 0; from < frames.length; from += 1_000) {
    const part = frames.slice(from, from + 1_000).map(({ frame }) => Buffer.from(frame))
    const written = await inserter.insert(part, { segment: 1, byte: from + 1 })
    if (written !== part.length) throw new Error(`${part.length - written} records were refused`)
  }
  return frames.map(({ id }) => id)
}
