import { expect, test } from 'vitest'
import { AppError } from '#lib/core/errors.ts'
import { testClock } from '#lib/testing/clock.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { addWorkspace, scopeOf } from '#lib/testing/ledger.ts'
import { datasets } from '../index.ts'
import type { FilePlan } from '../schema.ts'

const { database } = await testDatabase()
const { pool } = database
const clock = testClock()

async function developer() {
  return scopeOf(database, clock, await addWorkspace(pool), { role: 'developer' })
}
type TestScope = Awaited<ReturnType<typeof developer>>

const codeOf = (work: Promise<unknown>) =>
  work.then(
    () => 'none',
    (error: unknown) => (error instanceof AppError ? error.code : String(error)),
  )

/** A dataset of questions, each row expecting its own number. */
async function questions(scope: TestScope, count: number) {
  const { id } = await datasets.createDataset(scope, { name: 'Questions', columns: [{ name: 'question' }] })
  const rows = Array.from({ length: count }, (_, at) => ({
    inputs: { question: `Why ${at + 1}?` },
    expected: `${at + 1}`,
  }))
  return { id, rows: (await datasets.addRows(scope, { id, rows })).items }
}

/** What every row asks, in order. */
async function asked(scope: TestScope, id: string, snapshot?: number) {
  const { items } = await datasets.listRows(scope, { id, limit: 200, ...(snapshot !== undefined && { snapshot }) })
  return items.map(({ inputs }) => inputs.question)
}

async function* pieces(text: string, size = 7): AsyncGenerator<Uint8Array> {
  const bytes = Buffer.from(text)
  for (let at = 0; at < bytes.length; at += size) yield bytes.subarray(at, at + size)
}

async function exported(scope: TestScope, id: string, format: 'csv' | 'jsonl') {
  let text = ''
  for await (const part of datasets.exportDataset(scope, { id, format })) text += part
  return text
}

test('rows are checked against the columns, paged in both directions, found by what stands in them', async () => {
  const scope = await developer()
  const { id } = await questions(scope, 5)
  const page = await datasets.listRows(scope, { id, limit: 2 })
  expect(page).toMatchObject({ total: 5, items: [{ position: 1, version: 1 }, { position: 2 }] })
  const next = await datasets.listRows(scope, { id, limit: 2, cursor: page.nextCursor! })
  expect(next.items.map(({ position }) => position)).toEqual([3, 4])
  const back = await datasets.listRows(scope, { id, limit: 2, order: 'desc', cursor: next.nextCursor! })
  expect(back.items.map(({ position }) => position)).toEqual([3, 2])

  const odd = 'She said "50%_off"\n\\ é'
  await datasets.addRows(scope, {
    id,
    rows: [{ inputs: { question: odd } }, { messages: [{ role: 'user', content: 'Hello' }] }],
  })
  for (const [search, positions] of [
    ['"50%_OFF"\n\\ É', [6]],
    ['hello', [7]],
    ['why 3', [3]],
    ['50_', []],
  ] as const) {
    const { items } = await datasets.listRows(scope, { id, search })
    expect(
      items.map(({ position }) => position),
      search,
    ).toEqual(positions)
  }

  const add = (row: object) => datasets.addRows(scope, { id, rows: [{ inputs: { question: 'ok' } }, row] })
  await expect(add({ inputs: { question: 1 } })).rejects.toMatchObject({
    fields: { 'rows.1.inputs.question': 'This must be text.' },
  })
  await expect(add({ inputs: { other: 'x' } })).rejects.toMatchObject({
    fields: { 'rows.1.inputs.other': 'There is no such column.' },
  })
  await expect(add({})).rejects.toMatchObject({ fields: { 'rows.1': 'The row is empty.' } })
  await expect(add({ inputs: { question: 'a\0b' } })).rejects.toMatchObject({ code: 'invalid_request' })
  await expect(add({ inputs: { question: 'x'.repeat(300_000) } })).rejects.toMatchObject({ code: 'invalid_request' })
  // All or none.
  expect((await datasets.getDataset(scope, { id })).rowCount).toBe(7)
})

