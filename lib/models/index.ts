import type { Clock } from '#lib/core/clock.ts'
import type { Meter } from '#lib/metering/index.ts'
import type { Upstream } from '#lib/openai/upstream.ts'
import type { Logger } from '#lib/platform/logger.ts'
import type { SecretBox } from '#lib/platform/secret-box.ts'
import { addModel } from './add.ts'
import { deleteModel, pinCapability, setModelState, setPrice } from './commands.ts'
import type { House } from './house.ts'
import { createOffered } from './offered.ts'
import { practiceDrafts } from './practice-drafts.ts'
import { duplicateDraft, getModel, listModels, listPrices, listUses, suggestSlug } from './queries.ts'
import { rotateKey, rotationGroup } from './rotate.ts'
import { updateModel } from './update.ts'
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

export { claimUses } from './commands.ts'
export { createModelDirectory, type ModelDirectory } from './directory.ts'

export interface ModelsDeps {
  upstream: Upstream
  meter: Meter
  secrets: SecretBox
  clock: Clock
  logger: Logger
  /** `PATCHBAY_PRACTICE_URL` and `PATCHBAY_PRACTICE_KEY`, where the practice provider runs. */
  practice: { url: string; key: string } | null
}

type WithoutHouse<Verb> = Verb extends (house: House, ...rest: infer Rest) => infer Result
  ? (...rest: Rest) => Result
  : never

/** Private models: the form's commands, validation, the capability card. Verbs are `(scope, input) -> result`. */
export function createModels(deps: ModelsDeps) {
  const validator = createValidator(deps)
  const house: House = { ...deps, runs: createRuns({ ...deps, validator }) }
  const at = <Verb extends (house: House, ...rest: never[]) => unknown>(verb: Verb) =>
    ((...rest: never[]) => verb(house, ...rest)) as WithoutHouse<Verb>

  return {
    addModel: at(addModel),
    updateModel: at(updateModel),
    setModelState,
    deleteModel,
    pinCapability,
    setPrice,
    rotateKey: at(rotateKey),
    rotationGroup,
    listModels,
    getModel,
    duplicateDraft,
    listPrices,
    listUses,
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
    /** Cancels what runs and waits for its rows. */
    close: () => house.runs.close(),
  }
}

export type Models = ReturnType<typeof createModels>
