import { AppError } from '#lib/core/errors.ts'
import type { House } from './house.ts'

const windowMs = 15 * 60_000
const knownMs = 90 * 24 * 3_600_000
// One address may fail this often at one account, at all accounts together, and all addresses at one account.
const limits = { pair: 10, address: 100, account: 50 }

export interface SignInTry {
  /** Counts the try as a failure before the password is looked at, so that many at once gain nothing. */
  begin(): Promise<void>
  /** Takes the count back and remembers this address as one the person signs in from. */
  succeed(): Promise<void>
}

/**
 * Slows guessing by account and by address. The limit of the account does not hold for addresses the person signed in
 * from before: a stranger's guesses never lock the owner out. Only keyed hashes of both are stored.
 */
export function signInTry(house: House, account: string, address: string): SignInTry {
  const bucket = (kind: string, value: string) => `${kind}:${house.secrets.keyedHash('sign-in', `${kind} ${value}`)}`
  const pair = bucket('pair', JSON.stringify([account, address]))
  const known = bucket('known', JSON.stringify([account, address]))
  const counted = { pair, address: bucket('address', address), account: bucket('account', account) }

  return {
    async begin() {
      const now = new Date(house.clock.nowMs())
      await count(house, counted.pair, limits.pair, now)
      await count(house, counted.address, limits.address, now)
      const trusted = await house.system.signInAttempt.findUnique({ where: { bucket: known } })
      if (trusted && now.getTime() - trusted.windowStart.getTime() < knownMs) return
      await count(house, counted.account, limits.account, now)
    },
    async succeed() {
      const now = new Date(house.clock.nowMs())
      await house.system.$transaction([
        house.system.signInAttempt.deleteMany({ where: { bucket: pair } }),
        house.system.signInAttempt.updateMany({
          where: { bucket: { in: [counted.address, counted.account] }, failures: { gt: 0 } },
          data: { failures: { decrement: 1 } },
        }),
        house.system.signInAttempt.upsert({
          where: { bucket: known },
          create: { bucket: known, failures: 0, windowStart: now },
          update: { windowStart: now },
        }),
        // What no longer counts goes with the next success: the table stays as small as the last days were busy.
        house.system.signInAttempt.deleteMany({
          where: {
            OR: [
              { bucket: { startsWith: 'known:' }, windowStart: { lt: new Date(now.getTime() - knownMs) } },
              { NOT: { bucket: { startsWith: 'known:' } }, windowStart: { lt: new Date(now.getTime() - windowMs) } },
            ],
          },
        }),
      ])
    },
  }
}

// The window does not move while tries are refused: waiting its end always helps.
async function count(house: House, bucket: string, limit: number, now: Date): Promise<void> {
  const expired = new Date(now.getTime() - windowMs)
  const rows = await house.system.$queryRaw<{ failures: number; window_start: Date }[]>`
    INSERT INTO sign_in_attempts AS old (bucket, failures, window_start) VALUES (${bucket}, 1, ${now})
    ON CONFLICT (bucket) DO UPDATE SET
      failures = CASE WHEN old.window_start <= ${expired} THEN 1 ELSE least(old.failures + 1, ${limit + 1}) END,
      window_start = CASE WHEN old.window_start <= ${expired} THEN ${now} ELSE old.window_start END
    RETURNING failures, window_start`
  const row = rows[0]!
  if (row.failures <= limit) return
  const retryAfterMs = Math.max(1_000, row.window_start.getTime() + windowMs - now.getTime())
  throw new AppError({
    kind: 'limit_exceeded',
    code: 'too_many_sign_ins',
    message: `Too many failed sign-ins. Try again in ${Math.ceil(retryAfterMs / 60_000)} min.`,
    retryAfterMs,
  })
}
