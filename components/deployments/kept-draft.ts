import type { DeploymentConfig } from '#lib/deployments/schema.ts'

/** What was typed and has not arrived at the server yet, with the version that it changes. */
export interface KeptDraft {
  version: number
  config: DeploymentConfig
}

// Raised when the shape changes: what an older page kept is left alone.
const prefix = 'patchbay.deployment.1.'

export function keepDraft(key: string, draft: KeptDraft): void {
  try {
    localStorage.setItem(prefix + key, JSON.stringify(draft))
  } catch {
    // Storage is full or forbidden: the server gets it in a moment all the same.
  }
}

export function readKept(key: string): KeptDraft | null {
  try {
    const text = localStorage.getItem(prefix + key)
    return text === null ? null : (JSON.parse(text) as KeptDraft)
  } catch {
    return null
  }
}

export function forgetDraft(key: string): void {
  try {
    localStorage.removeItem(prefix + key)
  } catch {
    // Nothing was kept.
  }
}
