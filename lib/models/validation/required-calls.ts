import { randomBytes } from 'node:crypto'
import type { Bench } from './bench.ts'
import { tinyChat } from './chat.ts'
import { tinyCall } from './other-types.ts'
import type { ProbeKey, ProbeReply } from './probe.ts'

/** The required stages make at most so many calls: `models.md`, "Rules". */
export const requiredCallsMax = 8

/** True where the required stages may make so many calls more: what is nice to know is left out first. */
export function hasSpare(bench: Bench, calls: number): boolean {
  return bench.prober.calls() + calls <= requiredCallsMax
}

/** An operation of the model's Type. */
export function callModel(
  bench: Bench,
  body: Record<string, unknown>,
  name: string,
  extra: { key?: ProbeKey; modelId?: string; baseUrl?: string } = {},
): Promise<ProbeReply> {
  return bench.prober.call({
    name,
    method: 'POST',
    path: bench.path,
    baseUrl: extra.baseUrl ?? bench.baseUrl,
    body: { model: extra.modelId ?? bench.modelId, ...bench.profile.add, ...body },
    ...(extra.key && { key: extra.key }),
    ...(bench.type === 'image' && { images: 1, answerBytesMax: 64 * 1024 * 1024 }),
    ...(bench.type === 'embedding' && { answerBytesMax: 8 * 1024 * 1024 }),
  })
}

/** The cheapest call there is, for negative controls. */
export function controlBody(bench: Bench): Record<string, unknown> {
  if (bench.type === 'chat') return { ...tinyChat(bench, null), [bench.learned.tokenParameter]: 1 }
  return bench.type === 'completion' ? { prompt: 'One', max_tokens: 1 } : tinyCall(bench)
}

export function madeUpModel(): string {
  return `patchbay-control-${randomBytes(6).toString('hex')}`
}
