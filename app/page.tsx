import { redirect } from 'next/navigation'
import { getRuntime } from '#lib/runtime.ts'
import { requirePerson } from '#lib/web/index.ts'

/** Nothing is at the root: a person goes on to their first workspace, or to making one. */
export default async function Root() {
  const person = await requirePerson()
  const [first] = await getRuntime().tenancy.listWorkspaces(person)
  redirect(first ? `/${first.slug}/router` : '/account?new=workspace')
}
