import { describe, expect, test } from 'vitest'
import type { FindingView } from '#lib/deployments/schema.ts'
import { findingsIn, findingsOf, partOf, problemsAt, reasonsOf, toMarks, weightOfVariant } from './marks.ts'

const finding = (change: Partial<FindingView>): FindingView => ({
  variant: 0,
  target: 1,
  need: 'tools',
  severity: 'refused',
  message: 'Small does not support function calling.',
  ...change,
})

const rules = [
  { path: 'variables.1.name', message: 'Another variable has this name.' },
  { path: 'variants.1.messages.10.content', message: 'Write something.' },
]

describe('marks', () => {
  test('stand at their place and not at one whose number begins alike', () => {
    const marks = toMarks(rules, undefined)
    expect(problemsAt(marks, 'variants.1.messages.10')).toEqual(['Write something.'])
    expect(problemsAt(marks, 'variants.1.messages.1')).toEqual([])
    expect(problemsAt(marks, 'variants.1')).toEqual(['Write something.'])
  })

  test('of the server hold what only it knows: what was typed since is judged by the rules alone', () => {
    const gone = { path: 'variants.0.guardrails.0.evaluator', message: 'There is no evaluator of this name.' }
    const marks = toMarks([], {
      publishable: false,
      problems: [{ path: 'variants.0.name', message: 'mended meanwhile' }, gone],
      findings: [],
    })
    expect(marks.problems).toEqual([gone])
  })

  test('of models are told at the model, at the part that needs it, and as a reason that leads there', () => {
    const findings = [
      finding({}),
      finding({ target: 0, need: 'temperature', severity: 'adapted', message: 'Dropped.' }),
    ]
    const marks = toMarks([], { publishable: false, problems: [], findings })
    expect(findingsOf(marks, 0, 1)).toEqual([findings[0]])
    expect(findingsIn(marks, 0, 'tools')).toEqual([findings[0]])
    expect(findingsIn(marks, 0, 'parameters')).toEqual([findings[1]])
    expect(reasonsOf(marks)).toEqual([{ place: 'variants.0.fallbacks.0.model', message: findings[0]!.message }])
    expect(weightOfVariant(marks, 0)).toBe('bad')
    expect(weightOfVariant(marks, 1)).toBeNull()
  })

  test.each([
    ['tools_named', 'tools'],
    ['json_schema', 'format'],
    ['vision', 'messages'],
    ['system_role', 'messages'],
    ['region', 'models'],
    ['context', 'models'],
    ['seed', 'parameters'],
  ])('%s stands with the %s', (need, part) => {
    expect(partOf(need)).toBe(part)
  })
})
