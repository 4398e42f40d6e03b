import { phase, run } from './run.mjs'

/** Sums of a whole run. */
export function newTally() {
  return { passed: 0, failed: 0, failures: [] }
}

/** Runs one step; it counts as one check. What it said is kept for the end where it failed. */
export async function step(tally, name, command, args, options) {
  let output = ''
  try {
    await phase(name, async () => {
      const result = await run(command, args, options)
      output = result.output
      if (result.code !== 0) throw new Error(`ended with ${result.code}`)
    })
    tally.passed++
    return true
  } catch (error) {
    tally.failed++
    tally.failures.push({ name, output: output || error.message })
    return false
  }
}

export function printFailures(tally) {
  for (const { name, output } of tally.failures) process.stderr.write(`\n--- ${name}\n${output.trimEnd()}\n`)
}
