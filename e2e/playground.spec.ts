import type { Page } from '@playwright/test'
import { at, expect, manage, practiceModel, pressOn, signIn, test } from './fixtures.ts'

const column = (page: Page, name: string) => page.getByRole('region', { name, exact: true })
const answers = (page: Page, name: string) => page.getByRole('log', { name: `Answers of ${name}` })

/** A picture of one red pixel. */
const pixel = Buffer.from(
  'iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAIAAACQd1PeAAAADElEQVR4nGP4z8AAAAMBAQDJ/pLvAAAAAElFTkSuQmCC',
  'base64',
)

test('one prompt, two models: streamed, a function answered by hand, JSON after a schema, saved by a link', async ({
  page,
  tenant,
}) => {
  test.setTimeout(120_000)
  for (const [name, modelId] of [
    ['Thinker', 'practice-reasoner'],
    ['Talker', 'practice-chat'],
  ])
    await manage(tenant, 'POST', '/models', practiceModel({ name, slug: name!.toLowerCase(), modelId }))
  await signIn(page, tenant)
  await pressOn(page.getByRole('link', { name: 'Playground' }))
  // The newest model is there already.
  await expect(column(page, 'Talker')).toBeVisible()

  await test.step('a second model, a prompt with variables, all by keyboard', async () => {
    await page.getByRole('button', { name: 'Add a model to compare' }).last().press('Enter')
    await page.getByRole('combobox', { name: 'Search models' }).fill('think')
    await expect(page.getByRole('option')).toHaveCount(1)
    await page.keyboard.press('Enter')
    await expect(column(page, 'Thinker')).toBeVisible()
    await page.getByRole('textbox', { name: 'User message 2' }).fill('What is the weather in {{city}} today?')
    await page.keyboard.press('Control+Enter')
    // Nothing runs without the variable, which has the focus.
    await expect(page.getByText('A variable is empty.').first()).toBeVisible()
    await expect(page.getByRole('textbox', { name: 'city' })).toBeFocused()
    await page.keyboard.type('Paris')
  })

  await test.step('a function is called, answered by hand, and the model goes on', async () => {
    await pressOn(page.getByRole('button', { name: /^Functions/ }))
    await pressOn(page.getByRole('button', { name: 'Function', exact: true }))
    await expect(page.getByRole('textbox', { name: 'Function', exact: true })).toBeFocused()
    await page.keyboard.type('get_weather')
    await page.keyboard.press('Control+Enter')
    for (const name of ['Talker', 'Thinker']) {
      await expect(answers(page, name).getByText('get_weather').first()).toBeVisible()
      await expect(answers(page, name).getByText('"Paris"')).toBeVisible()
    }
    await answers(page, 'Talker').getByRole('textbox', { name: 'Result of get_weather' }).fill('{"celsius": 21}')
    await page.keyboard.press('Control+Enter')
    await expect(answers(page, 'Talker')).toContainText(/celsius 21/i)
    // The other one still waits for its own.
    await expect(answers(page, 'Thinker').getByRole('button', { name: 'Send the result' })).toBeVisible()
    // What each took, and at once or a moment later what it cost.
    await expect(column(page, 'Talker')).toContainText(/Total.*ms.*First token.*ms.*Tokens.*\d+.*Cost.*\$0\.\d+/)
  })

  await test.step('JSON after a schema is laid out and checked', async () => {
    await pressOn(page.getByRole('button', { name: /^Remove get_weather/ }))
    await pressOn(page.getByRole('button', { name: /^Functions/ }))
    await pressOn(page.getByRole('button', { name: /^Answer format/ }))
    await pressOn(page.getByRole('radio', { name: 'JSON schema' }), ' ')
    const schema = page.getByRole('textbox', { name: 'Schema', exact: true })
    await schema.fill('{"type": "object", "properties": {"city": {"type": "strin"}}}')
    await expect(page.getByText('properties.city.type: "strin" is no type of JSON Schema.')).toBeVisible()
    await page.keyboard.press('Control+Enter')
    await expect(page.getByText(/^Answer format: properties\.city/).first()).toBeVisible()
    await schema.fill('{"type": "object", "properties": {"city": {"type": "string"}}, "required": ["city"]}')
    await page.keyboard.press('Control+Enter')
    for (const name of ['Talker', 'Thinker'])
      await expect(answers(page, name).getByText('Valid JSON, follows the schema')).toBeVisible()
    await expect(page.getByText('quickest')).toHaveCount(1)
    await expect(page.getByText('cheapest')).toHaveCount(1)
  })

  await test.step('both are replied to, and Escape stops an answer', async () => {
    await pressOn(page.getByRole('radio', { name: 'Text', exact: true }), ' ')
    await page.getByRole('textbox', { name: 'Reply to both' }).fill('Thank you')
    await page.keyboard.press('Enter')
    for (const name of ['Talker', 'Thinker'])
      await expect(answers(page, name).getByText('Thank you', { exact: true })).toBeVisible()
    await expect(page.getByRole('textbox', { name: 'Reply to both' })).toBeEnabled()
    // A server that never answers.
    await manage(
      tenant,
      'POST',
      '/models',
      practiceModel({ name: 'Sleeper', slug: 'sleeper', modelId: 'practice-chat:slow' }),
    )
    await page.getByRole('button', { name: 'Add a model to compare' }).last().press('Enter')
    await pressOn(page.getByRole('option', { name: /^Sleeper/ }))
    await pressOn(page.getByRole('button', { name: /^Run/ }).first())
    await expect(answers(page, 'Sleeper').getByText('Waiting for the first word')).toBeAttached()
    await page.keyboard.press('Escape')
    await expect(answers(page, 'Sleeper').getByText('Stopped.')).toBeVisible()
    await pressOn(column(page, 'Sleeper').getByRole('button', { name: 'Remove Sleeper' }))
  })

  await test.step('a picture is added, and the call is told as code', async () => {
    await page
      .getByLabel('Pictures for message 2')
      .setInputFiles({ name: 'red.png', mimeType: 'image/png', buffer: pixel })
    await expect(page.getByRole('img', { name: 'Part of the message' })).toBeVisible()
    await page
      .getByLabel('Pictures for message 2')
      .setInputFiles({ name: 'x.txt', mimeType: 'text/plain', buffer: pixel })
    await expect(page.getByText('x.txt is not PNG, JPEG, WebP or GIF.')).toBeVisible()
    await pressOn(page.getByRole('button', { name: 'The call as code' }).first())
    await expect(page.getByRole('dialog')).toContainText('"model": "talker"')
    await expect(page.getByRole('dialog')).toContainText('weather in Paris')
    await pressOn(page.getByRole('radio', { name: 'Thinker' }), ' ')
    await expect(page.getByRole('dialog')).toContainText('"model": "thinker"')
    await page.keyboard.press('Escape')
  })

  await test.step('what is written survives a reload, and a link opens it; its address holds no word of it', async () => {
    await page.reload()
    await expect(page.getByRole('textbox', { name: 'User message 2' })).toHaveValue(/weather in {{city}}/)
    await pressOn(page.getByRole('button', { name: 'Share by a link' }).first())
    await page.getByRole('textbox', { name: 'Name' }).fill('Weather')
    await page.keyboard.press('Enter')
    const link = page.getByRole('dialog').getByText(/\/playground\/plk_\w+$/)
    await expect(link).toBeVisible()
    const address = (await link.textContent())!
    await page.goto(address)
    await expect(page.getByRole('heading', { name: 'Weather' })).toBeVisible()
    await expect(page.getByRole('textbox', { name: 'city' })).toHaveValue('Paris')
    await expect(page.getByRole('img', { name: 'Part of the message' })).toBeVisible()
    for (const name of ['Talker', 'Thinker']) await expect(column(page, name)).toBeVisible()
    await page.goto(`${address}x`)
    await expect(page.getByRole('heading', { name: 'There is nothing here' })).toBeVisible()
  })

  await test.step('its calls are recorded as what they are', async () => {
    const { items } = await manage<{ items: { source: string }[] }>(
      tenant,
      'GET',
      '/requests?source=playground&limit=50',
    )
    expect(items.length).toBeGreaterThan(5)
  })
})

