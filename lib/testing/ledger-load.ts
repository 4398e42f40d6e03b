import { openSync, writeSync } from 'node:fs'
import { setTimeout as delay } from 'node:timers/promises'
import { newId } from '#lib/core/ids.ts'
import { createLedger, createMeter } from '#lib/metering/index.ts'
import { systemClock } from '#lib/platform/clock.ts'
import { openDatabase } from '#lib/platform/database.ts'
import { createLogger } from '#lib/platform/logger.ts'

// A process that makes calls until it is killed. It tells a file of each begin and each end, after the spool has it.
// node lib/testing/ledger-load.ts <database> <spool folder> <account file> <workspace>
const [url = '', dir = '', accountFile = '', workspaceId = ''] = process.argv.slice(2)
const account = openSync(accountFile, 'a')
const logger = createLogger({ process: 'load', level: 'silent' })
const database = openDatabase({ url, applicationName: 'load' })
const ledger = createLedger({
  pool: database.pool,
  dir,
  process: 'load',
  clock: systemClock,
  logger,
  recoverEveryMs: 0,
  spool: { segmentBytes: 64 * 1024 },
  writer: { everyMs: 5, recordsMax: 200 },
})
const meter = createMeter({ clock: systemClock, spool: ledger.spool, logger })
ledger.start()

async function callForEver(lane: number): Promise<never> {
  for (let round = 0; ; round++) {
    const requestId = newId('req')
    const admission = await meter.admit({
      requestId,
      workspaceId,
      source: 'gateway',
      actorKind: 'key',
      actorId: `key_${lane % 3}`,
      keyId: `key_${lane % 3}`,
      modelId: `mdl_${lane % 5}`,
      address: 'some-model',
      endpoint: 'chat/completions',
      stream: false,
      price: {
        id: 'prc_1',
        inputPicoUsdPerToken: 590_000n,
        outputPicoUsdPerToken: 790_001n,
        cachedInputPicoUsdPerToken: null,
        imageNanoUsd: null,
      },
      inputEstimateTokens: 7,
      boundNanoUsd: 0n,
    })
    if (!admission.ok || admission.ticket.begin() || admission.ticket.commit()) throw new Error('no room')
    writeSync(account, `begin ${requestId}\n`)
    await delay((lane * 7 + round) % 11)
    const usage = {
      inputTokens: 100 + lane,
      cachedInputTokens: 0,
      outputTokens: round % 50,
      reasoningTokens: 0,
      images: 0,
      flags: [],
    }
    const { costNanoUsd } = admission.ticket.settle({
      outcome: 'ok',
      status: 200,
      usage,
      attempts: [],
      latencyMs: 1 + (round % 90),
      firstByteMs: 1,
    })
    await meter.written()
    writeSync(account, `end ${requestId} ${costNanoUsd}\n`)
  }
}

await Promise.all(Array.from({ length: 40 }, (_, lane) => callForEver(lane)))
