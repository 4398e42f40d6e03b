import { z } from 'zod'
import { AppError, invalidInput } from '#lib/core/errors.ts'
import { parseInput, recordAudit, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { targetOf } from './change.ts'
import { setModelState } from './commands.ts'
import { deleteModel } from './delete.ts'
import { requireModel } from './find.ts'
import type { House } from './house.ts'
import type { BulkResult, ModelUseView } from './views.ts'
import { queues, type ValidateJob } from './work.ts'

const bulkMax = 200

export const BulkModelsInput = z.strictObject({
  ids: z.array(z.string().min(1).max(256)).min(1).max(bulkMax),
  action: z.enum(['validate', 'enable', 'disable', 'delete']),
  /** `delete` where that is the action: it cannot be undone. */
  confirm: z.literal('delete').optional(),
})
export type BulkModelsInput = z.input<typeof BulkModelsInput>

/**
 * One action on many models, each by itself: what fails for one does not stop the others. Validations are queued for the
 * worker and show among those that run. Admins and owners.
 */
export async function bulkModels(house: House, scope: Scope, input: BulkModelsInput): Promise<BulkResult[]> {
  requireRole(scope, 'admin')
  const { ids, action, confirm } = parseInput(BulkModelsInput, input)
  if (action === 'delete' && confirm !== 'delete') {
    const message = 'Type “delete” to confirm: this cannot be undone.'
    throw invalidInput(message, { confirm: message })
  }
  const results: BulkResult[] = []
  for (const id of new Set(ids)) {
    let name = ''
    try {
      name = (await scope.tx((tx) => requireModel(tx, scope, id))).name
      await act(house, scope, id, action)
      results.push({ id, name, ok: true, error: null, uses: [] })
    } catch (error) {
      if (!(error instanceof AppError)) throw error
      const { code, message, details } = error
      const uses = (details?.uses as ModelUseView[] | undefined) ?? []
      results.push({ id, name, ok: false, error: { code, message }, uses })
    }
  }
  return results
}

async function act(house: House, scope: Scope, id: string, action: BulkModelsInput['action']): Promise<void> {
  if (action === 'delete') return deleteModel(house, scope, { id })
  if (action === 'validate') return queueValidation(house, scope, id)
  await setModelState(scope, { id, state: action === 'enable' ? 'active' : 'disabled' })
}

async function queueValidation(house: House, scope: Scope, id: string): Promise<void> {
  await scope.tx(async (tx) => {
    const row = await requireModel(tx, scope, id)
    const data: ValidateJob = { workspaceId: scope.workspaceId, modelId: row.id, askedBy: scope.actor.label }
    // One that waits already is enough.
    const queued = await house.queue.enqueue(tx, { queue: queues.validate, data, key: `${row.id} asked` })
    if (queued) await recordAudit(tx, scope, { action: 'model.queue_validation', target: targetOf(row) })
  })
}
