import { listOf, type Operations } from '#lib/core/operation.ts'
import * as answers from './answers.ts'
import { ExportModelsInput } from './export.ts'
import { ModelsFile } from './file.ts'
import { SaveGroupInput, UpdateGroupInput } from './groups.ts'
import { ReleaseAddressInput } from './model-addresses.ts'
import { PreviewIntakeInput, StartIntakeInput } from './verbs.ts'

const api = '/api/workspaces/[workspace]'
const model = { id: "A model's id, slug or alias, escaped for a path." }
const group = { address: 'Of the group, escaped for a path.' }
const intake = { id: 'Of the intake.' }
const members = 'Models by id, slug or alias, each with a weight from 1 to 1,000.'
const configuration = `model_list:
  - model_name: llama
    litellm_params:
      model: groq/llama-3.3-70b-versatile
      api_key: os.environ/GROQ_API_KEY
`

/** What the routes of groups, intakes and exports promise. */
export const operations: Operations = {
  [`GET ${api}/groups`]: {
    id: 'listGroups',
    group: 'Groups',
    summary: 'Addresses that several models share',
    access: 'read',
    least: 'viewer',
    answer: listOf(answers.GroupView),
  },
  [`POST ${api}/groups`]: {
    id: 'addGroup',
    group: 'Groups',
    summary: 'Let several models share one address',
    details: 'A call goes to one of the enabled models that fit its Type, as often as its weight says.',
    access: 'write',
    least: 'admin',
    body: SaveGroupInput,
    fields: { address: 'Any text up to 256 characters that no model has.', members },
    example: { address: 'gpt-4o', members: [{ model: 'gpt-4o-eu', weight: 3 }] },
    status: 201,
    answer: answers.GroupView,
    errors: { 400: ['address_taken'] },
  },
  [`GET ${api}/groups/[address]`]: {
    id: 'getGroup',
    group: 'Groups',
    summary: 'One group',
    access: 'read',
    least: 'viewer',
    params: group,
    answer: answers.GroupView,
  },
  [`PUT ${api}/groups/[address]`]: {
    id: 'updateGroup',
    group: 'Groups',
    summary: 'Replace the members of a group',
    access: 'write',
    least: 'admin',
    params: group,
    body: UpdateGroupInput.omit({ address: true }),
    fields: { members, version: 'As it was read; a stale one is 409 with the group as it stands.' },
    example: { version: 1, members: [{ model: 'gpt-4o-eu', weight: 1 }] },
    answer: answers.GroupView,
    errors: { 409: ['stale_version'] },
  },
  [`DELETE ${api}/groups/[address]`]: {
    id: 'deleteGroup',
    group: 'Groups',
    summary: 'Let a group go; its models stay',
    access: 'write',
    least: 'admin',
    params: group,
    answer: null,
  },
  [`GET ${api}/models/[id]/groups`]: {
    id: 'listModelGroups',
    group: 'Groups',
    summary: 'The groups that a model is in, with its share',
    access: 'read',
    least: 'viewer',
    params: model,
    answer: listOf(answers.ModelGroupView),
  },
  [`GET ${api}/models/[id]/addresses`]: {
    id: 'listModelAddresses',
    group: 'Models',
    summary: 'Every address of a model, with its last use',
    access: 'read',
    least: 'viewer',
    params: model,
    answer: listOf(answers.AddressUseView),
  },
  [`DELETE ${api}/models/[id]/addresses`]: {
    id: 'releaseModelAddress',
    group: 'Models',
    summary: 'Let an alias or a former address go',
    details: 'It is free at once. The slug stays.',
    access: 'write',
    least: 'admin',
    params: model,
    body: ReleaseAddressInput.omit({ id: true }),
    fields: { address: 'An alias or a former address of the model.' },
    example: { address: 'llama-old' },
    answer: null,
  },
  [`GET ${api}/models/export`]: {
    id: 'exportModels',
    group: 'Several models',
    summary: 'Models as a file without secrets',
    details:
      'Sealed headers and parameters are there by name. The file is what an import with the source `file` reads.',
    access: 'read',
    least: 'admin',
    query: ExportModelsInput,
    fields: { ids: 'Of models; without them all.' },
    answer: ModelsFile,
  },
  [`POST ${api}/models/intakes/preview`]: {
    id: 'previewIntake',
    group: 'Several models',
    summary: 'What an import would do',
    details: 'Reads a LiteLLM config.yaml or a file of models. Nothing is stored or called; no key is given back.',
    access: 'write',
    least: 'admin',
    body: PreviewIntakeInput,
    fields: { source: 'What the text is.', text: 'The file itself, up to 1 MB.' },
    example: { source: 'litellm', text: configuration },
    answer: answers.PlanView,
  },
  [`POST ${api}/models/intakes`]: {
    id: 'startIntake',
    group: 'Several models',
    summary: 'Validate several models and save those that pass',
    details:
      'Of one server, of a LiteLLM config.yaml or of a file of models. Answers at once; read it again by its id.',
    access: 'write',
    least: 'admin',
    body: StartIntakeInput,
    fields: {
      source: '`several` of one server, or what the text is.',
      connection: 'What all of them share.',
      text: 'The file itself, up to 1 MB.',
      rows: 'Up to 100. Of a text: the keys that the preview gave, and what is to be changed.',
      answers: 'By the ids of the questions of the preview.',
      onConflict: 'Where an address is taken: leave the model out, or add it under another one.',
      imageConsent: 'Agrees that pictures are made and paid for.',
    },
    example: {
      source: 'litellm',
      text: configuration,
      rows: [{ key: 'e1' }],
      answers: { 'env:GROQ_API_KEY': 'gsk_your_key_of_the_server' },
    },
    status: 202,
    answer: answers.IntakeView,
    errors: { 429: ['intake_limit'] },
  },
  [`GET ${api}/models/intakes`]: {
    id: 'listIntakes',
    group: 'Several models',
    summary: 'Intakes of the last day',
    access: 'read',
    least: 'admin',
    answer: listOf(answers.IntakeView),
  },
  [`GET ${api}/models/intakes/[id]`]: {
    id: 'getIntake',
    group: 'Several models',
    summary: 'How far an intake is, and what became of each model',
    access: 'read',
    least: 'admin',
    params: intake,
    answer: answers.IntakeView,
  },
  [`DELETE ${api}/models/intakes/[id]`]: {
    id: 'stopIntake',
    group: 'Several models',
    summary: 'Stop an intake; what was added stays',
    access: 'write',
    least: 'admin',
    params: intake,
    answer: answers.IntakeView,
  },
}
