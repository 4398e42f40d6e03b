import { readdirSync } from 'node:fs'
import { dirname, join } from 'node:path'

const app = join(import.meta.dirname, '../app')

/** Every page: the folders of `app` with `page.tsx` in them, groups left out. */
export const routes = readdirSync(app, { recursive: true, encoding: 'utf8' })
  .filter((file) => /(^|[\\/])page\.tsx$/.test(file))
  .map(
    (file) =>
      `/${dirname(file)
        .split(/[\\/]/)
        .filter((part) => !/^(\.|\(.*\))$/.test(part))
        .join('/')}`,
  )
  .sort()

/**
 * The address of a page with samples in the place of its parameters, by name, or by folder and name where a name stands
 * for several things: `requests/id`. Throws where one has none.
 */
export function pathOf(route: string, samples: Readonly<Record<string, string>>): string {
  return route.replace(/(\w*)\/\[(\w+)\]/g, (_, folder: string, name: string) => {
    const sample = samples[`${folder}/${name}`] ?? samples[name]
    if (!sample) throw new Error(`Say in the test what stands for [${name}] of ${route}`)
    return `${folder}/${sample}`
  })
}
