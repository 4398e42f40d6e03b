import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { parseArgs } from 'node:util'
import { parseMicroAmount } from '#lib/core/money.ts'
import { type ModelDraft, ModelType, readDraft } from '#lib/models/schema.ts'

export const usage = `Usage: patchbay verify BASE_URL --model ID [options]

  --model ID            as the server names it
  --type TYPE           chat (default), completion, embedding or image
  --key-env NAME        the environment variable that holds the API key; without it no key is sent
  --key-header NAME     what carries the key: authorization (default, as a Bearer token), api-key, x-api-key ...
  --header NAME:VALUE   sent along with every call; may come again
  --ca FILE             a CA certificate to trust, PEM
  --input-price USD     per 1M tokens; likewise --output-price, and --image-price for each picture
  --max-cost USD        no call is begun that could lead above it; asks for prices
  --make-images         agrees that pictures are made and paid for
  --json                the whole result as one line of JSON

The key is never taken from the command line, where others could read it. Private addresses are called: whoever runs
this runs the machine. A cloud's metadata address is not. Ends with 0 where the required checks (address,
authentication, model) pass, with 1 where one fails, with 2 on wrong use.`

export interface VerifyArguments {
  draft: ModelDraft
  /** Of the Base URL. */
  hostPort: string
  json: boolean
  maxCostNanoUsd: bigint | undefined
  /** What was changed in what was typed. */
  notes: string[]
}

const options = {
  model: { type: 'string' },
  type: { type: 'string', default: 'chat' },
  'key-env': { type: 'string' },
  'key-header': { type: 'string' },
  header: { type: 'string', multiple: true, default: [] as string[] },
  ca: { type: 'string' },
  'input-price': { type: 'string' },
  'output-price': { type: 'string' },
  'image-price': { type: 'string' },
  'max-cost': { type: 'string' },
  'make-images': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const

/** How the fields of the form are called here. */
const flags: Readonly<Record<string, string>> = {
  baseUrl: 'BASE_URL',
  apiKey: '--key-env',
  modelId: '--model',
  keyHeader: '--key-header',
  headers: '--header',
  ca: '--ca',
  inputPrice: '--input-price',
  outputPrice: '--output-price',
  imagePrice: '--image-price',
}

/** Throws `TypeError` with what is wrong; no message holds the key. */
export function readVerifyArguments(args: string[], env: NodeJS.ProcessEnv): VerifyArguments | 'help' {
  const { values, positionals } = parseArgs({ args, options, allowPositionals: true })
  if (values.help) return 'help'
  const [baseUrl, ...rest] = positionals
  if (baseUrl === undefined) throw new TypeError('Give the Base URL of the server.')
  // What stands here may be a key.
  if (rest.length > 0) throw new TypeError('Give one Base URL; a key goes into an environment variable, see --key-env.')
  if (values.model === undefined) throw new TypeError('--model is needed.')
  const type = ModelType.safeParse(values.type)
  if (!type.success) throw new TypeError('--type is chat, completion, embedding or image.')
  const apiKey = readKey(values['key-env'], env)
  const { draft, issues, notes } = readDraft({
    type: type.data,
    baseUrl,
    noKey: apiKey === undefined,
    apiKey,
    name: 'verify',
    modelId: values.model,
    region: 'global',
    keyHeader: values['key-header'],
    headers: values.header.map(readHeader),
    ca: values.ca === undefined ? undefined : readCa(values.ca, env),
    inputPrice: values['input-price'],
    outputPrice: values['output-price'],
    imagePrice: values['image-price'],
    imageConsent: values['make-images'],
  })
  if (!draft) {
    const lines = issues.map(({ path: [field], message }) => `${flags[String(field)] ?? field}: ${message}`)
    throw new TypeError(lines.join('\n'))
  }
  return {
    draft,
    hostPort: hostPortOf(draft.baseUrl),
    json: values.json,
    maxCostNanoUsd: readMaxCost(values['max-cost'], draft),
    notes: Object.entries(notes).flatMap(([field, said]) => said.map((note) => `${flags[field] ?? field}: ${note}.`)),
  }
}

function readKey(name: string | undefined, env: NodeJS.ProcessEnv): string | undefined {
  if (name === undefined) return undefined
  // Not repeated: it may be the key itself.
  if (!/^[A-Za-z_][A-Za-z0-9_]{0,127}$/.test(name))
    throw new TypeError('--key-env takes the name of an environment variable, not the key.')
  const key = env[name]
  if (!key?.trim()) throw new TypeError('--key-env: the environment variable is not set, or empty.')
  return key
}

function readHeader(text: string): { name: string; value: string } {
  const colon = text.indexOf(':')
  if (colon < 1) throw new TypeError('--header: write NAME:VALUE.')
  return { name: text.slice(0, colon).trim(), value: text.slice(colon + 1).trim() }
}

function readCa(file: string, env: NodeJS.ProcessEnv): string {
  // npm runs us in the folder of the package, and says where it was called.
  const path = resolve(env.INIT_CWD ?? process.cwd(), file)
  try {
    return readFileSync(path, 'utf8')
  } catch {
    throw new TypeError(`--ca: ${path} cannot be read.`)
  }
}

function readMaxCost(text: string | undefined, draft: ModelDraft): bigint | undefined {
  if (text === undefined) return undefined
  const amount = parseMicroAmount(text)
  if (!amount.ok) throw new TypeError('--max-cost is an amount of US dollars, for example 0.05.')
  const { type, inputPrice, outputPrice, imagePrice } = draft
  const missing = [
    type !== 'image' && inputPrice === null && '--input-price',
    (type === 'chat' || type === 'completion') && outputPrice === null && '--output-price',
    type === 'image' && imagePrice === null && '--image-price',
  ].filter(Boolean)
  if (missing.length > 0) throw new TypeError(`--max-cost needs ${missing.join(' and ')}.`)
  return amount.micro * 1_000n
}

function hostPortOf(baseUrl: string): string {
  const url = new URL(baseUrl)
  return `${url.hostname}:${url.port || (url.protocol === 'https:' ? 443 : 80)}`
}
