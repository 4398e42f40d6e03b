import { afterEach, beforeEach, vi } from 'vitest'

// What is written to the console's error stream is a failure that nobody handled.
const said: unknown[][] = []
beforeEach(() => {
  said.length = 0
  vi.spyOn(console, 'error').mockImplementation((...words: unknown[]) => void said.push(words))
})
afterEach(() => {
  vi.restoreAllMocks()
  if (said.length > 0) throw new Error(`console.error was called: ${said.map((words) => words.join(' ')).join('\n')}`)
})
