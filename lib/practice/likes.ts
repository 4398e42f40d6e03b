import { hostedLikes } from './likes-hosted.ts'
import { ownLikes } from './likes-own.ts'
import type { Prefix } from './manners.ts'

/** Prefixes below which this server behaves as others are known to. */
export const likes: Readonly<Record<string, Prefix>> = { ...hostedLikes, ...ownLikes }
