import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { freePort } from '#lib/testing/free-port.ts'

const run = promisify(execFile)

export interface House {
  dataDir: string
  studioUrl: string
  gatewayUrl: string
  practiceUrl: string
  /** Everything the supervisor printed. */
  output(): string
  child: ChildProcess
  stop(): Promise<void>
}

/** Starts a whole Patchbay as `npm start` does, on ports and a data folder of its own. Resolves when it is usable. */
export async function startHouse(options: { env?: Record<string, string> } = {}): Promise<House> {
  const [port, gatewayPort, practicePort] = [await freePort(), await freePort(), await freePort()]
  const dataDir = mkdtempSync(join(tmpdir(), 'patchbay-e2e-'))
  // Where Postgres goes as root, whose folders are closed to the user that it runs as.
  const postgresDir = mkdtempSync(join(tmpdir(), 'patchbay-e2e-postgres-'))
  chmodSync(postgresDir, 0o755)
  const child = spawn(process.execPath, [join(import.meta.dirname, '../bin/patchbay.mjs'), 'start'], {
    env: {
      ...process.env,
      NODE_ENV: 'production',
      PORT: String(port),
      GATEWAY_PORT: String(gatewayPort),
      PRACTICE_PORT: String(practicePort),
      PATCHBAY_DATA_DIR: dataDir,
      PATCHBAY_POSTGRES_DIR: postgresDir,
      GATEWAY_WORKERS: '1',
      ...options.env,
    },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let printed = ''
  child.stdout.on('data', (chunk) => {
    printed += chunk
  })
  child.stderr.on('data', (chunk) => {
    printed += chunk
  })
  const studioUrl = `http://localhost:${port}`
  const gatewayUrl = `http://localhost:${gatewayPort}`
  const ended = new Promise<never>((_, reject) =>
    child.once('exit', (code) => reject(new Error(`Patchbay ended with ${code}:\n${printed}`))),
  )
  const usable = async () => {
    const deadline = Date.now() + 240_000
    while (Date.now() < deadline) {
      const ready = await Promise.all([answers(`${studioUrl}/api/health/ready`), answers(`${gatewayUrl}/health/ready`)])
      if (ready.every(Boolean)) return
      await new Promise((resolve) => setTimeout(resolve, 200))
    }
    throw new Error(`Patchbay was not usable in time:\n${printed}`)
  }
  await Promise.race([usable(), ended])
  ended.catch(() => undefined)
  return {
    dataDir,
    studioUrl,
    gatewayUrl,
    practiceUrl: `http://127.0.0.1:${practicePort}`,
    output: () => printed,
    child,
    async stop() {
      const gone = new Promise((resolve) => child.once('exit', resolve))
      if (child.exitCode === null) {
        child.kill('SIGTERM')
        await gone
      }
      for (const folder of [dataDir, postgresDir]) rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function answers(url: string): Promise<boolean> {
  try {
    return (await fetch(url)).status === 200
  } catch {
    return false
  }
}

/** Sets up a person with a workspace, by the command that works without a browser; the first one is the operator. */
export async function init(
  dataDir: string,
  person: { email: string; password: string; workspace: string; role?: string },
): Promise<{ workspace: string; apiKey: string }> {
  const args = Object.entries(person).flatMap(([name, value]) => [`--${name}`, value])
  const { stdout } = await run(process.execPath, [join(import.meta.dirname, '../bin/patchbay.mjs'), 'init', ...args], {
    env: { ...process.env, PATCHBAY_DATA_DIR: dataDir },
  })
  return JSON.parse(stdout) as { workspace: string; apiKey: string }
}
