import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { createGzip } from 'node:zlib'
import { tarEnd, tarHead, tarPadding } from '#lib/core/tar.ts'
import { recordAudit } from './audit.ts'
import { requireRead } from './guards.ts'
import type { Scope, Tx } from './scope.ts'
import { toWorkspaceView, workspaceTarget } from './workspaces.ts'

/** Of a file in the archive; a row that is larger has one of its own. */
const partBytesMax = 4 * 1024 * 1024
/** What a page is to hold, by the rows before it. */
const pageBytes = 1024 * 1024
const pageRowsMax = 2_000

/**
 * What an archive has nothing of: sums that are made of the records, what processes hold for a moment, and what is sealed.
 * Prompts and answers come opened, as `payloads`.
 */
export const leftOut: readonly string[] = [
  ...['ledger.usage_quarter', 'ledger.usage_day', 'ledger.latency_hour', 'ledger.latency_day'],
  ...['ledger.budget_lease', 'ledger.limit_slot', 'ledger.idempotency', 'ledger.cached_answers'],
  ...['ledger.payloads', 'ledger.payload_keys', 'ledger.payload_places'],
]

/** Secrets, their hashes and what tells them from each other. */
const isSecret = (column: string) => /^sealed(_|$)|_hash$|fingerprint|^leases$/.test(column)

export interface ExportPorts {
  /** Prompts and answers that are kept, a JSON object a line. */
  exportPayloads(scope: Scope): AsyncGenerator<string>
}

/**
 * Everything of a workspace without secrets, as a compressed tar archive: `<table>/<part>.jsonl`, a row a line as it is
 * stored, members with name and e-mail, and at the end `manifest.json` with how many rows there are; an archive without it
 * was cut off. Read page by page: a transaction a page, little in memory, and rows as they stood when they were read. Admins
 * and owners.
 */
export async function* exportWorkspace(ports: ExportPorts, scope: Scope): AsyncGenerator<Uint8Array> {
  requireRead(scope, 'admin')
  const gzip = createGzip()
  // What goes wrong in it ends the reading below.
  const done = pipeline(Readable.from(archive(ports, scope), { objectMode: true }), gzip).catch(() => undefined)
  try {
    yield* gzip as AsyncIterable<Uint8Array>
  } finally {
    gzip.destroy()
    await done
  }
}

async function* archive(ports: ExportPorts, scope: Scope): AsyncGenerator<Uint8Array> {
  const at = scope.now()
  const { tables, workspace } = await scope.tx(async (tx) => {
    const row = await tx.workspace.findUniqueOrThrow({ where: { id: scope.workspaceId } })
    await recordAudit(tx, scope, { action: 'workspace.export', target: workspaceTarget(row) })
    return { tables: await listTables(tx), workspace: toWorkspaceView(row, scope.role) }
  })
  const rows: Record<string, number> = {}
  const sources: [name: string, lines: AsyncGenerator<string>][] = [
    ...tables.map((table): [string, AsyncGenerator<string>] => [table.name.split('.')[1]!, readTable(scope, table)]),
    ['payloads', ports.exportPayloads(scope)],
  ]
  for (const [name, lines] of sources) {
    let count = 0
    const counted = async function* () {
      for await (const line of lines) {
        count++
        yield line
      }
    }
    for await (const { part, bytes } of inParts(counted()))
      yield* file(`${name}/${String(part).padStart(6, '0')}.jsonl`, bytes, at)
    rows[name] = count
  }
  const manifest = { kind: 'patchbay workspace', format: 1, madeAt: at.toISOString(), workspace, rows }
  yield* file('manifest.json', Buffer.from(`${JSON.stringify(manifest, null, 2)}\n`), at)
  yield tarEnd
}

function* file(name: string, bytes: Uint8Array, at: Date): Generator<Uint8Array> {
  yield tarHead(name, bytes.length, at)
  yield bytes
  yield tarPadding(bytes.length)
}

