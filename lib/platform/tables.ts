import type pg from 'pg'

export interface Table {
  /** `schema.name`, quoted. */
  name: string
  columns: string[]
  /** Days of its partitions, where it has some. */
  days: string[]
}

/** Told anew by every installation: which migrations it has, and the version of what its processes remember. */
const ownTables = ['public._prisma_migrations', 'ledger.snapshot_version']

/**
 * The tables of an installation, each after those that it refers to. Queues are left out: what they hold is asked for
 * again by who watches the tables.
 */
export async function listTables(client: Pick<pg.Client, 'query'>): Promise<Table[]> {
  const { rows } = await client.query<Table & { after: string[] }>(
    `select n.nspname || '.' || quote_ident(c.relname) as name,
       array(select quote_ident(a.attname) from pg_attribute a where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped and a.attgenerated = '' order by a.attnum) as columns,
       array(select to_char(to_date(substring(p.relname from 9), 'YYYYMMDD'), 'YYYY-MM-DD') from pg_inherits i join pg_class p on p.oid = i.inhrelid
         where i.inhparent = c.oid and p.relname ~ '^records_\\d{8}$' order by 1) as days,
       array(select distinct rn.nspname || '.' || quote_ident(r.relname) from pg_constraint f join pg_class r on r.oid = f.confrelid join pg_namespace rn on rn.oid = r.relnamespace
         where f.conrelid = c.oid and f.contype = 'f' and f.confrelid <> c.oid) as after
     from pg_class c join pg_namespace n on n.oid = c.relnamespace
     where n.nspname in ('public', 'ledger') and c.relkind in ('r', 'p') and not c.relispartition order by 1`,
  )
  const left = new Map(rows.filter(({ name }) => !ownTables.includes(name)).map((row) => [row.name, row]))
  const sorted: Table[] = []
  while (left.size > 0) {
    const next = [...left.values()].filter(({ after }) => !after.some((name) => left.has(name)))
    if (next.length === 0) throw new Error(`tables refer to each other in a circle: ${[...left.keys()].join(', ')}`)
    for (const { name, columns, days } of next) {
      sorted.push({ name, columns, days })
      left.delete(name)
    }
  }
  return sorted
}
