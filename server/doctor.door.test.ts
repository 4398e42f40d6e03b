import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { processIdentity } from '#lib/platform/processes.ts'
import { canaryStore, checkCanary, createSecretBox } from '#lib/platform/secret-box.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { freePort } from '#lib/testing/free-port.ts'
import { spoolFolder } from '#lib/testing/ledger.ts'

const { database, url } = await testDatabase()
const key = randomBytes(32)
await checkCanary(
  createSecretBox([{ id: 'test', key }]),
  canaryStore((sql, values) => database.pool.query(sql, values)),
)

/** What the doctor says by its names, and its exit code. */
async function consult(changes: Record<string, string>) {
  const env = {
    NODE_ENV: 'production' as const,
    PATH: process.env.PATH!,
    PORT: String(await freePort()),
    GATEWAY_PORT: String(await freePort()),
    DATABASE_URL: url,
    PATCHBAY_DATA_DIR: spoolFolder(),
    PATCHBAY_MASTER_KEYS: `test:${key.toString('base64')}`,
    ...changes,
  }
  const [code, said] = await new Promise<[number, string]>((resolve) => {
    const child = execFile(process.execPath, [join(import.meta.dirname, 'doctor.ts')], { env }, (_error, stdout) =>
      resolve([child.exitCode ?? -1, stdout]),
    )
  })
  const told = [...said.matchAll(/^ {2}(ok|FIX) +(.{1,14}?) {2,}(.*)$/gm)].map(([, how, name, what]) => [
    name,
    [how, what],
  ])
  return { code, said, told: Object.fromEntries(told) as Record<string, [string, string]> }
}

test('an installation that is well has nothing to fix, and everything was looked at', async () => {
  const { code, said, told } = await consult({})
  expect(code, said).toBe(0)
  expect(Object.keys(told)).toEqual([
    ...['environment', 'running', 'data folder', 'ports', 'database'],
    ...['connections', 'clock', 'key opens', 'records', 'master key'],
  ])
})

test('a master key of another installation, a port in use and a database that does not answer are told with their fix', async () => {
  const other = await consult({ PATCHBAY_MASTER_KEYS: `test:${randomBytes(32).toString('base64')}` })
  expect(other.code).toBe(1)
  expect(other.told['key opens']).toEqual(['FIX', expect.stringMatching(/does not open this database.*recover/)])
  const taken = new URL(url).port
  const away = await consult({ PORT: taken, DATABASE_URL: 'postgresql://a:b@127.0.0.1:9/none' })
  expect(away.code).toBe(1)
  expect(away.told.ports).toEqual(['FIX', expect.stringMatching(/in use\. Port \d+ is free/)])
  expect(away.told.database?.[0]).toBe('FIX')
})

test('a start that was killed is told as such, and one whose doors do not answer is sent to its logs', async () => {
  const folder = spoolFolder()
  const note = (pid: number, identity: string | undefined) =>
    writeFileSync(
      join(folder, 'supervisor.json'),
      JSON.stringify({ pid, identity, command: 'start', studioUrl: 'http://localhost', children: [] }),
    )
  note(process.pid, 'another life')
  const dead = await consult({ PATCHBAY_DATA_DIR: folder })
  expect(dead.code, dead.said).toBe(0)
  expect(dead.told.running).toEqual(['ok', expect.stringContaining('was killed. The next start takes over')])
  note(process.pid, processIdentity(process.pid))
  const silent = await consult({ PATCHBAY_DATA_DIR: folder })
  expect(silent.code).toBe(1)
  expect(silent.told.doors).toEqual(['FIX', expect.stringMatching(/studio does not answer.*gateway does not.*logs/)])
})
