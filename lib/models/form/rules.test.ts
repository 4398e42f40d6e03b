import { expect, test } from 'vitest'
import { readDraft } from './draft.ts'
import type { RawModelInput } from './raw.ts'
import { formRules } from './rules.ts'

const filled: RawModelInput = {
  type: 'chat',
  baseUrl: 'https://api.groq.com/openai/v1',
  apiKey: 'gsk_abc',
  name: 'A model',
  modelId: 'llama-3.3-70b-versatile',
  region: 'us',
}

test.each(formRules.map((rule) => [rule.field, rule.typed.slice(0, 60), rule] as const))(
  '%s %j says its message and nothing else',
  (field, _typed, rule) => {
    const read = readDraft({ ...filled, [field]: rule.typed })
    const said = {
      error: read.issues.map((issue) => [issue.path[0], issue.message]),
      note: Object.entries(read.notes).flatMap(([name, notes]) => notes.map((note) => [name, note])),
      warning: Object.entries(read.warnings),
    }
    expect(said).toEqual({ error: [], note: [], warning: [], [rule.kind]: [[field, rule.message]] })
    expect(read.fixes).toEqual(rule.fix ? [{ field, ...rule.fix }] : [])
    expect(read.draft === null).toBe(rule.kind === 'error')
  },
)
