import type { DeploymentView } from '#lib/deployments/schema.ts'
import type { Marks } from './marks.ts'
import type { Draft } from './use-draft.ts'

/** What every tab of a deployment gets. */
export interface DeploymentParts {
  workspace: string
  deployment: DeploymentView
  draft: Draft
  marks: Marks
  canWrite: boolean
}
