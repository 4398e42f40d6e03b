import { existsSync, mkdirSync } from 'node:fs'
import { dirname } from 'node:path'

/** Makes a folder and those above it, one by one: Node's own `recursive` never returns for a path below `/proc`. */
export function makeFolders(folder: string, mode?: number): void {
  if (existsSync(folder)) return
  makeFolders(dirname(folder), mode)
  try {
    mkdirSync(folder, { mode })
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EEXIST') throw error
  }
}
