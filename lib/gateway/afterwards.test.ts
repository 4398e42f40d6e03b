import { expect, test } from 'vitest'
import { Afterwards } from './afterwards.ts'
import type { CallContext } from './call.ts'
import type { GatewayReply, Verdict } from './schema.ts'

function setUp(verdict: () => Verdict | Promise<Verdict>) {
  const said: unknown[] = []
  const told: object[] = []
  const judged: number[] = []
  const afterwards = new Afterwards({
    feedback: async (_caller, input) => said.push(input) as never,
    logger: { error: (details) => told.push(details) },
    clock: { monotonicMs: () => 0 },
  })
  const judge = () => {
    judged.push(judged.length)
    return verdict()
  }
  const call = (answer: Uint8Array, isKept = false) =>
    afterwards.see(
      {
        identity: { workspaceId: 'wsp_1' },
        requestId: 'req_1',
        call: { body: Buffer.from('{}') },
      } as unknown as CallContext,
      { status: 200, headers: {}, body: answer } satisfies GatewayReply,
      { checks: [{ id: 'evl_1', name: 'x', judge }], isKept },
    )
  return { afterwards, call, said, told, judged }
}

test('words of a judgement are kept only where those of the call are', async () => {
  const { call, said } = setUp(() => ({ passed: false, why: 'It says so.' }))
  call(Buffer.from('{}'))
  call(Buffer.from('{}'), true)
  await expect.poll(() => said).toHaveLength(2)
  expect(said).toEqual([
    { request_id: 'req_1', rating: 'bad' },
    { request_id: 'req_1', rating: 'bad', comment: 'It says so.' },
  ])
})

test('what is too much at one time, or too long, is left out and told; what nobody could tell is not said', async () => {
  const held = Promise.withResolvers<Verdict>()
  const { call, said, told, judged } = setUp(() => held.promise)
  for (let count = 0; count < 8 + 1_000; count++) call(Buffer.from('{}'))
  expect([judged.length, told]).toEqual([8, []])
  call(Buffer.from('{}'))
  expect(told).toEqual([{ count: 1 }])
  held.resolve({ passed: null, why: '' })
  await expect.poll(() => judged.length).toBe(1_008)
  call(Buffer.alloc(5_000_000))
  expect(judged).toHaveLength(1_008)
  expect(said).toEqual([])
})

test('nothing is judged once it is closed', async () => {
  const held = Promise.withResolvers<Verdict>()
  const { afterwards, call, judged } = setUp(() => held.promise)
  for (let count = 0; count < 20; count++) call(Buffer.from('{}'))
  afterwards.close()
  held.resolve({ passed: true, why: '' })
  await new Promise(setImmediate)
  expect(judged).toHaveLength(8)
})
