import { randomBytes } from 'node:crypto'
import { expect, test } from 'vitest'
import { createSecretBox } from '#lib/platform/secret-box.ts'
import { listNotices } from '#lib/tenancy/notices.ts'
import { testDatabase } from '#lib/testing/database.ts'
import { testModels } from '#lib/testing/models.ts'
import { loseSecrets, rewrapModels } from './index.ts'
import { openConnection } from './stored.ts'

const { database } = await testDatabase()
const old = { id: 'old', key: randomBytes(32) }
const fresh = { id: 'fresh', key: randomBytes(32) }
const house = await testModels(database, { masterKey: old })
const { models } = house

/** Two models of one key, and one of another key with a header. */
async function threeModels() {
  const { scope } = await house.workspace()
  const add = async (apiKey: string, headers = {}) => {
    const draft = {
      type: 'embedding',
      modelId: 'practice-embed',
      outputPrice: '',
      cachedInputPrice: '',
      apiKey,
      headers,
    }
    return models.addModel(scope, { draft: house.form(draft as object) })
  }
  const shared = 'sk-practice-shared00000001'
  await add(shared)
  await add(shared)
  await add('sk-practice-other000000001', { 'x-team': 'search' })
  const rows = () =>
    database.system.model.findMany({ where: { workspaceId: scope.workspaceId }, orderBy: { id: 'asc' } })
  return { scope, shared, rows }
}

test('a new master key takes over every secret and the kinship of equal keys; the old one is not needed any more', async () => {
  const { rows } = await threeModels()
  const before = await rows()
  const both = createSecretBox([fresh, old])
  expect(await rewrapModels(database.pool, both)).toEqual({ rewrapped: 4, unreadable: 0 })
  expect(await rewrapModels(database.pool, both)).toEqual({ rewrapped: 0, unreadable: 0 })
  const after = await rows()
  const alone = createSecretBox([fresh])
  const opened = after.map((row) => openConnection(alone, row))
  expect(opened).toEqual(before.map((row) => openConnection(house.secrets, row)))
  expect(opened[2]).toMatchObject({ apiKey: 'sk-practice-other000000001', headers: { 'x-team': 'search' } })
  const [one, two, three] = after.map(({ keyFingerprint }) => keyFingerprint)
  expect(one).toBe(two)
  expect(one).not.toBe(three)
  expect(one).not.toBe(before[0]!.keyFingerprint)
  // Sealed with keys of which none is here: left alone, and told.
  const strange = createSecretBox([{ id: 'strange', key: randomBytes(32) }])
  expect(await rewrapModels(database.pool, strange)).toEqual({ rewrapped: 0, unreadable: 4 })
  expect(await rows()).toEqual(after)
})

test('models whose secrets are lost are kept from calls, with one notice a key, and one key entered again brings back all that share it', async () => {
  const { scope, shared, rows } = await threeModels()
  expect(await loseSecrets(scope)).toBe(3)
  const lost = await rows()
  expect(lost.map(({ sealedKey, sealedHeaders, headerNames }) => [sealedKey, sealedHeaders, headerNames])).toEqual([
    [null, null, []],
    [null, null, []],
    [null, null, []],
  ])
  expect(lost.every(({ keyRefusedAt }) => keyRefusedAt !== null)).toBe(true)
  const notices = await listNotices(scope)
  expect(notices.map(({ title }) => title).sort()).toEqual([
    expect.stringMatching(/^The key of 2 models has to be entered again$/),
    expect.stringMatching(/^The key of Practice \d+ has to be entered again$/),
  ])
  expect(notices.find(({ title }) => title.includes('Practice'))?.body).toMatch(/x-team/)
  const [one, two] = lost
  const entered = await models.rotateKey(scope, { id: one!.id, apiKey: shared, also: [two!.id] })
  expect(entered.map(({ replaced, problem }) => [replaced, problem])).toEqual([
    [true, null],
    [true, null],
  ])
  expect((await rows()).map(({ keyRefusedAt }) => keyRefusedAt === null)).toEqual([true, true, false])
  expect((await listNotices(scope)).map(({ title }) => title)).toEqual([expect.stringMatching(/Practice/)])
})
