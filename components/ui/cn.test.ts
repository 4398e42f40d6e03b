import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { extendTailwindMerge } from 'tailwind-merge'
import { expect, test } from 'vitest'
import { classGroup } from './class-groups.ts'
import { cn } from './cn.ts'

// Names of our own, from app/globals.css.
const twMerge = extendTailwindMerge({
  extend: {
    theme: { animate: ['rise', 'fade', 'sheet', 'breathe', 'travel'], shadow: ['float', 'dialog', 'near'] },
  },
})

const root = join(import.meta.dirname, '../..')

/** Every word in a string of our screens: names of classes, and words that are none. */
function words(): string[] {
  const files = ['app', 'components'].flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
      .filter((file) => /\.tsx?$/.test(file) && !/\.test\.ts$|[\\/]class-groups\.ts$/.test(file))
      .map((file) => readFileSync(join(root, folder, file), 'utf8')),
  )
  const strings = files.flatMap((text) => text.match(/'[^'\n]*'|"[^"\n]*"|`[^`]*`/g) ?? [])
  return [...new Set(strings.flatMap((text) => text.slice(1, -1).split(/\s+/)))].filter((word) =>
    /^[!-]?[a-z@*[][^'"`{}$<>=;,]*$/.test(word),
  )
}

/** Without conditions, which are compared below, and no more than three that differ in their last part alone. */
function namesToCompare(): string[] {
  const bare = words().map((word) => word.replace(/^(?:[a-z@*[&][^\s:]*?:(?![^[(]*[\])]))+/, '').replace(/^!|!$/g, ''))
  // Of the thousand words without a dash only those count that our table takes for a class.
  const names = bare.filter((name) => name.includes('-') || classGroup(name) !== undefined)
  const alike = Map.groupBy(new Set(names), (name) => name.replace(/(\d[\d.]*|\[.*\])$/, '#'))
  return [...alike.values()].flatMap((names) => names.slice(0, 3))
}

test('of two class names that we use, the same one gives way as with tailwind-merge', () => {
  const names = namesToCompare()
  expect(names.length).toBeGreaterThan(300)
  const wrong: string[] = []
  for (const one of names) {
    for (const other of names) {
      const pair = `${one} ${other}`
      if (one !== other && cn(pair) !== twMerge(pair)) wrong.push(`${pair} -> ${twMerge(pair)}`)
    }
  }
  expect(wrong).toEqual([])
}, 60_000)

test('class names give way only under the same conditions', () => {
  expect(cn('p-2 hover:p-3', 'p-4')).toBe('hover:p-3 p-4')
  expect(cn('max-lg:hover:p-2', 'hover:max-lg:p-4')).toBe('hover:max-lg:p-4')
  expect(cn('size-4!', 'size-6')).toBe('size-4! size-6')
  expect(cn('[&_svg]:size-4', 'size-6', '[&_svg]:size-5')).toBe('size-6 [&_svg]:size-5')
  expect(cn('data-[state=active]:text-ink', false, undefined, 'data-[state=active]:text-muted')).toBe(
    'data-[state=active]:text-muted',
  )
})
