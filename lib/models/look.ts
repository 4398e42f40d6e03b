import type { Model } from '#lib/platform/generated/prisma/client.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import type { House } from './house.ts'
import { openConnection, toDraft } from './stored.ts'
import { fullTimeouts, toTarget } from './target.ts'
import { runAddress } from './validation/address-stage.ts'
import { isListed, readListing } from './validation/listing.ts'
import type { ProbeReply } from './validation/probe.ts'
import { createProber, probeLimits } from './validation/prober.ts'
import { readRow } from './validation/rows.ts'
import type { CheckProblem } from './views.ts'

/** What a look at a model's server found. It costs nothing: an address and a listing. */
export interface Look {
  /** Null where the address is reached, or was not tried. */
  address: CheckProblem | null
  listings: readonly ListingLook[]
  /** How the listing came out in the validation that the card stands on: what a look is measured by. */
  before: { answered: boolean; offered: boolean }
}

export interface ListingLook {
  kind: ProbeReply['kind']
  status: number
  /** Null where the answer does not tell. */
  offers: boolean | null
}

const noPrices = { inputPrice: null, outputPrice: null, cachedInputPrice: null, imagePrice: null }

/** Looks at the server of a stored model: address, then the listing so many times. Recorded with the source `drift`. */
export async function look(
  house: House,
  scope: Scope,
  row: Model,
  { times, addressToo }: { times: number; addressToo: boolean },
): Promise<Look> {
  const connection = openConnection(house.secrets, row)
  const validation = row.validationId === null ? null : await readRow(scope, row.validationId, house.clock)
  const listed = validation?.checks.find(({ key }) => key === 'listing')
  const before = { answered: listed?.state === 'passed', offered: validation?.offered !== null && validation !== null }
  if (addressToo) {
    const seen = await runAddress(house.upstream, toDraft(row, connection, noPrices, []), false)
    if (!seen.ok) return { address: seen.problem ?? null, listings: [], before }
  }
  const poolId = `${row.id}:look:${house.clock.monotonicMs()}`
  const target = toTarget(poolId, connection, fullTimeouts({ firstByteMs: 20_000, totalMs: 30_000 }, false))
  const prober = createProber(house, {
    workspaceId: scope.workspaceId,
    modelId: row.id,
    actor: scope.actor,
    address: row.slug,
    price: null,
    providerModelId: row.modelId,
    target,
    signal: AbortSignal.timeout(probeLimits.ms),
    limits: { ...probeLimits, calls: times },
    source: 'drift',
    onCall: () => undefined,
  })
  const listings: ListingLook[] = []
  try {
    for (let turn = 0; turn < times; turn++) {
      const reply = await prober.call({
        name: 'Listing',
        method: 'GET',
        path: '/models',
        answerBytesMax: 8 * 1024 * 1024,
      })
      const listing = reply.kind === 'answered' ? readListing(reply.json) : null
      listings.push({
        kind: reply.kind,
        status: reply.status,
        offers: isListed(listing, row.modelId),
      })
    }
  } finally {
    house.upstream.dropPool(poolId)
  }
  return { address: null, listings, before }
}

/** True where a listing that was answered once is refused now, every time: it is the key. */
export function isDeniedListing({ listings, before }: Look): boolean {
  return before.answered && listings.length > 0 && listings.every(({ kind }) => kind === 'denied')
}
