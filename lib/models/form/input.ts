import { z } from 'zod'
import { readDraft } from './draft.ts'
import { RawModelInput } from './raw.ts'

/** The form's schema, in the browser and on the server: raw input -> `ModelDraft`, an issue for each field that is wrong. */
export const ModelInput = RawModelInput.transform((raw, context) => {
  const { draft, issues } = readDraft(raw)
  for (const issue of issues) context.addIssue({ code: 'custom', path: issue.path, message: issue.message })
  return draft ?? z.NEVER
})
