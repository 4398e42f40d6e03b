/** The queues that this room fills and the worker empties, with what a job carries: ids alone. */
export const queues = {
  keyCheck: 'model-key-check',
  finish: 'model-finish-validation',
  validate: 'model-validate',
  look: 'model-look',
} as const

export interface ModelJob {
  workspaceId: string
  modelId: string
}

/** A key was refused once: is it refused for good? */
export interface KeyCheckJob extends ModelJob {
  group: string
}

/** The rest of a validation whose model was saved in the middle. */
export interface FinishJob extends ModelJob {
  validationId: string
}

/** Who asked for it, for the validation's row; the worker's own watch otherwise. */
export interface ValidateJob extends ModelJob {
  askedBy: string | null
}
