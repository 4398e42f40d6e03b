import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { PrismaPg } from '@prisma/adapter-pg'
import { bindMigrationAwareSqlAdapterFactory } from '@prisma/driver-adapter-utils'
import { SchemaEngine } from '@prisma/schema-engine-wasm'
import pg from 'pg'
import { expect, test } from 'vitest'
import { emptyDatabase, testDatabase } from '#lib/testing/database.ts'

/** The SQL that Prisma's own schema stands for. */
async function sqlOfSchema(url: string): Promise<string> {
  const path = fileURLToPath(new URL('../../prisma/schema.prisma', import.meta.url))
  const content = readFileSync(path, 'utf8')
  const adapter = bindMigrationAwareSqlAdapterFactory(new PrismaPg({ connectionString: url }))
  const engine = await SchemaEngine.new({ datamodels: [[path, content]] }, () => undefined, adapter)
  try {
    const filters = { externalTables: [], externalEnums: [] }
    const { stdout } = await engine.diff({
      from: { tag: 'empty' },
      to: { tag: 'schemaDatamodel', files: [{ path, content }] },
      script: true,
      exitCode: null,
      filters,
    })
    return stdout ?? ''
  } finally {
    engine.free()
  }
}

/** Columns, keys and indexes of `public` as the server itself spells them. */
async function shapeOf(url: string): Promise<string[]> {
  const client = new pg.Client({ connectionString: url })
  await client.connect()
  try {
    const { rows } = await client.query<{ line: string }>(`
      SELECT format('%s.%s %s%s default %s', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), CASE WHEN a.attnotnull THEN ' not null' ELSE '' END, coalesce(pg_get_expr(d.adbin, d.adrelid), 'none')) AS line
        FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid LEFT JOIN pg_attrdef d ON d.adrelid = c.oid AND d.adnum = a.attnum
        WHERE c.relnamespace = 'public'::regnamespace AND c.relkind IN ('r', 'p') AND a.attnum > 0 AND NOT a.attisdropped AND c.relname <> '_prisma_migrations'
      UNION ALL
      SELECT format('%s constraint %s %s', conrelid::regclass, conname, pg_get_constraintdef(oid)) FROM pg_constraint
        WHERE connamespace = 'public'::regnamespace AND contype IN ('p', 'u', 'f', 'x') AND conrelid::regclass::text <> '_prisma_migrations'
      UNION ALL
      SELECT indexdef FROM pg_indexes WHERE schemaname = 'public' AND tablename <> '_prisma_migrations'
      ORDER BY 1`)
    return rows.map(({ line }) => line)
  } finally {
    await client.end()
  }
}

test('the migrations make exactly the tables, columns, keys and indexes of the Prisma schema', async () => {
  const [migrated, planned] = [(await testDatabase()).url, await emptyDatabase()]
  const client = new pg.Client({ connectionString: planned })
  await client.connect()
  await client.query(await sqlOfSchema(planned))
  await client.end()
  const shape = await shapeOf(planned)
  expect(shape.length).toBeGreaterThan(100)
  expect(await shapeOf(migrated)).toEqual(shape)
})
