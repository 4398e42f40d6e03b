import { describe, expect, test } from 'vitest'
import type { ModelEntry } from '#lib/models/schema.ts'
import { type Member, type ScannedObject, scanObject } from '#lib/openai/scan.ts'
import { composeBody } from './compose.ts'
import { type DeploymentCall, readDeploymentCall, readInvokeBody } from './deployment-request.ts'
import type { PlanPrompt } from './schema.ts'

const target = (members: [string, string][] = []) => ({ entry: { modelId: 'm-1' } as ModelEntry, members })
const filled = {
  ok: true as const,
  opening: '{"role":"system","content":"s"}',
  rest: '{"role":"user","content":"ü"}',
  told: [],
}
const prompt = (member: PlanPrompt['member'] = 'messages'): PlanPrompt => ({
  member,
  fill: () => filled,
  holdsPersonal: () => false,
})

function scan(text: string) {
  const read = scanObject(Buffer.from(text))
  if (!read.ok) throw new Error(read.reason)
  return read.object
}

function asChat(text: string, members: [string, string][] = [], of = prompt()) {
  const object = scan(text)
  const read = readDeploymentCall(object, 'deployment/x', [])
  if (!read.ok) throw new Error(read.error.message)
  return compose(read.deployment, object, members, of, text.includes('"stream":true'))
}

function asInvoke(text: string, members: [string, string][] = [], stream = false) {
  const object = scan(text)
  const read = readInvokeBody(object, 'x')
  if (!read.ok) throw new Error(read.error.message)
  return compose(read.deployment, object, members, prompt(), stream)
}

function compose(
  call: DeploymentCall,
  object: ReturnType<typeof scan>,
  members: [string, string][],
  of: PlanPrompt,
  stream: boolean,
) {
  const composed = composeBody(call, object, of, filled, target(members), stream)!
  const text = composed.object.bytes.toString('utf8')
  // What was written while composing is what a scan finds.
  const again = scan(text)
  expect(composed.object.members).toEqual(again.members)
  expect(composed.object.text).toBe(again.text)
  composed.object.members.forEach((member, at) => {
    const marks = marksOf(again, again.members[at]!)
    expect(marksOf(composed.object, member)).toEqual(marks)
    composed.object.forgetText()
    expect(marksOf(composed.object, member)).toEqual(marks)
  })
  return { text, overridden: composed.overridden }
}

/** What the engine looks for inside of members. */
function marksOf(object: ScannedObject, member: Member): string[] {
  return object
    .stretchesOf(member)
    .flatMap(([text, from, to]) => text.slice(from, to).match(/"role"|"image_url"|data:image\/\w+|"[sx]"/g) ?? [])
}

