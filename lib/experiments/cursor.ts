import type { z } from 'zod'
import { invalidInput } from '#lib/core/errors.ts'

/** A place in a list as an opaque text. */
export function writeCursor(place: readonly unknown[]): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url')
}

/** Throws `invalid_request` for what is none of ours. */
export function readCursor<Place>(text: string, shape: z.ZodType<Place>): Place {
  try {
    return shape.parse(JSON.parse(Buffer.from(text, 'base64url').toString()))
  } catch {
    throw invalidInput('The cursor is not one of ours.', { cursor: 'Take it from the page before, or leave it out.' })
  }
}
