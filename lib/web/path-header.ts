/** Set by `proxy.ts`: where to come back to after signing in. */
export const pathHeader = 'x-patchbay-path'
