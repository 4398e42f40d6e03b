import { type ClassValue, clsx } from 'clsx'
import { classGroup, outdoes } from './class-groups.ts'

const merged = new Map<string, string>()
const mergedMax = 2_000

/** Class names joined; of two that set the same property under the same condition the later wins. */
export function cn(...classes: ClassValue[]): string {
  const text = clsx(classes)
  const known = merged.get(text)
  if (known !== undefined) return known
  const result = merge(text)
  if (merged.size >= mergedMax) merged.clear()
  merged.set(text, result)
  return result
}

function merge(text: string): string {
  const kept: string[] = []
  const taken = new Set<string>()
  for (const name of text.split(/\s+/).reverse()) {
    if (name === '') continue
    const { when, base } = split(name)
    const group = classGroup(base)
    if (group !== undefined) {
      if (taken.has(`${when} ${group}`)) continue
      taken.add(`${when} ${group}`)
      for (const other of outdoes[group] ?? []) taken.add(`${when} ${other}`)
    }
    kept.push(name)
  }
  return kept.reverse().join(' ')
}

/** `max-lg:hover:p-2!` -> under `max-lg:hover!`, `p-2`. Colons in brackets belong to the name. */
function split(name: string): { when: string; base: string } {
  const parts = name.split(/:(?![^[(]*[\])])/)
  const last = parts.pop() ?? ''
  const important = last.startsWith('!') || last.endsWith('!')
  return { when: parts.sort().join(':') + (important ? '!' : ''), base: last.replace(/^!|!$/g, '') }
}
