import { fileURLToPath } from 'node:url'
import type { Settings } from '#lib/platform/env.ts'
import type { ChildSpec } from './child.ts'

const fromRoot = (path: string) => fileURLToPath(new URL(`../../${path}`, import.meta.url))

/** Of the gateway. What a call needs is garbage soon after: a larger young generation takes memory and saves no time. */
export const gatewayArgs = ['--max-semi-space-size=16', fromRoot('server/gateway.ts')]

/** The processes of an installation. Each has `server/<name>.ts`, but for the studio, which is Next's. */
export function childSpecs(settings: Settings, env: NodeJS.ProcessEnv): ChildSpec[] {
  const next = [
    fromRoot('node_modules/next/dist/bin/next'),
    settings.mode === 'development' ? 'dev' : 'start',
    '-H',
    settings.host,
    '-p',
    String(settings.port),
  ]
  // Built, Next leaves its end to us: calls that run, and what is still to be written. In development it ends at once.
  const signals = settings.mode === 'development' ? {} : { NEXT_MANUAL_SIG_HANDLE: '1' }
  return [
    { name: 'studio', args: next, env: { ...env, ...signals } },
    { name: 'gateway', args: gatewayArgs, env },
    { name: 'worker', args: [fromRoot('server/worker.ts')], env },
    ...(settings.practicePort === 0 ? [] : [{ name: 'practice', args: [fromRoot('server/practice.ts')], env }]),
  ]
}
