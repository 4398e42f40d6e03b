import { AppError, type FieldErrors } from '#lib/core/errors.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import type { ModelDraft } from './form/draft.ts'
import type { House } from './house.ts'
import { hashDraft } from './validation/draft-hash.ts'
import { provesDraft } from './validation/proof.ts'
import type { Run } from './validation/runs.ts'
import type { CheckProblem } from './views.ts'

interface Proof {
  draft: ModelDraft
  /** A validation of this draft that ran or runs; without a fitting one a new one is run. */
  validationId?: string
  /** Set where the model stands already. */
  modelId?: string
  priceId?: string | null
}

/**
 * The validation that a save stands on: the one that was named if it is this person's, of this draft, and under ten
 * minutes old; else a new one, waited for. Throws `validation_failed` with the checks where the required stages failed.
 * One that is still busy with the card is enough: the card follows by itself.
 */
export async function requireProof(
  house: House,
  scope: Scope,
  { draft, validationId, modelId, priceId }: Proof,
): Promise<Run> {
  const named = validationId === undefined ? undefined : house.runs.find(scope, validationId)
  const hash = hashDraft(draft, house.secrets)
  const usable =
    named !== undefined &&
    named.status !== 'cancelled' &&
    provesDraft(named, scope.actor.id, hash, house.clock.nowMs()) &&
    (modelId === undefined || named.subject.reservedModelId === modelId)
  if (named && usable) {
    await named.decided
    if (named.findings.savable && !(await isUsed(scope, named, modelId))) return named
    if (named.status === 'failed') throw validationFailed(named)
  }
  const run = await house.runs.start(scope, draft, {
    ...(modelId && { modelId }),
    ...(priceId !== undefined && { priceId }),
  })
  await run.done
  if (!run.findings.savable) throw validationFailed(run)
  return run
}

/** A validation reserves the id of one new model: the second one needs its own. */
async function isUsed(scope: Scope, run: Run, modelId: string | undefined): Promise<boolean> {
  if (modelId !== undefined) return false
  const { workspaceId } = scope
  return (await scope.tx((tx) => tx.model.count({ where: { workspaceId, id: run.subject.reservedModelId } }))) > 0
}

/** 422: what failed, with the field to mark. Nothing was saved. */
export function validationFailed(run: Run): AppError {
  const failed = run.findings.checks.filter((check) => check.state === 'failed')
  const fields: FieldErrors = {}
  for (const { problem } of failed) if (problem) fields[problem.field] ??= problem.message
  const count = Object.keys(fields).length
  return new AppError({
    kind: 'invalid_input',
    code: 'validation_failed',
    message: `Nothing was saved. ${count === 1 ? '1 field' : `${count} fields`} to fix.${failed[0]?.problem ? ` ${failed[0].problem.message}` : ''}`,
    fields,
    details: { validationId: run.id, status: run.status, checks: run.findings.checks },
  })
}

/** What the required checks failed for; null where they passed. */
export function failureOf(run: Pick<Run, 'findings'>): CheckProblem | null {
  return run.findings.checks.find((check) => check.state === 'failed')?.problem ?? null
}

const keyProblems: readonly string[] = ['key_refused', 'key_missing', 'key_not_wanted', 'key_header']

/** True where it is the credential that the server does not take. */
export function isAboutKey(problem: CheckProblem | null): boolean {
  return problem !== null && keyProblems.includes(problem.code)
}
