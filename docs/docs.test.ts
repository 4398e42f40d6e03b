import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { expect, test } from 'vitest'

const root = join(import.meta.dirname, '..')
const pages = ['README.md', 'CONTRIBUTING.md', ...markdownBelow('docs')].filter((page) => existsSync(join(root, page)))
const folders = ['app', 'bench', 'bin', 'components', 'docs', 'e2e', 'lib', 'prisma', 'public', 'server']

test.each(pages)('%s names only paths that exist', (page) => {
  const text = readFileSync(join(root, page), 'utf8')
  const gone = [...pathsIn(text)].filter((path) => !existsSync(join(root, path)))
  const broken = [...text.matchAll(/\]\((?!https?:|#|mailto:)([^)#\s]+)/g)]
    .map((match) => match[1]!)
    .filter((target) => !existsSync(join(root, dirname(page), target)))
  expect({ gone, broken }).toEqual({ gone: [], broken: [] })
})

function* pathsIn(text: string): Generator<string> {
  for (const match of text.matchAll(/`([\w.@/[\]()-]+)`/g)) {
    const path = match[1]!
    if (path.includes('/') && folders.includes(path.split('/')[0]!)) yield path
  }
}

function markdownBelow(folder: string): string[] {
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => join(folder, name))
}
