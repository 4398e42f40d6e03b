import { type StatsFs, statfsSync } from 'node:fs'

/** After this long without news from Postgres the snapshot says nothing any more about who may call. */
const snapshotAgeMaxMs = 10 * 60_000

/** What a busy process writes to its spool in a moment. */
const diskBytesMin = 1024 ** 2

/** What calls need of their process. */
export interface CallNeeds {
  gateway: { isDraining(): boolean }
  feed: { ageMs(): number }
  ledger: { depth(): { hasRoom: boolean } }
  env: { dataDir: string }
}

/** What calls cannot be served without; empty where they can. Said to anybody who asks: no names, no places. */
export function missingForCalls({ gateway, feed, ledger, env }: CallNeeds): string[] {
  const missing: string[] = []
  if (gateway.isDraining()) missing.push('this process is shutting down')
  if (feed.ageMs() > snapshotAgeMaxMs) missing.push('Postgres has not answered for 10 minutes')
  if (!ledger.depth().hasRoom) missing.push('the ledger has no room')
  // Asked of the disk, not of the last call that was refused: nobody sends one to a door that is not ready.
  if (isFull(statfsSync(env.dataDir), process.getuid?.())) missing.push('the disk of the data folder is full')
  return missing
}

/** For the user `uid`: a part of many disks is root's alone. */
export function isFull({ bavail, bfree, bsize }: Pick<StatsFs, 'bavail' | 'bfree' | 'bsize'>, uid?: number): boolean {
  return (uid === 0 ? bfree : bavail) * bsize < diskBytesMin
}

/** What every door answers of itself. */
export function answerReadiness(missing: readonly string[]): {
  status: number
  headers: Record<string, string>
  body: string
} {
  const isReady = missing.length === 0
  return {
    status: isReady ? 200 : 503,
    headers: {
      'content-type': 'application/json',
      'cache-control': 'no-store',
      ...(!isReady && { 'retry-after': '2' }),
    },
    body: JSON.stringify({ status: isReady ? 'ready' : 'not ready', missing }),
  }
}
