import { type FileRecord, UnreadableFile } from '#lib/core/csv-records.ts'
import { AppError } from '#lib/core/errors.ts'
import type { Dataset } from '#lib/platform/generated/prisma/client.ts'
import { parseInput, requireRole, type Scope } from '#lib/tenancy/index.ts'
import type { DatasetImportView, RowErrorView } from './answers.ts'
import { openReader, toContent } from './apply-plan.ts'
import { requireDataset } from './find.ts'
import { importNotWaiting, requireImport, type StoredPlan } from './import.ts'
import { ImportRef } from './input.ts'
import type { RowContent } from './row-content.ts'
import { shapeOf, toImportView } from './view.ts'
import { insertRows } from './write-rows.ts'

export const fileBytesMax = 256 * 1024 * 1024
const batchRows = 1_000
const batchBytes = 4_000_000
const errorsKept = 500

/**
 * Reads the file of a waiting import, row by row, and saves what is good in batches: nothing of it is held in memory.
 * Answers when the file is over; `getImport` tells meanwhile how far it is. A file that cannot be read any further, or
 * whose sender leaves, ends as `stopped` with what was saved until then. Developers and above. Throws `import_not_waiting`.
 */
export async function readImport(
  scope: Scope,
  input: ImportRef,
  file: AsyncIterable<Uint8Array>,
): Promise<DatasetImportView> {
  requireRole(scope, 'developer')
  const { id, importId } = parseInput(ImportRef, input)
  const { plan, dataset } = await begin(scope, id, importId)
  const work = new Work(scope, dataset, importId, plan)
  let problem = ''
  try {
    const decoder = new TextDecoder('utf-8', { fatal: true })
    const reader = openReader(plan)
    for await (const chunk of arriving(file)) {
      work.bytesRead += chunk.length
      if (work.bytesRead > fileBytesMax) throw new UnreadableFile('A file holds at most 256 MB.')
      for (const record of reader.push(decode(decoder, chunk))) await work.take(record)
      await work.tell()
    }
    for (const record of [...reader.push(decode(decoder, undefined)), ...reader.end()]) await work.take(record)
  } catch (error) {
    if (error instanceof UndoneMeanwhile) return getView(scope, id, importId)
    const isKnown = error instanceof UnreadableFile || error instanceof AppError
    problem = isKnown ? error.message : 'Patchbay failed here. Import the rest again.'
    if (!isKnown) {
      await work.save('stopped', problem)
      throw error
    }
  }
  await work.save(problem === '' ? 'finished' : 'stopped', problem)
  return getView(scope, id, importId)
}

async function begin(scope: Scope, id: string, importId: string): Promise<{ plan: StoredPlan; dataset: Dataset }> {
  return scope.tx(async (tx) => {
    const dataset = await requireDataset(tx, scope, id)
    const { count } = await tx.datasetImport.updateMany({
      where: { workspaceId: scope.workspaceId, datasetId: id, id: importId, status: 'waiting' },
      data: { status: 'running', updatedAt: scope.now() },
    })
    const row = await requireImport(tx, scope, id, importId)
    if (count === 0) throw importNotWaiting(row.status)
    return { plan: row.plan as StoredPlan, dataset }
  })
}

async function getView(scope: Scope, id: string, importId: string): Promise<DatasetImportView> {
  const row = await scope.tx((tx) => requireImport(tx, scope, id, importId))
  return toImportView(row, scope.now().getTime())
}

class UndoneMeanwhile extends Error {}
class StoppedByError extends UnreadableFile {}

const tellEveryMs = 1_000

/** The rows of one file on their way. */
class Work {
  bytesRead = 0
  readonly #scope: Scope
  readonly #dataset: Dataset
  readonly #importId: string
  readonly #plan: StoredPlan
  readonly #errors: RowErrorView[] = []
  #rows: RowContent[] = []
  #bytes = 0
  #failed = 0
  #toldMs = 0

  constructor(scope: Scope, dataset: Dataset, importId: string, plan: StoredPlan) {
    this.#scope = scope
    this.#dataset = dataset
    this.#importId = importId
    this.#plan = plan
  }

  async take(record: FileRecord): Promise<void> {
    const read = toContent(shapeOf(this.#dataset), this.#plan, record)
    if ('errors' in read) {
      this.#failed++
      this.#errors.push(...read.errors.slice(0, errorsKept - this.#errors.length))
      const [first] = read.errors
      if (this.#plan.onError === 'stop') throw new StoppedByError(`Line ${first!.line}: ${first!.message}`)
      return
    }
    this.#rows.push(read.content)
    this.#bytes += JSON.stringify(read.content).length
    if (this.#rows.length >= batchRows || this.#bytes >= batchBytes) await this.save('running', '')
  }

  /** Progress, also where nothing is saved for a while. */
  async tell(): Promise<void> {
    if (this.#scope.now().getTime() - this.#toldMs >= tellEveryMs) await this.save('running', '')
  }

  /** Writes what is ready, with how far the import is, in one transaction. */
  async save(status: 'running' | 'finished' | 'stopped', problem: string): Promise<void> {
    const rows = this.#rows
    this.#rows = []
    this.#bytes = 0
    const { workspaceId } = this.#scope
    const now = this.#scope.now()
    this.#toldMs = now.getTime()
    await this.#scope.tx(async (tx) => {
      // Before the import's own row, as whoever undoes it: the dataset's.
      await insertRows(tx, this.#scope, this.#dataset.id, rows, this.#importId)
      const { count } = await tx.datasetImport.updateMany({
        where: { workspaceId, id: this.#importId, status: 'running' },
        data: {
          status,
          problem,
          bytesRead: this.bytesRead,
          saved: { increment: rows.length },
          failed: this.#failed,
          errors: this.#errors,
          updatedAt: now,
          finishedAt: status === 'running' ? null : now,
        },
      })
      if (count === 0) throw new UndoneMeanwhile()
    })
  }
}

function decode(decoder: TextDecoder, chunk: Uint8Array | undefined): string {
  try {
    return decoder.decode(chunk, { stream: chunk !== undefined })
  } catch {
    throw new UnreadableFile('The file is not UTF-8. Save it as UTF-8 and import it again.')
  }
}

async function* arriving(file: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  try {
    yield* file
  } catch {
    throw new UnreadableFile('The file did not arrive whole.')
  }
}
