import { describe, expect, test } from 'vitest'
import type { DeploymentConfigInput } from '#lib/deployments/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'
import { openBothDoors } from '#lib/testing/both-doors.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testInstallation } from '#lib/testing/installation.ts'
import { hasPython, isWholePython, runSnippet, withKey } from '#lib/testing/run-snippet.ts'
import { testRequest } from '#lib/testing/tenancy.ts'
import { deploymentSnippets, invokeSnippets } from './deployment-snippets.ts'

const { url, database } = await testDatabase()
const { runtime, practice } = await testInstallation(url)
const ports = await openBothDoors(runtime)
const { tenancy, models, deployments, feed, ledger } = runtime
const { person } = await tenancy.claim(
  { request: testRequest, loopback: true },
  { name: 'Op', email: 'op@example.test', password: 'correct horse battery', workspaceName: 'Operations' },
)
const [home] = await tenancy.listWorkspaces(person)
const scope = await tenancy.scopeForPerson(person, home!.slug)
const { secret } = await tenancy.createKey(scope, { name: 'caller' })

/** What each Type is asked by, once whole and once with a text of the caller's. */
const kinds: readonly { key: string; type: ModelType; modelId: string; variant: object; bringsText: boolean }[] = [
  {
    key: 'whole-prompt',
    type: 'chat',
    modelId: 'practice-chat',
    variant: { messages: [{ role: 'user', content: 'It\'s about "{{the question}}": {{question}} {{count}}' }] },
    bringsText: false,
  },
  {
    key: 'open-prompt',
    type: 'chat',
    modelId: 'practice-chat',
    variant: { messages: [{ role: 'system', content: '{{question}} {{count}}' }] },
    bringsText: true,
  },
  {
    key: 'finish',
    type: 'completion',
    modelId: 'practice-completion',
    variant: { prompt: '{{question}}' },
    bringsText: false,
  },
  { key: 'go-on', type: 'completion', modelId: 'practice-completion', variant: {}, bringsText: true },
  { key: 'vectors', type: 'embedding', modelId: 'practice-embed', variant: {}, bringsText: true },
  {
    key: 'one-vector',
    type: 'embedding',
    modelId: 'practice-embed',
    variant: { prompt: '{{question}}' },
    bringsText: false,
  },
  { key: 'painter', type: 'image', modelId: 'practice-image', variant: {}, bringsText: true },
  {
    key: 'picture',
    type: 'image',
    modelId: 'practice-image',
    variant: { prompt: '{{question}}' },
    bringsText: false,
  },
]

/** Clients that know no variables call what has none. */
const takesValues = (type: ModelType, bringsText: boolean) => type === 'chat' || !bringsText

for (const { key, type, modelId, variant, bringsText } of kinds) {
  const draft = {
    type,
    baseUrl: practice.url,
    apiKey: 'sk-practice-snippets00001',
    name: key,
    slug: `model-${key}`,
    modelId,
    region: 'own',
  }
  const model = await models.addModel(scope, { draft: draft as never })
  const config: DeploymentConfigInput = {
    variables: takesValues(type, bringsText)
      ? [{ name: 'question' }, { name: 'count', type: 'number', required: type === 'chat' }]
      : [],
    variants: [{ name: 'main', model: model.id, ...variant }],
  }
  await deployments.createDeployment(scope, { key, config })
  await deployments.publish(scope, { id: key, draftVersion: 1, environment: 'staging' })
}
await feed.refresh()

function snippetsOf({ key, type, bringsText }: (typeof kinds)[number]) {
  const gatewayUrl = `http://127.0.0.1:${ports.fast}/v1`
  const values = takesValues(type, bringsText)
    ? { question: `Where's "my" order? $HOME`, ...(type === 'chat' && { count: 2 }) }
    : {}
  return [
    ...deploymentSnippets(type, `${key}@staging`, gatewayUrl, { values, bringsText }),
    ...invokeSnippets(type, `${key}@staging`, gatewayUrl, { values, bringsText }).map((each) => ({
      ...each,
      own: true,
    })),
  ]
}

describe.each(kinds)('$key', (kind) => {
  const { key, type, bringsText } = kind
  const snippets = snippetsOf(kind)

  test('every client has its snippet', () => {
    expect(snippets.map(({ label }) => label)).toEqual([
      ...['curl', 'Node', 'Python', ...(type === 'chat' || bringsText ? ['AI SDK', 'LangChain'] : [])],
      ...['curl', 'Node', 'Python'],
    ])
  })

  test.each(snippets)('$label runs as pasted', async (snippet) => {
    if (snippet.label === 'Python' && !hasPython) {
      expect(isWholePython(snippet.code)).toBe(true)
      return
    }
    const name = `${key}-${snippet.label.replace(/\W/g, '')}${'own' in snippet ? '-own' : ''}`
    const { code, stdout, stderr } = await runSnippet(withKey(snippet, secret), name)
    expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) })
    expect(stdout.trim()).toMatch(type === 'embedding' ? /\d{2,}/ : /\w{2,}/)
  })
})

test('all of them were calls of the version in staging', async () => {
  await ledger.flush()
  const { rows } = await database.pool.query<{ version: string; environment: string; calls: number }>(
    `select version, environment, count(*)::int as calls from ledger.records where version <> '' group by 1, 2`,
  )
  const asked = kinds.flatMap(snippetsOf).filter(({ label }) => hasPython || label !== 'Python').length
  expect(rows).toEqual([{ version: '1.0', environment: 'staging', calls: asked }])
})
