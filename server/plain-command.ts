import { AppError } from '#lib/core/errors.ts'

/** Prints what a command returns. Exit code 2: wrong use (a `TypeError`), with the usage; 1: it cannot be done, with why. */
export async function runCommand(usage: string, work: () => Promise<string>): Promise<void> {
  try {
    process.stdout.write(await work())
  } catch (error) {
    if (error instanceof AppError) {
      process.stderr.write(`${error.message}\n`)
      process.exitCode = 1
    } else if (error instanceof TypeError) {
      process.stderr.write(`${error.message}\n${usage}`)
      process.exitCode = 2
    } else throw error
  }
}
