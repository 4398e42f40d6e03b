import type { Page } from '@playwright/test'
import { freePort } from '#lib/testing/free-port.ts'
import { at, expect, expectAccessible, makeTenant, manage, operator, signIn, test } from './fixtures.ts'
import { type ModelForm, openAddModel } from './model-form.ts'

/** One rule: what is typed, what stands below the field then, and what the button in that line does. */
interface Rule {
  field: string
  typed: string
  /** Blocks saving. */
  error?: string
  /** Said, and saved all the same: a note, a warning, or the help that is always there. */
  says?: string
  /** The button in the line, and what the field holds after it was pressed. */
  fix?: { button: string; becomes: string }
}

const long = (count: number) => 'x'.repeat(count)
const baseUrl = 'https://api.groq.com/openai/v1'
const noUrl = 'This is not a web address. Example: https://api.groq.com/openai/v1.'
const noKey = 'An API key holds only plain letters, digits and signs. Copy it again; a shortened key does not work.'
const tokens = 'Max Tokens is a whole number from 1 to 10,000,000.'
const heat = 'Temperature is a number from 0 to 2.'
const price = 'Type a price in USD, for example 0.59.'
const context = 'The context length is a whole number from 1 to 100,000,000.'
const slug = 'A slug has 1 to 63 of a-z, 0-9, “.” and “-”, and begins with a letter or digit.'
const path = 'A path begins with “/” and has no “?”, “#” or “..”.'
const pem = 'Paste a certificate in PEM form: it begins with -----BEGIN CERTIFICATE-----.'
const stored = 'Stored encrypted. You can replace it later, not read it.'

const connection: Rule[] = [
  { field: 'baseUrl', typed: '', error: 'Enter the Base URL, for example https://api.groq.com/openai/v1.' },
  { field: 'baseUrl', typed: '   ', error: 'Enter the Base URL, for example https://api.groq.com/openai/v1.' },
  {
    field: 'baseUrl',
    typed: 'gsk_abcdefgh12345678',
    error: 'This looks like an API key. Paste the address of the server here.',
  },
  { field: 'baseUrl', typed: 'https://api.groq.com/ v1', error: 'A Base URL has no spaces or line breaks inside.' },
  { field: 'baseUrl', typed: 'https://api.groq.com\\v1', error: 'A Base URL has no backslash. Use “/”.' },
  { field: 'baseUrl', typed: 'ftp://api.groq.com/v1', error: 'A Base URL begins with https:// or http://.' },
  { field: 'baseUrl', typed: 'javascript:alert(1)', error: 'A Base URL begins with https:// or http://.' },
  {
    field: 'baseUrl',
    typed: 'https://me:secret@api.groq.com',
    error: 'Put the credential into API Key, not into the Base URL.',
  },
  {
    field: 'baseUrl',
    typed: `${baseUrl}?key=1`,
    error: 'A Base URL has no “?” part. Put query parameters under More.',
  },
  { field: 'baseUrl', typed: `${baseUrl}#top`, error: 'A Base URL has no “#” part.' },
  { field: 'baseUrl', typed: 'https://', error: noUrl },
  { field: 'baseUrl', typed: 'groq', error: noUrl },
  { field: 'baseUrl', typed: `https://a.example/${long(2_048)}`, error: 'A Base URL has at most 2,048 characters.' },
  { field: 'baseUrl', typed: 'api.groq.com/openai/v1', says: '“https://” was added' },
  { field: 'baseUrl', typed: 'localhost:11434/v1', says: '“http://” was added' },
  { field: 'baseUrl', typed: `${baseUrl}/`, says: 'The slash at the end was cut' },
  { field: 'baseUrl', typed: `${baseUrl}/chat/completions`, says: '“/chat/completions” was cut from the end' },
  { field: 'baseUrl', typed: `${baseUrl}/completions`, says: '“/completions” was cut from the end' },
  { field: 'baseUrl', typed: `${baseUrl}/embeddings`, says: '“/embeddings” was cut from the end' },
  { field: 'baseUrl', typed: `${baseUrl}/images/generations`, says: '“/images/generations” was cut from the end' },
  { field: 'baseUrl', typed: `${baseUrl}/models`, says: '“/models” was cut from the end' },
  { field: 'baseUrl', typed: `${baseUrl}/v1`, says: 'The doubled “/v1” was cut' },
  { field: 'baseUrl', typed: 'https://api.groq.com//openai/v1', says: 'Doubled slashes were cut' },
  { field: 'baseUrl', typed: `"${baseUrl}"`, says: 'Quotes were cut' },
  {
    field: 'baseUrl',
    typed: `${baseUrl}/v1/chat/completions/`,
    says: '“/chat/completions” was cut from the end · The doubled “/v1” was cut',
  },
  { field: 'baseUrl', typed: baseUrl, says: '' },
  { field: 'apiKey', typed: '', error: 'Paste the API key, or tick “This server needs no key”.' },
  { field: 'apiKey', typed: 'pb_live_0123456789', error: 'This is a Patchbay key. Paste the key of api.groq.com.' },
  {
    field: 'apiKey',
    typed: 'Bearer pb_live_0123456789',
    error: 'This is a Patchbay key. Paste the key of api.groq.com.',
  },
  { field: 'apiKey', typed: baseUrl, error: 'This looks like the Base URL.' },
  { field: 'apiKey', typed: 'gsk_…wxyz', error: noKey },
  { field: 'apiKey', typed: long(8_193), error: 'An API key has at most 8,192 characters.' },
  { field: 'apiKey', typed: ' gsk_0123456789 ', says: 'Spaces around the key were cut' },
  { field: 'apiKey', typed: '"gsk_0123456789"', says: 'Quotes were cut' },
  { field: 'apiKey', typed: 'Bearer gsk_0123456789', says: '“Bearer ” was cut' },
  {
    field: 'apiKey',
    typed: 'Authorization: Bearer gsk_0123456789',
    says: '“Authorization:” was cut · “Bearer ” was cut',
  },
  { field: 'apiKey', typed: 'GROQ_API_KEY=gsk_0123456789', says: 'The name of the variable was cut' },
  { field: 'apiKey', typed: 'gsk_01234 56789', says: 'Spaces and line ends were cut' },
  { field: 'apiKey', typed: 'gsk_0123456789', says: stored },
]

