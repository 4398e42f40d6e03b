import type { Server } from 'node:http'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import { AppError } from '#lib/core/errors.ts'
import { readEnv, type Settings } from '#lib/platform/env.ts'
import { graceMs } from '#lib/platform/processes.ts'
import { readSecretsFile } from '#lib/platform/secrets-file.ts'
import { banner, localOrigin, type Phase, shownOrigin } from './banner.ts'
import { type Child, keepRunning } from './child.ts'
import { childSpecs } from './children.ts'
import type { DataFolder } from './data-folder.ts'
import { endLeftovers } from './data-folder.ts'
import { prepareDatabase, type RunningDatabase, startDatabase } from './database.ts'
import { childEnvironment } from './environment.ts'
import { openMetricsPage } from './metrics-page.ts'
import { requireFreePorts, wantedPorts } from './ports.ts'
import { waitUntilReady } from './readiness.ts'
import type { StopSignal } from './stop-signal.ts'
import { watchSources } from './watch-sources.ts'

const readyTimeoutMs = 90_000
const leftoverPortsMs = 5_000
/** A database that ends again so soon is not started again at once. */
const shortLifeMs = 10_000
const backoffFirstMs = 1_000
const backoffMaxMs = 30_000

/** Starts everything in order, watches it until told to stop, ends it in the reverse order. Returns the exit code. */
export async function supervise(
  settings: Settings,
  folder: DataFolder,
  source: NodeJS.ProcessEnv,
  signals: StopSignal,
): Promise<number> {
  const say = (line: string) => process.stderr.write(`${line}\n`)
  const phases: Phase[] = []
  let children: Child[] = []
  let database: RunningDatabase | undefined
  let failure: AppError | undefined
  const refused = new AbortController()
  const over = AbortSignal.any([signals.stop, refused.signal])

  async function phase<Result>(name: string, work: () => Promise<Result>): Promise<Result> {
    const startedMs = performance.now()
    const result = await work()
    phases.push({ name, ms: performance.now() - startedMs })
    return result
  }

  /** Postgres is started again like every other process; what talks to it connects anew. */
  async function watchDatabase(running: RunningDatabase): Promise<void> {
    let backoffMs = backoffFirstMs
    let startedMs = performance.now()
    let isGone = false
    while (running.embedded && !over.aborted) {
      if (!isGone) {
        await Promise.race([running.embedded.exited, aborted(over)])
        if (over.aborted) return
        say('postgres: ended, starts again')
        isGone = true
        if (performance.now() - startedMs > shortLifeMs) backoffMs = 0
      }
      try {
        await delay(backoffMs, undefined, { signal: over })
        backoffMs = Math.min(Math.max(backoffMs * 2, backoffFirstMs), backoffMaxMs)
        const again = await startDatabase(settings, readSecretsFile(settings.dataDir), running.embedded.port)
        running.embedded = again.embedded
        isGone = false
        startedMs = performance.now()
        if (over.aborted) return
        if (again.url === running.url) continue
        // Somebody took its port meanwhile, and the address is part of every process's environment.
        running.url = again.url
        await endChildren(0)
        if (!over.aborted) children = startChildren(again.url)
      } catch (error) {
        if (over.aborted) return
        // Calls go on without it for a while: a disk that is full now may have room by then.
        say(`${(error as Error).message}\npostgres: starts again in ${backoffMs / 1000} s`)
      }
    }
  }

  function startChildren(databaseUrl: string): Child[] {
    const env = childEnvironment(source, settings, readSecretsFile(settings.dataDir), databaseUrl)
    const started: Child[] = []
    const note = () =>
      folder.note({
        children: started.flatMap((child) => (child.current() ? [{ name: child.name, ...child.current()! }] : [])),
      })
    for (const spec of childSpecs(settings, env)) {
      started.push(
        keepRunning(spec, {
          dataDir: settings.dataDir,
          show: say,
          onChange: note,
          onRefusal(name, tail) {
            failure ??= new AppError({
              kind: 'precondition_failed',
              code: 'refusal',
              message: `${name} cannot run: ${tail.at(-1) ?? 'it did not say why'}`,
            })
            refused.abort()
          },
        }),
      )
    }
    note()
    return started
  }

  /** The practice provider last: calls that still run may go to it. */
  async function endChildren(waitMs: number): Promise<void> {
    const hurry = waitMs === 0 ? AbortSignal.abort() : signals.hurry
    await Promise.all(children.filter(({ name }) => name !== 'practice').map((child) => child.stop(waitMs, hurry)))
    await Promise.all(
      children.filter(({ name }) => name === 'practice').map((child) => child.stop(Math.min(waitMs, 5_000), hurry)),
    )
  }

  let unwatch: (() => void) | undefined
  let metricsPage: Server | undefined
  let watching: Promise<void> | undefined
  try {
    await endLeftovers(folder.leftovers)
    // What those had started themselves, as the gateway its workers, ends a moment after them.
    await requireFreePorts(wantedPorts(settings), folder.leftovers.length > 0 ? leftoverPortsMs : 0)
    const secrets = readSecretsFile(settings.dataDir)
    const running = await phase('database', () => startDatabase(settings, secrets))
    database = running
    const env = childEnvironment(source, settings, secrets, running.url)
    const { claimed } = await phase('schema', () => prepareDatabase(readEnv(env)))
    if (!over.aborted) {
      await phase('processes', async () => {
        children = startChildren(running.url)
        watching = watchDatabase(running)
        const targets = [
          { name: 'studio', url: `${localOrigin(settings.host, settings.port)}/api/health/ready` },
          { name: 'gateway', url: `${localOrigin(settings.host, settings.gatewayPort)}/health/ready` },
        ].filter(({ name }) => children.some((child) => child.name === name))
        const late = await waitUntilReady(targets, readyTimeoutMs, over)
        for (const name of late)
          say(
            `${name} is not ready after ${readyTimeoutMs / 1000} s. It said last:\n${
              children
                .find((child) => child.name === name)
                ?.tail()
                .join('\n') ?? ''
            }`,
          )
      })
    }
    if (settings.metrics) metricsPage = openMetricsPage(settings, settings.metrics, () => children)
    if (!over.aborted) {
      folder.note({ studioUrl: shownOrigin(settings.publicUrl, settings.host, settings.port) })
      const claimCode = claimed ? undefined : source.PATCHBAY_CLAIM_CODE?.trim() || secrets.claimCode
      const practiceUrl = settings.practicePort === 0 ? undefined : `http://127.0.0.1:${settings.practicePort}/v1`
      process.stdout.write(
        `${banner({ settings, phases, claimCode, practiceUrl, logsDir: join(settings.dataDir, 'logs') })}\n`,
      )
      if (settings.mode === 'development') {
        unwatch = watchSources(() => {
          for (const child of children) if (child.name !== 'studio') child.restart()
        })
      }
      await aborted(over)
    }
  } catch (error) {
    failure ??= error as AppError
    refused.abort()
  }
  unwatch?.()
  metricsPage?.close()
  metricsPage?.closeAllConnections()
  if (children.length > 0) say(failure ? 'Stopping.' : 'Stopping: waiting for running calls. Ctrl-C again ends them.')
  // What it was about to start is started by then, and so is ended below.
  await watching
  // Each ends itself before that, unless it cannot.
  await endChildren(settings.drainMs + 2 * graceMs)
  await database?.embedded?.stop()
  if (failure) say(failure instanceof AppError ? failure.message : String((failure as Error).stack))
  return failure ? 1 : 0
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) =>
    signal.aborted ? resolve() : signal.addEventListener('abort', () => resolve(), { once: true }),
  )
}
