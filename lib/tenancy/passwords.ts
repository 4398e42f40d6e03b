import { hash, verify } from '@node-rs/argon2'
import { AppError } from '#lib/core/errors.ts'

export interface Passwords {
  hash(password: string): Promise<string>
  /** Takes the same time where there is no hash to compare with. */
  verify(hash: string | null, password: string): Promise<boolean>
}

// argon2id with OWASP's first recommendation: 19 MiB, two passes, one lane. These are the library's defaults, said
// here so that an update of it changes nothing.
const cost = { memoryCost: 19_456, timeCost: 2, parallelism: 1 }
const runningMax = 4
const waitingMax = 64

/** Bounded: each run takes 19 MiB and a thread, and sign-in is open to everybody. */
export function createPasswords(): Passwords {
  const waiting: (() => void)[] = []
  let running = 0
  const decoy = hash('a password that nobody has', cost)

  async function inTurn<Result>(work: () => Promise<Result>): Promise<Result> {
    if (running >= runningMax) {
      if (waiting.length >= waitingMax) {
        throw new AppError({
          kind: 'limit_exceeded',
          code: 'sign_in_busy',
          message: 'Too many people sign in at this moment. Try again in a few seconds.',
          retryAfterMs: 3_000,
        })
      }
      await new Promise<void>((resolve) => waiting.push(resolve))
    } else {
      running++
    }
    try {
      return await work()
    } finally {
      const next = waiting.shift()
      if (next) next()
      else running--
    }
  }

  return {
    hash: (password) => inTurn(() => hash(password.normalize('NFKC'), cost)),
    verify: (stored, password) =>
      inTurn(async () => {
        const fits = await verify(stored ?? (await decoy), password.normalize('NFKC'))
        return fits && stored !== null
      }),
  }
}