const general: Rule[] = [
  { field: 'name', typed: '', error: 'Enter a name of 1 to 128 characters.' },
  { field: 'name', typed: '   ', error: 'Enter a name of 1 to 128 characters.' },
  { field: 'name', typed: long(129), error: 'Enter a name of 1 to 128 characters.' },
  { field: 'name', typed: 'Custom Groq Llama 3.3', says: 'Callers use custom-groq-llama-3-3 · change' },
  { field: 'name', typed: 'Größe', says: 'Callers use grosse · change' },
  { field: 'name', typed: '日本', says: 'Callers use openai-gpt-oss-120b · change' },
  { field: 'modelId', typed: '', error: 'Enter the Model ID as the server names it.' },
  { field: 'modelId', typed: long(513), error: 'A Model ID has at most 512 characters and no line breaks.' },
  { field: 'modelId', typed: 'accounts/a.b/models/llama-v3p3:free', says: 'As the server names it.' },
  { field: 'description', typed: long(501), error: 'At most 500 characters.' },
  { field: 'description', typed: long(500), says: '' },
]

const advanced: Rule[] = [
  ...['0', '-1', '1.5', '10000001', 'many'].map((typed) => ({ field: 'maxTokens', typed, error: tokens })),
  { field: 'maxTokens', typed: '8,192', says: 'The most a call may answer. Higher values are lowered to it.' },
  ...['2.1', '-0.1', 'warm'].map((typed) => ({ field: 'temperature', typed, error: heat })),
  { field: 'temperature', typed: '0,2', says: '0 to 2, where the caller sends none.' },
  ...['inputPrice', 'outputPrice'].flatMap((field): Rule[] => [
    { field, typed: 'cheap', error: price },
    { field, typed: '-1', error: 'A price cannot be below 0.' },
    { field, typed: '1000001', error: 'A price is at most 1,000,000.' },
    { field, typed: '0.1234567', error: 'A price has at most 6 decimal places.' },
    { field, typed: '1200', says: 'That is $1.20 a 1K tokens. Prices are per 1M.' },
    {
      field,
      typed: '0.00000059',
      error: '0.00000059 looks like a price per token. Use 0.59 per 1M',
      fix: { button: 'Use 0.59 per 1M', becomes: '0.59' },
    },
    {
      field,
      typed: '0.00005',
      says: '0.00005 looks like a price per token. Use 50 per 1M',
      fix: { button: 'Use 50 per 1M', becomes: '50' },
    },
    { field, typed: '$0,59', says: '' },
    { field, typed: '', says: '' },
  ]),
]

