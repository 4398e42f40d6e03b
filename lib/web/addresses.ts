import { getRuntime } from '#lib/runtime.ts'

/** Where callers find us, without a path: as configured, else as this request found the studio. */
export function addressesOf(headers: Headers): { studioUrl: string; gatewayUrl: string } {
  const { env } = getRuntime()
  return {
    studioUrl: env.publicUrl?.origin ?? `http://${headers.get('host') ?? `localhost:${env.port}`}`,
    gatewayUrl: env.publicGatewayUrl?.origin ?? `http://localhost:${env.gatewayPort}`,
  }
}
