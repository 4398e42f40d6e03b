import { readApi, withQuery } from '#components/ui/api.ts'
import type { Command } from '#components/ui/commands.tsx'
import type { DeploymentView } from '#lib/deployments/schema.ts'
import type { ModelView } from '#lib/models/schema.ts'

/** Models and deployments by name, ID or host, for ⌘K. What cannot be asked leaves the other. */
export async function findByName(workspace: string, search: string): Promise<readonly Command[]> {
  const found = await Promise.allSettled([findModels(workspace, search), findDeployments(workspace, search)])
  return found.flatMap((each) => (each.status === 'fulfilled' ? each.value : []))
}

const pathOf = (workspace: string, what: string, search: string) =>
  withQuery(`/api/workspaces/${encodeURIComponent(workspace)}/${what}`, { search, limit: '6' })

async function findModels(workspace: string, search: string): Promise<Command[]> {
  const { items } = await readApi<{ items: ModelView[] }>(pathOf(workspace, 'models', search))
  return items.map((model) => ({
    id: `model.${model.id}`,
    label: model.name,
    hint: model.slug,
    group: 'Models',
    href: `/${workspace}/router/models/${encodeURIComponent(model.slug)}`,
  }))
}

async function findDeployments(workspace: string, search: string): Promise<Command[]> {
  const { items } = await readApi<{ items: DeploymentView[] }>(pathOf(workspace, 'deployments', search))
  return items.map(({ id, key, description }) => ({
    id: `deployment.${id}`,
    label: key,
    hint: description,
    group: 'Deployments',
    href: `/${workspace}/deployments/${encodeURIComponent(key)}`,
  }))
}
