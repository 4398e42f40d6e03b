import { execFile } from 'node:child_process'
import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll } from 'vitest'

interface Snippet {
  label: string
  code: string
}

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

/** Runs a snippet as somebody would who pasted it. `name`: of its file. */
export async function runSnippet({ label, code }: Snippet, name: string): Promise<Ran> {
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

export const hasPython = (await run('python3', ['--version'])).code === 0

/** The same with the key where a person would have it in the environment. */
export function withKey({ label, code }: Snippet, key: string): Snippet {
  if (label === 'curl') return { label, code: code.replace('$PATCHBAY_API_KEY', key) }
  // Imports stand first and are read first.
  if (label === 'Python') return { label, code: `import os\nos.environ["PATCHBAY_API_KEY"] = "${key}"\n${code}` }
  return { label, code: code.replace(/^(?:import .*\n)*/m, `$&process.env.PATCHBAY_API_KEY = '${key}'\n`) }
}

/** Where there is no Python: every bracket closed, every line indented by fours. */
export function isWholePython(code: string): boolean {
  const text = code.replace(/"(?:[^"\\]|\\.)*"/g, '""')
  const open: string[] = []
  for (const sign of text.match(/[()[\]{}]/g) ?? []) {
    if ('([{'.includes(sign)) open.push(sign)
    else if (open.pop() !== { ')': '(', ']': '[', '}': '{' }[sign]) return false
  }
  return open.length === 0 && text.split('\n').every((line) => /^ */.exec(line)![0].length % 4 === 0)
}