test('a snapshot keeps every row as it was, whatever is edited, deleted, renamed or added later; and can be gone back to', async () => {
  const scope = await developer()
  const { id, rows } = await questions(scope, 4)
  const first = await datasets.createSnapshot(scope, { id })
  expect(first).toMatchObject({ number: 1, rowCount: 4 })
  // Nothing changed: no second one.
  expect(await datasets.createSnapshot(scope, { id })).toMatchObject({ number: 1 })

  const edited = await datasets.updateRow(scope, { id, rowId: rows[0]!.id, version: 1, inputs: { question: 'How 1?' } })
  expect(edited).toMatchObject({ version: 2, position: 1, expected: '1' })
  await datasets.updateRow(scope, { id, rowId: rows[0]!.id, version: 2, inputs: { question: 'Who 1?' } })
  await datasets.deleteRows(scope, { id, rowIds: [rows[1]!.id, rows[0]!.id] })
  await datasets.addRows(scope, { id, rows: [{ inputs: { question: 'New?' } }] })
  const { version } = await datasets.getDataset(scope, { id })
  await datasets.updateDataset(scope, { id, version, columns: [{ name: 'query', was: 'question' }, { name: 'topic' }] })
  const { items } = await datasets.listRows(scope, { id })
  expect(items.map(({ inputs }) => inputs)).toEqual([{ query: 'Why 3?' }, { query: 'Why 4?' }, { query: 'New?' }])
  expect(await asked(scope, id, 1)).toEqual(['Why 1?', 'Why 2?', 'Why 3?', 'Why 4?'])

  const second = await datasets.createSnapshot(scope, { id, label: 'smaller' })
  expect(second).toMatchObject({ number: 2, rowCount: 3, label: 'smaller' })
  await datasets.deleteRows(scope, { id, all: true })
  const back = await datasets.restoreSnapshot(scope, { id, number: 1 })
  expect(back).toMatchObject({ rowCount: 4, columns: [{ name: 'question', type: 'text' }], snapshots: 3 })
  expect(await asked(scope, id)).toEqual(['Why 1?', 'Why 2?', 'Why 3?', 'Why 4?'])
  // What stood before is kept, and the rows that came back can be edited and deleted like any other.
  expect(await datasets.listSnapshots(scope, { id })).toMatchObject({
    items: [{ number: 3, rowCount: 0 }, { number: 2 }, { number: 1 }],
  })
  const [again] = (await datasets.listRows(scope, { id })).items
  expect(again!.id).toBe(rows[0]!.id)
  await datasets.updateRow(scope, { id, rowId: again!.id, version: again!.version, expected: 'one' })
  const { undo, deleted } = await datasets.deleteRows(scope, { id, rowIds: [again!.id] })
  expect(deleted).toBe(1)
  expect(await datasets.restoreRows(scope, { id, undo })).toEqual({ restored: 1 })
  expect(await datasets.getRow(scope, { id, rowId: again!.id })).toMatchObject({ expected: 'one' })

  // Without their snapshots, versions that nobody has go.
  await datasets.deleteSnapshot(scope, { id, number: 2 })
  await datasets.deleteSnapshot(scope, { id, number: 3 })
  expect(await asked(scope, id, 1)).toEqual(['Why 1?', 'Why 2?', 'Why 3?', 'Why 4?'])
  await datasets.deleteSnapshot(scope, { id, number: 1 })
  await datasets.createSnapshot(scope, { id })
  const { rows: kept } = await pool.query('select 1 from dataset_rows where dataset_id = $1', [id])
  expect(kept).toHaveLength(4)
})

test('what is deleted can be brought back until the next snapshot, one deletion at a time', async () => {
  const scope = await developer()
  const { id, rows } = await questions(scope, 6)
  const one = await datasets.deleteRows(scope, { id, rowIds: [rows[0]!.id] })
  clock.advance(1)
  const two = await datasets.deleteRows(scope, { id, all: true, search: 'why 2' })
  expect(await datasets.restoreRows(scope, { id, undo: two.undo })).toEqual({ restored: 1 })
  expect(await datasets.restoreRows(scope, { id, undo: two.undo })).toEqual({ restored: 0 })
  expect(await asked(scope, id)).toEqual(['Why 2?', 'Why 3?', 'Why 4?', 'Why 5?', 'Why 6?'])
  await datasets.createSnapshot(scope, { id })
  expect(await datasets.restoreRows(scope, { id, undo: one.undo })).toEqual({ restored: 0 })
  expect(await datasets.getDataset(scope, { id })).toMatchObject({ rowCount: 5, changed: false })
})

test('a stale edit of a row or a dataset is told with what stands now', async () => {
  const scope = await developer()
  const { id, rows } = await questions(scope, 1)
  const edit = (version: number) =>
    datasets.updateRow(scope, { id, rowId: rows[0]!.id, version, expected: `v${version}` })
  await edit(1)
  await expect(edit(1)).rejects.toMatchObject({
    code: 'stale_version',
    details: { current: { expected: 'v1', version: 2 } },
  })
  await datasets.updateDataset(scope, { id, version: 1, name: 'Renamed' })
  await expect(datasets.updateDataset(scope, { id, version: 1, name: 'Other' })).rejects.toMatchObject({
    code: 'stale_version',
    details: { current: { name: 'Renamed', version: 2 } },
  })
})

