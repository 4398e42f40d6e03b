const heldBytesMax = 64 * 1024 * 1024
let heldBytes = 0

/**
 * Counts what streams hold of events that are not complete, before their first one and after it, all of a process
 * together. `change`: bytes more, or fewer. False where that is more than 64 MB.
 */
export function holdEvents(change: number): boolean {
  heldBytes += change
  return heldBytes <= heldBytesMax
}