const more: Rule[] = [
  { field: 'cachedInputPrice', typed: 'x', error: price },
  { field: 'cachedInputPrice', typed: '0.1234567', error: 'A price has at most 6 decimal places.' },
  { field: 'cachedInputPrice', typed: '0,075', says: 'Empty: as the input price.' },
  ...['0', 'x', '100000001'].map((typed) => ({ field: 'contextTokens', typed, error: context })),
  { field: 'contextTokens', typed: '131 072', says: 'In tokens.' },
  ...['chat', '/a?b', '/a/../b', '/a#b'].map((typed) => ({ field: 'paths', typed, error: path })),
  { field: 'paths', typed: '/openai/chat/completions', says: 'Where it differs from OpenAI’s.' },
  { field: 'aliases', typed: long(257), error: 'An alias has at most 256 characters.' },
  { field: 'aliases', typed: 'deployment/summary', error: 'This form of address is Patchbay’s own.' },
  {
    field: 'aliases',
    typed: 'groq/llama-3.3\ngroq:llama',
    says: 'Further names that callers may put in model, one a line.',
  },
  { field: 'ca', typed: 'MIIB', error: pem },
  {
    field: 'timeouts.connectMs',
    typed: '99',
    error: 'A time limit is a whole number of milliseconds from 100 to 60,000.',
  },
  {
    field: 'timeouts.firstByteMs',
    typed: '3600001',
    error: 'A time limit is a whole number of milliseconds from 100 to 3,600,000.',
  },
  {
    field: 'timeouts.idleMs',
    typed: '1.5',
    error: 'A time limit is a whole number of milliseconds from 100 to 3,600,000.',
  },
  {
    field: 'timeouts.totalMs',
    typed: '86400001',
    error: 'A time limit is a whole number of milliseconds from 100 to 86,400,000.',
  },
  { field: 'timeouts.totalMs', typed: '120000', says: 'ms' },
]

/** Types, reads the line, presses the button, sees that nothing else moved, and puts the old value back. */
async function check(form: ModelForm, { field, typed, error, says, fix }: Rule) {
  const box = form.box(field)
  const before = await form.values()
  const old = await box.inputValue()
  await box.fill(typed)
  await box.blur()
  await expect(form.below(field)).toHaveText(error ?? says ?? '')
  if (error === undefined) await expect(box).not.toHaveAttribute('aria-invalid', 'true')
  else {
    await expect(box).toHaveAttribute('aria-invalid', 'true')
    await form.submit.click()
    await expect(form.footer('Nothing was saved. 1 field to fix.')).toBeVisible()
    await expect(box).toBeFocused()
  }
  if (fix) {
    await form.below(field).getByRole('button', { name: fix.button }).click()
    await expect(box).toHaveValue(fix.becomes)
    await expect(box).toBeFocused()
    await expect(box).not.toHaveAttribute('aria-invalid', 'true')
  }
  await box.fill(old)
  await box.blur()
  // The picker names the server that the Base URL belongs to; it goes along.
  expect(Object.entries(await form.values()).filter(([name]) => name !== 'server')).toEqual(
    Object.entries(before).filter(([name]) => name !== 'server'),
  )
}

