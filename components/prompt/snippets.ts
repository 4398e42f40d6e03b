import type { ModelType } from '#lib/models/schema.ts'
import { quoteJs, toJs, toPython } from './literals.ts'

export interface Snippet {
  label: 'curl' | 'Node' | 'Python' | 'AI SDK' | 'LangChain'
  code: string
}

/**
 * Calls that run as pasted: the key is read from PATCHBAY_API_KEY, which the first lines set where `apiKey` is known.
 * `gatewayUrl` ends in /v1. `base64`: an image model that was shown to answer pictures as base64; some clients fetch no
 * picture from a private address.
 */
export function snippetsFor(
  type: ModelType,
  address: string,
  gatewayUrl: string,
  { apiKey, base64 = false }: { apiKey?: string | undefined; base64?: boolean } = {},
): Snippet[] {
  const call = { type, address, gatewayUrl, apiKey, base64, body: { model: address, ...examples[type] }, beyond: [] }
  return [
    { label: 'curl', code: curl(call) },
    { label: 'Node', code: node(call) },
    { label: 'Python', code: python(call) },
    { label: 'AI SDK', code: aiSdk(call) },
    { label: 'LangChain', code: langChain(call) },
  ]
}

/** The same for one call as it stands. `beyond`: members of its body that OpenAI does not know. */
export function callSnippets(
  type: ModelType,
  body: { model: string } & Record<string, unknown>,
  gatewayUrl: string,
  beyond: readonly string[] = [],
): Snippet[] {
  const call = { type, address: body.model, gatewayUrl, apiKey: undefined, base64: false, body, beyond }
  return [
    { label: 'curl', code: curl(call) },
    { label: 'Node', code: node(call) },
    { label: 'Python', code: python(call) },
  ]
}

export interface Call {
  type: ModelType
  address: string
  gatewayUrl: string
  apiKey: string | undefined
  base64: boolean
  body: Record<string, unknown>
  beyond: readonly string[]
  /** Of a deployment, for clients that take them apart from the body. */
  variables?: Readonly<Record<string, unknown>> | undefined
}

export const examples: Readonly<Record<ModelType, Record<string, unknown>>> = {
  chat: { messages: [{ role: 'user', content: 'Say hello' }] },
  completion: { prompt: 'Once upon a time', max_tokens: 32 },
  embedding: { input: 'A patch panel' },
  image: { prompt: 'A red circle', n: 1 },
}

const paths: Readonly<Record<ModelType, string>> = {
  chat: '/chat/completions',
  completion: '/completions',
  embedding: '/embeddings',
  image: '/images/generations',
}

export function curl({ type, gatewayUrl, apiKey, body }: Call): string {
  return curlTo(`${gatewayUrl}${paths[type]}`, apiKey, body)
}

export function curlTo(url: string, apiKey: string | undefined, body: Record<string, unknown>): string {
  const members = Object.entries(body).map(([name, value]) => `    ${JSON.stringify(name)}: ${spread(value)}`)
  const json = `{\n${members.join(',\n')}\n  }`.replaceAll("'", "'\\''")
  return `${apiKey ? `export PATCHBAY_API_KEY=${apiKey}\n` : ''}curl ${url} \\
  -H "authorization: Bearer $PATCHBAY_API_KEY" \\
  -H "content-type: application/json" \\
  -d '${json}'`
}

/** A list takes a line for each item: the line of a message is long. */
function spread(value: unknown): string {
  return Array.isArray(value) && value.length > 0
    ? `[\n${value.map((item) => `      ${JSON.stringify(item)}`).join(',\n')}\n    ]`
    : JSON.stringify(value)
}

/** Imports are hoisted, so that the key is set before anything reads it. */
const setInNode = (apiKey: string | undefined) =>
  apiKey === undefined ? '' : `\nprocess.env.PATCHBAY_API_KEY ??= '${apiKey}'`

export const nodeCalls: Readonly<Record<ModelType, [call: string, prints: string]>> = {
  chat: ['chat.completions.create', 'answer.choices[0].message.content'],
  completion: ['completions.create', 'answer.choices[0].text'],
  embedding: ['embeddings.create', 'answer.data[0].embedding.length'],
  image: ['images.generate', 'answer.data[0].url ?? answer.data[0].b64_json.length'],
}

export function node({ type, gatewayUrl, apiKey, body }: Call): string {
  const [call, prints] = nodeCalls[type]
  const members = Object.entries(body).map(([name, value]) => `  ${name}: ${toJs(value, '  ')},`)
  const printed = body.tools === undefined ? prints : 'JSON.stringify(answer.choices[0].message)'
  return `// npm install openai
import OpenAI from 'openai'
${setInNode(apiKey)}
const client = new OpenAI({
  baseURL: ${quoteJs(gatewayUrl)},
  apiKey: process.env.PATCHBAY_API_KEY,
})
const answer = await client.${call}({
${members.join('\n')}
})
console.log(${printed})`
}

