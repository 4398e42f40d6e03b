import { spawn } from 'node:child_process'
import {
  chmodSync,
  chownSync,
  closeSync,
  existsSync,
  openSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { createServer } from 'node:net'
import { join } from 'node:path'
import { setTimeout as delay } from 'node:timers/promises'
import pg from 'pg'
import { AppError } from '#lib/core/errors.ts'
import { findPlace, type PlaceOptions, type PostgresPlace, postgresMajor, preparePlace } from './postgres-place.ts'
import { processesIn, processFolder, processIdentity, signalProcess, waitForExit } from './processes.ts'

const user = 'patchbay'
// Nothing of our own environment: it may hold secrets, and variables of libpq.
const serverEnvironment: NodeJS.ProcessEnv = { NODE_ENV: 'production', LC_ALL: 'C', TZ: 'UTC' }

/** After a crash the server first does again what is in its log. Who ends it meanwhile makes it begin anew. */
const recoveryMs = 10 * 60_000
/** For processes of a killed server to end. */
const orphansMs = 60_000

export interface EmbeddedPostgresOptions extends PlaceOptions {
  /** Of the superuser `patchbay`; set when the cluster is made, needed ever after. */
  password: string
  /** Taken where it is free, so that who knows the address may keep it. */
  preferredPort?: number
  /** Tests give up durability for speed. */
  durable?: boolean
}

export interface EmbeddedPostgres {
  /** Connects as the superuser to the database `patchbay`. Holds the password. */
  url: string
  port: number
  pid: number
  folder: string
  /** True where the server was already running. */
  adopted: boolean
  /** Settles when the server is gone, whoever ended it. */
  exited: Promise<void>
  /** Ends the server: open transactions are rolled back, connections closed. */
  stop(): Promise<void>
}

/**
 * Starts the PostgreSQL server that comes with Patchbay on the cluster of this data folder, making the cluster first
 * if there is none: TCP on 127.0.0.1 on a free port, SCRAM, no unix socket. A server that already runs on it is
 * adopted, never doubled. Throws `AppError` with what to do.
 */
export async function startEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres> {
  const place = preparePlace(options)
  if (!existsSync(place.cluster)) await makeCluster(place, options)
  checkMajor(place)
  const running = await findRunning(place, options.password, true)
  if (running) return running
  closeToOthers(place)
  const orphansUntilMs = performance.now() + orphansMs
  for (let attempt = 1; ; ) {
    const port = await freePort(attempt === 1 ? options.preferredPort : undefined)
    const started = await launch(place, port, options)
    if (typeof started === 'object') return started
    if (started === 'orphans') {
      if (performance.now() > orphansUntilMs) throw startError(place, 'processes of a killed server still work on it')
      endOrphans(place)
      await delay(100)
    } else if (++attempt > 3) throw startError(place, 'it did not find a free port')
  }
}

/** The running server of this data folder, or undefined. Starts nothing, makes nothing; throws where its major is another. */
export async function findEmbeddedPostgres(options: EmbeddedPostgresOptions): Promise<EmbeddedPostgres | undefined> {
  const place = findPlace(options)
  if (!place) return undefined
  checkMajor(place)
  return findRunning(place, options.password, false)
}

/**
 * Gives the superuser of a stopped cluster a new password, by a server that nobody can reach; for who lost `secrets.json`.
 * Does nothing where there is no cluster.
 */
export async function setEmbeddedPassword(options: EmbeddedPostgresOptions): Promise<void> {
  const place = preparePlace(options)
  if (!existsSync(place.cluster) || (await findRunning(place, options.password, true))) return
  checkMajor(place)
  // Letters, digits, - and _ alone: nothing to escape.
  const { code, output } = await run(
    place,
    'postgres',
    ['--single', '-D', place.cluster, 'postgres'],
    `alter role ${user} password '${options.password}'\n`,
  )
  if (code !== 0 || /ERROR|FATAL/.test(output)) throw startError(place, lastLines(output))
}

async function makeCluster(place: PostgresPlace, options: EmbeddedPostgresOptions): Promise<void> {
  // Made beside and moved at once: what a killed start leaves half done is never taken for a cluster.
  const fresh = `${place.cluster}.new`
  const passwordFile = join(place.folder, 'password.new')
  rmSync(fresh, { recursive: true, force: true })
  writeFileSync(passwordFile, options.password, { mode: 0o600 })
  try {
    if (place.owner) chownSync(passwordFile, place.owner.uid, place.owner.gid)
    const sync = options.durable === false ? ['--no-sync'] : []
    const settings = [
      '--auth=scram-sha-256',
      `--pwfile=${passwordFile}`,
      '--encoding=UTF8',
      '--locale-provider=builtin',
      '--builtin-locale=C.UTF-8',
      '--locale=C',
      '--no-instructions',
      ...sync,
    ]
    const { code, output } = await run(place, 'initdb', ['-D', fresh, '-U', user, ...settings])
    if (code !== 0) throw startError(place, `initdb ended with ${code}: ${lastLines(output)}`)
    renameSync(fresh, place.cluster)
  } finally {
    rmSync(passwordFile, { force: true })
  }
}

/** A cluster that was copied may have come open to others, and Postgres refuses such a one. */
function closeToOthers({ cluster }: PostgresPlace): void {
  try {
    if ((statSync(cluster).mode & 0o077) !== 0) chmodSync(cluster, 0o700)
  } catch {
    // It is somebody else's: Postgres says so.
  }
}

function checkMajor(place: Pick<PostgresPlace, 'cluster'>): void {
  const version = readFileSync(join(place.cluster, 'PG_VERSION'), 'utf8').trim()
  if (version === postgresMajor) return
  throw new AppError({
    kind: 'precondition_failed',
    code: 'postgres_major',
    message: `The database in ${place.cluster} was made by PostgreSQL ${version}; this release brings ${postgresMajor}, which cannot read it. With the old release run: npm run patchbay -- backup FILE. Move that folder away and run with this release: npm run patchbay -- restore FILE.`,
  })
}

interface PidFile {
  pid: number
  folder: string
  port: number
  status: string
}

function readPidFile(place: Pick<PostgresPlace, 'cluster'>): PidFile | undefined {
  try {
    const [pid, folder, , port, , , , status] = readFileSync(join(place.cluster, 'postmaster.pid'), 'utf8').split('\n')
    return { pid: Number(pid), folder: folder ?? '', port: Number(port), status: (status ?? '').trim() }
  } catch {
    return undefined
  }
}

/** `mine`: nobody else works on the cluster, so what is missing or left over may be put right. */
async function findRunning(
  place: Pick<PostgresPlace, 'folder' | 'cluster'>,
  password: string,
  mine: boolean,
): Promise<EmbeddedPostgres | undefined> {
  for (const startedMs = performance.now(); ; await delay(50)) {
    const file = readPidFile(place)
    const identity = file && processIdentity(file.pid)
    if (!file || identity === undefined || !worksOn(file, place.cluster)) {
      // Left by a machine that went down, or copied along with the folder. Postgres itself would take a pid that
      // now belongs to somebody else for a running server.
      if (file && mine) rmSync(join(place.cluster, 'postmaster.pid'), { force: true })
      return undefined
    }
    if (file.status === 'ready' && file.port > 0) {
      const url = await openUrl(file.port, password, mine)
      if (url) {
        const exited = watch(file.pid, identity)
        return {
          url,
          port: file.port,
          pid: file.pid,
          folder: place.folder,
          adopted: true,
          exited,
          stop: () => stop(file.pid, identity),
        }
      }
    }
    if (performance.now() - startedMs > (file.status === 'starting' ? recoveryMs : 30_000)) {
      throw startError(
        place,
        `a server is running on it (pid ${file.pid}, ${file.status || 'starting'}) but lets nobody in. End it with: kill -INT ${file.pid}`,
      )
    }
  }
}

/** A server works in its cluster's folder. Where the system does not tell, the file's own word counts. */
function worksOn(file: PidFile, cluster: string): boolean {
  const real = realpathSync(cluster)
  const folder = processFolder(file.pid)
  return folder === undefined ? file.folder === cluster || file.folder === real : folder === real
}

/**
 * Where the server was killed, what it started for a connection may still work: such a process notices between two
 * statements alone, and no server begins beside it. Nobody is left to whom it could answer.
 */
function endOrphans(place: PostgresPlace): void {
  for (const pid of processesIn(realpathSync(place.cluster))) signalProcess(pid, 'SIGQUIT')
}

/** `port`: somebody took it meanwhile. `orphans`: processes of a killed server work on the cluster. */
async function launch(
  place: PostgresPlace,
  port: number,
  options: EmbeddedPostgresOptions,
): Promise<EmbeddedPostgres | 'port' | 'orphans'> {
  const durable = options.durable ?? true
  const settings: Record<string, string> = {
    listen_addresses: '127.0.0.1',
    port: String(port),
    unix_socket_directories: '',
    max_connections: '200',
    shared_buffers: durable ? '128MB' : '32MB',
    ...(durable
      ? {
          logging_collector: 'on',
          log_filename: 'postgres-%a.log',
          log_rotation_age: '1d',
          log_truncate_on_rotation: 'on',
        }
      : { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' }),
  }
  const log = join(place.folder, 'start.log')
  const output = openSync(log, 'w', 0o600)
  // Its own session: Ctrl-C in a terminal reaches the supervisor alone, which ends the database last.
  const child = spawn(
    join(place.native, 'bin', 'postgres'),
    ['-D', place.cluster, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])],
    {
      ...place.owner,
      cwd: '/',
      env: serverEnvironment,
      detached: true,
      stdio: ['ignore', output, output],
    },
  )
  closeSync(output)
  let gone = false
  const exited = new Promise<void>((resolve) => {
    child.once('error', () => {
      gone = true
      resolve()
    })
    child.once('exit', () => {
      gone = true
      resolve()
    })
  })
  for (const untilMs = performance.now() + recoveryMs; !gone; await delay(15)) {
    const file = readPidFile(place)
    if (file?.pid === child.pid && file?.status === 'ready') {
      const url = await openUrl(port, options.password, true)
      if (!url) {
        child.kill('SIGINT')
        throw startError(place, 'its password is not the one in secrets.json of the data folder')
      }
      child.unref()
      const pid = child.pid!
      const identity = processIdentity(pid)
      return { url, port, pid, folder: place.folder, adopted: false, exited, stop: () => stop(pid, identity) }
    }
    if (performance.now() > untilMs) {
      child.kill('SIGQUIT')
      throw startError(place, `it was not ready within ${recoveryMs / 60_000} minutes`)
    }
  }
  const said = readFileSync(log, 'utf8')
  if (/Address already in use/.test(said)) return 'port'
  if (/pre-existing shared memory block/.test(said)) return 'orphans'
  throw startError(place, lastLines(said))
}

/** The address of the database `patchbay`, which `mayMake` may make; undefined when there is none or nobody is let in. */
async function openUrl(port: number, password: string, mayMake: boolean): Promise<string | undefined> {
  const at = (database: string) => `postgresql://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/${database}`
  const client = new pg.Client({ connectionString: at('postgres'), connectionTimeoutMillis: 5_000 })
  try {
    await client.connect()
  } catch {
    return undefined
  }
  try {
    const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [user])
    if (found.rowCount === 0) {
      if (!mayMake) return undefined
      await client.query(`CREATE DATABASE ${user}`)
    }
    return at(user)
  } finally {
    await client.end()
  }
}

