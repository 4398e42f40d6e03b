import type { NextConfig } from 'next'

const config: NextConfig = {
  // The built-in gzip buffers event streams. A reverse proxy compresses, where there is one.
  compress: false,
  poweredByHeader: false,
  // `npm run verify` checks types; a start need not wait for it a second time.
  typescript: { ignoreBuildErrors: true },
  // `/v1/...` answers the path it was asked for, never with a redirect.
  skipTrailingSlashRedirect: true,
  // Native or worker-spawning packages stay outside the bundle.
  serverExternalPackages: [
    '@node-rs/argon2',
    '@prisma/adapter-pg',
    '@prisma/client',
    'pg',
    'pg-boss',
    'pino',
    'prom-client',
    'undici',
  ],
}

export default config
