// The table "Who may import whom": an edge not listed is forbidden. One line an edge; the reason is in its commit.
// `room` = any file of the room, `room/index`, `room/schema`, `room/wire` = that part alone.
const table = {
  runtime: [
    'core',
    'platform',
    'openai',
    'practice',
    'tenancy',
    'models',
    'metering',
    'gateway',
    'deployments',
    'experiments',
    'analytics',
    'telemetry',
    'jobs',
  ],
  jobs: [
    'experiments/index',
    'gateway/index',
    'analytics/index',
    'metering/index',
    'models/index',
    'tenancy/index',
    'platform',
    'core',
    'experiments/schema',
    'analytics/schema',
    'metering/schema',
    'models/schema',
    'tenancy/schema',
  ],
  experiments: [
    'gateway/index',
    'gateway/schema',
    'metering/index',
    'deployments/index',
    'deployments/schema',
    'models/index',
    'models/schema',
    'openai',
    'tenancy/index',
    'tenancy/schema',
    'platform',
    'core',
  ],
  deployments: [
    'gateway/schema',
    'models/index',
    'models/schema',
    'tenancy/index',
    'tenancy/schema',
    'platform',
    'core',
  ],
  playground: [
    'deployments/schema',
    'models/index',
    'models/schema',
    'tenancy/index',
    'tenancy/schema',
    'platform',
    'core',
  ],
  analytics: ['metering/schema', 'tenancy/index', 'tenancy/schema', 'platform', 'core'],
  gateway: [
    'models/schema',
    'metering/index',
    'metering/schema',
    'openai',
    'tenancy/index',
    'tenancy/schema',
    'platform',
    'core',
  ],
  models: ['metering/index', 'metering/schema', 'openai', 'tenancy/index', 'tenancy/schema', 'platform', 'core'],
  metering: ['openai/wire', 'tenancy/index', 'tenancy/schema', 'platform', 'core'],
  telemetry: ['metering/schema', 'openai', 'platform', 'core'],
  scenarios: [
    'experiments/index',
    'experiments/schema',
    'deployments/index',
    'deployments/schema',
    'gateway/index',
    'models/index',
    'models/schema',
    'metering/index',
    'metering/schema',
    'tenancy/index',
    'core',
  ],
  web: ['runtime', 'tenancy/index', 'tenancy/schema', 'openai/wire', 'platform', 'core'],
  reference: [
    'gateway/operations',
    'models/operations',
    'metering/operations',
    'analytics/operations',
    'experiments/operations',
    'deployments/operations',
    'playground/operations',
    'tenancy/operations',
    'core',
  ],
  tenancy: ['platform', 'core'],
  openai: ['platform', 'core'],
  practice: ['openai/wire', 'core'],
  platform: ['core'],
  core: [],
}
const rooms = Object.keys(table).filter((room) => room !== 'runtime')
const tests = '(\\.test\\.tsx?|/testing/.*)$'

const pattern = (target) => {
  const [room, part] = target.split('/')
  if (room === 'runtime') return '^lib/runtime\\.ts$'
  if (part === undefined) return `^lib/${room}/`
  return part === 'wire' ? `^lib/${room}/wire/` : `^lib/${room}/${part}\\.ts$`
}
const anyRoom = (parts) => rooms.map((room) => `^lib/${room}/(${parts})\\.ts$`)

const roomRules = Object.entries(table).map(([room, targets]) => ({
  name: `${room}-imports`,
  comment: `lib/${room} may import ${targets.join(', ') || 'nothing'}`,
  severity: 'error',
  from: { path: room === 'runtime' ? '^lib/runtime\\.ts$' : `^lib/${room}/`, pathNot: tests },
  to: {
    path: '^(lib|app|components|server|bench|e2e)/',
    pathNot: [...(room === 'runtime' ? [] : [`^lib/${room}/`]), ...targets.map(pattern)],
  },
}))

