import { AppError } from '#lib/core/errors.ts'
import { readSettings } from '#lib/platform/env.ts'
import { refusalCode } from '#lib/platform/processes.ts'
import { start } from '#lib/practice/index.ts'

function leave(message: string, code: number): never {
  process.stderr.write(`${message}\n`)
  process.exit(code)
}

function readPort(): number {
  try {
    const { practicePort } = readSettings(process.env)
    return practicePort === 0 ? leave('PRACTICE_PORT is 0: no practice provider is wanted.', refusalCode) : practicePort
  } catch (error) {
    return leave(error instanceof AppError ? error.message : String(error), refusalCode)
  }
}

// On loopback only: its keys are no secret to anybody who can read this file.
const port = readPort()
const practice = await start({ port }).catch((error: NodeJS.ErrnoException) =>
  leave(
    error.code === 'EADDRINUSE'
      ? `Port ${port} is taken. Set PRACTICE_PORT to a free one, or to 0 for no practice provider.`
      : `The practice provider cannot listen on port ${port} (${error.code ?? error.message}).`,
    1,
  ),
)
process.stdout.write(`Practice provider: ${practice.url}\n`)

let closing = false
for (const signal of ['SIGTERM', 'SIGINT'] as const) {
  process.on(signal, () => {
    if (closing) return
    closing = true
    void practice.close().then(() => process.exit(0))
  })
}
