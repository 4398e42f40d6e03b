import { execFile } from 'node:child_process'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { expect, test } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'

const { database, url } = await testDatabase()
const { runtime, variables } = await testInstallation(url)

async function holders(...args: string[]): Promise<{ code: number; said: string }> {
  const run = promisify(execFile)
  const command = [join(import.meta.dirname, 'holders.ts'), ...args]
  try {
    const { stdout } = await run(process.execPath, command, { env: { ...process.env, ...variables } })
    return { code: 0, said: stdout }
  } catch (error) {
    const { code, stderr } = error as { code: number; stderr: string }
    return { code, said: stderr }
  }
}

test('a process that lives is not forgotten; one that is silent for long is, once', async () => {
  await runtime.ledger.beat()
  await database.pool.query(
    `insert into ledger.holders (id, host, pid, process, spool, seen_at) values ('hld_far', 'far', 1, 'gateway', '/x', now() - interval '1 hour')`,
  )
  const { said } = await holders()
  expect(said).toMatch(/^hld_far {2}gateway on far, heard of 36\d\d s ago, 0 leases$/m)
  expect(said).toContain(runtime.ledger.holderId)
  expect(await holders('forget', runtime.ledger.holderId)).toMatchObject({
    code: 1,
    said: expect.stringContaining('Stop it first'),
  })
  expect(await holders('forget', 'hld_far')).toMatchObject({ code: 0 })
  expect(await holders('forget', 'hld_far')).toEqual({ code: 1, said: 'Holder not found.\n' })
  expect(await holders('remember')).toMatchObject({ code: 2, said: expect.stringContaining('Usage') })
})
