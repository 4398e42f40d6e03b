import { describe, expect, test } from 'vitest'
import { DeploymentConfig, type DeploymentConfigInput } from './config.ts'
import { schemaProblems } from './json-schema.ts'
import { problemsOf } from './problems.ts'
import { parseTemplate, variablesIn } from './template.ts'

describe('templates', () => {
  test.each([
    ['plain', ['plain']],
    ['{{a}}', [{ variable: 'a' }]],
    ['x{{ a.b-c_1 }}y', ['x', { variable: 'a.b-c_1' }, 'y']],
    ['\\{{a}} and {{a}}', ['{{a}} and ', { variable: 'a' }]],
    ['{{}} {{ 1a }} {{a b}} { {a}}', ['{{}} {{ 1a }} {{a b}} { {a}}']],
    ['{{{a}}}', ['{', { variable: 'a' }, '}']],
    ['', []],
    ['{{a}}{{a}}', [{ variable: 'a' }, { variable: 'a' }]],
  ])('%j', (text, parts) => {
    expect(parseTemplate(text)).toEqual(parts)
  })

  test('a name is told once', () => {
    expect(variablesIn('{{b}} {{a}} {{b}}')).toEqual(['b', 'a'])
  })
})

describe('JSON schemas', () => {
  test('a good one has no problems, with references, combinations and boolean schemas', () => {
    const schema = {
      type: 'object',
      properties: { a: { $ref: '#/$defs/A' }, b: { anyOf: [{ type: ['string', 'null'] }, true] } },
      required: ['a'],
      additionalProperties: false,
      $defs: { A: { enum: [1, 'x'], description: 'any' } },
    }
    expect(schemaProblems(schema)).toEqual([])
  })

  test.each([
    [{ type: 'text' }, 'type'],
    [{ properties: [] }, 'properties'],
    [{ properties: { a: { type: 'strng' } } }, 'properties.a.type'],
    [{ properties: { a: {} }, required: ['b'] }, 'required'],
    [{ required: 'a' }, 'required'],
    [{ items: { anyOf: [] } }, 'items.anyOf'],
    [{ enum: [] }, 'enum'],
    [{ $ref: '#/$defs/none' }, '$ref'],
    [{ pattern: '(' }, 'pattern'],
    [[], ''],
    ['text', ''],
  ])('%j is wrong at %s', (schema, path) => {
    expect(schemaProblems(schema).map((problem) => problem.path)).toEqual([path])
  })

  test('one that is nested without end is stopped', () => {
    let schema: object = {}
    for (let depth = 0; depth < 100; depth++) schema = { items: schema }
    expect(schemaProblems(schema)[0]!.message).toContain('levels deep')
  })
})

describe('configurations', () => {
  const variant = { name: 'main', model: 'mdl_1' }
  const paths = (config: DeploymentConfigInput, type: 'chat' | 'image' = 'chat') =>
    problemsOf(DeploymentConfig.parse(config), type).map(({ path }) => path)

  test('one variant with a model is enough', () => {
    expect(paths({ variants: [variant] })).toEqual([])
  })

  test.each<[string, DeploymentConfigInput, string[]]>([
    ['two variants of one name', { variants: [variant, { ...variant, name: 'MAIN' }] }, ['variants.1.name']],
    ['a name that is none', { variants: [{ ...variant, name: ' x' }] }, ['variants.0.name']],
    ['no model', { variants: [{ ...variant, model: '' }] }, ['variants.0.model']],
    [
      'a fallback that is the model',
      { variants: [{ ...variant, fallbacks: [{ model: 'mdl_1' }] }] },
      ['variants.0.fallbacks.0.model'],
    ],
    [
      'parameters of another Type in a fallback',
      { variants: [{ ...variant, fallbacks: [{ model: 'mdl_2', parameters: { size: '1x1' } }] }] },
      ['variants.0.fallbacks.0.parameters.size'],
    ],
    [
      'a tool message without its call, a picture of an assistant',
      {
        variants: [
          {
            ...variant,
            messages: [
              { role: 'tool', content: 'x' },
              { role: 'assistant', content: [{ type: 'image_url', image_url: { url: 'x' } }] },
            ],
          },
        ],
      },
      ['variants.0.messages.0.tool_call_id', 'variants.0.messages.1.content.0'],
    ],
    [
      'a function that is chosen and is not there',
      {
        variants: [{ ...variant, parameters: { tool_choice: { type: 'function', function: { name: 'f' } } } }],
      },
      ['variants.0.parameters.tool_choice'],
    ],
    [
      'an extra parameter that has a field of its own, or is ours',
      { variants: [{ ...variant, parameters: { extra: { temperature: 1, model: 'x', top_k: 3 } } }] },
      ['variants.0.parameters.extra.temperature', 'variants.0.parameters.extra.model'],
    ],
    [
      'a default of another type, a name that comes twice',
      { variants: [variant], variables: [{ name: 'a', type: 'number', default: '1' }, { name: 'a' }] },
      ['variables.0.default', 'variables.1.name'],
    ],
    [
      'conditions whose operator or value does not fit their type',
      {
        variants: [variant],
        routing: {
          rows: [
            {
              conditions: [
                { field: 'a', type: 'boolean', operator: 'greater', value: true },
                { field: 'a', type: 'number', operator: 'in', value: 1 },
                { field: 'a', type: 'date', operator: 'less', value: 'yesterday' },
                { field: '1 a', type: 'string', operator: 'exists', value: 'x' },
              ],
              split: [{ variant: 'main', percent: 100 }],
            },
          ],
        },
      },
      [
        'routing.rows.0.conditions.0.operator',
        'routing.rows.0.conditions.1.value',
        'routing.rows.0.conditions.2.value',
        'routing.rows.0.conditions.3.field',
        'routing.rows.0.conditions.3.value',
      ],
    ],
    [
      'a split with three decimals, one that is not whole',
      {
        variants: [variant, { ...variant, name: 'b' }],
        routing: {
          rows: [
            {
              split: [
                { variant: 'main', percent: 33.333 },
                { variant: 'b', percent: 66.67 },
              ],
            },
            { split: [{ variant: 'main', percent: 99 }] },
          ],
        },
      },
      ['routing.rows.0.split.0.percent', 'routing.rows.1.split'],
    ],
  ])('%s', (_, config, wanted) => {
    expect(paths(config)).toEqual(wanted)
  })

  test('an image has a prompt and no messages', () => {
    expect(
      paths(
        { variants: [{ ...variant, prompt: 'A {{b}}', messages: [{ role: 'user', content: 'x' }], tools: [] }] },
        'image',
      ),
    ).toEqual(['variants.0.messages', 'variants.0.prompt'])
  })
})
