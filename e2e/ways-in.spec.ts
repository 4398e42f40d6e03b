import { readFile } from 'node:fs/promises'
import { at, expect, expectAccessible, signIn, test } from './fixtures.ts'

const keys = {
  OPENAI_API_KEY: 'sk-practice-waysinopenai01',
  LLAMA_KEY_ONE: 'sk-practice-waysinllama001',
  LLAMA_KEY_TWO: 'sk-practice-waysinllama002',
}

/** What a team brings that leaves LiteLLM. */
function config(practice: string): string {
  const base = `api_base: "${practice}/v1"`
  return `model_list:
  - { model_name: gpt-4o, litellm_params: { model: openai/practice-small, ${base}, api_key: os.environ/OPENAI_API_KEY } }
  - { model_name: team/embed, litellm_params: { model: openai/practice-embed, ${base}, api_key: os.environ/OPENAI_API_KEY } }
  - { model_name: llama, litellm_params: { model: openai/practice-embed, ${base}, api_key: os.environ/LLAMA_KEY_ONE, rpm: 30 } }
  - { model_name: llama, litellm_params: { model: openai/practice-embed, ${base}, api_key: os.environ/LLAMA_KEY_TWO, rpm: 10 } }
  - { model_name: gone, litellm_params: { model: openai/practice-embedd, ${base}, api_key: os.environ/OPENAI_API_KEY } }
  - { model_name: "groq/*", litellm_params: { model: "groq/*" } }
  - { model_name: bedrock-claude, litellm_params: { model: bedrock/anthropic.claude-v2 } }
`
}

test('several models of one server, a LiteLLM configuration and a file become models that answer', async ({
  page,
  tenant,
}) => {
  test.setTimeout(180_000)
  const router = `${at.studio}/${tenant.workspace}/router`
  const dialog = page.getByRole('dialog')
  const call = async (path: string, body: object) => {
    const response = await fetch(`${at.gateway}/v1/${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${tenant.apiKey}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    })
    return response.status
  }
  await signIn(page, tenant)

  await test.step('several from one Base URL, which goes on when its dialog is closed', async () => {
    await page.getByRole('button', { name: 'Add Model' }).first().click()
    await page.getByRole('menuitem', { name: /^Several models from one Base URL/ }).click()
    await dialog.getByRole('button', { name: 'List models' }).click()
    await expect(dialog.getByText('Enter the Base URL')).toBeVisible()
    await dialog.getByRole('combobox', { name: 'Server' }).click()
    await page.getByRole('option', { name: 'Practice' }).click()
    await dialog.getByRole('button', { name: 'List models' }).click()
    await dialog.getByRole('searchbox', { name: 'Search Model ID' }).fill('emb')
    await dialog.getByRole('checkbox', { name: 'Select practice-embed' }).click()
    await dialog.getByRole('textbox', { name: 'Name of practice-embed' }).fill('Vectors')
    await dialog.getByRole('searchbox', { name: 'Search Model ID' }).fill('')
    await dialog.getByRole('checkbox', { name: 'Select practice-small' }).click()
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Check and add 2 models' }).click()
    await dialog.getByRole('list', { name: 'Models' }).waitFor()
    await dialog.getByRole('button', { name: 'Close' }).first().click()
    await expect(page.getByRole('row', { name: /Vectors/ })).toBeVisible({ timeout: 60_000 })
    await expect(page.getByRole('row', { name: /practice-small/ })).toBeVisible({ timeout: 60_000 })
  })

  await test.step('a LiteLLM configuration, whose old names answer', async () => {
    await page.goto(`${router}?add=litellm`)
    await dialog.getByRole('textbox', { name: 'config.yaml' }).fill('model_list: [')
    await dialog.getByRole('button', { name: 'Read it' }).click()
    await expect(dialog.getByText('This is not YAML')).toBeVisible()
    await dialog.getByRole('textbox', { name: 'config.yaml' }).fill(config(at.practice))
    await dialog.getByRole('button', { name: 'Read it' }).click()
    await expect(dialog.getByText('2 entries are left out')).toBeVisible()
    await dialog.getByRole('button', { name: 'Check and add 5 models' }).click()
    await expect(dialog.getByText('3 answers are missing.')).toBeVisible()
    await expectAccessible(page)
    for (const [name, key] of Object.entries(keys)) await dialog.getByLabel(name).fill(key)
    await dialog.getByRole('button', { name: 'Check and add 5 models' }).click()
    await expect(dialog.getByText('4 added, 1 not added')).toBeVisible({ timeout: 60_000 })
    await expect(dialog.getByText('Did you mean practice-embed?')).toBeVisible()
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Done' }).click()
    expect(await call('chat/completions', { model: 'gpt-4o', messages: [{ role: 'user', content: 'Hi' }] })).toBe(200)
    expect(await call('embeddings', { model: 'team/embed', input: 'x' })).toBe(200)
    expect(await call('embeddings', { model: 'llama', input: 'x' })).toBe(200)
  })

  await test.step('the group can be weighted anew, and its models tell of it', async () => {
    await page.goto(`${router}/groups`)
    await expect(page.getByRole('row', { name: /llama/ })).toContainText('75')
    await expectAccessible(page)
    await page.getByRole('button', { name: 'Edit llama' }).click()
    await dialog.getByRole('textbox', { name: 'Weight of llama 2' }).fill('0')
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog.getByText('A weight is a whole number from 1 to 1,000.')).toBeVisible()
    await dialog.getByRole('textbox', { name: 'Weight of llama 2' }).fill('9')
    await expectAccessible(page)
    await dialog.getByRole('button', { name: 'Save' }).click()
    await expect(dialog).toBeHidden()
    await page.getByRole('link', { name: 'llama 1' }).click()
    await expect(page.getByText('of its calls, weight 3')).toBeVisible()
    await expectAccessible(page)
  })

  await test.step('an export holds no key, and what is here already is left out of an import', async () => {
    await page.goto(router)
    await page.getByRole('button', { name: 'Add Model' }).first().click()
    const [download] = await Promise.all([
      page.waitForEvent('download'),
      page.getByRole('menuitem', { name: /^Export all/ }).click(),
    ])
    const text = await readFile(await download.path(), 'utf8')
    for (const key of Object.values(keys)) expect(text).not.toContain(key.slice(12))
    await page.goto(`${router}?add=file`)
    await dialog.getByRole('textbox', { name: 'File' }).fill(text)
    await dialog.getByRole('button', { name: 'Read it' }).click()
    await expect(dialog.getByText('The addresses of 6 models are taken')).toBeVisible()
    await dialog.getByLabel(/^API key of /).fill(keys.OPENAI_API_KEY)
    await dialog.getByRole('button', { name: 'Check and add 6 models' }).click()
    await expect(dialog.getByText('6 left out')).toBeVisible({ timeout: 30_000 })
  })
})
