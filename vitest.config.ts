import { defineConfig } from 'vitest/config'

const rooms = ['lib', 'server', 'bin', 'components', 'app', 'bench', 'docs']
const files = (kind: string) => rooms.map((room) => `${room}/**/*${kind}.test.{ts,tsx,mjs}`)
/** What is waited for comes in its time: how long that takes on a busy machine proves nothing. */
const poll = { timeout: 10_000 }
const setupFiles = ['./lib/testing/fail-on-console-error.ts']

export default defineConfig({
  test: {
    retry: 0,
    // pure: no database, no server. db: the run's own Postgres. door: real sockets, most with the database too.
    projects: [
      {
        extends: true,
        test: {
          name: 'pure',
          include: files(''),
          exclude: [...files('.db'), ...files('.door')],
          setupFiles,
          sequence: { groupOrder: 0 },
        },
      },
      {
        extends: true,
        test: {
          name: 'db',
          include: files('.db'),
          setupFiles,
          globalSetup: './lib/testing/postgres-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll },
          sequence: { groupOrder: 1 },
        },
      },
      {
        extends: true,
        test: {
          name: 'door',
          include: files('.door'),
          setupFiles,
          globalSetup: './lib/testing/postgres-setup.ts',
          testTimeout: 60_000,
          hookTimeout: 60_000,
          expect: { poll },
          sequence: { groupOrder: 2 },
        },
      },
    ],
  },
})
