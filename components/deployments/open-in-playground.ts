import { columnsMax } from '#components/prompt/body.ts'
import { callApi } from '#components/ui/api.ts'
import type { Variant } from '#lib/deployments/schema.ts'
import type { ModelType } from '#lib/models/schema.ts'
import type { CreateLinkInput } from '#lib/playground/schema.ts'

/**
 * Saves a variant as a prompt of the playground, its model and its fallbacks side by side, and returns where it is shown:
 * a place that others of the workspace can open too.
 */
export async function openInPlayground(
  workspace: string,
  { key, type }: { key: string; type: ModelType },
  variant: Variant,
  variables: Record<string, string>,
): Promise<string> {
  const body: CreateLinkInput = {
    name: `${key}, ${variant.name}`.slice(0, 100),
    prompt: toPlaygroundPrompt(type, variant, variables),
  }
  const path = `/api/workspaces/${encodeURIComponent(workspace)}/playground/links`
  const { id } = await callApi<{ id: string }>(path, { body })
  return `/${workspace}/playground/${id}`
}

export function toPlaygroundPrompt(
  type: ModelType,
  { model, fallbacks, messages, prompt, tools, parameters }: Variant,
  variables: Record<string, string>,
): CreateLinkInput['prompt'] {
  const models = [{ model, parameters: null }, ...fallbacks].filter(({ model: named }) => named !== '')
  return {
    ...{ type, parameters, variables },
    ...(type === 'chat' ? { messages, tools } : type === 'embedding' ? { inputs: [prompt] } : { prompt }),
    columns: models.slice(0, columnsMax),
  }
}
