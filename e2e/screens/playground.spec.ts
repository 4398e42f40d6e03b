import { at, expect, makeTenant, manage, practiceModel, savedPrompt, signIn, test } from '../fixtures.ts'
import { picture } from './picture.ts'

test.describe.configure({ timeout: 300_000 })

test('the playground before, in and after a run, in each of its modes', async ({ page }) => {
  const tenant = await makeTenant('playing')
  await signIn(page, tenant)
  const open = (path = '') => page.goto(`${at.studio}/${tenant.workspace}/playground${path}`)
  await open()
  await expect(page.getByRole('heading', { name: 'No model to ask yet' })).toBeVisible()
  await picture(page, 'playground-empty')

  const none = { inputPrice: '', outputPrice: '' }
  for (const changes of [
    { name: 'Search vectors', type: 'embedding', modelId: 'practice-embed', ...none, inputPrice: '0.02' },
    { name: 'Pictures', type: 'image', modelId: 'practice-image', ...none, imagePrice: '0.04', imageConsent: true },
    { name: 'Small and quick', modelId: 'practice-small', inputPrice: '0.05', outputPrice: '0.08' },
    { name: 'Careful thinker', modelId: 'practice-reasoner', inputPrice: '1.1', outputPrice: '4.4' },
    { name: 'Support chat' },
  ])
    await manage(tenant, 'POST', '/models', practiceModel(changes))
  await open()
  await expect(page.getByRole('region', { name: 'Support chat' })).toBeVisible()
  await picture(page, 'playground-new')

  const tool = {
    name: 'get_weather',
    description: 'The weather in a city today.',
    parameters: { type: 'object', properties: { city: { type: 'string' } }, required: ['city'] },
  }
  const link = await savedPrompt(tenant, {
    type: 'chat',
    messages: [
      { role: 'system', content: 'You answer for a travel desk in {{tone}} words.' },
      { role: 'user', content: 'What is the weather in {{city}} today?' },
    ],
    variables: { tone: 'short', city: 'Paris' },
    tools: [{ type: 'function', function: tool }],
    parameters: { temperature: 0.2, seed: 7 },
    columns: [{ model: 'support-chat' }, { model: 'careful-thinker' }, { model: 'small-and-quick', parameters: {} }],
  })
  await open(`/${link}`)
  const log = (name: string) => page.getByRole('log', { name: `Answers of ${name}` })
  await expect(page.getByRole('region', { name: 'Small and quick' })).toBeVisible()
  await page.getByRole('textbox', { name: 'city' }).press('Control+Enter')
  await expect(log('Small and quick').getByRole('alert')).toBeVisible()
  await log('Support chat')
    .getByRole('textbox', { name: 'Result of get_weather' })
    .fill('{"sky": "clear", "celsius": 21}')
  await page.keyboard.press('Control+Enter')
  await expect(log('Support chat')).toContainText('celsius 21')
  await log('Careful thinker').getByRole('button', { name: 'Thoughts' }).click()
  await expect(page.getByText(/^\$0\.\d+/)).not.toHaveCount(0)
  await picture(page, 'playground-run')
  for (const [name, part] of [
    ['functions', /^Functions/],
    ['format', /^Answer format/],
    ['parameters', /^Parameters(?! of)/],
  ] as const) {
    await page.setViewportSize({ width: 1440, height: 900 })
    const fold = page.getByRole('button', { name: part }).first()
    await fold.click()
    if (name === 'format') await page.getByRole('radio', { name: 'JSON schema' }).check()
    await expect(page.locator('main textarea, main input').nth(3)).toBeVisible()
    // On a small screen the prompt has a tab of its own.
    await page.setViewportSize({ width: 390, height: 844 })
    await page.getByRole('tab', { name: 'Prompt' }).click()
    await picture(page, `playground-${name}`)
    await page.setViewportSize({ width: 1440, height: 900 })
    await fold.click()
  }
  await page.getByRole('button', { name: 'The call as code' }).first().click()
  await expect(page.getByRole('dialog')).toContainText('curl')
  await picture(page, 'playground-code')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Share by a link' }).first().click()
  await expect(page.getByRole('dialog').getByRole('link', { name: 'Saved' })).toBeVisible()
  await picture(page, 'playground-links')
  await page.keyboard.press('Escape')
  await page.getByRole('button', { name: 'Parameters of Support chat' }).click()
  await page.getByRole('switch', { name: 'Own parameters' }).check()
  await expect(page.getByRole('textbox', { name: 'Temperature' }).last()).toBeVisible()
  await picture(page, 'playground-own-parameters')

  await open('?type=embedding')
  await page.getByRole('textbox', { name: 'Text 1' }).fill('A patch panel joins studio gear.')
  await page.getByRole('textbox', { name: 'Text 2' }).fill('Cables connect devices in a studio.')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByText('Cosine similarity')).toBeVisible()
  await picture(page, 'playground-embedding')
  await open('?type=image')
  await page.getByRole('textbox', { name: 'Describe a picture' }).fill('A red circle on white')
  await page.keyboard.press('Control+Enter')
  await expect(page.getByRole('img', { name: 'A red circle on white' })).toBeVisible()
  await picture(page, 'playground-image')
})
