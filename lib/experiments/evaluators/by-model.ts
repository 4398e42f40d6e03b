import type { ModelEntry } from '#lib/models/schema.ts'
import { type CallPorts, type CallRequest, type CallResult, callModel } from '../call.ts'
import type { Caller } from '../caller.ts'
import type { JudgeConfig, SimilarityConfig } from './config.ts'
import { judgeBody, readJudgement } from './judge.ts'
import { failure, measure, type Score, type Subject, skip, textOf } from './score.ts'
import { cosine, readEmbeddings } from './similarity.ts'

export interface ModelPorts extends CallPorts {
  /** A model of the workspace as the gateway of this process knows it. */
  findModel(workspaceId: string, id: string): ModelEntry | undefined
  /** True when something newer was loaded: a model that was saved a moment ago may be there now. */
  catchUp(): Promise<boolean>
}

/** Who has something judged. */
export interface Asker extends Caller {
  source: 'judge' | 'guardrail'
  /** The id of a run, and the name of one of its judgements. */
  thread?: string
  name?: string
  signal: AbortSignal
}

/** A score with the calls that it took; or the call that was refused or failed, and nothing can be said. */
export type Judged = { score: Score; calls: CallResult[] } | { failed: CallResult; calls: CallResult[] }

/** Asks a model of the workspace. Every call is limited, paid for and on the record. */
export async function judgeByModel(
  ports: ModelPorts,
  asker: Asker,
  config: JudgeConfig | SimilarityConfig,
  subject: Subject,
): Promise<Judged> {
  const find = () => ports.findModel(asker.workspaceId, config.model)
  const entry = find() ?? ((await ports.catchUp()) ? find() : undefined)
  if (!entry) return { score: failure('The model of this evaluator is gone. Choose another one.'), calls: [] }
  const ask = (path: CallRequest['path'], body: Record<string, unknown>) =>
    callModel(ports, { ...asker, path, body: { model: entry.slug, ...body } })
  if (config.kind === 'judge') {
    const call = await ask('/v1/chat/completions', judgeBody(config, subject, entry))
    if (call.code !== '') return { failed: call, calls: [call] }
    return { score: readJudgement(config.answer, call.body), calls: [call] }
  }
  if (subject.expected === null) return { score: skip('Nothing is expected here.'), calls: [] }
  const texts = [subject.text, textOf(subject.expected)]
  if (texts.some((text) => text.trim() === ''))
    return { score: measure(0, config.passAt, 'There is no text.'), calls: [] }
  const batches = entry.capabilities.checks.embedding_batch?.verdict === 'no' ? texts.map((text) => [text]) : [texts]
  const calls: CallResult[] = []
  const vectors: number[][] = []
  for (const input of batches) {
    const call = await ask('/v1/embeddings', { input: input.length === 1 ? input[0] : input })
    calls.push(call)
    if (call.code !== '') return { failed: call, calls }
    vectors.push(...(readEmbeddings(call.body, input.length) ?? []))
  }
  const [one, other] = vectors
  if (!one || one.length !== other?.length) return { score: failure('The embeddings could not be read.'), calls }
  const similarity = cosine(one, other)
  return { score: measure(similarity, config.passAt, `Cosine similarity ${similarity.toFixed(3)}.`), calls }
}
