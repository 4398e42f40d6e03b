import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { type ModelType, modelTypes } from '#lib/models/schema.ts'
import { createHostCheck } from '#lib/platform/hosts.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { listen } from '#lib/testing/doors.ts'
import { testHouse } from '#lib/testing/house.ts'
import { startForTests } from '#lib/testing/practice-client.ts'
import { createHttpDoor } from '../../server/http-door.ts'
import { callSnippets, type Snippet, snippetsFor } from './snippets.ts'

const { database } = await testDatabase()
const house = await testHouse(database)
const { practice } = await startForTests()
const port: number = await listen(
  createHttpDoor({
    gateway: house.gateway,
    isOurHost: (host) => createHostCheck({ bind: '127.0.0.1', port, publicUrls: [] })(host),
    notReady: () => [],
    onError: (error) => {
      throw error
    },
  }),
)
const gatewayUrl = `http://127.0.0.1:${port}/v1`
const slugs: Record<ModelType, string> = {
  chat: 'practice-chat',
  completion: 'practice-completion',
  embedding: 'practice-embed',
  image: 'practice-image',
}
for (const type of modelTypes) house.model(slugs[type], practice.url, { type })

// A project of somebody who has installed what the snippets import.
const modules = fileURLToPath(new URL('../../node_modules', import.meta.url))
let folder = ''
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'patchbay-snippets-'))
  await symlink(modules, join(folder, 'node_modules'))
})
afterAll(() => rm(folder, { recursive: true, force: true }))

/**
 * The official Python client where it is installed. Elsewhere a stand-in with its names and nothing of its own: what a
 * snippet passes is what the gateway gets.
 */
const standIn = `
import json, urllib.request
class Answer:
    def __init__(self, value): self.value = value
    def __getattr__(self, name): return wrap(self.value.get(name))
    def __str__(self): return json.dumps(self.value)
def wrap(value):
    if isinstance(value, dict): return Answer(value)
    if isinstance(value, list): return [wrap(each) for each in value]
    return value
class Resource:
    def __init__(self, client, path): self.client, self.path = client, path
    def create(self, extra_body=None, **body):
        body.update(extra_body or {})
        request = urllib.request.Request(self.client.base_url + self.path, json.dumps(body).encode(), {
            "authorization": "Bearer " + self.client.api_key, "content-type": "application/json"})
        return wrap(json.load(urllib.request.urlopen(request)))
    generate = create
class OpenAI:
    def __init__(self, *, base_url, api_key):
        self.base_url, self.api_key = base_url, api_key
        self.completions = Resource(self, "/completions")
        self.embeddings = Resource(self, "/embeddings")
        self.images = Resource(self, "/images/generations")
        self.chat = type("Chat", (), {"completions": Resource(self, "/chat/completions")})
`

interface Ran {
  code: number
  stdout: string
  stderr: string
}
const run = (command: string, args: string[], options: { cwd?: string; input?: string } = {}) =>
  new Promise<Ran>((resolve) => {
    const { PATCHBAY_API_KEY: _unset, NODE_OPTIONS: _none, ...env } = process.env
    const child = execFile(command, args, { env, cwd: options.cwd, timeout: 25_000 }, (error, stdout, stderr) =>
      resolve({ code: error ? Number(error.code ?? 1) : 0, stdout, stderr }),
    )
    child.stdin?.end(options.input)
  })

async function runSnippet({ label, code }: Snippet, name: string): Promise<Ran> {
  if (label === 'curl') return run('bash', ['-s'], { input: code.replace('curl ', 'curl -sS --fail ') })
  if (label === 'Python') {
    const home = await mkdtemp(join(tmpdir(), 'patchbay-snippet-'))
    try {
      const isInstalled = (await run('python3', ['-c', 'import openai'])).code === 0
      if (!isInstalled) await writeFile(join(home, 'openai.py'), standIn)
      await writeFile(join(home, 'call.py'), code)
      return await run('python3', ['call.py'], { cwd: home })
    } finally {
      await rm(home, { recursive: true, force: true })
    }
  }
  const file = join(folder, `${name}.mjs`)
  await writeFile(file, code)
  return run(process.execPath, [file], { cwd: folder })
}

