import { chmodSync, cpSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import pg from 'pg'
import { expect, test as it, onTestFinished } from 'vitest'
import { findEmbeddedPostgres, startEmbeddedPostgres } from './postgres.ts'
import { processIdentity } from './processes.ts'

const password = 'a-password-of-this-test-alone'

function folder(mode: number): string {
  const made = mkdtempSync(join(tmpdir(), 'patchbay-postgres-'))
  chmodSync(made, mode)
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

async function start(dataDir: string, elsewhereDir?: string) {
  const server = await startEmbeddedPostgres({ dataDir, password, durable: false, elsewhereDir })
  onTestFinished(() => server.stop())
  return server
}

it('a second start on the folder adopts the running server, and either may stop it', async () => {
  const dataDir = folder(0o711)
  const first = await start(dataDir)
  const second = await start(dataDir)
  expect(second).toMatchObject({ adopted: true, pid: first.pid, port: first.port })
  await second.stop()
  await first.exited
  expect(await findEmbeddedPostgres({ dataDir, password })).toBeUndefined()
})

it('looking for a server makes nothing', async () => {
  const dataDir = folder(0o711)
  expect(await findEmbeddedPostgres({ dataDir, password })).toBeUndefined()
  expect(readdirSync(dataDir)).toEqual([])
})

it('the preferred port is taken where it is free', async () => {
  const dataDir = folder(0o711)
  const first = await start(dataDir)
  await first.stop()
  const again = await startEmbeddedPostgres({ dataDir, password, durable: false, preferredPort: first.port })
  onTestFinished(() => again.stop())
  expect(again.port).toBe(first.port)
})

it('a pid file left by a crash, whose pid is now another process, does not keep the server down', async () => {
  const dataDir = folder(0o711)
  const first = await start(dataDir)
  await first.stop()
  writeFileSync(
    join(first.folder, 'cluster', 'postmaster.pid'),
    `${process.pid}\n/somewhere/else\n0\n5432\n\n127.0.0.1\n\nready   \n`,
  )
  const again = await start(dataDir)
  expect(again).toMatchObject({ adopted: false })
  expect(processIdentity(again.pid)).toBeDefined()
})

it('a server that was killed while one of its processes was busy is started again', async () => {
  const dataDir = folder(0o711)
  const first = await start(dataDir)
  const client = new pg.Client({ connectionString: first.url })
  client.on('error', () => undefined)
  await client.connect()
  const { rows } = await client.query<{ pid: number }>('select pg_backend_pid() as pid')
  const busy = client.query('do $$ begin raise notice $n$busy$n$; loop end loop; end $$').catch(() => undefined)
  await new Promise((resolve) => client.once('notice', resolve))
  process.kill(first.pid, 'SIGKILL')
  await first.exited
  // It does not look whether its server lives.
  expect(processIdentity(rows[0]!.pid)).toBeDefined()
  const again = await start(dataDir)
  expect(again.adopted).toBe(false)
  expect(processIdentity(rows[0]!.pid)).toBeUndefined()
  await busy
})

it('a cluster that came open to others, as a copy does, is closed and started', async () => {
  const dataDir = folder(0o711)
  const first = await start(dataDir)
  await first.stop()
  chmodSync(join(first.folder, 'cluster'), 0o755)
  await start(dataDir)
  expect(statSync(join(first.folder, 'cluster')).mode & 0o777).toBe(0o700)
})

it('a cluster of another major version is refused with the way out', async () => {
  const dataDir = folder(0o711)
  const first = await start(dataDir)
  await first.stop()
  writeFileSync(join(first.folder, 'cluster', 'PG_VERSION'), '16\n')
  await expect(startEmbeddedPostgres({ dataDir, password })).rejects.toThrow(
    /made by PostgreSQL 16; this release brings 18.+backup FILE.+restore FILE/,
  )
})

it('a wrong password is told as such and leaves no server behind', async () => {
  const dataDir = folder(0o711)
  const first = await start(dataDir)
  await first.stop()
  await expect(startEmbeddedPostgres({ dataDir, password: 'another' })).rejects.toThrow(
    /its password is not the one in secrets.json/,
  )
  const again = await start(dataDir)
  expect(again.adopted).toBe(false)
})

it.runIf(process.getuid?.() === 0)(
  'as root under a private folder the cluster goes elsewhere, and a copy of the data folder does not share it',
  async () => {
    const [dataDir, elsewhere] = [folder(0o700), folder(0o755)]
    const server = await start(dataDir, elsewhere)
    expect(server.folder.startsWith(elsewhere)).toBe(true)
    const copy = join(folder(0o700), 'copy')
    cpSync(dataDir, copy, { recursive: true })
    await expect(startEmbeddedPostgres({ dataDir: copy, password })).rejects.toThrow(/belongs to .+ is a copy of it/)
  },
)

it.runIf(process.getuid?.() === 0)(
  'as root, a place that nobody may enter is refused by the name of its variable',
  async () => {
    await expect(
      startEmbeddedPostgres({ dataDir: folder(0o700), password, elsewhereDir: folder(0o700) }),
    ).rejects.toThrow(/PATCHBAY_POSTGRES_DIR/)
  },
)