async function checkAll(form: ModelForm, rules: readonly Rule[]) {
  for (const rule of rules) await test.step(`${rule.field}: ${rule.typed.slice(0, 40)}`, () => check(form, rule))
}

/** A form in which everything is right, for a server that is never called. */
async function openFilled(page: Page, workspace: string) {
  const form = await openAddModel(page, at.studio, workspace, 'openai')
  await form.box('baseUrl').fill(baseUrl)
  await form.box('apiKey').fill('gsk_0123456789')
  await form.box('name').fill('Groq')
  await form.box('modelId').fill('openai/gpt-oss-120b')
  return form
}

test('every rule of the fields is said in its words below the field, and nothing else in the form changes', async ({
  page,
  tenant,
}) => {
  test.setTimeout(120_000)
  await signIn(page, tenant)
  const form = await openFilled(page, tenant.workspace)
  const { dialog } = form

  await test.step('the picker and the region', async () => {
    // The Base URL of a known server chose both.
    await expect(dialog.locator('[data-field="server"]')).toContainText('Groq')
    await expect(dialog.locator('[data-field="region"]')).toContainText('United States')
  })
  await checkAll(form, connection)
  await checkAll(form, general)
  await test.step('the address', async () => {
    await form.below('name').getByRole('button', { name: 'change' }).click()
    await expect(form.box('slug')).toHaveValue('groq')
    await checkAll(form, [
      { field: 'slug', typed: 'Groq Llama', error: slug },
      { field: 'slug', typed: '-groq', error: slug },
      { field: 'slug', typed: long(64), error: slug },
      { field: 'slug', typed: 'groq-llama.3', says: 'What callers put in model · make it from the name' },
    ])
    await dialog.getByRole('button', { name: 'make it from the name' }).click()
    await expect(form.box('slug')).toHaveCount(0)
  })
  await checkAll(form, advanced)
  await test.step('the live example', async () => {
    await form.box('inputPrice').fill('0.59')
    await expect(dialog.getByText('Calls are recorded as unpriced until both prices are set.')).toBeVisible()
    await form.box('outputPrice').fill('0,79')
    await expect(dialog.getByText('1,000 tokens in and 1,000 out cost $0.00138.')).toBeVisible()
    await form.box('inputPrice').fill('0')
    await form.box('outputPrice').fill('0')
    await expect(dialog.getByText('Calls are free.')).toBeVisible()
    await form.box('inputPrice').fill('')
    await form.box('outputPrice').fill('')
    await expect(dialog.getByText('Without prices, calls are recorded as unpriced.')).toBeVisible()
  })
  await dialog.getByRole('button', { name: /^More/ }).click()
  await checkAll(form, more)
  await test.step('headers, query parameters and the key’s own header', () => checkPairs(form))
})

async function checkPairs(form: ModelForm) {
  const { dialog } = form
  const rows = [
    { part: 'headers', name: 'x y', value: '1', error: 'A header’s name has only letters, digits and “-”.' },
    { part: 'headers', name: 'Host', value: '1', error: 'The header Host cannot be set here.' },
    { part: 'headers', name: 'x-forwarded-for', value: '1', error: 'The header x-forwarded-for cannot be set here.' },
    {
      part: 'headers',
      name: 'x-team',
      value: '',
      error: 'A header’s value has 1 to 4,096 visible characters and no line breaks.',
    },
    { part: 'query', name: 'api version', value: '1', error: 'A parameter’s name has 1 to 128 characters.' },
    {
      part: 'query',
      name: 'v',
      value: long(2_049),
      error: 'A parameter’s value has at most 2,048 characters and no line breaks.',
    },
  ]
  for (const { part, name, value, error } of rows) {
    const before = await form.values()
    const group = dialog.locator(`[data-field="${part}"]`)
    await group.getByRole('button', { name: 'Add' }).click()
    await group.getByPlaceholder('name').fill(name)
    await group.getByPlaceholder('value').fill(value)
    await form.submit.click()
    await expect(group.locator('[aria-live]')).toHaveText(error)
    await expect(form.footer('Nothing was saved. 1 field to fix.')).toBeVisible()
    await group.getByRole('button', { name: /^Remove/ }).click()
    expect(await form.values()).toEqual(before)
  }
  const sentAs = dialog.getByRole('combobox', { name: 'Key sent as' })
  await sentAs.click()
  await dialog.page().getByRole('option', { name: 'Another header' }).click()
  const header = dialog.getByLabel('Header', { exact: true })
  for (const [typed, error] of [
    ['', 'Enter the name of the header.'],
    ['x key', 'A header’s name has only letters, digits and “-”.'],
    ['cookie', 'The header cookie cannot be set here.'],
  ] as const) {
    await header.fill(typed)
    await form.submit.click()
    await expect(form.below('keyHeader')).toHaveText(error)
    await expect(form.footer('Nothing was saved. 1 field to fix.')).toBeVisible()
  }
}

