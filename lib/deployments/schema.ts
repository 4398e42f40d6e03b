/** The room's shared door, browser-safe: what a version holds, its rules, and what leaves the room. */
// What routes answer are schemas. Browsers take their types alone.
export type * from './answers.ts'
export * from './config.ts'
export { diffConfigs } from './diff.ts'
export * from './hash.ts'
export { schemaProblems } from './json-schema.ts'
export * from './needs.ts'
export * from './problems.ts'
export * from './routing.ts'
export * from './routing-schema.ts'
export * from './template.ts'
export * from './vocabulary.ts'