test('a column changes its type only where every value fits; one that goes comes back with its values', async () => {
  const scope = await developer()
  const { id } = await questions(scope, 2)
  const set = async (
    columns: { name: string; type?: 'text' | 'number' | 'json'; was?: string }[],
    expectedType?: 'json' | 'number',
  ) => {
    const { version } = await datasets.getDataset(scope, { id })
    return datasets.updateDataset(scope, { id, version, columns, ...(expectedType && { expectedType }) })
  }
  await expect(set([{ name: 'question', type: 'number' }])).rejects.toMatchObject({
    code: 'column_values_differ',
    details: { column: 'question', rows: 2, position: 1 },
  })
  expect(await codeOf(set([{ name: 'question' }], 'number'))).toBe('column_values_differ')
  expect(await codeOf(set([{ name: 'a', was: 'nothing' }]))).toBe('invalid_request')
  await set([{ name: 'question', type: 'json' }], 'json')
  await set([])
  expect(await asked(scope, id)).toEqual([undefined, undefined])
  expect(await codeOf(set([{ name: 'question', type: 'number' }]))).toBe('column_values_differ')
  await set([{ name: 'question' }])
  expect(await asked(scope, id)).toEqual(['Why 1?', 'Why 2?'])
})

test('an export of any text comes back by an import as it was, as CSV and as JSON lines', async () => {
  const scope = await developer()
  const { id } = await datasets.createDataset(scope, {
    name: 'All kinds',
    columns: [
      { name: 'question' },
      { name: 'expected' },
      { name: 'count', type: 'number' },
      { name: 'yes', type: 'boolean' },
      { name: 'data', type: 'json' },
    ],
    expectedType: 'json',
  })
  const texts = ['=1+1', "'=x", '-5', '@a', 'a,"b"\r\nc', 'é漢😀', '  padded ', '007', 'true']
  await datasets.addRows(scope, {
    id,
    rows: texts.map((question, at) => ({
      inputs: {
        question,
        expected: question,
        count: at - 2.5,
        yes: at % 2 === 0,
        data: { at, list: [null, question] },
      },
      messages: at === 0 ? [] : [{ role: 'user', content: question }],
      expected: at === 0 ? null : [question],
    })),
  })
  const before = (await datasets.listRows(scope, { id })).items.map(({ inputs, messages, expected }) => ({
    inputs,
    messages,
    expected,
  }))
  for (const format of ['csv', 'jsonl'] as const) {
    const text = await exported(scope, id, format)
    const copy = await datasets.createDataset(scope, { name: 'Copy' })
    const preview = await datasets.previewFile(scope, { text, fileName: `rows.${format}`, datasetId: id })
    expect(preview).toMatchObject({ format, rowsSeen: texts.length, failed: 0, errors: [] })
    const plan: FilePlan = {
      format,
      delimiter: ',',
      header: true,
      takeLast: preview.takeLast,
      fields: preview.fields.map(({ samples, ...field }) => field),
    }
    const started = await datasets.startImport(scope, { id: copy.id, plan })
    const done = await datasets.readImport(scope, { id: copy.id, importId: started.id }, pieces(text))
    expect(done).toMatchObject({
      status: 'finished',
      saved: texts.length,
      failed: 0,
      bytesRead: Buffer.byteLength(text),
    })
    const { items } = await datasets.listRows(scope, { id: copy.id })
    expect(items.map(({ inputs, messages, expected }) => ({ inputs, messages, expected }))).toEqual(before)
  }
})

test('an import leaves out what is wrong with its reasons, or stops at it, and is undone as a whole', async () => {
  const scope = await developer()
  const { id } = await questions(scope, 1)
  const fields: FilePlan['fields'] = [
    { source: 'q', to: 'input', name: 'question', type: 'text' },
    { source: 'n', to: 'input', name: 'count', type: 'number' },
  ]
  const plan: FilePlan = { format: 'csv', delimiter: ',', header: true, takeLast: false, fields }
  const text = 'q,n\nA,1\nB,two\nC\nD,4\n'
  const skipping = await datasets.startImport(scope, { id, plan })
  expect(await datasets.readImport(scope, { id, importId: skipping.id }, pieces(text))).toMatchObject({
    status: 'finished',
    saved: 2,
    failed: 2,
    errors: [
      { line: 3, field: 'n', message: 'This must be a number.' },
      { line: 4, field: '', message: 'There are 1 fields here and 2 in the first line.' },
    ],
  })
  expect(await codeOf(datasets.readImport(scope, { id, importId: skipping.id }, pieces(text)))).toBe(
    'import_not_waiting',
  )
  const stopping = await datasets.startImport(scope, { id, plan, onError: 'stop' })
  expect(await datasets.readImport(scope, { id, importId: stopping.id }, pieces(text))).toMatchObject({
    status: 'stopped',
    saved: 1,
    problem: 'Line 3: This must be a number.',
  })
  expect(await asked(scope, id)).toEqual(['Why 1?', 'A', 'D', 'A'])
  const { deleted, undo } = await datasets.undoImport(scope, { id, importId: skipping.id })
  expect(deleted).toBe(2)
  expect(await asked(scope, id)).toEqual(['Why 1?', 'A'])
  expect(await datasets.getImport(scope, { id, importId: skipping.id })).toMatchObject({ status: 'undone' })
  expect(await datasets.restoreRows(scope, { id, undo })).toEqual({ restored: 2 })

  // A column that is there already keeps its type.
  const other: FilePlan = { ...plan, fields: [{ source: 'q', to: 'input', name: 'count', type: 'text' }] }
  await expect(datasets.startImport(scope, { id, plan: other })).rejects.toMatchObject({
    fields: { 'plan.fields.0.type': '“count” is number already.' },
  })
})