test('an untouched form asks for what it needs, in its order, and leads to the first field', async ({
  page,
  tenant,
}) => {
  await signIn(page, tenant)
  const form = await openAddModel(page, at.studio, tenant.workspace, 'openai')
  await form.submit.click()
  await expect(form.footer('Nothing was saved. 5 fields to fix.')).toBeVisible()
  await expect(form.dialog.getByText('5 fields to fix', { exact: true })).toBeVisible()
  await expect(form.dialog.getByRole('listitem').filter({ hasText: ': ' })).toHaveText([
    'Base URL: Enter the Base URL, for example https://api.groq.com/openai/v1.',
    'API Key: Paste the API key, or tick “This server needs no key”.',
    'Model Name: Enter a name of 1 to 128 characters.',
    'Model ID: Enter the Model ID as the server names it.',
    'Region: Choose a region.',
  ])
  await expect(form.box('baseUrl')).toBeFocused()
  await form.dialog.getByRole('button', { name: 'Region: Choose a region.' }).click()
  await expect(form.dialog.getByRole('combobox', { name: 'Region' })).toBeFocused()
  await expectAccessible(page)

  // What is typed outlives a reload, but for the key.
  await form.box('baseUrl').fill('api.groq.com/openai/v1')
  await form.box('apiKey').fill('gsk_0123456789')
  await form.box('description').fill('Kept')
  await page.reload()
  await expect(form.box('description')).toHaveValue('Kept')
  await expect(form.box('baseUrl')).toHaveValue('api.groq.com/openai/v1')
  await expect(form.box('apiKey')).toHaveValue('')
})