const pythonPrints: Readonly<Record<ModelType, string>> = {
  chat: 'answer.choices[0].message.content',
  completion: 'answer.choices[0].text',
  embedding: 'len(answer.data[0].embedding)',
  image: 'answer.data[0].url or len(answer.data[0].b64_json)',
}

/** What OpenAI does not know goes into `extra_body`: the client takes no other names. */
export function python({ type, gatewayUrl, apiKey, body, beyond }: Call): string {
  const known = Object.entries(body).filter(([name]) => !beyond.includes(name))
  const extra = Object.fromEntries(Object.entries(body).filter(([name]) => beyond.includes(name)))
  const members = [...known, ...(Object.keys(extra).length > 0 ? [['extra_body', extra] as const] : [])].map(
    ([name, value]) => `    ${name}=${toPython(value, '    ')},`,
  )
  const printed = body.tools === undefined ? pythonPrints[type] : 'answer.choices[0].message'
  return `# pip install openai
import os
from openai import OpenAI
${apiKey === undefined ? '' : `\nos.environ.setdefault("PATCHBAY_API_KEY", ${JSON.stringify(apiKey)})`}
client = OpenAI(
    base_url=${JSON.stringify(gatewayUrl)},
    api_key=os.environ["PATCHBAY_API_KEY"],
)
answer = client.${nodeCalls[type][0]}(
${members.join('\n')}
)
print(${printed})`
}

export function aiSdk({ type, address, gatewayUrl, apiKey, base64, variables }: Call): string {
  const model = quoteJs(address)
  const calls: Record<ModelType, [verb: string, call: string]> = {
    chat: [
      'generateText',
      `const { text } = await generateText({
  model: patchbay.chatModel(${model}),
  prompt: 'Say hello',${variables ? `\n  providerOptions: { patchbay: { variables: ${toJs(variables, '  ')} } },` : ''}
})
console.log(text)`,
    ],
    completion: [
      'generateText',
      `const { text } = await generateText({
  model: patchbay.completionModel(${model}),
  prompt: 'Once upon a time',
  maxOutputTokens: 32,
})
console.log(text)`,
    ],
    embedding: [
      'embed',
      `const { embedding } = await embed({
  model: patchbay.embeddingModel(${model}),
  value: 'A patch panel',
})
console.log(embedding.length)`,
    ],
    image: [
      'generateImage',
      `const { image } = await generateImage({
  model: patchbay.imageModel(${model}),
  prompt: 'A red circle',${base64 ? "\n  providerOptions: { patchbay: { response_format: 'b64_json' } }," : ''}
})
console.log(image.base64.length)`,
    ],
  }
  const [verb, call] = calls[type]
  return `// npm install ai @ai-sdk/openai-compatible
import { createOpenAICompatible } from '@ai-sdk/openai-compatible'
import { ${verb} } from 'ai'
${setInNode(apiKey)}
const patchbay = createOpenAICompatible({
  name: 'patchbay',
  baseURL: ${quoteJs(gatewayUrl)},
  apiKey: process.env.PATCHBAY_API_KEY,
})
${call}`
}

export function langChain({ type, address, gatewayUrl, apiKey, variables }: Call): string {
  const model = quoteJs(address)
  const parts: Record<ModelType, { name: string; more?: string; ends: string }> = {
    chat: {
      name: 'ChatOpenAI',
      more: variables && `  modelKwargs: { variables: ${toJs(variables, '  ')} },\n`,
      ends: "const answer = await model.invoke('Say hello')\nconsole.log(answer.content)",
    },
    completion: {
      name: 'OpenAI',
      more: '  maxTokens: 32,\n',
      ends: "console.log(await model.invoke('Once upon a time'))",
    },
    embedding: {
      name: 'OpenAIEmbeddings',
      ends: "const vector = await model.embedQuery('A patch panel')\nconsole.log(vector.length)",
    },
    image: { name: 'DallEAPIWrapper', ends: "console.log(await model.invoke('A red circle'))" },
  }
  const { name, more = '', ends } = parts[type]
  const where =
    type === 'image' ? `  baseUrl: ${quoteJs(gatewayUrl)},` : `  configuration: { baseURL: ${quoteJs(gatewayUrl)} },`
  return `// npm install @langchain/openai @langchain/core
import { ${name} } from '@langchain/openai'
${setInNode(apiKey)}
const model = new ${name}({
  model: ${model},
${more}  apiKey: process.env.PATCHBAY_API_KEY,
${where}
})
${ends}`
}
