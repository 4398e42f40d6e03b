export const dynamic = 'force-dynamic'
export const runtime = 'nodejs'

// Without this file `/v1` is a workspace of that name, and a call to it is sent to sign in.
export { DELETE, GET, HEAD, OPTIONS, PATCH, POST, PUT } from './[...path]/route.ts'