test('a failed validation marks the field with cause and fix, and everything typed stays', async ({ page, tenant }) => {
  test.setTimeout(120_000)
  await signIn(page, tenant)
  const form = await openAddModel(page, at.studio, tenant.workspace, 'practice')
  const { dialog } = form
  const host = new URL(at.practice).host
  const validate = dialog.getByRole('button', { name: 'Validate' })

  /** The server refuses: the field says why, nothing else moved, the button leads on. */
  async function refused(field: string, message: string | RegExp) {
    const before = await form.values()
    await form.submit.click()
    await expect(form.below(field)).toHaveText(message, { timeout: 30_000 })
    await expect(form.footer('Nothing was saved. 1 field to fix.')).toBeVisible()
    expect(await form.values()).toEqual(before)
    // Nor is anything saved.
    expect(await manage<{ items: unknown[] }>(tenant, 'GET', '/models')).toMatchObject({ items: [] })
  }
  const good = { baseUrl: await form.box('baseUrl').inputValue(), apiKey: await form.box('apiKey').inputValue() }

  await test.step('wrong key', async () => {
    await form.box('apiKey').fill('sk-wrong-0000')
    await refused('apiKey', `${host} refuses this key. Copy it again, or make a new one there.`)
    await form.box('apiKey').fill(good.apiKey)
    await expect(form.below('apiKey')).toHaveText(stored)
  })

  await test.step('no key where one is needed', async () => {
    const noKeyBox = dialog.getByRole('checkbox', { name: 'This server needs no key' })
    await noKeyBox.click()
    await refused('apiKey', `${host} wants a key. Untick “This server needs no key” and paste one. Enter a key`)
    const fix = form.below('apiKey').getByRole('button', { name: 'Enter a key' })
    // The box itself is off: whoever is at the keyboard stands on what mends it.
    await expect(fix).toBeFocused()
    await page.keyboard.press('Enter')
    await expect(noKeyBox).not.toBeChecked()
    await expect(form.box('apiKey')).toBeFocused()
    await expect(form.below('apiKey')).toHaveText(stored)
  })

  await test.step('a key that goes into another header', async () => {
    await form.box('baseUrl').fill(`${at.practice}/x-api-key-header/v1`)
    const sentAs = dialog.getByRole('combobox', { name: 'Key sent as' })
    await form.submit.click()
    const words = `${host} takes this key in the header x-api-key, not where it was sent. Choose that under “Key sent as”. Send it as x-api-key`
    await expect(form.below('keyHeader')).toHaveText(words, { timeout: 30_000 })
    await expect(sentAs).toBeFocused()
    await form.below('keyHeader').getByRole('button', { name: 'Send it as x-api-key' }).click()
    await expect(sentAs).toHaveText('x-api-key')
    await expect(sentAs).toBeFocused()
    await validate.click()
    await expect(form.footer('Checked. Ready to save.')).toBeVisible({ timeout: 30_000 })
    await sentAs.click()
    await page.getByRole('option', { name: 'Authorization: Bearer' }).click()
    await dialog.getByRole('button', { name: /^More/ }).click()
  })

  await test.step('a key that may not', async () => {
    await form.box('baseUrl').fill(`${at.practice}/forbidden/v1`)
    await refused(
      'apiKey',
      `${host} knows this key but does not let it do this. Give it the right there, or paste another one. It says: “This key may not use this server.”`,
    )
  })

  await test.step('wrong host: a web page', async () => {
    await form.box('baseUrl').fill(`${at.practice}/html/v1`)
    await refused('baseUrl', `${host} answered with a web page, not with OpenAI’s API. Check the path of the Base URL.`)
  })

  await test.step('wrong host: a path that is not the API', async () => {
    await form.box('baseUrl').fill(`${at.practice}/nowhere/v1`)
    await refused(
      'baseUrl',
      /^127\.0\.0\.1:\d+ has nothing at this address\. Check the path of the Base URL\. It says: “.*”$/,
    )
  })

  await test.step('a server that leads elsewhere', async () => {
    await form.box('baseUrl').fill(`${at.practice}/redirect/v1`)
    await refused(
      'baseUrl',
      `${host} sends callers to ${at.practice}/v1. Enter that address, if it is yours to trust. Use ${at.practice}/v1`,
    )
    await form.box('baseUrl').fill(good.baseUrl)
  })

  await test.step('wrong Model ID, with the near name as a button', async () => {
    await form.box('modelId').fill('practice-chatt')
    await refused('modelId', 'Not served here. Did you mean practice-chat?')
    await form.below('modelId').getByRole('button', { name: 'practice-chat' }).click()
    await expect(form.box('modelId')).toHaveValue('practice-chat')
    await expect(form.below('modelId')).toHaveText('As the server names it.')
    await form.box('modelId').fill('nothing-like-it')
    await refused('modelId', 'Not served here. Choose one of the models it offers.')
  })

  await test.step('wrong Type, with the right one as a button', async () => {
    await form.box('modelId').fill('practice-embed')
    await refused('type', 'This model answers embeddings. Change Type to Embedding')
    await form.below('type').getByRole('button', { name: 'Change Type to Embedding' }).click()
    await expect(dialog.getByRole('radio', { name: 'Embedding' })).toBeChecked()
    await dialog.getByRole('radio', { name: 'Chat Completion' }).click()
  })

  await test.step('a temperature that the model refuses', async () => {
    await form.box('modelId').fill('practice-chat:no-temperature')
    await form.box('temperature').fill('0,2')
    await refused('temperature', 'This model accepts only its own temperature; leave this empty. Leave it empty')
    await form.below('temperature').getByRole('button', { name: 'Leave it empty' }).click()
    await expect(form.box('temperature')).toHaveValue('')
  })

  await test.step('pictures are not made without consent', async () => {
    await dialog.getByRole('radio', { name: 'Image' }).click()
    await form.box('modelId').fill('practice-image')
    await form.box('baseUrl').fill(`${at.practice}/no-models/v1`)
    await form.box('imagePrice').fill('0.04')
    await refused(
      'imageConsent',
      `${host} lists no models. Agree to make 3 pictures for at most $0.12, so that the model can be tried.`,
    )
  })

  await test.step('a missing /v1 is found, and what was read is what is saved', async () => {
    await dialog.getByRole('radio', { name: 'Chat Completion' }).click()
    await form.box('baseUrl').fill(at.practice)
    await form.box('modelId').fill('practice-chat')
    await form.box('temperature').fill('0,2')
    await form.box('inputPrice').fill('$0,59')
    await validate.click()
    await expect(form.footer('Checked. Ready to save.')).toBeVisible({ timeout: 30_000 })
    await expect(dialog.getByText(/“\/v1” was added to the Base URL/)).toBeVisible()
    await form.submit.click()
    await expect(page.getByText('Ready to call.')).toBeVisible()
    const { items } = await manage<{ items: Record<string, unknown>[] }>(tenant, 'GET', '/models')
    expect(items).toMatchObject([
      { baseUrl: `${at.practice}/v1`, temperature: 0.2, inputPrice: '0.59', slug: 'practice-chat' },
    ])
  })

  await test.step('a name that is taken is said, and its address gets a number', async () => {
    await page.getByRole('button', { name: 'Add another' }).click()
    await form.box('name').fill('Practice Chat')
    await expect(form.below('name')).toHaveText('Another model has this name. Callers use practice-chat-2 · change')
  })

  await test.step('an address that is taken is refused when it is saved', async () => {
    await form.box('baseUrl').fill(good.baseUrl)
    await form.box('apiKey').fill(good.apiKey)
    await form.box('modelId').fill('practice-small')
    await form.dialog.getByRole('combobox', { name: 'Region' }).click()
    await page.getByRole('option', { name: 'Own servers' }).click()
    await form.below('name').getByRole('button', { name: 'change' }).click()
    await form.box('slug').fill('practice-chat')
    const before = await form.values()
    await form.submit.click()
    await expect(form.below('slug')).toHaveText('“practice-chat” is the address of another model.', { timeout: 30_000 })
    await expect(form.footer('Nothing was saved. 1 field to fix.')).toBeVisible()
    expect(await form.values()).toEqual(before)
  })
})

