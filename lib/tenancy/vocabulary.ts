// Words and limits without Zod: a page that only shows them need not fetch it.

/** Roles from most to least; nobody grants above themselves. */
export const roles = ['owner', 'admin', 'developer', 'viewer'] as const

/** True where `role` is `least` or above it. */
export function roleReaches(role: (typeof roles)[number], least: (typeof roles)[number]): boolean {
  return roles.indexOf(role) <= roles.indexOf(least)
}

export const keyScopes = ['inference', 'read', 'manage'] as const

/** First segments of the studio's and the API's own addresses: no workspace may be called so. */
export const reservedSlugs: readonly string[] = [
  ...['account', 'admin', 'api', 'assets', 'claim', 'docs', 'favicon', 'health', 'help', 'icon', 'invite', 'metrics'],
  ...['new', 'next', 'operator', 'patchbay', 'public', 'reference', 'robots', 'sign-in', 'sign-out', 'static', 'v1'],
]

export const slugLengthMax = 40

/** A slug made of a name; empty where nothing of it can be kept. */
export function slugOf(name: string): string {
  const slug = name
    .normalize('NFKD')
    .toLowerCase()
    .replace(/\p{M}/gu, '')
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, slugLengthMax - 4)
    .replace(/^-+|-+$/g, '')
  return slug.length === 1 ? `${slug}-1` : reservedSlugs.includes(slug) ? `${slug}-1` : slug
}

export const passwordLengthMin = 8
export const themes = ['system', 'light', 'dark'] as const

/** Days that prompts and answers are kept; 0 = never. */
export const payloadDaysChoices = [0, 7, 30, 90] as const

/** How long an invitation can be taken up. */
export const invitationDays = 7
