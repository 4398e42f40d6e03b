import {
  type DraftReading,
  findPreset,
  type ModelDraftView,
  type ModelType,
  type ModelView,
  type RawModelInput,
  type Region,
  readDraft,
} from '#lib/models/schema.ts'

interface Pair {
  name: string
  value: string
}

/** The form as it is typed: text everywhere, nothing read yet. */
export interface ModelFormValues {
  type: ModelType
  server: string
  baseUrl: string
  apiKey: string
  noKey: boolean
  name: string
  modelId: string
  region: Region | ''
  description: string
  maxTokens: string
  temperature: string
  inputPrice: string
  outputPrice: string
  cachedInputPrice: string
  imagePrice: string
  slug: string
  /** One a line. */
  aliases: string
  contextTokens: string
  keyHeader: string
  headers: Pair[]
  query: Pair[]
  ca: string
  timeouts: { connectMs: string; firstByteMs: string; idleMs: string; totalMs: string }
  path: string
  imageConsent: boolean
}

export const emptyValues: ModelFormValues = {
  type: 'chat',
  server: '',
  baseUrl: '',
  apiKey: '',
  noKey: false,
  name: '',
  modelId: '',
  region: '',
  description: '',
  maxTokens: '',
  temperature: '',
  inputPrice: '',
  outputPrice: '',
  cachedInputPrice: '',
  imagePrice: '',
  slug: '',
  aliases: '',
  contextTokens: '',
  keyHeader: 'authorization',
  headers: [],
  query: [],
  ca: '',
  timeouts: { connectMs: '', firstByteMs: '', idleMs: '', totalMs: '' },
  path: '',
  imageConsent: false,
}

/** Never kept in the browser's storage. */
export const secretPaths = ['apiKey', 'headers.*.value', 'query.*.value'] as const

export const fieldLabels: Readonly<Record<string, string>> = {
  type: 'Type',
  baseUrl: 'Base URL',
  apiKey: 'API Key',
  name: 'Model Name',
  modelId: 'Model ID',
  region: 'Region',
  description: 'Description',
  maxTokens: 'Max Tokens',
  temperature: 'Temperature',
  inputPrice: 'Input Price',
  outputPrice: 'Output Price',
  cachedInputPrice: 'Cached Input Price',
  imagePrice: 'Price per image',
  slug: 'Address',
  aliases: 'Aliases',
  contextTokens: 'Context length',
  keyHeader: 'Key sent as',
  headers: 'Extra headers',
  query: 'Extra query parameters',
  ca: 'CA certificate',
  'timeouts.connectMs': 'Connect timeout',
  'timeouts.firstByteMs': 'First byte timeout',
  'timeouts.idleMs': 'Idle timeout',
  'timeouts.totalMs': 'Total timeout',
  timeouts: 'Timeouts',
  paths: 'Path',
  imageConsent: 'Consent',
}

const moreFields: readonly string[] = [
  'cachedInputPrice',
  'contextTokens',
  'keyHeader',
  'headers',
  'query',
  'ca',
  'timeouts',
  'paths',
  'aliases',
]

/** A field behind **More**: the form opens it when one of them is wrong. */
export const isMoreField = (field: string) => moreFields.includes(field.split('.')[0] ?? '')

const text = (value: string | number | null | undefined) => (value === null || value === undefined ? '' : String(value))

/** A stored model, or a copy of one, laid out for the form. */
export function valuesOf(view: ModelView | ModelDraftView): ModelFormValues {
  const stored = 'id' in view ? view : undefined
  return {
    ...emptyValues,
    type: view.type,
    server: findPreset(view.baseUrl)?.id ?? 'other',
    baseUrl: view.baseUrl,
    apiKey: 'apiKey' in view ? text(view.apiKey) : '',
    noKey: 'noKey' in view ? view.noKey : view.key === null,
    name: view.name,
    modelId: view.modelId,
    region: view.region,
    description: view.description,
    maxTokens: text(view.maxTokens),
    temperature: text(view.temperature),
    inputPrice: text(view.inputPrice),
    outputPrice: text(view.outputPrice),
    cachedInputPrice: text(view.cachedInputPrice),
    imagePrice: text(view.imagePrice),
    contextTokens: text(view.contextTokens),
    keyHeader: 'keyHeader' in view ? view.keyHeader : (view.key?.header ?? 'authorization'),
    slug: stored?.slug ?? '',
    aliases: stored ? stored.aliases.join('\n') : '',
    headers: (view.headerNames ?? []).map((name) => ({ name, value: '' })),
    query: (view.queryNames ?? []).map((name) => ({ name, value: '' })),
    ca: view.ca,
    timeouts: {
      connectMs: text(view.timeouts.connectMs),
      firstByteMs: text(view.timeouts.firstByteMs),
      idleMs: text(view.timeouts.idleMs),
      totalMs: text(view.timeouts.totalMs),
    },
    path: text(view.paths[view.type]),
  }
}

