import { z } from 'zod'
import { listOf, type Operations, pageOf } from '#lib/core/operation.ts'
import * as answers from './answers.ts'
import {
  CreateChannelInput,
  CreateRuleInput,
  ListDeliveriesInput,
  MuteRuleInput,
  UpdateChannelInput,
  UpdateRuleInput,
} from './schema.ts'

const api = '/api/workspaces/[workspace]/alerts'
const rule = { id: 'Of the rule.' }
const channel = { id: 'Of the channel.' }
const delivery = { id: 'Of the delivery.' }
const version = 'As it was read; a stale one is 409 with the object as it stands.'
const ruleFields = {
  name: 'Begins the messages.',
  condition:
    'What is looked at. Cost, unpriced requests and error rate are counted as the dashboards count them; `failing_model` counts models that fail or whose key is refused, `drift` those that are not what their card said.',
  percentile: 'Of latencies; 95 unless told.',
  scope:
    'A latency is of the workspace, a model or a deployment; a budget rule of one budget, or of whichever is used most.',
  scopeId: 'A model by id or slug, a deployment by id or key, a key or budget by id; empty for the workspace.',
  windowMinutes: 'How far it looks back.',
  threshold: 'It fires at this figure and above: dollars, percent, milliseconds, or a count.',
  resolveBelow: 'It is resolved once it was below this for 5 minutes; a tenth below the threshold unless told.',
  callsMin: 'Fewer calls in the window say nothing. Of error rates and latencies.',
  channelIds: 'Who is told.',
}
const channelFields = {
  name: 'For the list.',
  recipients: 'Of e-mails.',
  url: 'Of webhooks. Never shown again; held to the same rules as the servers of models.',
  notices: "The workspace's own notices that go there, too.",
}

/** Schemas that have a name in the document. */
export const named = {
  AlertRule: answers.RuleView,
  AlertChannel: answers.ChannelView,
  AlertChannelWithSecret: answers.ChannelWithSecret,
  AlertDelivery: answers.DeliveryView,
  AlertDeliveryDetail: answers.DeliveryDetail,
}

const ruleExample = {
  ...{
    name: 'Errors',
    condition: 'error_rate',
    scope: 'workspace',
    windowMinutes: 15,
    threshold: '5',
    resolveBelow: '3',
  },
  ...{ callsMin: 20, channelIds: [] },
}
const channelExample = {
  name: 'On call',
  kind: 'webhook',
  url: 'https://hooks.example.org/patchbay',
  notices: ['budget'],
}

