// Whether the sums that dashboards read are those of the records, and how they are put right.
import { parseArgs } from 'node:util'
import { AppError, notFound } from '#lib/core/errors.ts'
import { type CheckedDay, rebuildRollups, verifyRollups } from '#lib/metering/index.ts'
import { openPatientPool } from '#lib/platform/database.ts'
import { readEnv } from '#lib/platform/env.ts'

const usage = `Usage: patchbay rollups verify     compares the sums of dashboards with a full scan of the records
       patchbay rollups rebuild    does the same and writes the days anew that differ
  --workspace W    the workspace's address; all of them unless told
  --from D, --to D days of UTC like 2026-11-22, both included; all whose records are kept unless told
Exit code 1: verify found differences.
`

function readArguments() {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: { workspace: { type: 'string' }, from: { type: 'string' }, to: { type: 'string' } },
  })
  const [verb] = positionals
  if ((verb !== 'verify' && verb !== 'rebuild') || positionals.length > 1) throw new TypeError(usage)
  const { workspace, from: fromDay = '0001-01-01', to: toDay = '9999-12-31' } = values
  for (const [name, day] of [['from', fromDay] as const, ['to', toDay] as const])
    if (!/^\d{4}-\d{2}-\d{2}$/.test(day) || !Number.isFinite(Date.parse(day)))
      throw new TypeError(`--${name} is a day like 2026-11-22.\n${usage}`)
  return { verb, workspace, fromDay, toDay } as const
}

function describe({ day, records, wrong, differences }: CheckedDay, isRebuilt: boolean): string {
  const word = isRebuilt ? 'sums were wrong and are rebuilt' : 'sums differ'
  const lines = differences.map(({ table, span, key, column, rollup, records }) => {
    const of = Object.entries(key).map(([name, value]) => `${name}=${value}`)
    return `    ${table} ${span} ${of.join(' ')}: ${column} is ${rollup}, the records say ${records}`
  })
  const more = wrong > lines.length ? [`    and ${wrong - lines.length} more`] : []
  return [
    `  ${day}  ${records} records, ${wrong === 0 ? 'all sums agree' : `${wrong} ${word}`}`,
    ...lines,
    ...more,
  ].join('\n')
}

async function main(): Promise<number> {
  const { verb, workspace, ...span } = readArguments()
  const pool = openPatientPool({ url: readEnv().databaseUrl, applicationName: 'command' })
  try {
    const { rows } = await pool.query<{ id: string; slug: string }>(
      'select id, slug from workspaces where $1::text is null or slug = $1 order by slug',
      [workspace ?? null],
    )
    if (workspace !== undefined && rows.length === 0) throw notFound('Workspace')
    let total = 0
    for (const { id, slug } of rows) {
      process.stdout.write(`${slug}\n`)
      const days = (verb === 'verify' ? verifyRollups : rebuildRollups)(pool, { workspaceId: id, ...span })
      for await (const checked of days) {
        total += checked.wrong
        process.stdout.write(`${describe(checked, verb === 'rebuild')}\n`)
      }
    }
    return verb === 'verify' && total > 0 ? 1 : 0
  } finally {
    await pool.end()
  }
}

try {
  process.exitCode = await main()
} catch (error) {
  if (error instanceof TypeError) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 2
  } else if (error instanceof AppError) {
    process.stderr.write(`${error.message}\n`)
    process.exitCode = 1
  } else throw error
}