describe('a body that is composed', () => {
  test('is looked into where it came from, to the same end', () => {
    const picture = '{"role":"user","content":[{"type":"image_url","image_url":{"url":"data:image/png;base64,AA"}}]}'
    const { text } = asInvoke(`{"messages":[${picture}, {"role":"user","content":"x"}],"prefix_messages":[${picture}]}`)
    expect(text.match(/"role"/g)).toHaveLength(5)
    expect(text.match(/data:image/g)).toHaveLength(2)
  })

  test('holds prompt, prefix and messages in their order, and every byte of the caller’s own', () => {
    const { text } = asInvoke(
      '{"prefix_messages": [ {"role":"user","content":"12345678901234567890 \\u0041"} ],"messages":[{"role":"user","content":"é"} , {"x":1e400}]}',
    )
    expect(text).toBe(
      '{"model":"m-1","messages":[{"role":"system","content":"s"},{"role":"user","content":"12345678901234567890 \\u0041"},{"role":"user","content":"ü"},{"role":"user","content":"é"} , {"x":1e400}]}',
    )
  })

  test('the variant’s parameters go before a caller’s, which are told; those left open are the caller’s', () => {
    const { text, overridden } = asChat(
      '{"model":"deployment/x","messages":[],"temperature":1,"max_completion_tokens":9,"user":"u","functions":[],"variables":{}}',
      [
        ['temperature', '0.2'],
        ['max_tokens', '5'],
        ['tools', '[1]'],
      ],
    )
    expect(text).toBe(
      '{"model":"m-1","temperature":0.2,"max_tokens":5,"tools":[1],"messages":[{"role":"system","content":"s"},{"role":"user","content":"ü"}],"user":"u"}',
    )
    expect(overridden).toEqual(['temperature', 'max_completion_tokens', 'functions'])
  })

  test('extra_params go before the variant’s', () => {
    const { text } = asInvoke('{"extra_params":{"temperature":1,"max_completion_tokens":7,"top_k":3}}', [
      ['temperature', '0'],
      ['max_tokens', '5'],
      ['seed', '1'],
    ])
    expect(text).toContain('"seed":1')
    expect(text).toContain('"temperature":1,"max_completion_tokens":7,"top_k":3')
    expect(text).not.toContain('max_tokens":5')
    expect(text).not.toContain('"temperature":0')
  })

  test('a prompt of its own takes the place of a caller’s; without one the caller’s stands', () => {
    const own = asChat('{"model":"deployment/x","prompt":"mine","n":2}', [], {
      ...prompt('prompt'),
      fill: () => filled,
    })
    expect(own).toMatchObject({
      text: '{"model":"m-1","prompt":{"role":"user","content":"ü"},"n":2}',
      overridden: ['prompt'],
    })
    expect(asChat('{"model":"deployment/x","prompt":"","n":2}', [], prompt('prompt')).overridden).toEqual([])
    expect(asChat('{"model":"deployment/x","input":["a"]}', [], prompt(null)).text).toBe(
      '{"model":"m-1","input":["a"]}',
    )
  })

  test('a stream is asked for, with its usage where that is wished', () => {
    expect(asInvoke('{"stream":true,"invoke_options":{"include_usage":true}}', [], true).text).toContain(
      '"stream":true,"stream_options":{"include_usage":true}}',
    )
    expect(asChat('{"model":"deployment/x","stream":true,"stream_options":{"include_usage":true}}').text).toContain(
      '"stream_options":{"include_usage":true},"stream":true}',
    )
  })
})

describe('what a deployment is given', () => {
  test.each([
    ['{"inputs":[]}', 'inputs'],
    ['{"context":"x"}', 'context'],
    ['{"messages":{}}', 'messages'],
    ['{"extra_params":{"model":"other"}}', 'extra_params.model'],
    ['{"extra_params":{"fallbacks":[]}}', 'extra_params.fallbacks'],
    ['{"extra_params":{"a":1,"a":2}}', 'extra_params'],
    ['{"temperature":1}', 'temperature'],
    ['{"model":"x"}', 'model'],
    ['{"fallbacks":[]}', 'fallbacks'],
    ['{"invoke_options":{"mock":1}}', 'invoke_options.mock'],
    ['{"invoke_options":{"mock_response":1}}', 'invoke_options.mock_response'],
    ['{"stream":1}', 'stream'],
    ['{"metadata":{"a":1}}', 'metadata.a'],
    ['{"identity":{}}', 'identity.id'],
  ])('%s is refused by its name', (text, param) => {
    expect(readInvokeBody(scan(text), 'x')).toMatchObject({ ok: false, error: { status: 400, param } })
  })

  test('nothing at all is allowed', () => {
    expect(readInvokeBody(scan('{}'), 'x')).toMatchObject({ ok: true, stream: false })
    expect(
      readInvokeBody(
        scan(
          '{"inputs":null,"context":null,"messages":null,"extra_params":null,"invoke_options":null,"metadata":null,"thread":null}',
        ),
        'x',
      ),
    ).toMatchObject({ ok: true })
  })
})