/** What the routes of alerts promise. */
export const operations: Operations = {
  [`GET ${api}/rules`]: {
    id: 'listAlertRules',
    group: 'Alerts',
    summary: 'Rules, with what was seen last',
    access: 'read',
    least: 'viewer',
    answer: listOf(answers.RuleView),
  },
  [`POST ${api}/rules`]: {
    id: 'addAlertRule',
    group: 'Alerts',
    summary: 'Watch a figure',
    details:
      'It is looked at every minute, every five where it looks back more than an hour. It fires once and says so once; a second message says that it is resolved.',
    access: 'write',
    least: 'admin',
    body: CreateRuleInput,
    fields: ruleFields,
    example: ruleExample,
    status: 201,
    answer: answers.RuleView,
    errors: { 409: ['too_many_rules'] },
  },
  [`GET ${api}/rules/[id]`]: {
    id: 'getAlertRule',
    group: 'Alerts',
    summary: 'One rule',
    access: 'read',
    least: 'viewer',
    params: rule,
    answer: answers.RuleView,
  },
  [`PUT ${api}/rules/[id]`]: {
    id: 'replaceAlertRule',
    group: 'Alerts',
    summary: 'Change a rule',
    details: 'All of it. One that fires goes on firing, unless it is about something else now.',
    access: 'write',
    least: 'admin',
    params: rule,
    body: UpdateRuleInput.omit({ id: true }),
    fields: { version, ...ruleFields },
    example: { version: 1, ...ruleExample },
    answer: answers.RuleView,
    errors: { 409: ['stale_version'] },
  },
  [`POST ${api}/rules/[id]/mute`]: {
    id: 'muteAlertRule',
    group: 'Alerts',
    summary: 'Keep a rule silent',
    details: 'It is looked at all the same. One that still fires when the time is over says so then.',
    access: 'write',
    least: 'admin',
    params: rule,
    body: MuteRuleInput.omit({ id: true }),
    fields: { minutes: 'From now; null: until it is unmuted, 0: unmute it.' },
    example: { minutes: 60 },
    answer: answers.RuleView,
  },
  [`DELETE ${api}/rules/[id]`]: {
    id: 'deleteAlertRule',
    group: 'Alerts',
    summary: 'Delete a rule',
    access: 'write',
    least: 'admin',
    params: rule,
    answer: null,
  },
  [`GET ${api}/channels`]: {
    id: 'listAlertChannels',
    group: 'Alerts',
    summary: 'Where messages go',
    access: 'read',
    least: 'viewer',
    answer: listOf(answers.ChannelView).extend({
      emailFrom: z.string().nullable().describe('The sender of e-mails; null where no mail server is set up.'),
    }),
  },
  [`POST ${api}/channels`]: {
    id: 'addAlertChannel',
    group: 'Alerts',
    summary: 'Add a channel: e-mail, Slack or a webhook',
    details: 'The only answer, beside that of a new secret, with the secret that signs the bodies of a webhook.',
    access: 'write',
    least: 'admin',
    body: CreateChannelInput,
    fields: { ...channelFields, kind: '`slack` is whatever takes the JSON of its incoming webhooks.' },
    example: channelExample,
    status: 201,
    answer: answers.ChannelWithSecret,
    errors: { 409: ['too_many_channels'], 412: ['email_not_set_up'] },
  },
  [`GET ${api}/channels/[id]`]: {
    id: 'getAlertChannel',
    group: 'Alerts',
    summary: 'One channel',
    access: 'read',
    least: 'viewer',
    params: channel,
    answer: answers.ChannelView,
  },
  [`PUT ${api}/channels/[id]`]: {
    id: 'replaceAlertChannel',
    group: 'Alerts',
    summary: 'Change a channel',
    details: 'An address that is left out stays as it is.',
    access: 'write',
    least: 'admin',
    params: channel,
    body: UpdateChannelInput.omit({ id: true }),
    fields: { version, ...channelFields },
    example: { version: 1, name: 'On call', notices: [] },
    answer: answers.ChannelView,
    errors: { 409: ['stale_version'], 412: ['email_not_set_up'] },
  },
  [`DELETE ${api}/channels/[id]`]: {
    id: 'deleteAlertChannel',
    group: 'Alerts',
    summary: 'Delete a channel and its log',
    access: 'write',
    least: 'admin',
    params: channel,
    answer: null,
  },
  [`POST ${api}/channels/[id]/test`]: {
    id: 'testAlertChannel',
    group: 'Alerts',
    summary: 'Send a test',
    details: 'Once. Read the delivery again to see what came of it.',
    access: 'write',
    least: 'admin',
    params: channel,
    status: 202,
    answer: answers.DeliveryDetail,
  },
  [`POST ${api}/channels/[id]/secret`]: {
    id: 'renewAlertSecret',
    group: 'Alerts',
    summary: 'A new secret for a webhook',
    details: 'At once: the old one signs nothing any more.',
    access: 'write',
    least: 'admin',
    params: channel,
    answer: answers.ChannelWithSecret,
  },
  [`GET ${api}/deliveries`]: {
    id: 'listAlertDeliveries',
    group: 'Alerts',
    summary: 'What was sent, newest first',
    details: 'Kept for 30 days.',
    access: 'read',
    least: 'viewer',
    query: ListDeliveriesInput,
    fields: {
      ...{ channelId: 'Of one channel.', ruleId: 'Of one rule.', state: 'In one state.' },
      ...{ cursor: 'Of the page before; opaque.', limit: 'Of one page.' },
    },
    answer: pageOf(answers.DeliveryView),
  },
  [`GET ${api}/deliveries/[id]`]: {
    id: 'getAlertDelivery',
    group: 'Alerts',
    summary: 'One message with every attempt',
    access: 'read',
    least: 'viewer',
    params: delivery,
    answer: answers.DeliveryDetail,
  },
  [`POST ${api}/deliveries/[id]/redeliver`]: {
    id: 'redeliverAlert',
    group: 'Alerts',
    summary: 'Send a message once more',
    details: 'Under its own id, after it was delivered or given up.',
    access: 'write',
    least: 'admin',
    params: delivery,
    status: 202,
    answer: answers.DeliveryDetail,
    errors: { 409: ['delivery_waiting'] },
  },
}
