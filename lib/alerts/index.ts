import type { Scope } from '#lib/tenancy/index.ts'
import {
  createChannel,
  deleteChannel,
  getChannel,
  listChannels,
  renewSecret,
  testChannel,
  updateChannel,
} from './channels.ts'
import { deliver } from './deliver.ts'
import { getDelivery, listDeliveries, redeliver } from './deliveries.ts'
import { evaluateRules } from './evaluate.ts'
import type { House } from './house.ts'
import { createRule, deleteRule, getRule, listRules, muteRule, updateRule } from './rules.ts'
import type { CreateChannelInput, UpdateChannelInput } from './schema.ts'

export { enqueueLate, tidyDeliveries } from './deliver.ts'
export { enqueueAlerts } from './evaluate.ts'
export { handOnNotices } from './notices.ts'
export { alertSecrets } from './sealed.ts'
export { type AlertJob, alertQueues, type DeliverJob } from './work.ts'

/** Rules that are looked at by the clock, channels that are told, and the log of what was sent. */
export function createAlerts(house: House) {
  return {
    listRules,
    getRule,
    createRule,
    updateRule,
    muteRule,
    deleteRule,
    listChannels: (scope: Scope) => listChannels(house, scope),
    getChannel,
    createChannel: (scope: Scope, input: CreateChannelInput) => createChannel(house, scope, input),
    updateChannel: (scope: Scope, input: UpdateChannelInput) => updateChannel(house, scope, input),
    deleteChannel,
    renewSecret: (scope: Scope, input: { id: string }) => renewSecret(house, scope, input),
    testChannel: (scope: Scope, input: { id: string }) => testChannel(house, scope, input),
    listDeliveries,
    getDelivery,
    redeliver: (scope: Scope, input: { id: string }) => redeliver(house, scope, input),
    // Jobs.
    evaluateRules: (scope: Scope) => evaluateRules(house, scope),
    deliver: (scope: Scope, input: { deliveryId: string }) => deliver(house, scope, input),
  }
}

export type Alerts = ReturnType<typeof createAlerts>
