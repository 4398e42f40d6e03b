/** The room's shared door, browser-safe: vocabulary, the form's rules, what leaves the room. */

export * from './form/address.ts'
export * from './form/api-key.ts'
export * from './form/base-url.ts'
export * from './form/draft.ts'
export * from './form/input.ts'
export * from './form/numbers.ts'
export * from './form/price.ts'
export * from './form/raw.ts'
export * from './form/servers.ts'
export type { RecostPreview, RecostView } from './recost-answers.ts'
export * from './views.ts'
export * from './vocabulary.ts'
// Types alone: browsers need none of the schemas.
export type {
  AddressUseView,
  AskView,
  GroupView,
  IntakeRowView,
  IntakeView,
  ModelGroupView,
  PlanRowView,
  PlanView,
} from './ways-in/answers.ts'
export { orderWeighted } from './ways-in/pick.ts'
