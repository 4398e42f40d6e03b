import type { ModelType } from '#lib/models/schema.ts'

export interface Snippet {
  label: string
  code: string
}

/**
 * Calls that run as pasted: the key is read from PATCHBAY_API_KEY, which the first line sets where `apiKey` is known.
 * `gatewayUrl` ends in /v1.
 */
export function snippetsFor(type: ModelType, address: string, gatewayUrl: string, apiKey?: string): Snippet[] {
  const { path, body, node, python } = calls(type, address)
  const setKey = apiKey ? `export PATCHBAY_API_KEY=${apiKey}\n` : ''
  const members = Object.entries(body).map(([name, value]) => `    ${JSON.stringify(name)}: ${JSON.stringify(value)}`)
  const json = `{\n${members.join(',\n')}\n  }`.replaceAll("'", "'\\''")
  return [
    {
      label: 'curl',
      code: `${setKey}curl ${gatewayUrl}${path} \\
  -H "authorization: Bearer $PATCHBAY_API_KEY" \\
  -H "content-type: application/json" \\
  -d '${json}'`,
    },
    {
      label: 'Node',
      code: `${setKey && `// ${setKey.trim()}\n`}import OpenAI from 'openai'

const client = new OpenAI({ baseURL: '${gatewayUrl}', apiKey: process.env.PATCHBAY_API_KEY })
${node}`,
    },
    {
      label: 'Python',
      code: `${setKey && `# ${setKey.trim()}\n`}import os
from openai import OpenAI

client = OpenAI(base_url="${gatewayUrl}", api_key=os.environ["PATCHBAY_API_KEY"])
${python}`,
    },
  ]
}

function calls(type: ModelType, address: string): { path: string; body: object; node: string; python: string } {
  const model = JSON.stringify(address)
  switch (type) {
    case 'chat':
      return {
        path: '/chat/completions',
        body: { model: address, messages: [{ role: 'user', content: 'Say hello' }] },
        node: `const answer = await client.chat.completions.create({
  model: ${model},
  messages: [{ role: 'user', content: 'Say hello' }],
})
console.log(answer.choices[0].message.content)`,
        python: `answer = client.chat.completions.create(
    model=${model},
    messages=[{"role": "user", "content": "Say hello"}],
)
print(answer.choices[0].message.content)`,
      }
    case 'completion':
      return {
        path: '/completions',
        body: { model: address, prompt: 'Once upon a time', max_tokens: 32 },
        node: `const answer = await client.completions.create({ model: ${model}, prompt: 'Once upon a time', max_tokens: 32 })
console.log(answer.choices[0].text)`,
        python: `answer = client.completions.create(model=${model}, prompt="Once upon a time", max_tokens=32)
print(answer.choices[0].text)`,
      }
    case 'embedding':
      return {
        path: '/embeddings',
        body: { model: address, input: 'A patch panel' },
        node: `const answer = await client.embeddings.create({ model: ${model}, input: 'A patch panel' })
console.log(answer.data[0].embedding.length)`,
        python: `answer = client.embeddings.create(model=${model}, input="A patch panel")
print(len(answer.data[0].embedding))`,
      }
    case 'image':
      return {
        path: '/images/generations',
        body: { model: address, prompt: 'A red circle', n: 1 },
        node: `const answer = await client.images.generate({ model: ${model}, prompt: 'A red circle', n: 1 })
console.log(answer.data[0].url ?? answer.data[0].b64_json.length)`,
        python: `answer = client.images.generate(model=${model}, prompt="A red circle", n=1)
print(answer.data[0].url or len(answer.data[0].b64_json))`,
      }
  }
}
