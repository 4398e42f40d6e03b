import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { join } from 'node:path'

/** Whether a Node of this version runs Patchbay: 22.19 or newer, below 27. */
export function suits(version) {
  const [major, minor] = version.replace(/^v/, '').split('.').map(Number)
  return (major > 22 || (major === 22 && minor >= 19)) && major < 27
}

/** The Node that everything but this command runs on: this one where it suits, else the pinned one. Throws with what to do. */
export function pickNode(root) {
  if (suits(process.versions.node)) return process.execPath
  const pinned = join(root, 'node_modules', '.bin', 'node')
  if (existsSync(pinned)) {
    const { stdout } = spawnSync(pinned, ['--version'], { encoding: 'utf8' })
    if (stdout && suits(stdout.trim())) return pinned
  }
  throw new Error(
    `Node ${process.versions.node} is too ${Number(process.versions.node.split('.')[0]) >= 27 ? 'new' : 'old'}, and no Node is packaged for ${process.platform}-${process.arch}. Install Node 24 (22.19 or newer, below 27) and start again.`,
  )
}

/** Where processes keep their sources stripped and compiled, which is half of their start. */
export const compileCache = (root) => join(root, 'node_modules', '.cache', 'patchbay')

/** Type stripping is what runs our sources; older Nodes warn of it at each start. */
export const nodeFlags = ['--disable-warning=ExperimentalWarning']
