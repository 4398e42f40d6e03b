import { AppError } from '#lib/core/errors.ts'
import { findModelFacts } from '#lib/models/index.ts'
import type { ModelType } from '#lib/models/schema.ts'
import type { Scope, Tx } from '#lib/tenancy/index.ts'
import type { DraftCheckView } from './answers.ts'
import type { DeploymentConfig } from './config.ts'
import type { House } from './house.ts'
import { checkTarget, type Finding } from './needs.ts'
import { problemsOf } from './problems.ts'
import { modelsOf } from './rows.ts'

/** Holds a configuration against its own rules and against the capability cards of its models as they stand now. */
export async function checkConfig(
  house: House,
  tx: Tx,
  scope: Scope,
  config: DeploymentConfig,
  type: ModelType,
): Promise<DraftCheckView> {
  const problems = problemsOf(config, type)
  const facts = await findModelFacts(tx, scope, modelsOf(config))
  const findings: Finding[] = []
  for (const [index, variant] of config.variants.entries()) {
    const targets = [{ model: variant.model, parameters: null }, ...variant.fallbacks]
    for (const [target, { model, parameters }] of targets.entries()) {
      if (model === '') continue
      for (const found of checkTarget(variant, parameters, type, facts.get(model) ?? null))
        findings.push({ variant: index, target, ...found })
    }
    findings.push(...smallerFallbacks(config, index, facts))
  }
  problems.push(...(await guardrailProblems(house, tx, scope, config, type)))
  const publishable = problems.length === 0 && findings.every(({ severity }) => severity !== 'refused')
  return { publishable, problems, findings }
}

/** A fallback that takes less context than the model it stands in for fails on the longest calls. */
function smallerFallbacks(
  config: DeploymentConfig,
  index: number,
  facts: Awaited<ReturnType<typeof findModelFacts>>,
): Finding[] {
  const variant = config.variants[index]!
  const sizeOf = (id: string) => {
    const model = facts.get(id)
    return model ? (model.contextTokens ?? model.capabilities.contextTokens) : null
  }
  const own = sizeOf(variant.model)
  if (own === null) return []
  return variant.fallbacks.flatMap(({ model }, at): Finding[] => {
    const size = sizeOf(model)
    if (size === null || size >= own) return []
    const say = (count: number) => count.toLocaleString('en-US')
    const message = `${facts.get(model)!.name} takes ${say(size)} tokens, the model before it ${say(own)}: the longest calls fail there.`
    return [{ variant: index, target: at + 1, need: 'context', severity: 'warned', message }]
  })
}

async function guardrailProblems(house: House, tx: Tx, scope: Scope, config: DeploymentConfig, type: ModelType) {
  const ids = config.variants.flatMap(({ guardrails }) => guardrails.map(({ evaluator }) => evaluator))
  if (ids.length === 0) return []
  const known = await house.guardrails.known(tx, scope, [...new Set(ids)])
  return config.variants.flatMap(({ guardrails }, variant) =>
    guardrails.flatMap(({ evaluator, on }, index) => {
      const path = `variants.${variant}.guardrails.${index}.evaluator`
      if (evaluator !== '' && !known.has(evaluator))
        return [{ path, message: 'There is no evaluator of this name that can be a guardrail.' }]
      if (on === 'output' && (type === 'embedding' || type === 'image'))
        return [{ path, message: 'An answer of this Type has no words to look at. Look at what is asked.' }]
      return []
    }),
  )
}

/** Throws `not_publishable` (400) with every reason where a check found one. */
export function requirePublishable(check: DraftCheckView, config: DeploymentConfig): void {
  if (check.publishable) return
  const refused = check.findings.filter(({ severity }) => severity === 'refused')
  const reasons = [
    ...check.problems,
    ...refused.map(({ variant, target, message }) => ({
      path: `variants.${variant}.${target === 0 ? 'model' : `fallbacks.${target - 1}.model`}`,
      message,
    })),
  ]
  const first = reasons[0]!
  const at = /^variants\.(\d+)/.exec(first.path)
  const where = at ? `Variant “${config.variants[Number(at[1])]!.name}”: ` : ''
  const more =
    reasons.length > 1
      ? ` There ${reasons.length === 2 ? 'is one more reason' : `are ${reasons.length - 1} more reasons`}.`
      : ''
  const fields: Record<string, string> = {}
  for (const { path, message } of reasons) fields[path] ??= message
  throw new AppError({
    kind: 'invalid_input',
    code: 'not_publishable',
    message: `This cannot be published. ${where}${first.message}${more}`,
    fields,
    details: { check },
  })
}
