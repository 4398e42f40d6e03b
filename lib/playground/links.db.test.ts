import { expect, test } from 'vitest'
import { testDatabase } from '#lib/testing/database.ts'
import { testTenancy } from '#lib/testing/tenancy.ts'
import { createLink, deleteLink, getLink, listLinks } from './index.ts'
import type { CreateLinkInput } from './schema.ts'

const { database } = await testDatabase()
const { workspace, member } = testTenancy(database)

const weather: CreateLinkInput = {
  name: ' Weather ',
  prompt: {
    type: 'chat',
    messages: [
      { role: 'system', content: '' },
      { role: 'user', content: [{ type: 'text', text: 'In {{city}}?' }] },
    ],
    tools: [{ type: 'function', function: { name: 'get', parameters: '{"type":' } }],
    parameters: { temperature: 0.2, response_format: { type: 'json_object' } },
    variables: { city: 'Paris' },
    columns: [{ model: 'one' }, { model: 'two', parameters: { seed: 7 } }],
  },
}

test('a link holds what was written, half-written things too, and who saved it', async () => {
  const { scope, owner } = await workspace()
  const made = await createLink(scope, weather)
  expect(made).toMatchObject({
    name: 'Weather',
    type: 'chat',
    models: ['one', 'two'],
    createdBy: owner.name,
    removable: true,
  })
  const { prompt } = await getLink(scope, { id: made.id })
  expect(prompt).toMatchObject({
    ...weather.prompt,
    columns: [
      { model: 'one', parameters: null },
      { model: 'two', parameters: { seed: 7 } },
    ],
  })
  const audits = await scope.tx((tx) => tx.audit.findMany({ where: { targetId: made.id } }))
  expect(audits).toMatchObject([{ action: 'playground.share', targetLabel: 'Weather' }])
  // Who reads the audit reads no prompt.
  expect(JSON.stringify(audits)).not.toContain('city')
})

test('links come newest first, by pages, narrowed by name', async () => {
  const { scope } = await workspace()
  for (const name of ['One', 'Two', 'Three']) await createLink(scope, { name, prompt: { type: 'image', prompt: 'x' } })
  const names = async (input: Parameters<typeof listLinks>[1]) => {
    const { items, nextCursor } = await listLinks(scope, input)
    return { names: items.map(({ name }) => name), nextCursor }
  }
  const first = await names({ limit: 2 })
  expect(first.names).toEqual(['Three', 'Two'])
  expect(await names({ limit: 2, cursor: first.nextCursor })).toEqual({ names: ['One'], nextCursor: undefined })
  expect((await names({ search: 'T' })).names).toEqual(['Three', 'Two'])
  await expect(listLinks(scope, { cursor: 'x' })).rejects.toMatchObject({ kind: 'invalid_input' })
})

test("developers delete their own links, admins any, viewers see none, and another workspace's is not found", async () => {
  const { scope: owner } = await workspace()
  const developer = await member(owner, 'developer')
  const other = await member(owner, 'developer')
  const viewer = await member(owner, 'viewer')
  const { id } = await createLink(developer.scope, weather)
  const [seen] = (await listLinks(other.scope)).items
  expect(seen).toMatchObject({ id, createdBy: developer.person.name, removable: false })
  await expect(deleteLink(other.scope, { id })).rejects.toMatchObject({ kind: 'forbidden', code: 'not_yours' })
  await expect(getLink(viewer.scope, { id })).rejects.toMatchObject({ kind: 'forbidden' })
  const foreign = (await workspace()).scope
  for (const verb of [getLink, deleteLink]) {
    await expect(verb(foreign, { id })).rejects.toMatchObject({ kind: 'not_found' })
    await expect(verb(owner, { id: 'no-link' })).rejects.toMatchObject({ kind: 'not_found' })
  }
  await deleteLink(developer.scope, { id })
  await expect(getLink(owner, { id })).rejects.toMatchObject({ kind: 'not_found' })
  const again = await createLink(developer.scope, weather)
  await deleteLink(owner, { id: again.id })
  expect((await listLinks(owner)).items).toEqual([])
})

test('what is too large or is no prompt is refused with the field', async () => {
  const { scope } = await workspace()
  const url = `data:image/png;base64,${'A'.repeat(3_500_000)}`
  const picture = { type: 'image_url', image_url: { url } } as const
  const refused = (prompt: unknown) => createLink(scope, { prompt } as CreateLinkInput)
  await expect(
    refused({ type: 'chat', messages: [{ role: 'user', content: [picture, picture] }] }),
  ).rejects.toMatchObject({
    kind: 'invalid_input',
    fields: { prompt: 'All of it together is larger than 6 MB.' },
  })
  await expect(refused({ type: 'chat', messages: [{ role: 'robot', content: '' }] })).rejects.toMatchObject({
    fields: { 'prompt.messages.0.role': expect.any(String) },
  })
  await expect(refused({ type: 'chat', columns: Array(5).fill({ model: 'x' }) })).rejects.toMatchObject({
    fields: { 'prompt.columns': expect.any(String) },
  })
})
