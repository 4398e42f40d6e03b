import { createWriteStream, renameSync, rmSync, statSync } from 'node:fs'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { constants, createZstdCompress } from 'node:zlib'
import pg from 'pg'
import { to as copyTo } from 'pg-copy-streams'
import { AppError } from '#lib/core/errors.ts'
import { connectionAs } from '../database.ts'
import { listTables } from '../tables.ts'
import { type BackupEnd, type BackupHead, toFrame } from './format.ts'
import type { SealedSecrets } from './secrets.ts'

export interface BackupOptions {
  url: string
  /** Must not be there yet. */
  file: string
  now: Date
  /** Of `sealSecrets`; null leaves the keys out. */
  secrets: SealedSecrets | null
  /** Told of each table before it is written. */
  onTable?: (name: string) => void
}

/**
 * Writes everything an installation keeps in its database into one file: one snapshot, beside running traffic, readable by
 * nobody else. The file has its name only when it is whole. Returns its bytes and the rows by table. Throws `AppError`
 * (`backup_file`) where it cannot be written.
 */
export async function writeBackup(options: BackupOptions): Promise<{ bytes: number; rows: BackupEnd['rows'] }> {
  const { file, secrets, now } = options
  const client = new pg.Client({
    ...connectionAs('patchbay_system', { url: options.url, applicationName: 'backup' }),
    ...{ statement_timeout: undefined, query_timeout: undefined, idle_in_transaction_session_timeout: undefined },
  })
  client.on('error', () => undefined)
  const part = `${file}.part`
  await client.connect()
  try {
    await client.query('begin transaction isolation level repeatable read, read only')
    const migrations = await readApplied(client)
    const head: BackupHead = { kind: 'patchbay backup', format: 1, madeAt: now.toISOString(), migrations, secrets }
    const end: BackupEnd = { rows: {} }
    const sink = createWriteStream(part, { flags: 'wx', mode: 0o600, flush: true })
    await new Promise<void>((resolve, reject) => sink.once('open', () => resolve()).once('error', reject))
    try {
      sink.write(`${JSON.stringify(head)}\n`)
      const compress = createZstdCompress({
        params: { [constants.ZSTD_c_compressionLevel]: 3, [constants.ZSTD_c_checksumFlag]: 1 },
      })
      await pipeline(Readable.from(frames(client, end, options.onTable)), compress, sink)
      const { size: bytes } = statSync(part)
      renameSync(part, file)
      return { bytes, rows: end.rows }
    } catch (error) {
      rmSync(part, { force: true })
      throw error
    }
  } catch (cause) {
    const { code, syscall, message } = cause as NodeJS.ErrnoException
    if (syscall === undefined || cause instanceof AppError) throw cause
    throw new AppError({
      kind: 'precondition_failed',
      code: 'backup_file',
      message:
        code === 'EEXIST'
          ? `${part} is there already: another backup is writing it, or was cut off. Remove it.`
          : `${file} cannot be written: ${message}`,
      cause,
    })
  } finally {
    await client.end().catch(() => undefined)
  }
}

async function* frames(
  client: pg.Client,
  end: BackupEnd,
  onTable: BackupOptions['onTable'] = () => undefined,
): AsyncGenerator<Buffer> {
  for (const table of await listTables(client)) {
    onTable(table.name)
    yield toFrame('T', Buffer.from(JSON.stringify(table)))
    const copy = client.query(copyTo(`copy (select ${table.columns.join(', ')} from ${table.name}) to stdout`))
    for await (const bytes of copy as AsyncIterable<Buffer>) yield toFrame('D', bytes)
    end.rows[table.name] = copy.rowCount
  }
  yield toFrame('E', Buffer.from(JSON.stringify(end)))
}

async function readApplied(client: pg.Client): Promise<BackupHead['migrations']> {
  const { rows } = await client.query<{ name: string; checksum: string }>(
    'select migration_name as name, checksum from public._prisma_migrations where finished_at is not null and rolled_back_at is null order by 1',
  )
  return rows
}
