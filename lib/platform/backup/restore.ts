import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import pg from 'pg'
import { from as copyFrom } from 'pg-copy-streams'
import { AppError } from '#lib/core/errors.ts'
import { migrate } from '../migrate.ts'
import { listTables } from '../tables.ts'
import { BackupEnd, type BackupHead, BackupTable, type Frame, readFrames, unreadable } from './format.ts'

export interface RestoreOptions {
  /** Of the owner of an empty database. */
  url: string
  file: string
  head: BackupHead
  framesAt: number
  /** Told of each table before it is read. */
  onTable?: (name: string) => void
}

/**
 * Brings a backup into a database in which nobody has set anything up: the schema as it was when the backup was made, all
 * of the data or none, then the migrations since. Returns the rows by table. Throws `AppError`: `restore_not_empty`,
 * `backup_unreadable`, `migration_*`.
 */
export async function restoreBackup({
  url,
  file,
  head,
  framesAt,
  onTable,
}: RestoreOptions): Promise<BackupEnd['rows']> {
  const client = new pg.Client({ connectionString: url, application_name: 'restore', connectionTimeoutMillis: 10_000 })
  client.on('error', () => undefined)
  await client.connect()
  try {
    await empty(client)
    await migrate({ url, only: head.migrations })
    await client.query('begin')
    try {
      const rows = await withoutGuards(client, () => copyTables(client, readFrames(file, framesAt), onTable))
      await client.query('commit')
      await client.query('analyze')
      await migrate({ url })
      // The processes of then are gone, and with them what they leased.
      await client.query('set role patchbay_system')
      await client.query('select ledger.forget_holder(id) from ledger.holders')
      return rows
    } catch (error) {
      await client.query('rollback').catch(() => undefined)
      await wipe(client).catch(() => undefined)
      throw error
    }
  } finally {
    await client.end().catch(() => undefined)
  }
}

/** Refuses a database that is used; takes away what a first start has prepared. */
async function empty(client: pg.Client): Promise<void> {
  const { rows } = await client.query<{ others: number }>(
    `select count(*)::integer as others from pg_stat_activity where datname = current_database() and application_name like 'patchbay %' and pid <> pg_backend_pid()`,
  )
  if (rows[0]!.others > 0) throw notEmpty('Patchbay is running on this database. Stop it first.')
  const known = await client.query(`select from pg_class where oid = to_regclass('public.users')`)
  if (known.rowCount === 1) {
    await client.query('set role patchbay_system')
    const used = await client.query('select from users union all select from workspaces limit 1')
    await client.query('reset role')
    if (used.rowCount !== 0)
      throw notEmpty(
        'There are people or workspaces in this database already. A backup is restored into an empty data folder or database.',
      )
  }
  await wipe(client)
}

function notEmpty(message: string): AppError {
  return new AppError({ kind: 'conflict', code: 'restore_not_empty', message })
}

/** Takes the schemas and tables of an installation away. */
async function wipe(client: pg.Client): Promise<void> {
  const found = await client.query(`select from pg_class where oid = to_regclass('public._prisma_migrations')`)
  if (found.rowCount === 0) return
  await client.query('begin')
  await client.query('set local role patchbay_system')
  await client.query('drop schema if exists pgboss cascade')
  await client.query('reset role')
  await client.query('drop schema if exists ledger cascade')
  const { rows } = await client.query<{ name: string }>(
    `select quote_ident(relname) as name from pg_class where relnamespace = 'public'::regnamespace and relkind in ('r', 'p') and pg_has_role(relowner, 'USAGE')`,
  )
  if (rows.length > 0) await client.query(`drop table ${rows.map(({ name }) => `public.${name}`).join(', ')} cascade`)
  await client.query('commit')
}

/** Rows come as they are: no row-level security, which a copy cannot pass, and no trigger changes them. */
async function withoutGuards<Result>(client: pg.Client, work: () => Promise<Result>): Promise<Result> {
  const { rows } = await client.query<{ name: string; forced: boolean }>(
    `select n.nspname || '.' || quote_ident(c.relname) as name, c.relforcerowsecurity as forced from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'ledger') and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  )
  const alter = async (triggers: string, force: string) => {
    for (const { name, forced } of rows) {
      await client.query(`alter table ${name} ${triggers} trigger user`)
      if (forced) await client.query(`alter table ${name} ${force} row level security`)
    }
  }
  await alter('disable', 'no force')
  const result = await work()
  await alter('enable', 'force')
  return result
}

async function copyTables(
  client: pg.Client,
  frames: AsyncGenerator<Frame>,
  onTable: RestoreOptions['onTable'] = () => undefined,
): Promise<BackupEnd['rows']> {
  const known = new Map((await listTables(client)).map((table) => [table.name, table]))
  const rows: BackupEnd['rows'] = {}
  let next = await take(frames)
  while (next.kind === 'T') {
    const table = BackupTable.parse(JSON.parse(next.bytes.toString()))
    const ours = known.get(table.name)
    // Names come from the file: only those of this schema stand in a statement.
    if (!ours || table.columns.some((column) => !ours.columns.includes(column)))
      throw unreadable(`The backup has a table ${table.name} that does not fit its migrations.`)
    onTable(table.name)
    for (const day of table.days) await client.query('select ledger.make_partition($1::date)', [day])
    const copy = client.query(copyFrom(`copy ${table.name} (${table.columns.join(', ')}) from stdin`))
    async function* data() {
      for (next = await take(frames); next.kind === 'D'; next = await take(frames)) yield next.bytes
    }
    await pipeline(Readable.from(data()), copy)
    rows[table.name] = copy.rowCount
  }
  if (next.kind !== 'E') throw unreadable('The backup is damaged.')
  const end = BackupEnd.parse(JSON.parse(next.bytes.toString()))
  for (const [name, count] of Object.entries(end.rows)) {
    if (rows[name] !== count) throw unreadable(`The backup has ${rows[name] ?? 0} of ${count} rows of ${name}.`)
  }
  return rows
}

async function take(frames: AsyncGenerator<Frame>): Promise<Frame> {
  const { value, done } = await frames.next()
  if (done) throw unreadable('The backup is cut off.')
  return value
}
