import type { Pool } from 'pg'
import type { PlanCheck, Seen } from '#lib/gateway/schema.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { SnapshotFeed } from '#lib/platform/snapshot.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import { judgeByModel, type ModelPorts } from './by-model.ts'
import { canGuard, EvaluatorConfig } from './config.ts'
import { compileFunction } from './functions.ts'
import { readConfig } from './rows.ts'
import type { Score, Subject } from './score.ts'
import { messagesOfRequest, textsOfAnswer, textsOfRequest } from './texts.ts'

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
        const check = (textsOf: (seen: Seen) => string[]): PlanCheck => ({
          ...{ id: row.id, name: row.name },
          async judge(seen, signal) {
            const scores: Score[] = []
            const messages = messagesOfRequest(seen.request)
            for (const text of textsOf(seen)) {
              const score = await judge(subjectOf(text, messages), signal)
              if (score.passed === false) return { passed: false, why: score.detail }
              scores.push(score)
            }
            const unsure = scores.find(({ passed }) => passed === null)
            return unsure ? { passed: null, why: unsure.error ?? '' } : { passed: true, why: scores[0]?.detail ?? '' }
          },
        })
        next.set(`${row.workspace_id} ${row.id}`, {
          input: check(({ request }) => textsOfRequest(request)),
          output: check(({ answer }) => (answer ? textsOfAnswer(answer) : [])),
        })
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

type Judge = (subject: Subject, signal: AbortSignal) => Promise<Score>

function toJudge(ports: ModelPorts, workspaceId: string, config: EvaluatorConfig): Judge {
  if (config.kind !== 'judge' && config.kind !== 'similarity') {
    const evaluate = compileFunction(config)
    return async (subject) => evaluate(subject)
  }
  const caller = {
    workspaceId,
    actor: { kind: 'job', id: 'guardrail', label: 'guardrail' },
    keyId: '',
    modelIds: [],
  } as const
  return async (subject, signal) => {
    const judged = await judgeByModel(ports, { ...caller, source: 'guardrail', signal }, config, subject)
    return 'score' in judged ? judged.score : notJudged
  }
}

const notJudged: Score = { passed: null, value: null, label: null, detail: '', skipped: false, error: 'not judged' }

function subjectOf(text: string, messages: readonly unknown[]): Subject {
  const unknown = { latencyMs: null, costNanoUsd: null, inputTokens: null, outputTokens: null }
  return { text, expected: null, inputs: {}, messages, ...unknown }
}
