import { config } from 'zod/v4/core'

// Runs before any schema is made. Zod would try to compile its parsers, which our content policy forbids: the try fails
// harmlessly, but the browser reports each one.
config({ jitless: true })
