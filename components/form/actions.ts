'use client'
import type { ActionResult } from '#lib/core/result.ts'

/** A server action for a dialog that shows what is thrown: the value, or an error with a text for people. */
export async function orThrow<Value>(result: Promise<ActionResult<Value>>): Promise<Value> {
  const settled = await result.catch(() => null)
  if (settled?.ok) return settled.value
  throw new Error(settled?.error.message ?? 'Patchbay cannot be reached. Try again.')
}
