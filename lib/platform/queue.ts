import { fromPrisma, PgBoss } from 'pg-boss'
import { connectionAs, type Database } from './database.ts'
import type { Prisma } from './generated/prisma/client.ts'
import { queueSchema } from './queue-install.ts'

/** A caller's open transaction, of either role. */
export type QueueTransaction = Pick<Prisma.TransactionClient, '$queryRawUnsafe' | '$executeRawUnsafe'>

export interface JobRequest {
  queue: string
  /** JSON; at most 64 KB. Ids and small facts, never secrets. */
  data: object
  /** At most one waiting job of the queue has this key; a second one is dropped. */
  key?: string
  startAfter?: Date
}

export interface WorkSettings {
  /** Jobs of this queue that one process runs at a time. */
  concurrency?: number
  /** After this the job counts as failed, its signal is aborted, and it is tried again. */
  timeoutSeconds?: number
  /** Tries after the first. */
  retries?: number
  /** New jobs are heard of at once; those whose time has come, as retries, are looked for so often. 30. */
  pollSeconds?: number
}

export interface QueuedJob<Data> {
  id: string
  data: Data
  /** Aborted when the time is up or the process stops. */
  signal: AbortSignal
}

export interface Queue {
  /** Puts a job into the queue when the caller's transaction commits. Returns its id, null where the key was taken. */
  enqueue(tx: QueueTransaction, job: JobRequest): Promise<string | null>
  /** Runs `handler` for each job of the queue; a throw is a failed try. Only in a worker. */
  work<Data extends object>(
    queue: string,
    settings: WorkSettings,
    handler: (job: QueuedJob<Data>) => Promise<void>,
  ): Promise<void>
  /** Enqueues by the clock, once for all replicas. `cron` has five fields, in UTC. */
  schedule(queue: string, cron: string, data?: object): Promise<void>
  /** Ends what runs: waits up to `timeoutMs`, then aborts. */
  stop(timeoutMs: number): Promise<void>
}

export interface QueueOptions {
  database: Database
  /** Given where jobs are run: the worker has connections of its own and hears of new jobs at once. */
  worker?: { url: string }
  onError: (error: Error) => void
}

const dataBytesMax = 65_536

/** Opens the queues of this installation. Their tables are made by `migrate`. */
export async function createQueue({ database, worker, onError }: QueueOptions): Promise<Queue> {
  const boss = new PgBoss({
    schema: queueSchema,
    createSchema: false,
    migrate: false,
    ...(worker
      ? { ...bossConnection(worker.url), useListenNotify: true, superviseIntervalSeconds: 30, warningRetentionDays: 7 }
      : {
          db: { executeSql: (text: string, values?: unknown[]) => database.pool.query(text, values) },
          supervise: false,
          schedule: false,
          registerInstance: false,
        }),
  })
  boss.on('error', onError)
  await boss.start()
  const known = new Map<string, Promise<void>>()

  /** Every queue looks alike wherever it is first named: settings that differ belong to the job. */
  function ensure(queue: string): Promise<void> {
    let made = known.get(queue)
    if (!made) {
      // `short`: one waiting job for each key; jobs without a key get one of their own below.
      made = boss.createQueue(queue, {
        policy: 'short',
        notify: true,
        retryLimit: 3,
        retryDelay: 5,
        retryBackoff: true,
        retryDelayMax: 300,
        deleteAfterSeconds: 7 * 86_400,
      })
      made.catch(() => known.delete(queue))
      known.set(queue, made)
    }
    return made
  }

  return {
    async enqueue(tx, { queue, data, key, startAfter }) {
      if (Buffer.byteLength(JSON.stringify(data)) > dataBytesMax)
        throw new Error(`job data of ${queue} is over ${dataBytesMax} bytes`)
      await ensure(queue)
      const [before] = (await tx.$queryRawUnsafe('SELECT current_user::text AS role')) as { role: string }[]
      // The queues belong to patchbay_system; a tenant's role sees none of them.
      await tx.$executeRawUnsafe('SET LOCAL ROLE patchbay_system')
      const id = await boss.send(queue, data, {
        db: fromPrisma(tx),
        singletonKey: key ?? crypto.randomUUID(),
        startAfter,
      })
      await tx.$executeRawUnsafe(`SET LOCAL ROLE "${before!.role.replaceAll('"', '""')}"`)
      return id
    },
    async work<Data extends object>(
      queue: string,
      settings: WorkSettings,
      handler: (job: QueuedJob<Data>) => Promise<void>,
    ) {
      await ensure(queue)
      await boss.updateQueue(queue, {
        expireInSeconds: settings.timeoutSeconds ?? 900,
        retryLimit: settings.retries ?? 3,
      })
      for (let place = 0; place < (settings.concurrency ?? 1); place++) {
        let workerId = ''
        workerId = await boss.work<Data>(
          queue,
          { batchSize: 1, pollingIntervalSeconds: 2, notifyPollingIntervalSeconds: settings.pollSeconds ?? 30 },
          async ([job]) => {
            // There may be more waiting: look again right after this one, not at the next notice or poll.
            boss.notifyWorker(workerId)
            if (job) await handler({ id: job.id, data: job.data, signal: job.signal })
          },
        )
      }
    },
    async schedule(queue, cron, data = {}) {
      await ensure(queue)
      await boss.schedule(queue, cron, data, { tz: 'UTC', singletonKey: 'schedule' })
    },
    async stop(timeoutMs) {
      await boss.stop({ graceful: true, timeout: timeoutMs })
    },
  }
}

function bossConnection(url: string) {
  const { connectionString, application_name, options, connectionTimeoutMillis } = connectionAs('patchbay_system', {
    url,
    applicationName: 'queue',
  })
  return { connectionString, application_name, options, connectionTimeoutMillis, max: 4 }
}
