// Checks a server's model without a workspace, for a shell or somebody's CI:
// `patchbay verify https://api.example.com/v1 --model some-model --key-env EXAMPLE_API_KEY`.
import { AppError } from '#lib/core/errors.ts'
import { openVerifier } from '#lib/runtime.ts'
import { readVerifyArguments, usage, type VerifyArguments } from './verify/arguments.ts'
import { createPrinter } from './verify/print.ts'

async function main(): Promise<number> {
  let wanted: VerifyArguments | 'help'
  let verifier: ReturnType<typeof openVerifier> | undefined
  try {
    wanted = readVerifyArguments(process.argv.slice(2), process.env)
    if (wanted !== 'help') verifier = openVerifier(wanted.hostPort)
  } catch (error) {
    if (!(error instanceof TypeError || error instanceof AppError)) throw error
    process.stderr.write(`${error.message}\n\n${usage}\n`)
    return 2
  }
  if (wanted === 'help' || !verifier) {
    process.stdout.write(`${usage}\n`)
    return 0
  }
  const { draft, json, notes, maxCostNanoUsd } = wanted
  for (const note of notes) process.stderr.write(`${note}\n`)
  const colours = process.stdout.isTTY === true && !process.env.NO_COLOR
  const print = createPrinter((text) => process.stdout.write(text), { colours, columns: process.stdout.columns ?? 120 })
  const abort = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => abort.abort())
  try {
    if (!json) print.head(draft)
    const found = await verifier.verify(draft, {
      signal: abort.signal,
      maxCostNanoUsd,
      ...(!json && { onCheck: print.check }),
    })
    if (json) process.stdout.write(`${JSON.stringify(found)}\n`)
    else print.card(found)
    if (abort.signal.aborted) return 130
    return found.passed ? 0 : 1
  } finally {
    await verifier.close()
  }
}

process.exitCode = await main()