test('a file that breaks off or is no text ends as stopped, with what was saved until then', async () => {
  const scope = await developer()
  const { id } = await questions(scope, 0).catch(() => datasets.createDataset(scope, { name: 'Empty' }))
  const fields: FilePlan['fields'] = [{ source: 'q', to: 'input', name: 'question', type: 'text' }]
  const plan: FilePlan = { format: 'csv', delimiter: ',', header: true, takeLast: false, fields }
  async function* breaking() {
    yield Buffer.from('q\nA\nB')
    throw new Error('the sender left')
  }
  async function* latin() {
    yield Buffer.from('q\nA\n')
    yield Buffer.from([0xe9, 0x0a])
  }
  for (const [file, problem] of [
    [breaking(), 'The file did not arrive whole.'],
    [latin(), 'The file is not UTF-8. Save it as UTF-8 and import it again.'],
  ] as const) {
    const { id: importId } = await datasets.startImport(scope, { id, plan })
    expect(await datasets.readImport(scope, { id, importId }, file)).toMatchObject({
      status: 'stopped',
      saved: 1,
      problem,
    })
  }
})

test('an import that is undone while it runs stops, and leaves nothing behind', async () => {
  const scope = await developer()
  const { id } = await datasets.createDataset(scope, { name: 'Undone' })
  const fields: FilePlan['fields'] = [{ source: 'q', to: 'input', name: 'question', type: 'text' }]
  const { id: importId } = await datasets.startImport(scope, {
    id,
    plan: { format: 'csv', delimiter: ',', header: true, takeLast: false, fields },
  })
  async function* file() {
    yield Buffer.from(`q\n${'A\n'.repeat(1_500)}`)
    expect(await datasets.getImport(scope, { id, importId })).toMatchObject({ status: 'running', saved: 1_000 })
    await datasets.undoImport(scope, { id, importId })
    yield Buffer.from('B\n'.repeat(1_500))
  }
  expect(await datasets.readImport(scope, { id, importId }, file())).toMatchObject({ status: 'undone' })
  expect(await datasets.getDataset(scope, { id })).toMatchObject({ rowCount: 0 })
})

test('viewers see that datasets are there and not what is in them; what changes is in the audit', async () => {
  const scope = await developer()
  const { id, rows } = await questions(scope, 1)
  const viewer = await scopeOf(database, clock, scope.workspaceId, { role: 'viewer' })
  expect((await datasets.listDatasets(viewer)).items).toMatchObject([{ id, rowCount: 1, changed: true, snapshots: 0 }])
  expect(await codeOf(datasets.listRows(viewer, { id }))).toBe('role_too_low')
  expect(await codeOf(exported(viewer, id, 'csv'))).toBe('role_too_low')
  expect(await codeOf(datasets.createSnapshot(viewer, { id }))).toBe('role_too_low')
  await datasets.updateRow(scope, { id, rowId: rows[0]!.id, version: 1, expected: 'x' })
  await datasets.createSnapshot(scope, { id })
  await datasets.deleteRows(scope, { id, all: true })
  await datasets.deleteDataset(scope, { id })
  expect(await codeOf(datasets.getDataset(scope, { id }))).toBe('not_found')
  const { rows: audits } = await pool.query('select action, after from audits where workspace_id = $1', [
    scope.workspaceId,
  ])
  expect(audits.map(({ action }) => action).sort()).toEqual([
    'dataset.add',
    'dataset.delete',
    'dataset.row_update',
    'dataset.rows_add',
    'dataset.rows_delete',
    'dataset.snapshot',
  ])
  // What rows hold stays out of it.
  expect(JSON.stringify(audits)).not.toContain('Why')
})
