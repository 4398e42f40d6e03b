import { recordColumns } from './record.ts'
import {
  addSums,
  latencyDay,
  latencyHour,
  selectDurations,
  selectFacts,
  usageDay,
  usageQuarter,
} from './rollup-tables.ts'

const names = recordColumns.map(({ name }) => name).join(', ')
const types = recordColumns.map(({ name, type }) => `${name} ${type}`).join(', ')
const values = recordColumns
  .map(({ name, fallback }) => (fallback === undefined ? `r.${name}` : `coalesce(r.${name}, ${fallback})`))
  .join(', ')

const periodKey = 'workspace_id, budget_id, subject, period_start'
/**
 * Records, rollups, settlement of leases and the spool's position: all or nothing, in one statement.
 * $1: the records, a JSON array. $2: holder, $3: segment, $4: byte, up to which its spool is then written.
 * `i` holds the rows really inserted: what is replayed counts nothing and charges nothing. One row: `inserted`.
 * Leases and periods are set from the rows as they were locked: an update checks its constraints first on the row as the
 * statement's snapshot has it, before a top-up in between.
 */
export const writeStatement = `with r as (select * from json_to_recordset($1::json) as r (${types})),
i as (insert into ledger.records (${names}) select ${values} from r on conflict (started_at, id) do nothing returning *),
n as (${selectFacts('i')}),
d as (${selectDurations('n')}),
q as (${addSums(usageQuarter, 'n')}),
y as (${addSums(usageDay, 'n')}),
h as (${addSums(latencyHour, 'd')}),
t as (${addSums(latencyDay, 'd')}),
k as (insert into ledger.key_use as k (workspace_id, key_id, last_used_at)
  select workspace_id, key_id, max(started_at) from n where key_id <> '' group by 1, 2 order by 1, 2
  on conflict (workspace_id, key_id) do update set last_used_at = excluded.last_used_at
  where excluded.last_used_at >= k.last_used_at + interval '1 minute'),
a as (insert into ledger.address_use as a (workspace_id, address, last_used_at)
  select workspace_id, address, max(started_at) from n where model_id <> '' and address <> '' and source not in ('validation', 'drift') group by 1, 2 order by 1, 2
  on conflict (workspace_id, address) do update set last_used_at = excluded.last_used_at
  where excluded.last_used_at >= a.last_used_at + interval '1 minute'),
s as (select c.lease as id, sum(c.units)::bigint c from i cross join lateral jsonb_to_recordset(i.charges) c (lease text, units bigint) where c.lease is not null group by 1),
b as (select b.*, s.c, least(b.amount, s.c) took from ledger.budget_lease b join s using (id) order by b.id for update of b),
bu as (update ledger.budget_lease l set amount = b.amount - b.took from b where b.id = l.id),
p as (select ${periodKey}, sum(took) took, sum(c) c from b group by ${periodKey}),
o as (select ${periodKey}, spent, leased from ledger.budget_period
  where (${periodKey}) in (select ${periodKey} from p) order by ${periodKey} for no key update),
pu as (update ledger.budget_period t set spent = o.spent + p.c, leased = o.leased - p.took
  from p join o using (${periodKey})
  where (t.workspace_id, t.budget_id, t.subject, t.period_start) = (p.workspace_id, p.budget_id, p.subject, p.period_start)),
z as (insert into ledger.spool_position as z (holder, segment, byte) values ($2, $3, $4)
  on conflict (holder) do update set segment = excluded.segment, byte = excluded.byte
  where (z.segment, z.byte) < (excluded.segment, excluded.byte))
select count(*)::integer as inserted from i`
