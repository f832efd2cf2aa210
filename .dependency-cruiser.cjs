/** What each room may import. A test (tests/support/import-rules.test.ts) breaks every rule once. */
const rooms = {
  domain: [],
  workflows: ['domain', 'temporal/messages', 'activities'],
  activities: ['domain', 'database', 'telemetry', 'temporal/messages'],
  brokers: ['domain'],
  // How a venue is spoken to, and never how it is traded at.
  feeds: [
    'domain',
    'brokers/ccxt/base-url',
    'brokers/ib/catalogue',
    'brokers/ib/connection',
    'brokers/ib/contracts',
    'brokers/ib/numbers',
  ],
  models: ['domain'],
  channels: ['domain'],
  simulators: ['domain'],
  temporal: ['domain', 'config'],
  workers: [
    'domain',
    'workflows',
    'activities',
    'brokers',
    'feeds',
    'models',
    'channels',
    'simulators',
    'temporal',
    'database',
    'telemetry',
    'config',
  ],
  api: ['domain', 'database', 'temporal', 'telemetry', 'config'],
  database: ['domain'],
  cli: ['domain', 'simulators', 'infra/local', 'database', 'config', 'api/contract'],
  telemetry: [],
  config: [],
  infra: ['domain', 'config', 'database', 'temporal', 'api/contract'],
};

/** Libraries of the rooms that decide: all else would bring I/O, clocks or a second way to calculate. */
const libraries = { domain: ['decimal.js', 'luxon'], workflows: ['@temporalio/workflow', '@temporalio/common'] };

const tests = '^tests/|\\.test\\.ts$';
const anyRoom = `^(${Object.keys(rooms).join('|')}|web|tests)/`;
const escaped = (text) => text.replace(/[/.]/g, '\\$&');
const inside = (path) => `^${escaped(path)}(/|\\.ts$)`;
const packages = (names) => `(^|/)node_modules/(@types/)?(${names.map(escaped).join('|')})/`;

module.exports = {
  forbidden: [
    ...Object.entries(rooms).map(([room, others]) => ({
      name: `${room}-imports`,
      severity: 'error',
      from: { path: `^${room}/`, pathNot: [tests, ...(room === 'brokers' ? ['^brokers/paper/'] : [])] },
      to: { path: anyRoom, pathNot: [room, ...others].map(inside) },
    })),
    {
      name: 'paper-broker-imports',
      comment: 'The paper venue keeps its book in a schema of its own.',
      severity: 'error',
      from: { path: '^brokers/paper/', pathNot: tests },
      to: { path: anyRoom, pathNot: ['brokers', 'domain', 'database'].map(inside) },
    },
    {
      name: 'workflows-import-activity-types-only',
      comment: 'An implementation would put I/O into the sandbox: use `import type`.',
      severity: 'error',
      from: { path: '^workflows/', pathNot: tests },
      to: { path: '^activities/', dependencyTypesNot: ['type-only'] },
    },
    ...Object.entries(libraries).map(([room, names]) => ({
      name: `${room}-libraries`,
      severity: 'error',
      from: { path: `^${room}/`, pathNot: tests },
      to: {
        dependencyTypes: ['npm', 'npm-dev', 'npm-optional', 'npm-peer', 'npm-no-pkg', 'core'],
        pathNot: packages(names),
      },
    })),
    {
      name: 'no-cycles',
      severity: 'error',
      from: {},
      to: { circular: true, viaOnly: { dependencyTypesNot: ['type-only'] } },
    },
    { name: 'no-tests-in-product', severity: 'error', from: { pathNot: tests }, to: { path: tests } },
    { name: 'resolvable', severity: 'error', from: {}, to: { couldNotResolve: true } },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    exclude: { path: '^(dist|var)/' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.json' },
    enhancedResolveOptions: {
      extensions: ['.ts', '.mts', '.js', '.mjs', '.cjs', '.json'],
      exportsFields: ['exports'],
      conditionNames: ['require', 'node', 'import', 'default', 'types'],
    },
  },
};