module.exports = {
  forbidden: [
    ...roomRules,
    {
      name: 'app-imports',
      comment: 'doors: components, lib/web, lib/runtime, any index or schema',
      severity: 'error',
      from: { path: '^(app/|proxy\\.ts|instrumentation\\.ts)', pathNot: tests },
      to: {
        path: '^(lib|server|bench|e2e)/',
        pathNot: ['^lib/runtime\\.ts$', '^lib/web/', '^lib/core/', '^lib/openai/wire/', ...anyRoom('index|schema')],
      },
    },
    {
      name: 'components-imports',
      comment: 'browser-safe: schemas, core, wire; never an index, never app',
      severity: 'error',
      from: { path: '^components/', pathNot: tests },
      to: { path: '^(lib|app|server|bench|e2e)/', pathNot: ['^lib/core/', '^lib/openai/wire/', ...anyRoom('schema')] },
    },
    {
      name: 'components-across',
      comment: 'a feature folder imports ui, form, chart and prompt, never another feature',
      severity: 'error',
      from: { path: '^components/([^/]+)/', pathNot: tests },
      to: { path: '^components/', pathNot: ['^components/(ui|form|chart|prompt)/', '^components/$1/'] },
    },
    {
      name: 'server-imports',
      comment: 'entry points: runtime, jobs, platform, core, any index',
      severity: 'error',
      from: { path: '^server/', pathNot: tests },
      to: {
        path: '^(lib|app|components|bench|e2e)/',
        pathNot: ['^lib/runtime\\.ts$', '^lib/(platform|core|jobs)/', ...anyRoom('index|schema')],
      },
    },
    {
      name: 'runtime-importers',
      comment: 'the composition root is for doors',
      severity: 'error',
      from: { path: '^lib/', pathNot: ['^lib/web/', tests] },
      to: { path: '^lib/runtime\\.ts$' },
    },
    {
      name: 'jobs-importers',
      severity: 'error',
      from: { path: '^lib/', pathNot: ['^lib/runtime\\.ts$', '^lib/jobs/', tests] },
      to: { path: '^lib/jobs/' },
    },
    {
      name: 'testing-importers',
      comment: 'tests, e2e and bench only',
      severity: 'error',
      from: { path: '^(lib|app|components|server)/', pathNot: tests },
      to: { path: ['^lib/testing/', '\\.test\\.tsx?$'] },
    },
    {
      name: 'next-and-react',
      comment: 'next, next-auth and react appear only in app, components, lib/web, proxy.ts, instrumentation.ts',
      severity: 'error',
      from: { path: '^(lib|server|bench)/', pathNot: ['^lib/web/'] },
      to: { path: '(^|/)node_modules/(next|next-auth|react|react-dom)/' },
    },
    {
      name: 'prisma-client',
      comment: 'only rooms that own tables, never a schema',
      severity: 'error',
      from: {
        path: [
          '^(app|components|server)/',
          '^lib/(core|openai|practice|web|analytics|gateway)/',
          '^lib/[^/]+/schema\\.ts$',
        ],
        pathNot: tests,
      },
      to: { path: '^lib/platform/generated/' },
    },
    {
      name: 'schema-is-browser-safe',
      severity: 'error',
      from: { path: ['^lib/[^/]+/schema\\.ts$', '^lib/core/', '^lib/openai/wire/'], pathNot: tests },
      to: { dependencyTypes: ['core'] },
    },
    {
      name: 'no-cycles',
      severity: 'error',
      from: { pathNot: 'generated' },
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
    {
      name: 'in-package-json',
      comment: 'what is imported is a dependency of ours',
      severity: 'error',
      from: { path: '^(app|components|lib|server)/', pathNot: tests },
      to: { dependencyTypes: ['npm-no-pkg', 'npm-unknown'] },
    },
    {
      name: 'no-dev-dependencies',
      severity: 'error',
      from: { path: '^(app|components|lib|server)/', pathNot: tests },
      to: { dependencyTypes: ['npm-dev'], dependencyTypesNot: ['type-only'], pathNot: 'node_modules/@types/' },
    },
  ],
  options: {
    doNotFollow: { path: ['node_modules', 'lib/platform/generated'] },
    exclude: { path: ['^\\.next/'] },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      exportsFields: ['exports'],
      conditionNames: ['import', 'require', 'node', 'default', 'types'],
      extensions: ['.ts', '.tsx', '.mjs', '.js', '.json'],
    },
  },
}