async function stop(pid: number, identity: string | undefined): Promise<void> {
  if (identity === undefined || processIdentity(pid) !== identity) return
  signalProcess(pid, 'SIGINT')
  if (await waitForExit(pid, identity, 30_000)) return
  signalProcess(pid, 'SIGQUIT')
  if (await waitForExit(pid, identity, 5_000)) return
  signalProcess(pid, 'SIGKILL')
  await waitForExit(pid, identity, 5_000)
}

/** An adopted server is nobody's child here, so its end is looked for. */
async function watch(pid: number, identity: string): Promise<void> {
  while (processIdentity(pid) === identity) await delay(500, undefined, { ref: false })
}

function run(
  place: PostgresPlace,
  name: string,
  args: string[],
  input = '',
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const child = spawn(join(place.native, 'bin', name), args, {
      ...place.owner,
      cwd: '/',
      env: serverEnvironment,
      stdio: ['pipe', 'pipe', 'pipe'],
    })
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
    let output = ''
    child.stdout.on('data', (bytes: Buffer) => (output += bytes))
    child.stderr.on('data', (bytes: Buffer) => (output += bytes))
    child.once('error', reject)
    child.once('close', (code) => resolve({ code, output }))
  })
}

/** A port that is free on 127.0.0.1 now: the preferred one if it is. */
function freePort(preferred = 0): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer()
    server.once('error', (error) => (preferred === 0 ? reject(error) : resolve(freePort())))
    server.listen(preferred, '127.0.0.1', () => {
      const address = server.address()
      server.close(() =>
        address && typeof address === 'object' ? resolve(address.port) : reject(new Error('no port')),
      )
    })
  })
}

function lastLines(text: string): string {
  return text.trim().split('\n').slice(-4).join(' | ') || 'it said nothing, as where the disk is full'
}

function startError(place: Pick<PostgresPlace, 'folder'>, reason: string): AppError {
  return new AppError({
    kind: 'precondition_failed',
    code: 'postgres_start',
    message: `The database in ${place.folder} did not start: ${reason}`,
  })
}