test('a private address is refused until the operator allows it, and a server that does not run is told apart', async ({
  page,
}) => {
  const port = await freePort()
  const entry = `127.0.0.1:${port}`

  await test.step('for others: ask the operator', async () => {
    const tenant = await makeTenant('asks')
    await signIn(page, tenant)
    const form = await openAddModel(page, at.studio, tenant.workspace, 'practice')
    await form.box('baseUrl').fill(`http://${entry}/v1`)
    await form.submit.click()
    await expect(form.below('baseUrl')).toContainText(`Ask the operator to allow ${entry}.`)
    await expect(form.below('baseUrl').getByRole('button')).toHaveCount(0)
    await expect(form.footer('Nothing was saved. 1 field to fix.')).toBeVisible()
    await page.context().clearCookies()
  })

  await test.step('for the operator: a button that allows it and checks again', async () => {
    await signIn(page, operator())
    const form = await openAddModel(page, at.studio, operator().workspace, 'practice')
    await form.box('baseUrl').fill(`http://${entry}/v1`)
    const before = await form.values()
    await form.submit.click()
    await form
      .below('baseUrl')
      .getByRole('button', { name: `Allow ${entry} and check again` })
      .click()
    await expect(form.below('baseUrl')).toHaveText(
      `${entry} cannot be reached. Is the server running, and is this its port?`,
    )
    await expect(form.footer('Nothing was saved. 1 field to fix.')).toBeVisible()
    expect(await form.values()).toEqual(before)
  })
})
