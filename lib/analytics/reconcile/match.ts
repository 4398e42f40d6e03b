import type { Tx } from '#lib/tenancy/index.ts'

export interface OurModel {
  id: string
  name: string
  slug: string
  modelId: string
  host: string
}

/**
 * Models here by the names that a provider gives them: by Model ID, slug or name; else without the vendor in front
 * (`openai/`) or the date behind (`-2024-08-06`). Several may answer to one name: they are one line of its bill.
 */
export async function findOurModels(
  tx: Tx,
  workspaceId: string,
  names: readonly string[],
): Promise<{ all: OurModel[]; byName: Map<string, OurModel[]> }> {
  const all = await tx.$queryRaw<OurModel[]>`
    select id, name, slug, model_id as "modelId", host from models where workspace_id = ${workspaceId} and not practice order by created_at, id`
  const byName = new Map<string, OurModel[]>()
  const taken = new Set<OurModel>()
  // The plainest fit first: what is matched exactly is no longer guessed at.
  for (const shorten of [same, withoutVendor, withoutDate, (text: string) => withoutDate(withoutVendor(text))])
    for (const name of names) {
      if (name === '') continue
      const key = shorten(name.toLowerCase())
      const fits = all.filter(
        (model) =>
          !taken.has(model) &&
          [model.modelId, model.slug, model.name].some((own) => own !== '' && shorten(own.toLowerCase()) === key),
      )
      for (const model of fits) taken.add(model)
      if (fits.length > 0) byName.set(name, [...(byName.get(name) ?? []), ...fits])
    }
  return { all, byName }
}

const same = (text: string) => text
const withoutVendor = (text: string) => text.slice(text.lastIndexOf('/') + 1)
const withoutDate = (text: string) => text.replace(/[-@](\d{4}-\d{2}-\d{2}|\d{8}|\d{4})$/, '')
