import { QueryObserver } from '@tanstack/react-query'
import { expect, test } from 'vitest'
import { StudioQueryClient } from './query-client.ts'

test('what is asked for the first time while it changes is asked again, and the older answer is nobody’s', async () => {
  const client = new StudioQueryClient()
  const answers: PromiseWithResolvers<string>[] = []
  const queryFn = () => {
    const answer = Promise.withResolvers<string>()
    answers.push(answer)
    return answer.promise
  }
  const seen: (string | undefined)[] = []
  const end = new QueryObserver(client, { queryKey: ['list'], queryFn }).subscribe(({ data }) => seen.push(data))
  await expect.poll(() => answers.length).toBe(1)
  const invalidated = client.invalidateQueries({ queryKey: ['list'] })
  await expect.poll(() => answers.length).toBe(2)
  answers[1]!.resolve('after')
  await invalidated
  answers[0]!.resolve('before')
  await answers[0]!.promise
  expect(client.getQueryData(['list'])).toBe('after')
  expect(seen).not.toContain('before')
  end()
  client.clear()
})
