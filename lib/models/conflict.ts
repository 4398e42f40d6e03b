import { Prisma } from '#lib/platform/generated/prisma/client.ts'

/** True for a broken unique key: somebody else was quicker. */
export function isTakenError(error: unknown): boolean {
  return error instanceof Prisma.PrismaClientKnownRequestError && error.code === 'P2002'
}
