import type { ModelType } from '#lib/models/schema.ts'

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
  const call = { type, address, gatewayUrl, apiKey, base64 }
  return [
    { label: 'curl', code: curl(call) },
    { label: 'Node', code: node(call) },
    { label: 'Python', code: python(call) },
    { label: 'AI SDK', code: aiSdk(call) },
    { label: 'LangChain', code: langChain(call) },
  ]
}

interface Call {
  type: ModelType
  address: string
  gatewayUrl: string
  apiKey: string | undefined
  base64: boolean
}

const paths: Readonly<Record<ModelType, string>> = {
  chat: '/chat/completions',
  completion: '/completions',
  embedding: '/embeddings',
  image: '/images/generations',
}

function curl({ type, address, gatewayUrl, apiKey }: Call): string {
  const bodies: Record<ModelType, object> = {
    chat: { model: address, messages: [{ role: 'user', content: 'Say hello' }] },
    completion: { model: address, prompt: 'Once upon a time', max_tokens: 32 },
    embedding: { model: address, input: 'A patch panel' },
    image: { model: address, prompt: 'A red circle', n: 1 },
  }
  const members = Object.entries(bodies[type]).map(([name, value]) => `    ${JSON.stringify(name)}: ${spread(value)}`)
  const json = `{\n${members.join(',\n')}\n  }`.replaceAll("'", "'\\''")
  return `${apiKey ? `export PATCHBAY_API_KEY=${apiKey}\n` : ''}curl ${gatewayUrl}${paths[type]} \\
  -H "authorization: Bearer $PATCHBAY_API_KEY" \\
  -H "content-type: application/json" \\
  -d '${json}'`
}

/** A list takes a line for each item: the line of a message is long. */
function spread(value: unknown): string {
  return Array.isArray(value)
    ? `[\n${value.map((item) => `      ${JSON.stringify(item)}`).join(',\n')}\n    ]`
    : JSON.stringify(value)
}

/** Imports are hoisted, so that the key is set before anything reads it. */
const setInNode = (apiKey: string | undefined) =>
  apiKey === undefined ? '' : `\nprocess.env.PATCHBAY_API_KEY ??= '${apiKey}'`

function node({ type, address, gatewayUrl, apiKey }: Call): string {
  const model = quote(address)
  const calls: Record<ModelType, string> = {
    chat: `const answer = await client.chat.completions.create({
  model: ${model},
  messages: [{ role: 'user', content: 'Say hello' }],
})
console.log(answer.choices[0].message.content)`,
    completion: `const answer = await client.completions.create({
  model: ${model},
  prompt: 'Once upon a time',
  max_tokens: 32,
})
console.log(answer.choices[0].text)`,
    embedding: `const answer = await client.embeddings.create({
  model: ${model},
  input: 'A patch panel',
})
console.log(answer.data[0].embedding.length)`,
    image: `const answer = await client.images.generate({
  model: ${model},
  prompt: 'A red circle',
  n: 1,
})
console.log(answer.data[0].url ?? answer.data[0].b64_json.length)`,
  }
  return `// npm install openai
import OpenAI from 'openai'
${setInNode(apiKey)}
const client = new OpenAI({
  baseURL: ${quote(gatewayUrl)},
  apiKey: process.env.PATCHBAY_API_KEY,
})
${calls[type]}`
}

function python({ type, address, gatewayUrl, apiKey }: Call): string {
  const model = JSON.stringify(address)
  const calls: Record<ModelType, string> = {
    chat: `answer = client.chat.completions.create(
    model=${model},
    messages=[{"role": "user", "content": "Say hello"}],
)
print(answer.choices[0].message.content)`,
    completion: `answer = client.completions.create(
    model=${model},
    prompt="Once upon a time",
    max_tokens=32,
)
print(answer.choices[0].text)`,
    embedding: `answer = client.embeddings.create(
    model=${model},
    input="A patch panel",
)
print(len(answer.data[0].embedding))`,
    image: `answer = client.images.generate(
    model=${model},
    prompt="A red circle",
    n=1,
)
print(answer.data[0].url or len(answer.data[0].b64_json))`,
  }
  return `# pip install openai
import os
from openai import OpenAI
${apiKey === undefined ? '' : `\nos.environ.setdefault("PATCHBAY_API_KEY", ${JSON.stringify(apiKey)})`}
client = OpenAI(
    base_url=${JSON.stringify(gatewayUrl)},
    api_key=os.environ["PATCHBAY_API_KEY"],
)
${calls[type]}`
}

function aiSdk({ type, address, gatewayUrl, apiKey, base64 }: Call): string {
  const model = quote(address)
  const calls: Record<ModelType, [verb: string, call: string]> = {
    chat: [
      'generateText',
      `const { text } = await generateText({
  model: patchbay.chatModel(${model}),
  prompt: 'Say hello',
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
  baseURL: ${quote(gatewayUrl)},
  apiKey: process.env.PATCHBAY_API_KEY,
})
${call}`
}

function langChain({ type, address, gatewayUrl, apiKey }: Call): string {
  const model = quote(address)
  const parts: Record<ModelType, { name: string; more?: string; ends: string }> = {
    chat: { name: 'ChatOpenAI', ends: "const answer = await model.invoke('Say hello')\nconsole.log(answer.content)" },
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
    type === 'image' ? `  baseUrl: ${quote(gatewayUrl)},` : `  configuration: { baseURL: ${quote(gatewayUrl)} },`
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

/** A JavaScript string, in single quotes where that needs no escape. */
function quote(text: string): string {
  return /^[^'"\\\p{Cc}]*$/u.test(text) ? `'${text}'` : JSON.stringify(text)
}
