/** What the editor fetches to know the rules of a draft and to compare two of them. */
export { diffConfigs, problemsOf } from '#lib/deployments/schema.ts'
