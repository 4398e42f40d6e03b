import { randomBytes } from 'node:crypto'
import { afterAll } from 'vitest'
import type { Clock } from '#lib/core/clock.ts'
import { type Env, readEnv } from '#lib/platform/env.ts'
import { createLogger } from '#lib/platform/logger.ts'
import { type Practice, start } from '#lib/practice/index.ts'
import { createRuntime, type Runtime, setRuntime } from '#lib/runtime.ts'
import { spoolFolder } from './ledger.ts'

/** A whole installation: the studio's runtime as processes make it, over a test database and a practice provider. */
export interface TestInstallation {
  runtime: Runtime
  env: Env
  /** The variables that it stands on, for processes beside it. */
  variables: Record<string, string>
  practice: Practice
  /** Every line that the runtime has logged, from debug up. */
  logged: string[]
}

/** Of the studio; nothing listens there unless a test does. */
const studioPort = 3000

/** It is the process's runtime until the file is done. `databaseUrl`: of a `testDatabase`. */
export async function testInstallation(
  databaseUrl: string,
  given: {
    studioPort?: number
    allowedEndpoints?: string
    latencyScale?: number
    practiceKey?: string
    clock?: Clock
  } = {},
): Promise<TestInstallation> {
  const practice = await start({ port: 0, latencyScale: given.latencyScale ?? 0 })
  const variables = {
    NODE_ENV: 'production',
    HOST: '127.0.0.1',
    PORT: String(given.studioPort ?? studioPort),
    DATABASE_URL: databaseUrl,
    PATCHBAY_ALLOWED_ENDPOINTS: given.allowedEndpoints ?? '',
    PATCHBAY_DATA_DIR: spoolFolder(),
    PATCHBAY_MASTER_KEYS: `test:${randomBytes(32).toString('base64')}`,
    NEXTAUTH_SECRET: randomBytes(36).toString('base64'),
    PATCHBAY_KEY_PEPPER: randomBytes(36).toString('base64'),
    PATCHBAY_CLAIM_CODE: 'code-of-a-test-0001',
    PATCHBAY_PRACTICE_URL: practice.url,
    PATCHBAY_PRACTICE_KEY: given.practiceKey ?? 'sk-practice-installation01',
  }
  const env = readEnv(variables)
  const logged: string[] = []
  const logger = createLogger({
    process: 'studio',
    level: 'debug',
    destination: { write: (line) => void logged.push(line) },
  })
  const runtime = await createRuntime(env, 'studio', logger, given.clock)
  setRuntime(runtime)
  afterAll(async () => {
    await runtime.models.close()
    await runtime.stop()
    await practice.close()
  })
  return { runtime, env, variables, practice, logged }
}
