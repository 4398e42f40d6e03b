import { AppError } from '#lib/core/errors.ts'
import { Prisma } from '#lib/platform/generated/prisma/client.ts'

const attemptsMax = 10

/**
 * Runs a transaction again when somebody else was quicker to an address. An address that was typed is then found taken
 * and refused by name; one that is picked (`picks`) gets the next number.
 */
export async function againWhenTaken<Result>(picks: boolean, work: () => Promise<Result>): Promise<Result> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await work()
    } catch (error) {
      const byKey = error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
      const seen =
        picks && error instanceof AppError && error.code === 'address_taken' && error.fields?.slug !== undefined
      if (attempt === attemptsMax || !(byKey || seen)) throw error
    }
  }
}
