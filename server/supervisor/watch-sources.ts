import { type FSWatcher, watch } from 'node:fs'
import { fileURLToPath } from 'node:url'

const settleMs = 250

/** Calls `onChange` a moment after sources of the server processes changed. For development. */
export function watchSources(onChange: () => void): () => void {
  let timer: NodeJS.Timeout | undefined
  const watchers: FSWatcher[] = ['lib', 'server'].map((folder) =>
    watch(fileURLToPath(new URL(`../../${folder}/`, import.meta.url)), { recursive: true }, (_, file) => {
      if (!file || !/\.ts$/.test(file) || /\.test\.ts$|generated/.test(file)) return
      clearTimeout(timer)
      timer = setTimeout(onChange, settleMs)
    }),
  )
  return () => {
    clearTimeout(timer)
    for (const watcher of watchers) watcher.close()
  }
}