async function* inParts(lines: AsyncGenerator<string>): AsyncGenerator<{ part: number; bytes: Buffer }> {
  let part = 1
  let held: Buffer[] = []
  let length = 0
  for await (const line of lines) {
    const bytes = Buffer.from(`${line}\n`)
    if (length > 0 && length + bytes.length > partBytesMax) {
      yield { part: part++, bytes: Buffer.concat(held) }
      held = []
      length = 0
    }
    held.push(bytes)
    length += bytes.length
  }
  if (length > 0) yield { part, bytes: Buffer.concat(held) }
}

interface Table {
  /** `schema.name`. */
  name: string
  /** What may be read of it, secrets left out. */
  columns: string[]
  /** Of the primary key, with their types: pages go on after it. */
  key: { name: string; type: string }[]
}

/** From the catalogue: a new table is in the archive as soon as it has a workspace's rows. */
async function listTables(tx: Tx): Promise<Table[]> {
  const rows = await tx.$queryRaw<{ name: string; columns: string[]; key: string[]; types: string[] }[]>`
    SELECT n.nspname || '.' || c.relname AS name,
      array(SELECT a.attname::text FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped
        AND a.atttypid <> 'bytea'::regtype AND has_column_privilege(c.oid, a.attnum, 'SELECT') ORDER BY a.attnum) AS columns,
      k.names AS key, k.types
    FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace
      CROSS JOIN LATERAL (SELECT array_agg(a.attname::text ORDER BY p.at) AS names, array_agg(format_type(a.atttypid, a.atttypmod) ORDER BY p.at) AS types
        FROM pg_index i CROSS JOIN unnest(i.indkey::int2[]) WITH ORDINALITY p(attnum, at) JOIN pg_attribute a ON a.attrelid = c.oid AND a.attnum = p.attnum
        WHERE i.indrelid = c.oid AND i.indisprimary) k
    WHERE n.nspname IN ('public', 'ledger') AND c.relkind IN ('r', 'p') AND NOT c.relispartition
      AND EXISTS (SELECT FROM pg_attribute a WHERE a.attrelid = c.oid AND a.attname = 'workspace_id' AND has_column_privilege(c.oid, a.attnum, 'SELECT'))
    ORDER BY 1`
  return rows.flatMap(({ name, columns, key, types }) =>
    leftOut.includes(name)
      ? []
      : [
          {
            name,
            columns: columns.filter((column) => !isSecret(column)),
            key: key.map((column, index) => ({ name: column, type: types[index]! })),
          },
        ],
  )
}

async function* readTable({ workspaceId, tx: run }: Scope, { name, columns, key }: Table): AsyncGenerator<string> {
  const quoted = (column: string) => `"${column}"`
  const keys = key.map((column) => quoted(column.name)).join(', ')
  const told = name === 'public.members' ? ', u.email, u.name' : ''
  const join = name === 'public.members' ? 'JOIN public.users u ON u.id = user_id' : ''
  const wanted = columns.map((column) => (told ? `t.${quoted(column)}` : quoted(column))).join(', ')
  let after: string[] | undefined
  let limit = 50
  for (;;) {
    const values = [workspaceId, ...(after ?? [])]
    const beyond = after
      ? `AND (${keys}) > (${key.map(({ type }, index) => `$${index + 2}::text::${type}`).join(', ')})`
      : ''
    const page = await run((tx) =>
      tx.$queryRawUnsafe<{ line: string; key: string[] }[]>(
        `SELECT (SELECT row_to_json(r)::text FROM (SELECT ${wanted}${told}) r) AS line, ARRAY[${key.map((column) => `t.${quoted(column.name)}::text`).join(', ')}] AS key
         FROM ${name} t ${join} WHERE t.workspace_id = $1 ${beyond} ORDER BY ${keys} LIMIT ${limit}`,
        ...values,
      ),
    )
    let length = 0
    for (const { line } of page) {
      length += line.length
      yield line
    }
    if (page.length < limit) return
    after = page.at(-1)!.key
    limit = Math.max(10, Math.min(pageRowsMax, Math.floor(pageBytes / (length / page.length))))
  }
}
