import type { Clock } from '#lib/core/clock.ts'
import type { Meter } from '#lib/metering/index.ts'
import type { Upstream } from '#lib/openai/upstream.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { Queue } from '#lib/platform/queue.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import type { Scope } from '#lib/tenancy/index.ts'
import { addModel } from './add.ts'
import { reportBreaker } from './breakers.ts'
import { bulkModels } from './bulk.ts'
import { setModelState, setPrice } from './commands.ts'
import { deleteModel } from './delete.ts'
import { finishValidation } from './finish.ts'
import { modelHealth } from './health.ts'
import type { House, RepointUse } from './house.ts'
import { createOffered } from './offered.ts'
import { pinCapability } from './pins.ts'
import { practiceDrafts } from './practice-drafts.ts'
import { getProfile, updateProfile } from './profile.ts'
import { duplicateDraft, getModel, listModels, listPrices, suggestSlug } from './queries.ts'
import { listRecosts, previewRecost, startRecost, stopRecost } from './recost.ts'
import { checkKey, reportKey, retryKey } from './refused-key.ts'
import { rotateKey, rotationGroup } from './rotate.ts'
import { getRouting, repointFallback, updateRouting } from './routing.ts'
import { updateModel } from './update.ts'
import { listUses, repointUses } from './uses.ts'
import { createRuns } from './validation/runs.ts'
import { createValidator } from './validation/validator.ts'
import {
  cancelValidation,
  getValidation,
  listValidations,
  revalidate,
  startValidation,
  validationEvents,
} from './validations.ts'
import { lookAfter, validateAgain } from './watch.ts'
import { exportModels } from './ways-in/export.ts'
import { deleteGroup, getGroup, listGroups, repointGroups, saveGroup, updateGroup } from './ways-in/groups.ts'
import { createIntakes } from './ways-in/intake.ts'
import { listAddresses, listModelGroups, releaseAddress } from './ways-in/model-addresses.ts'
import { previewIntake, type StartIntakeInput, startIntake } from './ways-in/verbs.ts'

export { createModelDirectory, type ModelDirectory } from './directory.ts'
export { findModelFacts } from './facts.ts'
export { recostQueue } from './recost.ts'
export { loseSecrets, rewrapModels } from './sealed.ts'
export { claimUses } from './uses.ts'
export { createVerifier, type Verification, type Verify } from './verify.ts'
export { makerNames } from './view.ts'
export { enqueueDue } from './watch.ts'
export { type FinishJob, type KeyCheckJob, type ModelJob, queues, type ValidateJob } from './work.ts'

export interface ModelsDeps {
  upstream: Upstream
  meter: Meter
  secrets: SecretBox
  clock: Clock
  logger: Logger
  /** `PATCHBAY_PRACTICE_URL` and `PATCHBAY_PRACTICE_KEY`, where the practice provider runs. */
  practice: { url: string; key: string } | null
  queue: Pick<Queue, 'enqueue'>
  /** How the rooms that use models point a use elsewhere, by kind of use. */
  repoint?: Readonly<Record<string, RepointUse>>
}

type WithoutHouse<Verb> = Verb extends (house: House, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never

/** Private models: the form's commands, validation, the capability card. Verbs are `(scope, input) -> result`. */
export function createModels(deps: ModelsDeps) {
  const validator = createValidator(deps)
  const house: House = {
    ...deps,
    repoint: { group: repointGroups, fallback: repointFallback, ...deps.repoint },
    runs: createRuns({ ...deps, validator }),
  }
  const intakes = createIntakes(house)
  const at = <Verb extends (house: House, ...rest: never[]) => unknown>(verb: Verb) =>
    ((...rest: never[]) => verb(house, ...rest)) as WithoutHouse<Verb>

  return {
    addModel: at(addModel),
    updateModel: at(updateModel),
    setModelState,
    deleteModel: at(deleteModel),
    bulkModels: at(bulkModels),
    repointUses: at(repointUses),
    pinCapability,
    setPrice,
    previewRecost,
    startRecost: at(startRecost),
    listRecosts,
    stopRecost,
    rotateKey: at(rotateKey),
    rotationGroup,
    retryKey: at(retryKey),
    reportKey: at(reportKey),
    reportBreaker,
    listModels,
    getModel,
    modelHealth,
    duplicateDraft,
    listPrices,
    listUses,
    getProfile,
    updateProfile,
    getRouting,
    updateRouting,
    suggestSlug,
    offeredModels: createOffered(house),
    practiceDrafts: at(practiceDrafts),
    // Validations.
    startValidation: at(startValidation),
    revalidate: at(revalidate),
    validationEvents: at(validationEvents),
    cancelValidation: at(cancelValidation),
    getValidation: at(getValidation),
    listValidations: at(listValidations),
    // Several at once, and groups of them.
    previewIntake,
    startIntake: (scope: Scope, input: StartIntakeInput) => startIntake(intakes, scope, input),
    getIntake: (scope: Scope, { id }: { id: string }) => intakes.get(scope, id),
    listIntakes: intakes.list,
    stopIntake: (scope: Scope, { id }: { id: string }) => intakes.stop(scope, id),
    exportModels,
    listGroups,
    getGroup,
    saveGroup,
    updateGroup,
    deleteGroup,
    listAddresses,
    listModelGroups,
    releaseAddress,
    // Of the worker.
    checkKey: at(checkKey),
    lookAfter: at(lookAfter),
    validateAgain: at(validateAgain),
    finishValidation: at(finishValidation),
    /** Cancels what runs and waits for its rows. */
    async close() {
      const closing = intakes.close()
      await house.runs.close()
      await closing
    },
  }
}

export type Models = ReturnType<typeof createModels>
