export { type Practice, start } from './server.ts'
