import { randomBytes } from 'node:crypto'
import { type Alerts, createAlerts } from '#lib/alerts/index.ts'
import { modelHealth } from '#lib/models/health.ts'
import { createUpstream } from '#lib/openai/upstream.ts'
import { systemClock } from '#lib/platform/clock.ts'
import type { Database } from '#lib/platform/database.ts'
import { createEgress } from '#lib/platform/egress.ts'
import { parseAllowedEntries } from '#lib/platform/egress-entries.ts'
import { createMail, type MailSettings } from '#lib/platform/mail.ts'
import { createQueue, type Queue } from '#lib/platform/queue.ts'
import { createSecretBox } from '#lib/platform/secret-box.ts'

export interface TestAlerts {
  alerts: Alerts
  queue: Queue
  close(): Promise<void>
}

/** Alerts over a test database, with a way out to the addresses in `allowed` alone, and no worker. */
export async function testAlerts(
  database: Database,
  { allowed = '', mail }: { allowed?: string; mail?: MailSettings } = {},
): Promise<TestAlerts> {
  const clock = systemClock
  const logger = { warn: () => undefined }
  const entries = parseAllowedEntries(allowed)
  const egress = createEgress({ allowed: () => entries, selfAddresses: () => [], clock, nameRefusalMs: 0 })
  const upstream = createUpstream({ egress, clock, logger })
  const queue = await createQueue({
    database,
    onError: (error) => {
      throw error
    },
  })
  const alerts = createAlerts({
    ...{ modelHealth, queue, upstream, checkUrl: egress.checkUrl, studioUrl: 'https://studio.example' },
    secrets: createSecretBox([{ id: 'test', key: randomBytes(32) }]),
    mail: mail ? createMail({ settings: mail, egress, clock }) : null,
  })
  return {
    ...{ alerts, queue },
    async close() {
      await queue.stop(0)
      await upstream.close()
    },
  }
}