/** What each prints when its call was answered. */
const printed: Record<ModelType, RegExp> = {
  chat: /\w{2,}/,
  completion: /\w{2,}/,
  embedding: /^\d{2,}$/,
  image: /^(\d{2,}|https?:\/\/\S+)$/,
}

const hasPython = (await run('python3', ['--version'])).code === 0

describe.each(modelTypes)('%s', (type) => {
  test.each(snippetsFor(type, slugs[type], gatewayUrl, { apiKey: house.key, base64: true }))(
    '$label runs as pasted',
    async (snippet) => {
      if (snippet.label === 'Python' && !hasPython) {
        expect(isWholePython(snippet.code)).toBe(true)
        return
      }
      const { code, stdout, stderr } = await runSnippet(snippet, `${type}-${snippet.label.replace(/\W/g, '')}`)
      expect({ code, stderr }).toEqual({ code: 0, stderr: expect.any(String) })
      if (snippet.label === 'curl') expect(JSON.parse(stdout)).toHaveProperty(type === 'image' ? 'data' : 'usage')
      else expect(stdout.trim()).toMatch(printed[type])
    },
  )
})

test('without a key the snippets read it from PATCHBAY_API_KEY alone', () => {
  for (const type of modelTypes) {
    for (const { code } of snippetsFor(type, slugs[type], gatewayUrl)) {
      expect(code).toContain('PATCHBAY_API_KEY')
      expect(code).not.toMatch(/pb_|\?\?=|setdefault|export /)
    }
  }
})

test('an address with quotes stays one string in every language', async () => {
  const address = `it's "quoted"`
  house.model(address, practice.url, { type: 'embedding', modelId: 'practice-embed' })
  for (const snippet of snippetsFor('embedding', address, gatewayUrl, { apiKey: house.key })) {
    if (snippet.label === 'Python' && !hasPython) continue
    const { code, stderr } = await runSnippet(snippet, `quotes-${snippet.label.replace(/\W/g, '')}`)
    expect({ label: snippet.label, code, stderr }).toMatchObject({ code: 0 })
  }
})

test('a call as it stands in an editor is sent as it stands: functions, schema, quotes, what OpenAI does not know', async () => {
  const parameters = { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] }
  const body = {
    model: slugs.chat,
    messages: [
      { role: 'system', content: 'It\'s "short"\n\\ $HOME `x` $(1)' },
      { role: 'user', content: 'The weather in Paris?' },
    ],
    temperature: 0.5,
    stop: ['###'],
    tools: [{ type: 'function', function: { name: 'get_weather', description: "today's", parameters, strict: true } }],
    parallel_tool_calls: false,
    metadata: { 'a-b': 'null' },
    verbosity: 'low',
  }
  for (const snippet of callSnippets('chat', body, gatewayUrl, ['verbosity'])) {
    if (snippet.label === 'Python' && !hasPython) continue
    const code = snippet.code.replace('$PATCHBAY_API_KEY', house.key)
    const { stdout, stderr } = await runSnippet(
      { ...snippet, code: setKey(snippet.label, code) },
      `call-${snippet.label}`,
    )
    expect({ label: snippet.label, stdout, stderr }).toMatchObject({ stdout: expect.stringContaining('get_weather') })
    expect(stdout).toContain('Paris')
  }
})

/** Sets the key where a person would have it in the environment. */
function setKey(label: Snippet['label'], code: string): string {
  if (label === 'Node')
    return code.replace('const client', `process.env.PATCHBAY_API_KEY = '${house.key}'\nconst client`)
  if (label === 'Python') return code.replace('client = ', `os.environ["PATCHBAY_API_KEY"] = "${house.key}"\nclient = `)
  return code
}

/** Where there is no Python: every bracket closed, every line indented by fours. */
function isWholePython(code: string): boolean {
  const text = code.replace(/"(?:[^"\\]|\\.)*"/g, '""')
  const open: string[] = []
  for (const sign of text.match(/[()[\]{}]/g) ?? []) {
    if ('([{'.includes(sign)) open.push(sign)
    else if (open.pop() !== { ')': '(', ']': '[', '}': '{' }[sign]) return false
  }
  return open.length === 0 && text.split('\n').every((line) => /^ */.exec(line)![0].length % 4 === 0)
}
