import type { HandedDown, Settings } from '#lib/platform/env.ts'
import type { SecretsFile } from '#lib/platform/secrets-file.ts'

/** What every process is started with: the operator's own words where he said something, else what is stored here. */
export function childEnvironment(
  source: NodeJS.ProcessEnv,
  settings: Settings,
  secrets: SecretsFile,
  databaseUrl: string,
): NodeJS.ProcessEnv {
  const handed: HandedDown = {
    DATABASE_URL: databaseUrl,
    PATCHBAY_MASTER_KEYS: said(source.PATCHBAY_MASTER_KEYS) ?? secrets.masterKeys,
    NEXTAUTH_SECRET: said(source.NEXTAUTH_SECRET) ?? secrets.sessionSecret,
    PATCHBAY_KEY_PEPPER: said(source.PATCHBAY_KEY_PEPPER) ?? secrets.keyPepper,
    PATCHBAY_CLAIM_CODE: said(source.PATCHBAY_CLAIM_CODE) ?? secrets.claimCode,
    PATCHBAY_PRACTICE_URL: settings.practicePort === 0 ? undefined : `http://127.0.0.1:${settings.practicePort}/v1`,
    PATCHBAY_PRACTICE_KEY: settings.practicePort === 0 ? undefined : secrets.practiceKey,
  }
  return {
    ...source,
    ...handed,
    NODE_ENV: settings.mode,
    HOST: settings.host,
    PORT: String(settings.port),
    GATEWAY_PORT: String(settings.gatewayPort),
    GATEWAY_WORKERS: String(settings.gatewayWorkers),
    PRACTICE_PORT: String(settings.practicePort),
    PATCHBAY_DATA_DIR: settings.dataDir,
    NEXT_TELEMETRY_DISABLED: '1',
  }
}

function said(value: string | undefined): string | undefined {
  return value?.trim() || undefined
}
