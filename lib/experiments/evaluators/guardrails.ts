import type { Pool } from 'pg'
import type { PlanCheck } from '#lib/gateway/schema.ts'
import { SseReader } from '#lib/openai/wire/sse.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { SnapshotFeed } from '#lib/platform/snapshot.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { contentText } from '../text.ts'
import { judgeByModel, type ModelPorts } from './by-model.ts'
import { canGuard, EvaluatorConfig } from './config.ts'
import { compileFunction } from './functions.ts'
import { readConfig } from './rows.ts'
import type { Score, Subject } from './score.ts'

/** Evaluators as guardrails of deployments, held in memory by every gateway. */
export interface Guardrails {
  /** Of these ids, those that name an evaluator of the workspace that can be a guardrail. */
  known(tx: Tx, scope: Scope, ids: readonly string[]): Promise<ReadonlySet<string>>
  /**
   * An evaluator at its newest version as a check of calls; undefined where there is none that can be one. One that is
   * deleted goes on: a deployment that is published with it means it. What cannot be judged does not pass.
   */
  find(workspaceId: string, evaluatorId: string, on: 'input' | 'output'): PlanCheck | undefined
}

interface Deps {
  /** As `patchbay_system`. */
  pool: Pick<Pool, 'query'>
  feed: Pick<SnapshotFeed, 'register'>
  ports: ModelPorts
  logger: Pick<Logger, 'error'>
}

interface Row {
  workspace_id: string
  id: string
  name: string
  config: unknown
}

/** Resolves once the evaluators are read for the first time. */
export async function createGuardrails({ pool, feed, ports, logger }: Deps): Promise<Guardrails> {
  let checks = new Map<string, Record<'input' | 'output', PlanCheck>>()

  await feed.register(async () => {
    const { rows } = await pool.query<Row>(
      `select e.workspace_id, e.id, e.name, v.config from evaluators e
         join evaluator_versions v on v.workspace_id = e.workspace_id and v.evaluator_id = e.id and v.version = e.version`,
    )
    const next: typeof checks = new Map()
    for (const row of rows) {
      try {
        const config = EvaluatorConfig.parse(row.config)
        if (!canGuard(config)) continue
        const judge = toJudge(ports, row.workspace_id, config)
        const check = (textsOf: (body: Uint8Array) => string[]): PlanCheck => ({
          name: row.name,
          async passes(body, signal) {
            for (const text of textsOf(body)) if ((await judge(text, signal)).passed !== true) return false
            return true
          },
        })
        next.set(`${row.workspace_id} ${row.id}`, { input: check(textsOfRequest), output: check(textsOfAnswer) })
      } catch (error) {
        logger.error({ err: error, evaluatorId: row.id }, 'guardrails: an evaluator cannot be read and is left out')
      }
    }
    checks = next
  })

  return {
    async known(tx, { workspaceId }, ids) {
      const rows = await tx.evaluator.findMany({ where: { workspaceId, id: { in: [...ids] }, deletedAt: null } })
      const versions = await tx.evaluatorVersion.findMany({
        where: { workspaceId, OR: rows.map(({ id, version }) => ({ evaluatorId: id, version })) },
      })
      return new Set(versions.filter((row) => canGuard(readConfig(row))).map(({ evaluatorId }) => evaluatorId))
    },
    find: (workspaceId, evaluatorId, on) => checks.get(`${workspaceId} ${evaluatorId}`)?.[on],
  }
}

type Judge = (text: string, signal: AbortSignal) => Promise<Score>

function toJudge(ports: ModelPorts, workspaceId: string, config: EvaluatorConfig): Judge {
  if (config.kind !== 'judge' && config.kind !== 'similarity') {
    const evaluate = compileFunction(config)
    return async (text) => evaluate(subjectOf(text))
  }
  const caller = {
    workspaceId,
    actor: { kind: 'job', id: 'guardrail', label: 'guardrail' },
    keyId: '',
    modelIds: [],
  } as const
  return async (text, signal) => {
    const judged = await judgeByModel(ports, { ...caller, source: 'guardrail', signal }, config, subjectOf(text))
    return 'score' in judged ? judged.score : notJudged
  }
}

const notJudged: Score = { passed: null, value: null, label: null, detail: '', skipped: false, error: 'not judged' }

function subjectOf(text: string): Subject {
  const unknown = { latencyMs: null, costNanoUsd: null, inputTokens: null, outputTokens: null }
  return { text, expected: null, inputs: {}, messages: [], ...unknown }
}

/** What the caller's own people say: every message of theirs, a prompt, the inputs of an embedding. */
export function textsOfRequest(body: Uint8Array): string[] {
  const request = parse(Buffer.from(body).toString('utf8'))
  const messages = Array.isArray(request?.messages) ? (request.messages as { role?: unknown; content?: unknown }[]) : []
  const said = messages.filter((message) => message?.role === 'user').map((message) => contentText(message.content))
  const plain = [request?.prompt, request?.input].flat().filter((text): text is string => typeof text === 'string')
  return [...said, ...plain]
}

/** The text of each choice, of a whole answer or of the events of a stream. */
export function textsOfAnswer(body: Uint8Array): string[] {
  const whole = parse(Buffer.from(body).toString('utf8'))
  if (whole) return choicesOf(whole).map(({ message, text }) => contentText(message?.content ?? text))
  const texts: string[] = []
  for (const { data } of new SseReader().push(body)) {
    const event = data ? parse(Buffer.from(data).toString('utf8')) : null
    for (const { index, delta, text } of event ? choicesOf(event) : []) {
      const at = typeof index === 'number' && index >= 0 && index < 1_024 ? index : 0
      texts[at] = (texts[at] ?? '') + contentText(delta?.content ?? text)
    }
  }
  return Array.from(texts, (text) => text ?? '')
}

interface Choice {
  index?: unknown
  text?: unknown
  message?: { content?: unknown }
  delta?: { content?: unknown }
}

function choicesOf(body: Record<string, unknown>): Choice[] {
  return Array.isArray(body.choices)
    ? body.choices.filter((choice) => typeof choice === 'object' && choice !== null)
    : []
}

function parse(text: string): Record<string, unknown> | null {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null && !Array.isArray(value)
      ? (value as Record<string, unknown>)
      : null
  } catch {
    return null
  }
}
