import { createDeployment, duplicateDeployment } from './create.ts'
import { checkDraft, getDraft, saveDraft } from './draft.ts'
import type { Guardrails, House } from './house.ts'
import { deleteDeployment, updateDeployment } from './manage.ts'
import { publish } from './publish.ts'
import {
  diffDeployment,
  getDeployment,
  getVersion,
  listDeployments,
  listReleases,
  listVersions,
  tryContext,
} from './queries.ts'
import { repointDeployment } from './repoint.ts'
import { deleteEnvironment, promote, promoteCanary, rollback, setCanary, stopCanary } from './serve.ts'

export { createDeploymentDirectory } from './directory.ts'

type WithoutHouse<Verb> = Verb extends (house: House, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never

export interface DeploymentsDeps {
  guardrails: Guardrails
}

/** Named, versioned prompt + model configurations that callers invoke by key. Verbs are `(scope, input) -> result`. */
export function createDeployments(house: DeploymentsDeps) {
  const at = <Verb extends (house: House, ...rest: never[]) => unknown>(verb: Verb) =>
    ((...rest: never[]) => verb(house, ...rest)) as WithoutHouse<Verb>

  return {
    createDeployment,
    duplicateDeployment,
    updateDeployment,
    deleteDeployment,
    listDeployments,
    getDeployment,
    // The draft.
    getDraft,
    saveDraft,
    checkDraft: at(checkDraft),
    tryContext,
    diffDeployment,
    // Versions and the environments that serve them.
    publish: at(publish),
    listVersions,
    getVersion,
    listReleases,
    promote: at(promote),
    rollback: at(rollback),
    setCanary: at(setCanary),
    promoteCanary: at(promoteCanary),
    stopCanary,
    deleteEnvironment,
    /** For the room of models: another model takes the place of one that goes. */
    repoint: at(repointDeployment),
  }
}

export type Deployments = ReturnType<typeof createDeployments>
