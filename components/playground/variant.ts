import { promptVariables } from '#components/prompt/body.ts'
import type { DeploymentConfig, DeploymentConfigInput, Variable } from '#lib/deployments/schema.ts'
import { type Column, type Setup, withoutEmpty } from './setup.ts'

type VariantInput = DeploymentConfigInput['variants'][number]

/** The prompt with one of its models as a variant. Of several texts to embed the first stands for them. */
export function toVariant(setup: Setup, column: Column, name: string): VariantInput {
  const { type, messages, prompt, inputs, tools, parameters } = setup
  return {
    name,
    model: column.model,
    ...(type === 'chat'
      ? { messages: withoutEmpty(messages), tools }
      : { prompt: type === 'embedding' ? (inputs[0] ?? '') : prompt }),
    parameters: { ...parameters, ...column.parameters },
  } as VariantInput
}

/** Variables of the prompt that are not declared yet, as callers will have to give them. */
export function newVariables(setup: Setup, declared: readonly Pick<Variable, 'name'>[]): { name: string }[] {
  const known = new Set(declared.map(({ name }) => name))
  const shown = setup.type === 'embedding' ? { ...setup, inputs: setup.inputs.slice(0, 1) } : setup
  return promptVariables(shown)
    .filter((name) => !known.has(name))
    .map((name) => ({ name }))
}

/** A draft with one more variant; undefined where one has that name. */
export function withVariant(
  config: DeploymentConfig,
  setup: Setup,
  column: Column,
  name: string,
): DeploymentConfigInput | undefined {
  if (config.variants.some((each) => each.name.toLowerCase() === name.toLowerCase())) return undefined
  return {
    ...config,
    variables: [...config.variables, ...newVariables(setup, config.variables)],
    variants: [...config.variants, toVariant(setup, column, name)],
  }
}
