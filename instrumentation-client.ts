// Runs before any schema is made, and without Zod, which few pages need at once. Zod would try to compile its parsers,
// which our content policy forbids: the try fails harmlessly, but the browser reports each one.
declare global {
  var __zod_globalConfig: { jitless?: boolean } | undefined
}
globalThis.__zod_globalConfig = { jitless: true }

export {}
