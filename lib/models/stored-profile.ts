import { z } from 'zod'
import { ProfileField, profileFields, WireProfile } from './vocabulary.ts'

/**
 * A wire profile as its column holds it: what is in force, and beside it what validation learned and which fields people
 * set by hand. The gateway reads what is in force alone.
 */
const StoredProfile = WireProfile.extend({
  /** Absent until a field was first set by hand. */
  learned: WireProfile.optional(),
  byHand: z.partialRecord(ProfileField, z.object({ by: z.string(), at: z.iso.datetime() })).default({}),
})
export type StoredProfile = z.infer<typeof StoredProfile>

export function readProfile(json: unknown): { inForce: WireProfile; learned: WireProfile; byHand: ByHand } {
  const { learned, byHand, ...inForce } = StoredProfile.parse(json)
  return { inForce, learned: learned ?? inForce, byHand }
}
export type ByHand = StoredProfile['byHand']

/** The column after a validation: what it learned, except where somebody set a field by hand. */
export function relearn(json: unknown, learned: WireProfile): StoredProfile {
  const { inForce, byHand } = readProfile(json)
  return compose(learned, inForce, byHand)
}

/** The column after an edit: null gives a field back to what was learned. */
export function editProfile(
  json: unknown,
  changes: { [Field in ProfileField]?: WireProfile[Field] | null },
  author: { by: string; at: string },
): StoredProfile {
  const { inForce, learned, byHand } = readProfile(json)
  const marks: ByHand = { ...byHand }
  const values: Record<string, unknown> = { ...inForce }
  for (const field of profileFields) {
    const value = changes[field]
    if (value === undefined) continue
    if (value === null) delete marks[field]
    else {
      marks[field] = author
      values[field] = value
    }
  }
  return compose(learned, WireProfile.parse(values), marks)
}

function compose(learned: WireProfile, set: WireProfile, byHand: ByHand): StoredProfile {
  const kept = Object.fromEntries(profileFields.filter((field) => byHand[field]).map((field) => [field, set[field]]))
  return Object.keys(kept).length === 0
    ? { ...learned, byHand: {} }
    : { ...learned, ...kept, learned: { ...learned }, byHand }
}