test('texts compared by their vectors, pictures drawn from data, on a phone as well', async ({ page, tenant }) => {
  await signIn(page, tenant)
  await page.goto(`${at.studio}/${tenant.workspace}/playground`)
  // Nothing to ask yet: it teaches, and leads on.
  await expect(page.getByRole('heading', { name: 'No model to ask yet' })).toBeVisible()
  const none = { inputPrice: '', outputPrice: '' }
  await manage(
    tenant,
    'POST',
    '/models',
    practiceModel({ ...none, name: 'Vectors', type: 'embedding', modelId: 'practice-embed', inputPrice: '0.02' }),
  )
  const pictures = {
    ...none,
    name: 'Pictures',
    type: 'image',
    modelId: 'practice-image',
    imagePrice: '0.04',
    imageConsent: true,
  }
  await manage(tenant, 'POST', '/models', practiceModel(pictures))
  await page.setViewportSize({ width: 390, height: 844 })
  await page.goto(`${at.studio}/${tenant.workspace}/playground?type=embedding`)

  await page.getByRole('textbox', { name: 'Text 1' }).fill('Cables in a studio')
  await page.getByRole('textbox', { name: 'Text 2' }).fill('A studio with cables')
  await pressOn(page.getByRole('button', { name: /^Run/ }).first())
  // A small screen shows one thing at a time: now the answer.
  await expect(page.getByRole('tab', { name: 'Vectors' })).toHaveAttribute('aria-selected', 'true')
  await expect(page.getByText('512 dimensions')).toBeVisible()
  await expect(
    page.getByRole('region', { name: 'Cosine similarity of each two texts' }).getByRole('cell', { name: '1.00' }),
  ).toHaveCount(2)

  await pressOn(page.getByRole('tab', { name: 'Prompt' }))
  await pressOn(page.getByRole('radio', { name: 'Image' }), ' ')
  await page.getByRole('textbox', { name: 'Describe a picture' }).fill('A red circle')
  await page.getByRole('textbox', { name: 'Pictures' }).fill('2')
  await expect(page.getByText('2 pictures, $0.08').first()).toBeVisible()
  await pressOn(page.getByRole('button', { name: /^Run/ }).first())
  const drawn = page.getByRole('img', { name: 'A red circle' })
  await expect(drawn).toHaveCount(2)
  await expect(drawn.first()).toHaveAttribute('src', /^data:image\/png;base64,/)
})
