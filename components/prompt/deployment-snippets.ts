import type { ModelType } from '#lib/models/schema.ts'
import { quoteJs, toJs, toPython } from './literals.ts'
import { aiSdk, curl, curlTo, examples, langChain, node, nodeCalls, python, type Snippet } from './snippets.ts'

/** What the code of a deployment shows. `values`: of its variables; `bringsText`: its prompt leaves the question to callers. */
export interface DeploymentExample {
  values: Readonly<Record<string, unknown>>
  bringsText: boolean
}

/** Calls of a deployment by OpenAI's endpoints. `name`: its key, after an `@` an environment or a version. */
export function deploymentSnippets(
  type: ModelType,
  name: string,
  gatewayUrl: string,
  { values, bringsText }: DeploymentExample,
): Snippet[] {
  const address = `deployment/${name}`
  const hasValues = Object.keys(values).length > 0
  const body = {
    model: address,
    ...(bringsText ? examples[type] : empties[type]),
    ...(hasValues && { variables: values }),
  }
  const call = { type, address, gatewayUrl, apiKey: undefined, base64: true, body, beyond: ['variables'] }
  const plain = [
    { label: 'curl', code: curl(call) },
    { label: 'Node', code: node(call) },
    { label: 'Python', code: python(call) },
  ] as const
  // The clients of the other two insist on a text of the caller's, and take variables for chats alone.
  if (type !== 'chat' && (!bringsText || hasValues)) return [...plain]
  const variables = hasValues ? values : undefined
  return [
    ...plain,
    { label: 'AI SDK', code: aiSdk({ ...call, variables }) },
    { label: 'LangChain', code: langChain({ ...call, variables }) },
  ]
}

/** The same by the deployment's own endpoint: what has no client is sent as it is. */
export function invokeSnippets(
  type: ModelType,
  name: string,
  gatewayUrl: string,
  { values, bringsText }: DeploymentExample,
): Snippet[] {
  const url = `${gatewayUrl}/deployments/${name}/invoke`
  const body = {
    inputs: values,
    ...(bringsText && texts[type]),
    identity: { id: 'customer-7' },
  }
  const printed = nodeCalls[type][1]
  return [
    { label: 'curl', code: curlTo(url, undefined, body) },
    {
      label: 'Node',
      code: `const response = await fetch(${quoteJs(url)}, {
  method: 'POST',
  headers: {
    authorization: \`Bearer \${process.env.PATCHBAY_API_KEY}\`,
    'content-type': 'application/json',
  },
  body: JSON.stringify(${toJs(body, '  ')}),
})
if (!response.ok) throw new Error(await response.text())
const answer = await response.json()
console.log(${printed})`,
    },
    {
      label: 'Python',
      code: `import json
import os
import urllib.request

request = urllib.request.Request(
    ${JSON.stringify(url)},
    json.dumps(${toPython(body, '    ')}).encode(),
    {
        "authorization": "Bearer " + os.environ["PATCHBAY_API_KEY"],
        "content-type": "application/json",
    },
)
with urllib.request.urlopen(request) as response:
    print(json.load(response))`,
    },
  ]
}

/** What callers bring, without parameters: those are the variant's, or `extra_params`. */
const texts: Readonly<Record<ModelType, Record<string, unknown>>> = {
  ...examples,
  completion: { prompt: examples.completion.prompt },
  image: { prompt: examples.image.prompt },
}

/** Where the prompt of a deployment is whole, callers add nothing. */
const empties: Readonly<Record<ModelType, Record<string, unknown>>> = {
  chat: { messages: [] },
  completion: { prompt: '' },
  embedding: { input: '' },
  image: { prompt: '' },
}
