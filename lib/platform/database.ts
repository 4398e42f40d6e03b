import { setTimeout as delay } from 'node:timers/promises'
import { PrismaPg } from '@prisma/adapter-pg'
import pg from 'pg'
import { PrismaClient } from './generated/prisma/client.ts'
import { createListener, type ListenEvent } from './listener.ts'

export interface DatabaseOptions {
  url: string
  /** What `pg_stat_activity` shows: the process's name. */
  applicationName: string
  /** The most connections of each pool. */
  connections?: { app?: number; system?: number; pool?: number }
  /** Told of connections that broke while nobody used them; they are replaced. */
  onError?: (error: Error) => void
}

export interface Database {
  /** As `patchbay_app`: row-level security shows only the workspace of `app.workspace_id`, which `Scope.tx` sets. */
  app: PrismaClient
  /** As `patchbay_system`: all workspaces. For snapshot, sign-in, ledger writer and jobs. */
  system: PrismaClient
  /** As `patchbay_system`, for the ledger's SQL. */
  pool: pg.Pool
  /**
   * Hears a channel on a connection of its own. After a gap the handler is called with `reconnected: true`, because
   * what was sent meanwhile is lost. Resolves once listening, to the function that ends it.
   */
  listen(channel: string, handler: (event: ListenEvent) => void): Promise<() => Promise<void>>
  close(): Promise<void>
}

/** Opens nothing yet: connections are made when used, bounded in number and in time. */
export function openDatabase(options: DatabaseOptions): Database {
  const { connections = {}, onError = () => undefined } = options
  const app = prismaAs('patchbay_app', connections.app ?? 8, options, onError)
  const system = prismaAs('patchbay_system', connections.system ?? 4, options, onError)
  const pool = new pg.Pool({ ...connectionAs('patchbay_system', options), max: connections.pool ?? 4 })
  pool.on('error', onError)
  const listener = createListener(
    { ...connectionAs('patchbay_system', options), statement_timeout: undefined },
    onError,
  )
  return {
    app,
    system,
    pool,
    listen: listener.listen,
    async close() {
      await listener.close()
      await Promise.all([app.$disconnect(), system.$disconnect(), pool.end()])
    },
  }
}

const reachableEveryMs = 200

/**
 * Waits for a Postgres that starts, or starts again: a process that is born meanwhile need not die of it. `onWait` is told
 * why, once. Rejects with what was wrong last after `timeoutMs`.
 */
export async function waitUntilReachable(
  pool: Pick<pg.Pool, 'query'>,
  timeoutMs: number,
  onWait: (error: unknown) => void,
): Promise<void> {
  let isWaiting = false
  for (const untilMs = performance.now() + timeoutMs; ; await delay(reachableEveryMs)) {
    try {
      await pool.query('select 1')
      return
    } catch (error) {
      if (performance.now() > untilMs) throw error
      if (!isWaiting) onWait(error)
      isWaiting = true
    }
  }
}

export type Role = 'patchbay_app' | 'patchbay_system'

/** The login is a member of both roles and takes one for the whole connection: no query runs with the login's rights. */
export function connectionAs(
  role: Role,
  { url, applicationName }: Pick<DatabaseOptions, 'url' | 'applicationName'>,
): pg.PoolConfig {
  return {
    connectionString: url,
    application_name: `patchbay ${applicationName}`,
    options: `-c role=${role}`,
    connectionTimeoutMillis: 5_000,
    idleTimeoutMillis: 30_000,
    statement_timeout: 20_000,
    // For a server that is frozen or behind a dead line, where its own timer says nothing.
    query_timeout: 25_000,
    lock_timeout: 10_000,
    idle_in_transaction_session_timeout: 30_000,
    keepAlive: true,
  }
}

function prismaAs(role: Role, max: number, options: DatabaseOptions, onError: (error: Error) => void): PrismaClient {
  const adapter = new PrismaPg(
    { ...connectionAs(role, options), max },
    { onPoolError: onError, onConnectionError: onError },
  )
  return new PrismaClient({ adapter, errorFormat: 'minimal', transactionOptions: { maxWait: 5_000, timeout: 15_000 } })
}

/** A pool as `patchbay_system` for commands whose statements may take minutes. */
export function openPatientPool(options: Pick<DatabaseOptions, 'url' | 'applicationName'>): pg.Pool {
  const pool = new pg.Pool({
    ...connectionAs('patchbay_system', options),
    max: 3,
    statement_timeout: undefined,
    query_timeout: undefined,
    lock_timeout: undefined,
  })
  // Whoever uses a connection hears of its end; one that nobody uses is replaced.
  pool.on('error', () => undefined)
  return pool
}