/** What is sent. The server reads the same text by the same rules. */
export function toRaw(values: ModelFormValues): RawModelInput {
  const { server: _, path, region, timeouts, headers, query, slug, aliases, ...rest } = values
  return {
    ...rest,
    // An empty region is wrong everywhere; `fieldErrors` says so before anything is sent.
    region: region || 'global',
    ...(slug.trim() ? { slug } : {}),
    aliases: linesOf(aliases),
    headers: headers.filter((pair) => pair.name.trim() || pair.value),
    query: query.filter((pair) => pair.name.trim() || pair.value),
    timeouts: Object.fromEntries(Object.entries(timeouts).filter(([, value]) => value.trim())),
    ...(path.trim() ? { paths: { [values.type]: path } } : {}),
  }
}

const linesOf = (text: string) =>
  text
    .split('\n')
    .map((line) => line.trim())
    .filter(Boolean)

export interface FormReading extends Omit<DraftReading, 'issues'> {
  /** The first message of each field that is wrong. */
  errors: Record<string, string>
}

/**
 * The form read as the server will read it, with the fields that only a form can leave empty. `before`: the stored
 * model that is edited, whose secrets are not known here and stay where their fields are left alone.
 */
export function readForm(
  values: ModelFormValues,
  options: { keepsKey: boolean; before?: ModelFormValues },
): FormReading {
  const raw = toRaw(values)
  const keepsHeaders = options.before && JSON.stringify(values.headers) === JSON.stringify(options.before.headers)
  const { issues, ...reading } = readDraft({
    ...raw,
    ...(options.keepsKey && values.apiKey.trim() === '' && { apiKey: 'kept' }),
    ...(keepsHeaders && { headers: values.headers.map(({ name }) => ({ name, value: 'kept' })) }),
  })
  const errors: Record<string, string> = {}
  for (const issue of issues)
    errors[issue.path[0] === 'timeouts' ? issue.path.join('.') : String(issue.path[0])] ??= issue.message
  if (values.region === '') errors.region = 'Choose a region.'
  if (values.keyHeader.trim() === '') errors.keyHeader = 'Enter the name of the header.'
  return { ...reading, errors, draft: Object.keys(errors).length === 0 ? reading.draft : null }
}

/** What an edit sends: the fields that differ from the stored ones. An emptied field is null. */
export function changedFields(before: ModelFormValues, now: ModelFormValues): Partial<RawModelInput> {
  const old = toRaw(before) as Record<string, unknown>
  const raw = toRaw(now) as Record<string, unknown>
  const changed: Record<string, unknown> = {}
  for (const name of Object.keys({ ...old, ...raw })) {
    if (name === 'imageConsent' ? raw[name] === true : JSON.stringify(old[name]) !== JSON.stringify(raw[name])) {
      changed[name] = raw[name] === '' || raw[name] === undefined ? null : raw[name]
    }
  }
  return changed as Partial<RawModelInput>
}

const connectionFields: readonly string[] = [
  'type',
  'baseUrl',
  'apiKey',
  'noKey',
  'modelId',
  'keyHeader',
  'headers',
  'query',
  'ca',
  'paths',
]

/** True where a change leads calls elsewhere, or lets them carry something else: it has to be proven. */
export function changesConnection(before: ModelFormValues, now: ModelFormValues): boolean {
  return Object.keys(changedFields(before, now)).some((name) => connectionFields.includes(name))
}
