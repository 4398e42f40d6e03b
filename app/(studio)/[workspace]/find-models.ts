import { readApi, withQuery } from '#components/ui/api.ts'
import type { Command } from '#components/ui/commands.tsx'
import type { ModelView } from '#lib/models/schema.ts'

/** Models by name, ID or host, for ⌘K. */
export async function findModels(workspace: string, search: string): Promise<readonly Command[]> {
  const path = `/api/workspaces/${encodeURIComponent(workspace)}/models`
  const { items } = await readApi<{ items: ModelView[] }>(withQuery(path, { search, limit: '6' }))
  return items.map((model) => ({
    id: `model.${model.id}`,
    label: model.name,
    hint: model.slug,
    group: 'Models',
    href: `/${workspace}/router/models/${encodeURIComponent(model.slug)}`,
  }))
}
