import { AppError } from '#lib/core/errors.ts'
import type { ModelType } from '#lib/models/schema.ts'
import { collectStream } from '#lib/openai/wire/collect.ts'
import { parseInput, recordAudit, requireRead, requireRole, type Scope } from '#lib/tenancy/index.ts'
import { answerText, readAnswer } from '../runs/reply.ts'
import type { RequestRowsView } from './answers.ts'
import type { DatasetColumn } from './columns.ts'
import { targetOf } from './datasets.ts'
import { lockDataset, requireDataset } from './find.ts'
import { AddRequestRowsInput } from './input.ts'
import { parseJson, type RowShape, readRow } from './row-content.ts'
import { shapeOf } from './view.ts'
import { insertRows, type NewRow } from './write-rows.ts'

/** One side of a call as it is kept. */
interface KeptText {
  text: string
  cut: boolean
}

/** Reads what is kept of a request; throws `not_found` where nothing is. */
export interface RequestReader {
  getPayload(scope: Scope, id: string): Promise<{ request: KeptText; answer: (KeptText & { stream: boolean }) | null }>
}

/**
 * Makes rows of requests whose prompts and answers are kept: the conversation as the model got it, or its prompt or texts
 * in the columns `prompt` or `input`; what it answered (of pictures: how many) or a
 * correction of that as what is expected, and the request, whose latency and cost recorded answers take. What cannot be a
 * row is told and left out. Developers and above. Throws `dataset_full`.
 */
export async function addRequestRows(
  payloads: RequestReader,
  scope: Scope,
  input: AddRequestRowsInput,
): Promise<RequestRowsView> {
  requireRole(scope, 'developer')
  const { id, requestIds, corrections } = parseInput(AddRequestRowsInput, input)
  const shape = shapeOf(await scope.tx((tx) => requireDataset(tx, scope, id)))
  const rows: NewRow[] = []
  const left: RequestRowsView['left'] = []
  for (const requestId of new Set(requestIds)) {
    const made = await toRow(payloads, scope, shape, requestId, corrections[requestId])
    if ('why' in made) left.push({ requestId, why: made.why })
    else rows.push(made.row)
  }
  const rowIds = await scope.tx(async (tx) => {
    const dataset = await lockDataset(tx, scope, id)
    const ids = await insertRows(tx, scope, id, rows)
    if (ids.length > 0)
      await recordAudit(tx, scope, {
        action: 'dataset.rows_add',
        target: targetOf(dataset),
        after: { rows: ids.length, from: 'requests' },
      })
    return ids
  })
  return { rowIds, left }
}

async function toRow(
  payloads: RequestReader,
  scope: Scope,
  shape: RowShape,
  requestId: string,
  correction: string | undefined,
): Promise<{ row: NewRow } | { why: string }> {
  let kept: Awaited<ReturnType<RequestReader['getPayload']>>
  try {
    kept = await payloads.getPayload(scope, requestId)
  } catch (error) {
    if (!(error instanceof AppError)) throw error
    return { why: error.kind === 'not_found' ? 'Nothing is kept of it.' : error.message }
  }
  if (kept.request.cut) return { why: 'It is too long: only its beginning is kept.' }
  const asked = askedOf(parseJson(kept.request.text))
  if (!asked) return { why: 'It is no call that a row can hold.' }
  const missing = Object.keys(asked.inputs ?? {}).find((name) => !shape.columns.some((column) => column.name === name))
  if (missing) return { why: `The dataset has no column “${missing}” for what it asked.` }
  const answer = correction ?? answerOf(kept.answer)
  if (answer === null) return { why: 'It has no answer that can be read.' }
  const read = readRow(shape, { ...asked, expected: answer }, true)
  if ('problems' in read) return { why: read.problems[0]!.message }
  return { row: { ...read.content, requestId } }
}

function answerOf(kept: (KeptText & { stream: boolean }) | null): string | null {
  if (!kept || kept.cut) return null
  const read = readAnswer(kept.stream ? collectStream(kept.text).answer : parseJson(kept.text))
  if (!read) return null
  const { images } = read.answer
  // Too large for a row; who wants to see them finds them with the request.
  return images ? `${images.length} ${images.length === 1 ? 'picture' : 'pictures'}` : answerText(read.answer)
}

/** The columns that hold what requests without a conversation asked. */
export const askedColumns = {
  chat: [],
  completion: [{ name: 'prompt', type: 'text' }],
  embedding: [{ name: 'input', type: 'json' }],
  image: [{ name: 'prompt', type: 'text' }],
} as const satisfies Record<ModelType, readonly DatasetColumn[]>

/** What a request asked, as a row holds it: a conversation, one prompt, or the texts to embed. */
function askedOf(body: unknown): { messages?: unknown; inputs?: Record<string, unknown> } | null {
  if (typeof body !== 'object' || body === null) return null
  const { messages, prompt, input } = body as Record<string, unknown>
  if (Array.isArray(messages)) return { messages }
  if (typeof prompt === 'string') return { inputs: { prompt } }
  const isTexts = typeof input === 'string' || (Array.isArray(input) && input.every((text) => typeof text === 'string'))
  // As the JSON that it is: what looks like a number is a text here.
  return isTexts ? { inputs: { input: JSON.stringify(input) } } : null
}

/** A request with what of its deployment answered it. */
export interface KeptRequest {
  id: string
  version: string
  variant: string
}

/** The newest requests of a deployment that were answered and of which prompts are kept. Developers and above. */
export async function findKeptRequests(scope: Scope, deploymentId: string, last: number): Promise<KeptRequest[]> {
  requireRead(scope, 'developer')
  return scope.tx(
    (tx) => tx.$queryRaw<KeptRequest[]>`
      SELECT r.id, r.version, r.variant FROM ledger.records r
       WHERE r.workspace_id = ${scope.workspaceId} AND r.deployment_id = ${deploymentId} AND r.outcome = 'ok' AND r.source = 'deployment'
         AND EXISTS (SELECT 1 FROM ledger.payload_places p WHERE p.workspace_id = r.workspace_id AND p.request_id = r.id)
       ORDER BY r.started_at DESC LIMIT ${last}`,
  )
}
